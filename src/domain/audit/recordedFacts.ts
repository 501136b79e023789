import { type JsonObject, type JsonValue } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { maskSecrets, maskText } from '../inspection/maskSecrets';
import { ArgumentCopy } from '../policy/argumentCopy';
import { CallView } from '../policy/callView';
import { type CompiledRule } from '../policy/compiledRule';
import {
	type CallFacts,
	type OwnPlaces,
	type PathFact,
	type PathFlags,
	type PathProblem,
	type PrincipalFacts,
} from '../policy/facts';
import { findUrls } from '../policy/findUrls';
import { principalFacts } from '../policy/identityVerdict';
import { type Policy, type PolicyLoad } from '../policy/policy';
import { relevantRules } from '../policy/ruleIndex';
import { type SessionLabel } from '../policy/sessionLabel';
import { type UrlFact } from '../policy/urlFact';
import { type MaskedPlaces } from './maskedPlaces';

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
	/** Codes of ours alone; nothing of the server's own words. */
	readonly principal?: PrincipalFacts;
	readonly direction?: 'server';
	readonly unclaimed?: true;
	/** Masked. */
	readonly serverFolder?: string;
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
	/** How places may be written down. */
	readonly places: MaskedPlaces;
}

const MAX_POINTER = 200;
/** A pointer is made of the other side's member names: so much is masked before it is cut. */
const POINTER_LOOK = 4_096;
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
	const { labels, usage, now, trustLevel, principal, direction } = facts;
	const altered = kept.copy === undefined || !sameJson(kept.copy, facts.arguments);
	const { places } = kept;
	const serverFolder = facts.serverFolder === undefined ? undefined : maskText(facts.serverFolder);
	const paths = recordPaths(facts.paths, places);
	const urls = altered ? recordUrls(findUrls(facts.arguments), places) : undefined;
	const possible = recordPossible(facts.possiblePaths ?? [], places);
	const blurred =
		urls === 'altered' ||
		possible === 'altered' ||
		serverFolder !== facts.serverFolder ||
		!pathsAreKept(facts.paths, kept.paths ?? [], places);
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
		...(principal !== undefined && { principal: principalFacts(principal) }),
		...(direction === 'server' && { direction }),
		...(facts.unclaimed !== undefined && { unclaimed: true as const }),
		...(serverFolder !== undefined && { serverFolder }),
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

function recordPaths(paths: readonly PathFact[], places: MaskedPlaces): readonly RecordedPath[] {
	return paths.map(fact => ({
		pointer: cutPointer(fact.pointer),
		count: fact.candidates.length,
		...(fact.problem === 'no-root' && { raw: places.text(fact, fact.raw) }),
		...(fact.problem === 'remote' && { raw: places.text(fact, fact.raw).slice(0, REMOTE_KEPT) }),
		...(fact.problem !== undefined && { problem: fact.problem }),
		...(fact.flags !== undefined && { flags: fact.flags }),
		...(fact.recursive !== undefined && { recursive: fact.recursive }),
		...(fact.globs !== undefined && { globs: fact.globs.map(glob => places.text(fact, glob)) }),
	}));
}

function cutPointer(pointer: string): string {
	return maskText(pointer.slice(0, POINTER_LOOK)).slice(0, MAX_POINTER);
}

/** True when the entry's list holds every candidate as it is, and every text that a verdict rests on is whole. */
function pathsAreKept(paths: readonly PathFact[], kept: readonly string[], places: MaskedPlaces): boolean {
	const all = paths.flatMap(({ candidates }) => candidates);
	return (
		all.length === kept.length &&
		all.every((candidate, index) => candidate === kept[index]) &&
		paths.every(fact => {
			const { problem, raw, globs = [] } = fact;
			const said = problem === 'no-root' || problem === 'remote' ? [raw, ...globs] : globs;
			return said.every(text => places.text(fact, text) === text);
		})
	);
}

/** All of them as they are, or nothing: where one was masked, or where there is too much, no policy can tell. */
function recordPossible(paths: readonly PathFact[], places: MaskedPlaces): readonly RecordedPossible[] | 'altered' {
	const kept = paths.map(({ candidates, globs, problem, flags }) => ({
		candidates,
		...(globs !== undefined && { globs }),
		...(problem !== undefined && { problem }),
		...(flags !== undefined && { flags }),
	}));
	const whole = paths.every(fact =>
		[...fact.candidates, ...(fact.globs ?? [])].every(text => places.text(fact, text) === text),
	);
	return whole && JSON.stringify(kept).length <= MAX_URLS_TEXT ? kept : 'altered';
}

function recordUrls(urls: readonly UrlFact[], places: MaskedPlaces): readonly UrlFact[] | 'altered' {
	const seen = new Set<string>();
	const kept = urls
		.map(url => ({ ...url, pointer: cutPointer(url.pointer) }))
		.filter(url => {
			// Prose may name one address many times.
			const text = JSON.stringify([url.destination, url.readings, url.problem]);
			return !seen.has(text) && seen.add(text);
		});
	const whole = kept.every(url => places.shows(url));
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
