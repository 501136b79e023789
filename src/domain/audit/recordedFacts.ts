import { type JsonObject, type JsonValue, isJsonArray, isJsonObject } from '../../base/json';
import { maskSecrets, maskText } from '../inspection/maskSecrets';
import { readPointer } from '../policy/argMatch';
import { ArgumentCopy } from '../policy/argumentCopy';
import { CallView } from '../policy/callView';
import { type CompiledRule } from '../policy/compiledRule';
import { type CallFacts, type OwnPlaces, type PathFact, type PathFlags, type PathProblem } from '../policy/facts';
import { findUrls } from '../policy/findUrls';
import { type Policy, type PolicyLoad } from '../policy/policy';
import { relevantRules } from '../policy/ruleIndex';
import { type SessionLabel } from '../policy/sessionLabel';
import { type UrlFact } from '../policy/urlFact';

/** One path as an entry keeps it: {@link PathFact} without what can be had from elsewhere. */
export interface RecordedPath {
	/** Masked, and cut. */
	readonly pointer: string;
	/** How many candidates it has: the next so many of the entry's `paths`. */
	readonly count: number;
	/** Kept where a verdict can rest on it: behind `no-root` and `remote`. */
	readonly raw?: string;
	readonly problem?: PathProblem;
	readonly flags?: PathFlags;
	readonly recursive?: true;
	/** Masked globs. */
	readonly globs?: readonly string[];
}

/** What may be a path as an entry keeps it. */
export type RecordedPossible = Pick<PathFact, 'candidates' | 'globs' | 'problem' | 'flags'>;

/**
 * What a verdict rested on, beyond what the entry says anyway (server, tool, capability, paths, arguments): with these,
 * the record's context and the policy of the entry's digest, the same engine gives the same verdict.
 */
export interface RecordedFacts {
	/** Digest of the {@link RecordedContext}, which stands in the first entry of the file that rests on it. */
	readonly context: string;
	/** Who said what the capability is (capability.ts); `path`: the method itself. */
	readonly by: string;
	readonly paths?: readonly RecordedPath[];
	/** `possiblePaths` of the facts. */
	readonly possible?: readonly RecordedPossible[];
	readonly labels?: readonly SessionLabel[];
	/** By rule id: calls this minute, calls and bytes this session. Only rules about this call. */
	readonly usage?: Readonly<Record<string, readonly [number, number, number]>>;
	readonly now?: number;
	readonly trustLevel?: number;
	readonly direction?: 'server';
	readonly unclaimed?: true;
	/** Masked copy of what was judged, where the entry's `arguments` are something else (resources). */
	readonly arguments?: JsonValue;
	/** `arguments`: the copy is not what the call said. `places`: a path or URL is not either, so that no policy can tell. */
	readonly altered?: 'arguments' | 'places';
	/** The URLs of altered arguments. */
	readonly urls?: readonly UrlFact[];
	/**
	 * For altered arguments, by rule id: one letter for each condition over arguments, in the order of the rule. `h` it
	 * held, `f` it failed, `-` the copy itself tells.
	 */
	readonly outcomes?: Readonly<Record<string, string>>;
}

/** The part of the facts that many calls share. */
export interface RecordedContext {
	readonly host: {
		readonly workspaceFolders: readonly string[];
		readonly home?: string;
		readonly platform: 'posix' | 'win32';
		readonly caseInsensitivePaths: boolean;
	};
	readonly prefixes: Readonly<Record<string, readonly string[]>>;
	readonly ownPlaces?: OwnPlaces;
	/** A folder was masked: nothing can be told from this context. */
	readonly altered?: true;
}

/** What the entry keeps by itself. */
export interface KeptCopies {
	/** The copy of what was judged; undefined where none may be kept. */
	readonly copy: JsonValue | undefined;
	/** The entry's `arguments`. */
	readonly arguments: JsonValue | undefined;
	/** The entry's `paths`: all candidates in order, masked and bounded. */
	readonly paths: readonly string[] | undefined;
}

const MAX_POINTER = 200;
/** Enough to see whether a remote path comes back to this machine. */
const REMOTE_KEPT = 64;
/** UTF-16 units of JSON that the URLs of one entry may take, and what may be its paths. */
const MAX_URLS_TEXT = 65_536;

