import { type JsonObject } from '../base/json';
import { canonicalForms, canonicalHostPath } from '../domain/policy/canonicalForms';
import { type HostFacts, type PathFact, type PathFlags, type PathProblem } from '../domain/policy/facts';
import { findPaths, type FoundPath, MAX_PATHS } from '../domain/policy/findPaths';
import { isRecursiveCall, type ReachSubject } from '../domain/policy/pathReach';
import { isWithin } from '../domain/policy/pathSegments';
import { type Policy } from '../domain/policy/policy';
import { policyPrefixes } from '../domain/policy/prefixes';
import { type PathIdentity, type PathResolver } from './ports';

/** More steps upward than this in one path are no honest path, and each costs a look at the disk. */
const MAX_STEPS_UP = 32;

/** More folders than this in one call are not combined with its relative paths; those then cannot be judged. */
const MAX_BASES = 8;

/** What one call's paths are looked at with. */
interface Look {
	readonly root: string | undefined;
	/** Canonical folders that the call itself names. */
	readonly bases: readonly string[];
	readonly tooManyBases: boolean;
	/** Canonical folders in which nothing should be mounted: the workspace's and the root. */
	readonly homes: readonly string[];
	readonly host: HostFacts;
	readonly resolver: CallResolver;
}

type CallResolver = Required<PathResolver>;

/**
 * Every path in attacker-controlled arguments with all places it can stand for: by its text, by its symlinks, and by
 * what a `..` behind a symlink means to the file system. `root` is where relative paths start, if known; the call's own
 * folders count as well. `call` says what is done, for whether the tree below is meant.
 */
export async function collectPathFacts(
	args: JsonObject,
	schema: JsonObject | undefined,
	root: string | undefined,
	host: HostFacts,
	resolver: PathResolver,
	call: Pick<ReachSubject, 'tool' | 'capability'> = {},
): Promise<readonly PathFact[]> {
	const found = findPaths(args, schema);
	const judged = found.slice(0, MAX_PATHS);
	const bases = judged
		.filter(path => path.folder === true)
		.flatMap(path => canonicalForms(path.raw, { root, host }).candidates);
	const look: Look = {
		root,
		bases: bases.slice(0, MAX_BASES),
		tooManyBases: bases.length > MAX_BASES,
		homes: [...host.workspaceFolders, ...(root === undefined ? [] : [root])]
			.map(folder => canonicalHostPath(folder, host))
			.filter(folder => folder !== undefined),
		host,
		resolver: once(resolver),
	};
	const facts = await Promise.all(judged.map(path => factOf(path, look)));
	const recursive = isRecursiveCall({ ...call, arguments: args, schema }) && (await meansFolders(facts, look));
	const reaching = facts.map((fact, index) =>
		recursive || judged[index]?.globBases !== undefined ? { ...fact, recursive: true as const } : fact,
	);
	const rest =
		found.length > MAX_PATHS ? [{ pointer: '', raw: '', candidates: [], problem: 'too-long' } as const] : [];
	return [...reaching, ...rest];
}

/** The policy's path prefixes ({@link policyPrefixes}) with symlinks resolved too, keyed as they stand in the rules. */
export async function resolvePrefixes(
	policy: Policy,
	host: HostFacts,
	resolver: PathResolver,
): Promise<ReadonlyMap<string, readonly string[]>> {
	const cached = once(resolver);
	const entries = [...policyPrefixes(policy, host)].map(async ([written, forms]) => {
		const real = await Promise.all(forms.map(form => realForm(form, host, cached)));
		return [written, [...new Set([...forms, ...real.filter(form => form !== undefined)])]] as const;
	});
	return new Map(await Promise.all(entries));
}

async function factOf(found: FoundPath, look: Look): Promise<PathFact> {
	const { host, resolver } = look;
	const candidates = new Set<string>();
	const relative = isRelative(found.raw);
	let problem: PathProblem | undefined = relative && look.tooManyBases ? 'unresolvable' : undefined;
	for (const text of [found.raw, ...(found.globBases ?? [])]) {
		for (const root of relative ? [look.root, ...look.bases] : [look.root]) {
			const forms = canonicalForms(text, { root, host });
			problem ??= forms.problem;
			const lexical = await Promise.all(forms.candidates.map(form => realForm(form, host, resolver)));
			const physical = await Promise.all(forms.physical.map(form => physicalForm(form, host, resolver)));
			for (const form of [...forms.candidates, ...lexical, ...physical]) {
				if (form === undefined) {
					problem ??= 'unresolvable';
				} else {
					candidates.add(form);
				}
			}
		}
	}
	if (found.globBases?.includes('/') === true) {
		// A wildcard right below the root reaches into every folder: no prefix can tell what it touches.
		problem ??= 'unresolvable';
	}
	const { pointer, raw } = found;
	const flags = await flagsOf(candidates, look);
	return {
		pointer,
		raw,
		candidates: [...candidates],
		...(problem !== undefined && { problem }),
		...(flags !== undefined && { flags }),
	};
}

