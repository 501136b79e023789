import { type HostFacts } from './facts';
import { hasGlobMagic } from './glob';
import { type Policy } from './policy';
import { normalizePosix, withoutPrivate } from './posixPath';
import { readWindows } from './windowsPath';

/** What a written path may start with and the host fills in; the third is no author's, {@link bindAnchor} makes it. */
export type Anchor = '${workspaceFolder}' | '~' | `\${workspaceFolder:${string}}`;

const ANCHORS: readonly Anchor[] = ['${workspaceFolder}', '~'];
const BOUND = /^\$\{workspaceFolder:([^}]*)\}(?=$|[/\\])/;

/** The variable that a written prefix or glob starts with. */
export function anchorOf(written: string): Anchor | undefined {
	return authorsAnchor(written) ?? (BOUND.exec(written)?.[0] as Anchor | undefined);
}

function authorsAnchor(written: string): Anchor | undefined {
	return ANCHORS.find(anchor => written === anchor || /^[/\\]/.test(afterAnchor(written, anchor) ?? ''));
}

/** A prefix or glob of a policy that lies in this folder: where several are open, its `${workspaceFolder}` means this one. */
export function bindAnchor(written: string, folder: string): string {
	const plain = '${workspaceFolder}';
	return authorsAnchor(written) === plain
		? `\${workspaceFolder:${folder.replaceAll(/[%}/\\]/g, encodeURIComponent)}}${written.slice(plain.length)}`
		: written;
}

/** True for what names an absolute place: an anchor, `/…`, `C:\…` or `\\host\share…`. */
export function isAnchored(written: string): boolean {
	return authorsAnchor(written) !== undefined || /^(?:\/|[A-Za-z]:[\\/]|\\\\[^\\/]+[\\/])/.test(written);
}

/** A glob as the folder it starts in (`''` for none) and what is matched below that folder. */
export interface SplitGlob {
	readonly base: string;
	readonly rest: string;
}

/** Splits a glob before its first segment with a wildcard. `${workspaceFolder}` is no wildcard. */
export function splitGlob(glob: string): SplitGlob {
	const anchor = anchorOf(glob) ?? '';
	// A slash at the end says that the folder is meant; it is no segment.
	const segments = glob
		.slice(anchor.length)
		.replace(/(?<=[^/:])\/+$/, '')
		.split('/');
	const first = segments.findIndex(segment => hasGlobMagic(segment));
	const literal = first < 0 ? segments : segments.slice(0, first);
	const base = anchor + literal.join('/');
	const root = anchor === '' && base === '' && glob.startsWith('/') ? '/' : base;
	return { base: root, rest: first < 0 ? '' : segments.slice(first).join('/') };
}

/**
 * The lexically canonical absolute forms of a written prefix: one for each workspace folder, none without a workspace.
 * Undefined when the host cannot tell (no home); then an allow never matches and a deny is an error.
 */
function expandPrefix(written: string, host: HostFacts): readonly string[] | undefined {
	const anchor = anchorOf(written);
	if (anchor === undefined) {
		return [canonicalPrefix(written, host)];
	}
	const folders = anchor === '~' ? (host.home === undefined ? undefined : [host.home]) : foldersOf(anchor, host);
	return folders?.map(folder => canonicalPrefix(folder + (afterAnchor(written, anchor) ?? ''), host));
}

/** Of several open folders a bound anchor means its own, whatever the others are. */
function foldersOf(anchor: Anchor, { workspaceFolders }: HostFacts): readonly string[] {
	const own = BOUND.exec(anchor)?.[1]?.replaceAll(/%(?:25|7D|2F|5C)/g, decodeURIComponent);
	return own === undefined || workspaceFolders.length < 2 ? workspaceFolders : [own];
}

/**
 * Every prefix that the policy's path conditions rest on, as written (path prefixes, the folders that globs start in, and
 * the anchors they begin with), with its lexical expansions. Whoever collects facts completes them with real paths.
 */
export function policyPrefixes(policy: Policy, host: HostFacts): ReadonlyMap<string, readonly string[]> {
	const known = expanded.get(policy);
	if (known !== undefined && sameHost(known.host, host)) {
		return known.prefixes;
	}
	const prefixes = expandAll(policy, host);
	expanded.set(policy, { host, prefixes });
	return prefixes;
}

/** True when two hosts differ in nothing that a record keeps of them (`contextOf`) or that paths are expanded with. */
export function sameHost(a: HostFacts, b: HostFacts): boolean {
	return (
		a.home === b.home &&
		a.platform === b.platform &&
		a.caseInsensitivePaths === b.caseInsensitivePaths &&
		a.workspaceFolders.length === b.workspaceFolders.length &&
		a.workspaceFolders.every((folder, index) => folder === b.workspaceFolders[index])
	);
}

/** A policy and its host stay the same for many calls; with the host's facts that the expansion rests on. */
const expanded = new WeakMap<
	Policy,
	{ readonly host: HostFacts; readonly prefixes: ReadonlyMap<string, readonly string[]> }
>();

function expandAll(policy: Policy, host: HostFacts): ReadonlyMap<string, readonly string[]> {
	const prefixes = new Map<string, readonly string[]>();
	const add = (written: string | undefined) => {
		const forms = written === undefined || written === '' ? undefined : expandPrefix(written, host);
		if (written !== undefined && forms !== undefined) {
			prefixes.set(written, forms);
		}
	};
	for (const rule of policy.rules) {
		for (const written of [rule.pathPrefix, ...(rule.paths ?? []).map(glob => splitGlob(glob).base)]) {
			add(written);
			add(written === undefined ? undefined : anchorOf(written));
		}
	}
	return prefixes;
}

function afterAnchor(written: string, anchor: Anchor): string | undefined {
	return written.startsWith(anchor) ? written.slice(anchor.length) : undefined;
}

function canonicalPrefix(path: string, host: HostFacts): string {
	if (host.platform === 'win32') {
		const reading = readWindows(path, { host });
		return reading.path ?? path;
	}
	return withoutPrivate(normalizePosix(path));
}
