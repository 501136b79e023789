import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { ArgumentCopy } from '../policy/argumentCopy';
import { type CallFacts, type HostFacts, type OwnPlaces, type PathFact, type PrincipalFacts } from '../policy/facts';
import { parsePrincipal } from '../policy/parsePrincipal';
import { type PolicyLoad } from '../policy/policy';
import { relevantRules } from '../policy/ruleIndex';
import { type RuleUsage } from '../policy/sessionFacts';
import { type AuditRecord } from './auditRecord';
import { argumentConditions, type RecordedContext, type RecordedFacts, type RecordedPossible } from './recordedFacts';

/** Why the facts of an entry cannot be judged again. */
export type RecallProblem =
	/** Written before facts were kept. */
	| 'no-facts'
	/** Its context stands nowhere in the trail. */
	| 'no-context'
	/** A path, URL or folder was masked, because it has the form of a secret, or cut, because it is huge. */
	| 'masked-place'
	/** Not what this version writes. */
	| 'unreadable';

/** The facts of a recorded call. */
export type Recall =
	| { readonly kind: 'facts'; readonly facts: CallFacts; readonly copy: ArgumentCopy }
	| { readonly kind: 'problem'; readonly why: RecallProblem };

/**
 * The facts that a recorded verdict rested on. Where arguments were altered, outcomes that the entry keeps of the policy
 * in force (`load`, where it is that very policy) stand in `told`. Never throws, whatever the entry holds.
 */
export function recallFacts(
	entry: AuditRecord,
	contexts: ReadonlyMap<string, RecordedContext>,
	load?: PolicyLoad,
): Recall {
	const { facts } = entry;
	if (facts === undefined) {
		return { kind: 'problem', why: 'no-facts' };
	}
	const context = contexts.get(facts.context);
	if (context === undefined) {
		return { kind: 'problem', why: 'no-context' };
	}
	if (facts.altered === 'places' || context.altered === true) {
		return { kind: 'problem', why: 'masked-place' };
	}
	try {
		return read(entry, facts, context, load);
	} catch {
		return { kind: 'problem', why: 'unreadable' };
	}
}

function read(entry: AuditRecord, recorded: RecordedFacts, context: RecordedContext, load?: PolicyLoad): Recall {
	const kept = recorded.arguments ?? (recorded.direction === 'server' ? undefined : (entry.arguments ?? {}));
	const copy = new ArgumentCopy(kept);
	const tool = entry.tool ?? entry.method;
	if (entry.server === undefined || tool === undefined || entry.capability === undefined) {
		return { kind: 'problem', why: 'unreadable' };
	}
	const { labels, usage, now, trustLevel, direction, urls } = recorded;
	const facts: CallFacts = {
		server: entry.server,
		tool,
		capability: entry.capability,
		arguments: isJsonObject(kept) ? kept : {},
		paths: readPaths(recorded, entry.paths ?? []),
		...(recorded.possible !== undefined && { possiblePaths: recorded.possible.map(readPossible) }),
		host: readHost(context),
		prefixes: new Map(Object.entries(context.prefixes).map(([written, forms]) => [written, texts(forms)])),
		...(context.ownPlaces !== undefined && { ownPlaces: readOwnPlaces(context.ownPlaces) }),
		...(labels !== undefined && { labels: new Set(labels) }),
		...(usage !== undefined && { usage: readUsage(usage) }),
		...(now !== undefined && { now }),
		...(trustLevel !== undefined && { trustLevel }),
		...(recorded.principal !== undefined && { principal: readPrincipal(recorded.principal) }),
		...(entry.tool === undefined && { isMethod: true as const }),
		...(direction !== undefined && { direction }),
		...(recorded.unclaimed === true && { unclaimed: true as const }),
		...(typeof recorded.serverFolder === 'string' && { serverFolder: recorded.serverFolder }),
		...(urls !== undefined && { urls }),
	};
	const told = recorded.altered === undefined || load === undefined ? undefined : readOutcomes(load, facts, recorded);
	return { kind: 'facts', facts: told === undefined ? facts : { ...facts, told }, copy };
}

function readPaths(recorded: RecordedFacts, candidates: readonly string[]): readonly PathFact[] {
	let at = 0;
	return (recorded.paths ?? []).map(({ pointer, count, raw, problem, flags, recursive, globs }) => {
		const own = candidates.slice(at, at + count);
		at += count;
		if (own.length !== count) {
			throw new TypeError('paths are missing');
		}
		return {
			pointer,
			raw: raw ?? own[0] ?? '',
			candidates: own,
			...(problem !== undefined && { problem }),
			...(flags !== undefined && { flags }),
			...(recursive !== undefined && { recursive }),
			...(globs !== undefined && { globs: texts(globs) }),
		};
	});
}

function readPossible({ candidates, globs, problem, flags }: RecordedPossible): PathFact {
	const own = texts(candidates);
	return {
		pointer: '',
		raw: own[0] ?? '',
		candidates: own,
		...(globs !== undefined && { globs: texts(globs) }),
		...(problem !== undefined && { problem }),
		...(flags !== undefined && { flags }),
	};
}

function readHost({ host }: RecordedContext): HostFacts {
	return { ...host, workspaceFolders: texts(host.workspaceFolders) };
}

function readOwnPlaces({ folders, files }: OwnPlaces): OwnPlaces {
	return { folders: texts(folders), files: texts(files) };
}

/** INVARIANT: what is not one of our own codes proves nothing; the entry may have been written by anybody. */
function readPrincipal(value: unknown): PrincipalFacts {
	const principal = parsePrincipal(value);
	if (typeof principal === 'string') {
		throw new TypeError(principal);
	}
	return principal;
}

function readUsage(usage: NonNullable<RecordedFacts['usage']>): ReadonlyMap<string, RuleUsage> {
	return new Map(
		Object.entries(usage).map(([id, [callsThisMinute, callsThisSession, bytesThisSession]]) => [
			id,
			{ callsThisMinute, callsThisSession, bytesThisSession },
		]),
	);
}

function readOutcomes(load: PolicyLoad, facts: CallFacts, recorded: RecordedFacts): ReadonlyMap<string, boolean> {
	const told = new Map<string, boolean>();
	const { outcomes = {} } = recorded;
	const rules =
		load.policy === undefined ? [] : relevantRules(load.policy, facts.capability, facts.server.name, facts.tool);
	for (const compiled of rules) {
		const letters = Object.hasOwn(outcomes, compiled.rule.id) ? (outcomes[compiled.rule.id] ?? '') : '';
		argumentConditions(compiled).forEach(({ argument }, index) => {
			if (argument !== undefined && /[hf]/.test(letters[index] ?? '')) {
				told.set(argument.key, letters[index] === 'h');
			}
		});
	}
	return told;
}

function texts(value: unknown): readonly string[] {
	const list = value as JsonValue | undefined;
	if (!isJsonArray(list) || !list.every(item => typeof item === 'string')) {
		throw new TypeError('a list of texts is missing');
	}
	return list;
}
