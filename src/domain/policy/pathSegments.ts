import { type HostFacts } from './facts';

/** How the host's file system reads a path. */
export type PathRules = Pick<HostFacts, 'platform' | 'caseInsensitivePaths'>;

/** The segments of a canonical absolute path. A backslash separates on Windows only: elsewhere it is part of a name. */
export function segmentsOf(path: string, rules: PathRules): string[] {
	const folded = rules.caseInsensitivePaths ? path.toLowerCase() : path;
	return folded.split(rules.platform === 'win32' ? /[\\/]+/ : /\/+/).filter(segment => segment !== '');
}

/** True when `path` is `folder` or lies below it, compared by segment: `/data/x-evil` is not within `/data/x`. */
export function isWithin(path: string, folder: string, rules: PathRules): boolean {
	const inner = segmentsOf(path, rules);
	const outer = segmentsOf(folder, rules);
	return outer.length <= inner.length && outer.every((segment, index) => segment === inner[index]);
}
