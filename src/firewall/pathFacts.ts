import { type JsonObject } from '../base/json';
import { canonicalHostPath } from '../domain/policy/canonicalForms';
import { type HostFacts, type PathFact, type PathFlags, type PathProblem } from '../domain/policy/facts';
import { findPaths, type FoundPath, MAX_PATHS } from '../domain/policy/findPaths';
import { isRecursiveCall, type ReachSubject } from '../domain/policy/pathReach';
import { isWithin } from '../domain/policy/pathSegments';
import { type Policy } from '../domain/policy/policy';
import { policyPrefixes } from '../domain/policy/prefixes';
import { isGitCall } from '../domain/policy/revisionPaths';
import { type DiskLook, diskLook } from './diskLook';
import { type PathIdentity, type PathResolver } from './ports';
import { absoluteGlobs, lookAtPossible } from './possiblePaths';
import { formsOf, physicalForm, realForm } from './realForms';

/** More segments than this in one path are no honest path, and each costs a look at the disk. */
const MAX_SEGMENTS = 256;

/** Most globs that one call says. */
const MAX_GLOBS = 256;

/** More folders than this in one call are not combined with its relative paths; those then cannot be judged. */
const MAX_BASES = 8;

/** What one call's paths are looked at with. */
interface Look {
	/** Where relative paths may start; one undefined when nothing is known. */
	readonly starts: readonly (string | undefined)[];
	/** Canonical folders that the call itself names. */
	readonly bases: readonly string[];
	readonly tooManyBases: boolean;
	/** Real folders in which nothing should be mounted: the workspace's and the root. */
	readonly homes: readonly string[];
	readonly host: HostFacts;
	readonly disk: DiskLook;
}

/** The paths of a call, and the texts that may be some: `paths` and `possiblePaths` of the facts. */
export interface CollectedPaths {
	readonly paths: readonly PathFact[];
	readonly possiblePaths: readonly PathFact[];
}

/**
 * Every path in attacker-controlled arguments with all places it can stand for: by its text, by its symlinks, and by
 * what a `..` behind a symlink means to the file system. `roots` are the folders that the server may count relative paths
 * from; which of them it takes is its business, so all of them are read, and the call's own folders count as well. `call`
 * says what is done, for whether the tree below is meant.
 */
export async function collectPathFacts(
	args: JsonObject,
	schema: JsonObject | undefined,
	roots: readonly string[],
	host: HostFacts,
	resolver: PathResolver,
	call: Pick<ReachSubject, 'tool' | 'capability'> = {},
): Promise<CollectedPaths> {
	const all = findPaths(args, schema, {
		git: isGitCall(call.tool, call.capability),
		names: /^(?:filesystem|git)\.|^unknown$/.test(call.capability ?? ''),
	});
	if (all.length === 0) {
		// The disk is not asked about a call that names nothing on it.
		return { paths: [], possiblePaths: [] };
	}
	const found = all.filter(path => path.possible !== true);
	const starts = roots.length === 0 ? [undefined] : roots;
	const judged = found.slice(0, MAX_PATHS);
	const disk = diskLook(resolver);
	const bases = judged
		.filter(path => path.folder === true)
		.flatMap(path => starts.flatMap(root => formsOf(path.raw, { root, host }, disk).candidates));
	const homes = [...host.workspaceFolders, ...roots].map(async folder => {
		const home = canonicalHostPath(folder, host);
		return home === undefined ? undefined : realForm(home, host, disk);
	});
	const look: Look = {
		starts,
		bases: bases.slice(0, MAX_BASES),
		tooManyBases: bases.length > MAX_BASES,
		homes: (await Promise.all(homes)).filter(home => home !== undefined),
		host,
		disk,
	};
	const looked = await Promise.all(judged.map(path => lookAt(path, look)));
	const recursive =
		isRecursiveCall({ ...call, arguments: args, schema }) &&
		meansFolders(looked.flatMap(({ identities }) => identities));
	const paths = looked.map(({ fact }, index) =>
		recursive || judged[index]?.globBases !== undefined ? { ...fact, recursive: true as const } : fact,
	);
	const possible = all.filter(path => path.possible === true);
	const { surely, possiblePaths } =
		possible.length === 0
			? { surely: [], possiblePaths: [] }
			: await lookAtPossible(possible, { roots, bases: [...bases, ...paths.flatMap(around)], host, disk });
	const globs = [...paths, ...surely, ...possiblePaths].reduce((sum, fact) => sum + (fact.globs?.length ?? 0), 0);
	const rest =
		found.length > MAX_PATHS || globs > MAX_GLOBS || disk.spent
			? [{ pointer: '', raw: '', candidates: [], problem: 'too-long' } as const]
			: [];
	return { paths: [...paths, ...surely, ...rest], possiblePaths };
}