/** The facts of one verdict as an entry keeps them: masked, bounded, JSON. `context` is the digest of {@link contextOf}. */
export function recordFacts(
	load: PolicyLoad,
	facts: CallFacts,
	by: string,
	kept: KeptCopies,
	context: string,
): RecordedFacts {
	const { labels, usage, now, trustLevel, direction } = facts;
	const altered = kept.copy === undefined || !sameJson(kept.copy, facts.arguments);
	const paths = recordPaths(facts.paths);
	const urls = altered ? recordUrls(findUrls(facts.arguments)) : undefined;
	const possible = recordPossible(facts.possiblePaths ?? [], altered ? kept.copy : facts.arguments, facts.arguments);
	const blurred = urls === 'altered' || possible === 'altered' || !pathsAreKept(facts.paths, kept.paths ?? []);
	const outcomes = altered ? outcomesOf(load.policy, facts, new ArgumentCopy(kept.copy)) : {};
	return {
		context,
		by,
		...(paths.length > 0 && { paths }),
		...(possible !== 'altered' && possible.length > 0 && { possible }),
		...(labels !== undefined && { labels: [...labels] }),
		...(usage !== undefined && { usage: usageOf(load.policy, facts, usage) }),
		...(now !== undefined && { now }),
		...(trustLevel !== undefined && { trustLevel }),
		...(direction === 'server' && { direction }),
		...(facts.unclaimed !== undefined && { unclaimed: true as const }),
		...(kept.copy !== undefined && !sameJson(kept.copy, kept.arguments) && { arguments: kept.copy }),
		...((altered || blurred) && { altered: blurred ? ('places' as const) : ('arguments' as const) }),
		...(urls !== undefined && urls !== 'altered' && { urls }),
		...(Object.keys(outcomes).length > 0 && { outcomes }),
	};
}

/** The context of a call; its JSON text is what is digested. Not masked yet. */
export function contextOf({
	host,
	prefixes,
	ownPlaces,
}: Pick<CallFacts, 'host' | 'prefixes' | 'ownPlaces'>): RecordedContext {
	const { workspaceFolders, home, platform, caseInsensitivePaths } = host;
	return {
		host: { workspaceFolders, ...(home !== undefined && { home }), platform, caseInsensitivePaths },
		prefixes: Object.fromEntries(prefixes),
		...(ownPlaces !== undefined && { ownPlaces }),
	};
}

/** A context fit for an entry. INVARIANT: secrets are masked before storage (6). */
export function maskedContext(context: RecordedContext): RecordedContext {
	const { value } = maskSecrets(context as unknown as JsonObject);
	return sameJson(value, context as unknown as JsonObject)
		? context
		: { ...(value as unknown as RecordedContext), altered: true };
}

/** The conditions of a rule that look at arguments, in its order. */
export function argumentConditions({ others }: CompiledRule): CompiledRule['others'] {
	return others.filter(({ argument }) => argument !== undefined);
}

function recordPaths(paths: readonly PathFact[]): readonly RecordedPath[] {
	return paths.map(({ pointer, raw, candidates, problem, flags, recursive, globs }) => ({
		pointer: maskText(pointer.slice(0, MAX_POINTER)),
		count: candidates.length,
		...(problem === 'no-root' && { raw: maskText(raw) }),
		...(problem === 'remote' && { raw: maskText(raw.slice(0, REMOTE_KEPT)) }),
		...(problem !== undefined && { problem }),
		...(flags !== undefined && { flags }),
		...(recursive !== undefined && { recursive }),
		...(globs !== undefined && { globs: globs.map(maskText) }),
	}));
}

/** True when the entry's list holds every candidate as it is, and every text that a verdict rests on is whole. */
function pathsAreKept(paths: readonly PathFact[], kept: readonly string[]): boolean {
	const all = paths.flatMap(({ candidates }) => candidates);
	return (
		all.length === kept.length &&
		all.every((candidate, index) => candidate === kept[index]) &&
		paths.every(
			({ problem, raw, globs = [] }) =>
				(problem !== 'no-root' || maskText(raw) === raw) && globs.every(glob => maskText(glob) === glob),
		)
	);
}