/** Might also be decoded into an absolute path; joining that to a folder adds forms that are judged too, no harm. */
function isRelative(raw: string): boolean {
	return !/^\s*(?:[\\/~]|[A-Za-z]:[\\/]|file:)/i.test(raw);
}

async function flagsOf(candidates: Iterable<string>, look: Look): Promise<PathFlags | undefined> {
	let hardLinked = false;
	let otherDevice = false;
	for (const path of candidates) {
		const identity = await look.resolver.identify(path);
		hardLinked ||= identity?.kind === 'file' && identity.links > 1;
		otherDevice ||= identity !== undefined && (await isMounted(path, identity, look));
	}
	return hardLinked || otherDevice
		? { ...(hardLinked && { hardLinked: true as const }), ...(otherDevice && { otherDevice: true as const }) }
		: undefined;
}

/** Within a workspace folder or the root, and on the device of none that it is within. */
async function isMounted(path: string, { device }: PathIdentity, { homes, host, resolver }: Look): Promise<boolean> {
	const around = await Promise.all(
		homes.filter(folder => isWithin(path, folder, host)).map(folder => resolver.identify(folder)),
	);
	const known = around.filter(identity => identity !== undefined);
	return known.length > 0 && known.every(identity => identity.device !== device);
}

/** False when the call names files alone (moving one file takes no tree): some path exists, and none is a folder. */
async function meansFolders(facts: readonly PathFact[], { resolver }: Look): Promise<boolean> {
	const all = await Promise.all(facts.flatMap(fact => fact.candidates.map(path => resolver.identify(path))));
	const kinds = new Set(all.map((identity): PathIdentity['kind'] | undefined => identity?.kind));
	return !kinds.has('file') || kinds.has('directory') || kinds.has('other') || kinds.has(undefined);
}

async function realForm(path: string, host: HostFacts, resolver: CallResolver): Promise<string | undefined> {
	const real = await resolver.realPath(path);
	return real === undefined ? undefined : canonicalHostPath(real, host);
}

/** Follows `link/..` as the kernel does: resolve what stands before each `..`, then go up. */
async function physicalForm(path: string, host: HostFacts, resolver: CallResolver): Promise<string | undefined> {
	const top = host.platform === 'win32' ? (/^(?:[A-Z]:|\/\/[^/]+\/[^/]+)/.exec(path)?.[0] ?? '') : '';
	const segments = path.slice(top.length).split('/');
	if (segments.filter(segment => segment === '..').length > MAX_STEPS_UP) {
		return undefined;
	}
	let current = top;
	for (const segment of segments) {
		if (segment === '..') {
			const real = await realForm(current === top ? `${top}/` : current, host, resolver);
			if (real === undefined) {
				return undefined;
			}
			current = real.slice(0, Math.max(real.lastIndexOf('/'), top.length));
		} else if (segment !== '' && segment !== '.') {
			current = `${current}/${segment}`;
		}
	}
	return realForm(current === top ? `${top}/` : current, host, resolver);
}

/** Asks the disk once for each path of a call; a throwing resolver is one that cannot tell. */
function once(resolver: PathResolver): CallResolver {
	return {
		realPath: memo(path => resolver.realPath(path)),
		identify: memo(async path => resolver.identify?.(path)),
	};
}

function memo<T>(ask: (path: string) => Promise<T | undefined>): (path: string) => Promise<T | undefined> {
	const answers = new Map<string, Promise<T | undefined>>();
	return path => {
		const known = answers.get(path);
		if (known !== undefined) {
			return known;
		}
		const answer = Promise.resolve(path)
			.then(ask)
			.catch(() => undefined);
		answers.set(path, answer);
		return answer;
	};
}
