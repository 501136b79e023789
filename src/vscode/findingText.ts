import { type AuditRecord } from '../domain/audit/auditRecord';
import { type Finding } from '../domain/inspection/finding';
import { SEVERITIES } from '../domain/policy/inspectionPolicy';
import { quoteForPerson } from './quote';
import { say, sayCount } from './say';

/** Findings that one text lists; the rest is counted. */
const MAX_LISTED = 100;

/** What was found in what the server said; secrets are those of the agent's own arguments. */
export function saidFindings({ findings = [] }: Pick<AuditRecord, 'findings'>): readonly Finding[] {
	return findings.filter(({ kind }) => kind !== 'secret');
}

/** The gravest findings first, each in its place otherwise. */
export function gravestFirst(findings: readonly Finding[]): readonly Finding[] {
	const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
	return findings.toSorted((a, b) => rank(b) - rank(a));
}

/** Why an answer did not reach the agent as it came, in one line: the gravest finding's advice, and how many more there are. */
export function whyText(findings: readonly Finding[]): string {
	const [first, ...others] = gravestFirst(findings);
	if (first === undefined) {
		return say('the policy wants it so.');
	}
	const advice = quoteForPerson(say(first.advice), 200);
	return others.length === 0
		? advice
		: `${advice} (${sayCount(others.length, '{0} more finding', '{0} more findings')})`;
}

/** The rules of findings, the gravest first, each once. */
export function rulesOf(findings: readonly Finding[]): readonly string[] {
	return [...new Set(gravestFirst(findings).map(({ rule }) => rule))];
}

/** Findings for a document, two lines each: severity, rule and place, then the advice. Pointers are attacker-controlled. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
	return listed(findings, MAX_LISTED, ({ severity, rule, pointer, span, advice }) => {
		const place = pointer === '' ? say('the whole answer') : quoteForPerson(pointer, 120);
		const where = say('{0}, characters {1}–{2}', place, span.start, span.end);
		return [
			`${say(severity).padEnd(6)}  ${quoteForPerson(rule, 80)}  (${where})`,
			`        ${quoteForPerson(say(advice), 300)}`,
		];
	});
}

/** Findings for a modal, one line each: severity, rule and advice. */
export function findingSentences(findings: readonly Finding[], max: number): readonly string[] {
	return listed(findings, max, ({ severity, rule, advice }) => [
		`${say(severity)}: ${quoteForPerson(rule, 80)}. ${quoteForPerson(say(advice), 300)}`,
	]);
}

function listed(
	findings: readonly Finding[],
	max: number,
	linesOf: (finding: Finding) => readonly string[],
): readonly string[] {
	const more = findings.length - max;
	const lines = gravestFirst(findings).slice(0, max).flatMap(linesOf);
	return more > 0 ? [...lines, sayCount(more, 'and {0} more finding', 'and {0} more findings')] : lines;
}
