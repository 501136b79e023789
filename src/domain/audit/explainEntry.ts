import { baseName } from '../../base/baseName';
import { type Phrase, phrase } from '../../base/phrase';
import { authorityPhrase } from '../identity/authorityWords';
import { identityWords } from '../identity/identityWords';
import { type ConditionOutcome } from '../policy/condition';
import { type Explanation, explainDecision, nearestFirst, type RuleReport } from '../policy/explainDecision';
import { type PolicyLoad } from '../policy/policy';
import { type AuditRecord, type RecordedAuthority } from './auditRecord';
import { type EntryFacts } from './entryFacts';

/** Rules that are told of as near misses. */
const MAX_NEAR = 6;

/** How the explanation is worded by whoever shows it. */
export interface ExplainWords {
	/** Attacker-controlled text as one line of plain text of at most `max` characters. */
	readonly quote: (text: string, max: number) => string;
	/** A phrase of ours in the reader's language. */
	readonly say: (phrase: Phrase) => string;
	/** What refused or decided, and what to do about it, in one sentence for the reader. */
	readonly hint: (entry: AuditRecord) => string;
}

/**
 * Why a call ended as it did, as plain text for a person: the verdict, whether the policy has changed since, how near each
 * rule of the policy of now is to the call, and how much of this is certain. Pure; never throws.
 */
export function explainEntry(
	entry: AuditRecord,
	load: PolicyLoad,
	known: EntryFacts | undefined,
	words: ExplainWords,
): string {
	const { verdict, server, capability } = entry;
	const { quote, say, hint } = words;
	const changed = entry.policyDigest !== load.digest;
	const explanation = known && load.policy ? explainDecision(load, known.facts) : undefined;
	const rule = verdict?.rule;
	const lines = [
		say(outcomePhrase(entry, quote(entry.tool ?? entry.method ?? entry.kind, 120))),
		'',
		...table([
			[say(phrase('Server')), server && quote(server.name, 120)],
			[say(phrase('Capability')), capability && quote(capability, 120)],
			[say(phrase('Identity')), entry.principal && identityRow(entry, words)],
			[say(phrase('Time')), quote(entry.at, 40)],
			[
				say(phrase('Paths')),
				entry.paths
					?.slice(0, 8)
					.map(path => quote(path, 300))
					.join(', '),
			],
			[say(phrase('Verdict')), verdict && `${verdict.effect}, ${quote(verdict.reason, 200)}`],
			[
				say(phrase('Rule')),
				verdict &&
					(rule
						? `${quote(rule.id, 120)} (${quote(baseName(rule.file), 120)}:${String(rule.line)})`
						: say(phrase('none'))),
			],
			[say(phrase('Authority')), entry.authority?.code && authorityRow(entry.authority, words)],
		]),
		'',
		...(entry.authority?.why === undefined
			? []
			: [...wrapped(quote(say(authorityPhrase(entry.authority.why)), 400)), '']),
		...(entry.outcome === 'refused' ? [...wrapped(hint(entry)), ''] : []),
		say(
			changed
				? phrase('The policy has changed since this call. What follows is what the policy of now says.')
				: phrase('The policy is the one that decided this call.'),
		),
		'',
		...nearRules(explanation, load, words),
		...certainty(known, explanation, entry, words),
	];
	return `${lines.join('\n').trimEnd()}\n`;
}

const OUTCOMES: Readonly<Record<AuditRecord['outcome'], Phrase>> = {
	answered: phrase('Why: {0} was answered'),
	quarantined: phrase('Why: {0} was quarantined'),
	withheld: phrase('Why: {0} was withheld'),
	refused: phrase('Why: {0} was refused'),
	failed: phrase('Why: {0} failed'),
	cancelled: phrase('Why: {0} was cancelled'),
	passed: phrase('Why: {0} was passed on'),
	pending: phrase('Why: {0} is pending'),
	noted: phrase('Why: {0} was noted'),
};

function outcomePhrase({ outcome, verdict }: AuditRecord, call: string): Phrase {
	return outcome === 'refused' && verdict?.effect === 'require_approval'
		? phrase('Why: {0} was refused: it was not approved', call)
		: { ...OUTCOMES[outcome], args: [call] };
}

