import { type HostFacts, type PathProblem } from './facts';
import { withoutDotsBehind } from './pathText';

/** What one spelling of a path stands for: absolute, with `..` still in place, or why that cannot be told. */
export type Absolute =
	{ readonly ok: true; readonly path: string } | { readonly ok: false; readonly problem: PathProblem };

/** What relative paths and variables are resolved against. `root` is the server's declared directory. */
export interface PathContext {
	readonly root?: string | undefined;
	readonly host: HostFacts;
}

/** Resolves `.`, `..` and repeated slashes of an absolute POSIX path by its text alone. */
export function normalizePosix(path: string): string {
	const kept: string[] = [];
	for (const segment of path.split('/')) {
		if (segment === '..') {
			kept.pop();
		} else if (segment !== '' && segment !== '.') {
			kept.push(segment);
		}
	}
	return `/${kept.join('/')}`;
}

/** `/private/etc`, `/private/var` and `/private/tmp` are where macOS keeps `/etc`, `/var` and `/tmp`: one name for both. */
export function withoutPrivate(path: string): string {
	return path.replace(/^\/private(?=\/(?:etc|var|tmp)(?:\/|$))/i, '');
}

/** Other spellings that some server could take a path for: `\` as `/`, and segments without trailing dots and spaces. */
export function posixSpellings(path: string): readonly string[] {
	const slashed = path.replaceAll('\\', '/');
	return [...new Set([path, slashed, slashed.split('/').map(trimSegment).join('/')])];
}

/** Makes one spelling absolute: `~`, home variables, the root. `..` stays, so that both readings of it can follow. */
export function absolutePosix(path: string, { root, host }: PathContext): readonly Absolute[] {
	if (/^[A-Za-z]:[\\/]/.test(path)) {
		return [{ ok: false, problem: 'remote' }];
	}
	const home = /^(?:~|\$HOME|\$\{HOME\}|%HOME%|%USERPROFILE%|\$USERPROFILE|\$\{USERPROFILE\})(?=[\\/]|$)(.*)$/is.exec(
		path,
	);
	if (home !== null) {
		const expanded = `${host.home ?? ''}/${home[1] ?? ''}`;
		const literal = /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(path) && root !== undefined ? [`${root}/${path}`] : [];
		return host.home === undefined ? [{ ok: false, problem: 'unresolvable' }] : judge([expanded, ...literal]);
	}
	if (/^(?:~[A-Za-z_][\w-]*|\$\{?[A-Z_][A-Z0-9_]+\}?|%[A-Za-z_][A-Za-z0-9_]+%)(?:[\\/]|$)/.test(path)) {
		return [{ ok: false, problem: 'unresolvable' }];
	}
	if (path.startsWith('/')) {
		return judge([path]);
	}
	return root === undefined ? [{ ok: false, problem: 'no-root' }] : judge([`${root}/${path}`]);
}

/** The same absolute path without `/proc/<pid>/root`, which is `/` again; undefined when it is not there. */
export function withoutProcRoot(path: string): string | undefined {
	const stripped = path.replace(/^(?:\/proc\/[^/]+(?:\/task\/[^/]+)?\/root(?=\/|$))+/, '');
	return stripped === path ? undefined : normalizePosix(stripped);
}

/** Where a path leads depends on which process opens it: nothing that can be judged from here. */
function isPerProcess(path: string): boolean {
	const plain = path.replace(/\/(?:\.?\/)+/g, '/');
	const perProcess =
		/^(?:\/proc\/[^/]+(?:\/task\/[^/]+)?\/(?:cwd|fd|map_files)|\/dev\/(?:fd|stdin|stdout|stderr))(?:\/|$)/;
	return perProcess.test(plain) || perProcess.test(normalizePosix(path));
}

function judge(paths: readonly string[]): readonly Absolute[] {
	return paths.map(path => (isPerProcess(path) ? { ok: false, problem: 'unresolvable' } : { ok: true, path }));
}

function trimSegment(segment: string): string {
	const bare = segment.trim();
	return bare === '' || bare === '.' || bare === '..' ? bare : withoutDotsBehind(segment);
}
