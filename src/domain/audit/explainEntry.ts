import { baseName } from '../../base/baseName';
import { isJsonObject } from '../../base/json';
import { type ConditionOutcome } from '../policy/condition';
import { type Explanation, explainDecision, nearestFirst, type RuleReport } from '../policy/explainDecision';
import { type CallFacts, type HostFacts } from '../policy/facts';
import { type PolicyLoad } from '../policy/policy';
import { principalFacts, trustRank } from '../policy/identityVerdict';
import { identityWords } from '../identity/identityWords';
import { type AuditRecord, type RecordedAuthority } from './auditRecord';
import { recallFacts } from './recallFacts';
import { contextOf } from './recordedFacts';

/** Rules that are told of as near misses. */
const MAX_NEAR = 6;

/** What a call is explained from: its facts, and what of them is not what was judged then. */
export interface EntryFacts {
	readonly facts: CallFacts;
	/** One clause for each fact that the entry does not hold; empty when the facts are those of the verdict. */
	readonly gaps: readonly string[];
}

/**
 * The facts of a call as far as its entry tells them, on the host of now: what the verdict rested on, where the entry holds
 * that. Else arguments are masked, and every place that a path could stand for counts as a path of its own, which is what
 * allow (all of them) and deny (one of them) ask for. `prefixes` as in `CallFacts`; `load` is the policy of now. Undefined
 * for entries of no call.
 */
export function factsOfEntry(
	entry: AuditRecord,
	host: HostFacts,
	prefixes: CallFacts['prefixes'],
	load?: PolicyLoad,
): EntryFacts | undefined {
	const recorded = recordedFactsOf(entry, host, prefixes, load);
	if (recorded !== undefined) {
		return recorded;
	}
	const { server, capability, arguments: args, paths = [], principal } = entry;
	const trustLevel = trustRank(principal);
	const tool = entry.tool ?? entry.method;
	if (server === undefined || tool === undefined || capability === undefined) {
		return undefined;
	}
	return {
		facts: {
			...{ server, tool, capability, host, prefixes },
			arguments: isJsonObject(args) ? args : {},
			paths: paths.map(path => ({ pointer: '', raw: path, candidates: [path] })),
			direction: entry.from === 'server' ? 'server' : 'client',
			now: Date.parse(entry.at),
			...(principal !== undefined && { principal: principalFacts(principal) }),
			...(trustLevel !== undefined && { trustLevel }),
			...(entry.tool === undefined && { isMethod: true as const }),
		},
		gaps: [
			'secrets in the arguments are masked',
			'what the session had touched before (labels) and how much had passed (limits) is not recorded',
		],
	};
}

function recordedFactsOf(
	entry: AuditRecord,
	host: HostFacts,
	prefixes: CallFacts['prefixes'],
	load: PolicyLoad | undefined,
): EntryFacts | undefined {
	if (entry.facts === undefined) {
		return undefined;
	}
	const contexts = new Map([[entry.facts.context, contextOf({ host, prefixes })]]);
	const recall = recallFacts(entry, contexts, load?.digest === entry.policyDigest ? load : undefined);
	if (recall.kind === 'problem') {
		return undefined;
	}
	const gaps = entry.facts.altered === undefined ? [] : ['secrets in the arguments are masked, or long texts cut'];
	return { facts: { ...recall.facts, host, prefixes }, gaps };
}

/** Where the rule of an entry stands now. */
export type RuleNow =
	| { readonly kind: 'same' | 'moved'; readonly file: string; readonly line: number }
	| { readonly kind: 'gone'; readonly file: string; readonly line: number };

/**
 * Where the rule that decided an entry stands in the policy of now. `same`: this very policy decided. `moved`: the policy
 * has changed since, and a rule of that id stands at this line. `gone`: it has changed, and none has that id; the place is
 * the one of then. Undefined where no rule decided.
 */
export function ruleNow(entry: AuditRecord, load: PolicyLoad): RuleNow | undefined {
	const rule = entry.verdict?.rule;
	if (rule === undefined) {
		return undefined;
	}
	const { id, file, line } = rule;
	if (entry.policyDigest === load.digest) {
		return { kind: 'same', file, line };
	}
	const now = load.policy?.rules.find(each => each.id === id && each.at.file === file);
	return now === undefined ? { kind: 'gone', file, line } : { kind: 'moved', file, line: now.at.line };
}

/** How the explanation is worded by whoever shows it. */
export interface ExplainWords {
	/** Attacker-controlled text as one line of plain text of at most `max` characters. */
	readonly quote: (text: string, max: number) => string;
	/** What a reason code means and what to do about it, in one sentence. */
	readonly hint: (reason: string) => string;
}

/**
 * Why a call ended as it did, as plain text for a person: the verdict, whether the policy has changed since, how near each
 * rule of the policy of now is to the call, and how much of this is certain. Pure; never throws.
 */