function identityRow({ principal, authority }: AuditRecord, { quote, say }: ExplainWords): string | undefined {
	if (principal === undefined) {
		return undefined;
	}
	const { issuer } = principal;
	const { kind, words } = identityWords(principal);
	const text = say(words);
	const by =
		kind === 'verified' && issuer !== undefined ? say(phrase('{0}, by {1}', text, quote(issuer, 120))) : text;
	return authority?.override === undefined ? by : say(phrase('{0}; a break-glass token was in use', by));
}

function authorityRow({ code, cause, mode, observed }: RecordedAuthority, { quote, say }: ExplainWords): string {
	const why = cause === undefined || cause === code ? '' : `, ${quote(cause, 80)}`;
	const what = `${code ?? ''}${why}`;
	return say(
		observed === true ? phrase('{0} (mode {1}, only observed)', what, mode) : phrase('{0} (mode {1})', what, mode),
	);
}

function nearRules(
	explanation: Explanation | undefined,
	load: PolicyLoad,
	{ quote, say }: ExplainWords,
): readonly string[] {
	if (load.policy === undefined) {
		return [
			say(
				phrase(
					'The policy of now has an error, so every call is refused. "MCP Firewall: Open Policy" leads to the line.',
				),
			),
		];
	}
	if (explanation === undefined) {
		return [say(phrase('This entry names no capability, so no rule can be held against it.'))];
	}
	const { rules, winner } = explanation;
	if (rules.length === 0) {
		return [say(phrase('No rule of the policy speaks of this capability, and what no rule speaks of is denied.'))];
	}
	const near = nearestFirst(rules, winner).slice(0, MAX_NEAR);
	const heading =
		near.length < rules.length
			? phrase('Rules about this capability, the {0} nearest first of {1}:', near.length, rules.length)
			: phrase('Rules about this capability, the nearest first:');
	return [say(heading), ...near.flatMap(report => ['', ...ruleLines(report, { quote, say })])];
}

function ruleLines(
	{ rule, matched, conditions, uncovered, standIn }: RuleReport,
	{ quote, say }: Pick<ExplainWords, 'quote' | 'say'>,
): readonly string[] {
	const place = `${quote(baseName(rule.at.file), 120)}:${String(rule.at.line)}`;
	const width = Math.max(...conditions.map(({ condition }) => condition.length));
	const outcomes = {
		holds: say(phrase('holds')),
		fails: say(phrase('FAILS')),
		'cannot-tell': say(phrase('cannot tell')),
	} satisfies Record<ConditionOutcome, string>;
	const widest = Math.max(...Object.values(outcomes).map(({ length }) => length));
	const but =
		standIn !== undefined
			? phrase('matches, but {0} stands in for it (instead_of)', quote(standIn.id, 120))
			: uncovered !== undefined
				? phrase('matches, but nothing lets {0} pass', quote(uncovered.place, 300))
				: matched
					? phrase('matches')
					: undefined;
	return [
		`  ${rule.effect}  ${quote(rule.id, 120)}  (${place})${but === undefined ? '' : `  ${say(but)}`}`,
		...conditions.map(
			({ condition, outcome, why }) =>
				`    ${outcomes[outcome].padEnd(widest)}  ${condition.padEnd(width)}  ${quote(say(why), 300)}`,
		),
	];
}

function certainty(
	known: EntryFacts | undefined,
	explanation: Explanation | undefined,
	{ verdict }: AuditRecord,
	{ say }: ExplainWords,
): readonly string[] {
	if (known === undefined || known.gaps.length === 0 || explanation === undefined) {
		return [];
	}
	const { effect } = explanation.verdict;
	const then = verdict?.observed ?? verdict?.effect;
	const gaps = known.gaps.map(say).join('; ');
	return [
		'',
		...wrapped(say(phrase('Partial facts: the trail keeps a masked record, so {0}.', gaps))),
		say(phrase('Where a condition needs more than that, it says "cannot tell".')),
		...(then === undefined || then === effect
			? []
			: [say(phrase('From these facts, the policy of now would say {0} where the call got {1}.', effect, then))]),
	];
}

/** A sentence of ours in lines that fit beside a panel. */
function wrapped(text: string): readonly string[] {
	return text.match(/.{1,80}(?:\s+|$)/g)?.map(line => line.trimEnd()) ?? [text];
}

function table(rows: readonly (readonly [string, string | undefined])[]): readonly string[] {
	const width = Math.max(11, ...rows.map(([name]) => name.length));
	return rows.flatMap(([name, value]) => (value ? [`${name.padEnd(width)} ${value}`] : []));
}
