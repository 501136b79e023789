import { isJsonObject } from '../../base/json';
import { type Phrase, phrase } from '../../base/phrase';
import { type CallFacts, type HostFacts } from '../policy/facts';
import { type PolicyLoad } from '../policy/policy';
import { principalFacts, trustRank } from '../policy/identityVerdict';
import { type AuditRecord } from './auditRecord';
import { recallFacts } from './recallFacts';
import { contextOf } from './recordedFacts';

/** What a call is explained from: its facts, and what of them is not what was judged then. */
export interface EntryFacts {
	readonly facts: CallFacts;
	/** One clause for each fact that the entry does not hold; empty when the facts are those of the verdict. */
	readonly gaps: readonly Phrase[];
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
			phrase('secrets in the arguments are masked'),
			phrase('what the session had touched before (labels) and how much had passed (limits) is not recorded'),
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
	const gaps =
		entry.facts.altered === undefined ? [] : [phrase('secrets in the arguments are masked, or long texts cut')];
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
