import { isJsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type Finding } from '../domain/inspection/finding';
import { inspectValue, isOffending } from '../domain/inspection/inspect';

/** What was found in one text. */
export interface Inspected {
	/** True when the text would be handed on as quoted evidence where the policy says nothing of its own. */
	readonly flagged: boolean;
	readonly severity: Finding['severity'] | 'none';
	/** 0 to 1, the highest of the findings; 0 without any. */
	readonly score: number;
	readonly findings: readonly Finding[];
}

const RANK: readonly Inspected['severity'][] = ['none', 'low', 'medium', 'high'];

/** Looks at one attacker-controlled text as the firewall looks at a string leaf of a server's message. Never throws. */
export function inspectText(text: string): Inspected {
	const findings = inspectValue(text);
	return {
		flagged: findings.some(isOffending),
		severity: RANK[Math.max(0, ...findings.map(({ severity }) => RANK.indexOf(severity)))] ?? 'none',
		score: Math.max(0, ...findings.map(({ score }) => score ?? 0)),
		findings,
	};
}

/** The answer to one line of `inspect --jsonl`, or what is wrong with the line. */
export type LineOutcome = { readonly answer: string } | { readonly problem: string };

/**
 * Reads `{id, text, kind}` and writes `{id, flagged, severity, score, findings}`; the text is never repeated. Every `kind` is
 * looked at alike. The line is attacker-controlled.
 */
export function inspectLine(line: string): LineOutcome {
	const parsed = parseJson(line, 'lenient');
	if (!parsed.ok) {
		return { problem: 'is not JSON that can be read' };
	}
	const { value } = parsed;
	if (!isJsonObject(value)) {
		return { problem: 'is not a JSON object' };
	}
	const { id, text } = value;
	if (typeof id !== 'string' && typeof id !== 'number') {
		return { problem: 'has no id that is a string or a number' };
	}
	if (typeof text !== 'string') {
		return { problem: 'has no text that is a string' };
	}
	const { findings, ...verdict } = inspectText(text);
	return { answer: JSON.stringify({ id, ...verdict, findings: findings.map(written) }) };
}

function written({ kind, rule, family, severity, span, score, advice }: Finding) {
	return { kind, rule, family, severity, span, score, advice };
}