/**
 * All of them as they are, or nothing: where one was masked, by its form or by the name that it stands under, or where there
 * is too much, no policy can tell. INVARIANT: secrets are masked before storage (6).
 */
function recordPossible(
	paths: readonly PathFact[],
	copy: JsonValue | undefined,
	args: JsonObject,
): readonly RecordedPossible[] | 'altered' {
	const kept = paths.map(({ candidates, globs, problem, flags }) => ({
		candidates,
		...(globs !== undefined && { globs }),
		...(problem !== undefined && { problem }),
		...(flags !== undefined && { flags }),
	}));
	const whole =
		paths.every(({ pointer }) => copy === args || sameJson(at(copy, pointer), at(args, pointer))) &&
		kept.every(({ candidates, globs = [] }) => [...candidates, ...globs].every(text => maskText(text) === text));
	return whole && JSON.stringify(kept).length <= MAX_URLS_TEXT ? kept : 'altered';
}

/** What a pointer of ours says; where it leads nowhere (the name of a member, a text in a text), the deepest there is. */
function at(value: JsonValue | undefined, pointer: string): JsonValue | undefined {
	let found = value;
	for (const token of readPointer(pointer) ?? []) {
		const next: JsonValue | undefined = isJsonArray(found)
			? found[Number(token)]
			: isJsonObject(found) && Object.hasOwn(found, token)
				? found[token]
				: undefined;
		if (next === undefined) {
			return found;
		}
		found = next;
	}
	return found;
}

function recordUrls(urls: readonly UrlFact[]): readonly UrlFact[] | 'altered' {
	const seen = new Set<string>();
	const kept = urls
		.map(url => ({ ...url, pointer: maskText(url.pointer.slice(0, MAX_POINTER)) }))
		.filter(url => {
			// Prose may name one address many times.
			const text = JSON.stringify([url.destination, url.readings, url.problem]);
			return !seen.has(text) && seen.add(text);
		});
	const whole = kept.every(({ readings }) => readings.every(({ host }) => maskText(host) === host));
	return whole && JSON.stringify(kept).length <= MAX_URLS_TEXT ? kept : 'altered';
}

function usageOf(
	policy: Policy | undefined,
	{ capability, server, tool }: CallFacts,
	usage: NonNullable<CallFacts['usage']>,
): NonNullable<RecordedFacts['usage']> {
	if (policy === undefined || usage.size === 0) {
		return {};
	}
	return Object.fromEntries(
		relevantRules(policy, capability, server.name, tool).flatMap(({ rule }) => {
			const used = rule.limits && usage.get(rule.id);
			return used === undefined
				? []
				: [[rule.id, [used.callsThisMinute, used.callsThisSession, used.bytesThisSession] as const]];
		}),
	);
}

function outcomesOf(
	policy: Policy | undefined,
	facts: CallFacts,
	copy: ArgumentCopy,
): NonNullable<RecordedFacts['outcomes']> {
	if (policy === undefined) {
		return {};
	}
	const call = new CallView(facts);
	return Object.fromEntries(
		relevantRules(policy, facts.capability, facts.server.name, facts.tool).flatMap(compiled => {
			const letters = argumentConditions(compiled).map(condition =>
				condition.argument?.knownFrom(copy) === true ? '-' : condition.test(call) === 'holds' ? 'h' : 'f',
			);
			return letters.every(letter => letter === '-') ? [] : [[compiled.rule.id, letters.join('')]];
		}),
	);
}

/** Equal as JSON; members that are undefined do not count, nor does the order of keys. */
function sameJson(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
	if (left === right) {
		return true;
	}
	if (isJsonArray(left)) {
		return (
			isJsonArray(right) &&
			left.length === right.length &&
			left.every((item, index) => sameJson(item, right[index]))
		);
	}
	if (!isJsonObject(left) || !isJsonObject(right)) {
		return false;
	}
	const [mine, theirs] = [left, right].map(object => Object.keys(object).filter(key => object[key] !== undefined));
	return (
		mine?.length === theirs?.length &&
		mine?.every(key => Object.hasOwn(right, key) && sameJson(left[key], right[key])) === true
	);
}