export function explainEntry(
	entry: AuditRecord,
	load: PolicyLoad,
	known: EntryFacts | undefined,
	{ quote, hint }: ExplainWords,
): string {
	const { verdict, server, capability } = entry;
	const changed = entry.policyDigest !== load.digest;
	const explanation = known && load.policy ? explainDecision(load, known.facts) : undefined;
	const rule = verdict?.rule;
	const lines = [
		`Why: ${quote(entry.tool ?? entry.method ?? entry.kind, 120)} was ${outcomeWord(entry)}`,
		'',
		...table([
			['Server', server && quote(server.name, 120)],
			['Capability', capability && quote(capability, 120)],
			['Identity', entry.principal && identityRow(entry, quote)],
			['Time', quote(entry.at, 40)],
			[
				'Paths',
				entry.paths
					?.slice(0, 8)
					.map(path => quote(path, 300))
					.join(', '),
			],
			['Verdict', verdict && `${verdict.effect}, ${quote(verdict.reason, 200)}`],
			[
				'Rule',
				verdict &&
					(rule
						? `${quote(rule.id, 120)} (${quote(baseName(rule.file), 120)}:${String(rule.line)})`
						: 'none'),
			],
			['Authority', entry.authority?.code && authorityRow(entry.authority, quote)],
		]),
		'',
		...(entry.authority?.why === undefined ? [] : [...wrapped(quote(entry.authority.why, 400)), '']),
		...wrapped(hint(entry.detail ?? verdict?.reason ?? '')),
		'',
		changed
			? 'The policy has changed since this call. What follows is what the policy of now says.'
			: 'The policy is the one that decided this call.',
		'',
		...nearRules(explanation, load, quote),
		...certainty(known, explanation, entry),
	];
	return `${lines.join('\n').trimEnd()}\n`;
}

function outcomeWord({ outcome, verdict }: AuditRecord): string {
	return outcome === 'refused' && verdict?.effect === 'require_approval' ? 'refused: it was not approved' : outcome;
}

function identityRow({ principal, authority }: AuditRecord, quote: ExplainWords['quote']): string | undefined {
	if (principal === undefined) {
		return undefined;
	}
	const { issuer } = principal;
	const { kind, text } = identityWords(principal);
	const by = kind === 'verified' && issuer !== undefined ? `, by ${quote(issuer, 120)}` : '';
	return `${text}${by}${authority?.override === undefined ? '' : '; a break-glass token was in use'}`;
}

function authorityRow({ code, cause, mode, observed }: RecordedAuthority, quote: ExplainWords['quote']): string {
	const why = cause === undefined || cause === code ? '' : `, ${quote(cause, 80)}`;
	return `${code ?? ''}${why} (mode ${mode}${observed === true ? ', only observed' : ''})`;
}

function nearRules(
	explanation: Explanation | undefined,
	load: PolicyLoad,
	quote: ExplainWords['quote'],
): readonly string[] {
	if (load.policy === undefined) {
		return [
			'The policy of now has an error, so every call is refused. "MCP Firewall: Open Policy" leads to the line.',
		];
	}
	if (explanation === undefined) {
		return ['This entry names no capability, so no rule can be held against it.'];
	}
	const { rules, winner } = explanation;
	if (rules.length === 0) {
		return [
			'No rule of the policy speaks of this capability, and what no rule speaks of is denied.',
			'To change that, add a rule for it: "MCP Firewall: Open Policy".',
		];
	}
	const near = nearestFirst(rules, winner).slice(0, MAX_NEAR);
	const shown =
		near.length < rules.length
			? `, the ${String(near.length)} nearest first of ${String(rules.length)}`
			: ', the nearest first';
	return [`Rules about this capability${shown}:`, ...near.flatMap(report => ['', ...ruleLines(report, quote)])];
}

function ruleLines(
	{ rule, matched, conditions, uncovered, standIn }: RuleReport,
	quote: ExplainWords['quote'],
): readonly string[] {
	const place = `${quote(baseName(rule.at.file), 120)}:${String(rule.at.line)}`;
	const width = Math.max(...conditions.map(({ condition }) => condition.length));
	const but =
		standIn !== undefined
			? `, but ${quote(standIn.id, 120)} stands in for it (instead_of)`
			: uncovered === undefined
				? ''
				: `, but nothing lets ${quote(uncovered.place, 300)} pass`;
	return [
		`  ${rule.effect}  ${quote(rule.id, 120)}  (${place})${matched ? '  matches' : ''}${but}`,
		...conditions.map(
			({ condition, outcome, why }) => `    ${OUTCOMES[outcome]}  ${condition.padEnd(width)}  ${quote(why, 300)}`,
		),
	];
}

const OUTCOMES: Readonly<Record<ConditionOutcome, string>> = {
	holds: 'holds      ',
	fails: 'FAILS      ',
	'cannot-tell': 'cannot tell',
};

function certainty(
	known: EntryFacts | undefined,
	explanation: Explanation | undefined,
	{ verdict }: AuditRecord,
): readonly string[] {
	if (known === undefined || known.gaps.length === 0 || explanation === undefined) {
		return [];
	}
	const { effect } = explanation.verdict;
	const then = verdict?.observed ?? verdict?.effect;
	return [
		'',
		...wrapped(`Partial facts: the trail keeps a masked record, so ${known.gaps.join('; ')}.`),
		'Where a condition needs more than that, it says "cannot tell".',
		...(then === undefined || then === effect
			? []
			: [`From these facts, the policy of now would say ${effect} where the call got ${then}.`]),
	];
}

/** A sentence of ours in lines that fit beside a panel. */
function wrapped(text: string): readonly string[] {
	return text.match(/.{1,80}(?:\s+|$)/g)?.map(line => line.trimEnd()) ?? [text];
}

function table(rows: readonly (readonly [string, string | undefined])[]): readonly string[] {
	return rows.flatMap(([name, value]) => (value ? [`${name.padEnd(11)} ${value}`] : []));
}