/** Where a name beside this path may stand: in it, or beside it. */
function around({ candidates: [first] }: PathFact): readonly string[] {
	return first === undefined ? [] : [first, first.slice(0, Math.max(1, first.lastIndexOf('/')))];
}

/** The policy's path prefixes ({@link policyPrefixes}) with symlinks resolved too, keyed as they stand in the rules. */
export async function resolvePrefixes(
	policy: Policy,
	host: HostFacts,
	resolver: PathResolver,
): Promise<ReadonlyMap<string, readonly string[]>> {
	const disk = diskLook(resolver);
	const entries = [...policyPrefixes(policy, host)].map(async ([written, forms]) => {
		const real = await Promise.all(forms.map(form => realForm(form, host, disk)));
		return [written, [...new Set([...forms, ...real.filter(form => form !== undefined)])]] as const;
	});
	return new Map(await Promise.all(entries));
}

/** A path with what the disk says of its real forms; undefined for one of which it says nothing. */
interface Looked {
	readonly fact: PathFact;
	readonly identities: readonly (PathIdentity | undefined)[];
}

async function lookAt(found: FoundPath, look: Look): Promise<Looked> {
	const { host, disk } = look;
	const { pointer, raw } = found;
	const candidates = new Set<string>();
	const real = new Set<string>();
	const relative = isRelative(raw);
	const tooLong = found.problem ?? raw.split(/[\\/]|%2f|%5c/i, MAX_SEGMENTS + 1).length > MAX_SEGMENTS;
	if (tooLong !== false) {
		return { fact: { pointer, raw, candidates: [], problem: 'too-long' }, identities: [] };
	}
	let problem: PathProblem | undefined = relative && look.tooManyBases ? 'unresolvable' : undefined;
	for (const text of [raw, ...(found.globBases ?? [])]) {
		for (const root of relative ? [...look.starts, ...look.bases] : look.starts.slice(0, 1)) {
			const forms = formsOf(text, { root, host }, disk);
			problem ??= forms.problem;
			addAll(candidates, forms.candidates);
			const resolved = await Promise.all([
				...forms.candidates.map(form => realForm(form, host, disk)),
				...forms.physical.map(form => physicalForm(form, host, disk)),
			]);
			problem ??= resolved.includes(undefined) ? 'unresolvable' : undefined;
			addAll(real, resolved);
		}
	}
	addAll(candidates, real);
	if (found.globBases?.includes('/') === true) {
		// A wildcard right below the root reaches into every folder: no prefix can tell what it touches.
		problem ??= 'unresolvable';
	}
	const identities = await Promise.all([...real].map(path => disk.identify(path)));
	const flags = await flagsOf([...real], identities, look);
	const roots = [...new Set([...look.starts, ...look.bases])];
	const globs = await absoluteGlobs(found.globs ?? [], roots, host, disk);
	const fact = {
		pointer,
		raw,
		candidates: [...candidates],
		...(problem !== undefined && { problem }),
		...(flags !== undefined && { flags }),
		...(globs.length > 0 && { globs }),
	};
	return { fact, identities };
}

function addAll(set: Set<string>, paths: Iterable<string | undefined>): void {
	for (const path of paths) {
		if (path !== undefined) {
			set.add(path);
		}
	}
}

/** Might also be decoded into an absolute path; joining that to a folder adds forms that are judged too, no harm. */
function isRelative(raw: string): boolean {
	return !/^\s*(?:[\\/~]|[A-Za-z]:[\\/]|file:)/i.test(raw);
}

async function flagsOf(
	real: readonly string[],
	identities: readonly (PathIdentity | undefined)[],
	look: Look,
): Promise<PathFlags | undefined> {
	let otherDevice = false;
	for (const [index, path] of real.entries()) {
		const identity = identities[index];
		otherDevice ||= identity !== undefined && (await isMounted(path, identity, look));
	}
	const hardLinked = identities.some(identity => identity?.kind === 'file' && identity.links > 1);
	return hardLinked || otherDevice
		? { ...(hardLinked && { hardLinked: true as const }), ...(otherDevice && { otherDevice: true as const }) }
		: undefined;
}

/** Within a workspace folder or the root, and on the device of none that it is within. */
async function isMounted(path: string, { device }: PathIdentity, { homes, host, disk }: Look): Promise<boolean> {
	const around = await Promise.all(
		homes.filter(folder => isWithin(path, folder, host)).map(folder => disk.identify(folder)),
	);
	const known = around.filter(identity => identity !== undefined);
	return known.length > 0 && known.every(identity => identity.device !== device);
}

/** False when the call names files alone (moving one file takes no tree): some path exists, and none is a folder. */
function meansFolders(identities: readonly (PathIdentity | undefined)[]): boolean {
	const kinds = new Set(identities.map(identity => identity?.kind));
	return !kinds.has('file') || kinds.has('directory') || kinds.has('other') || kinds.has(undefined);
}
