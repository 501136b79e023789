import { type HostFacts } from './facts';

/** How the host's file system compares names. */
export type PathRules = Pick<HostFacts, 'caseInsensitivePaths'>;

/** Both sides of a comparison go through this; on a case-insensitive file system it also joins NFC and NFD. */
export function foldCase(text: string, rules: PathRules): string {
	return rules.caseInsensitivePaths ? text.normalize('NFC').toUpperCase().toLowerCase() : text;
}

/**
 * True when `path` is `folder` or below it, compared by whole segments: `/data/x-evil` is not below `/data/x`. Both are
 * canonical, with `/` between segments on every platform, and folded alike.
 */
export function isBelow(path: string, folder: string): boolean {
	const top = folder.endsWith('/') ? folder.slice(0, -1) : folder;
	return path === top || path === folder || path.startsWith(`${top}/`);
}

/** {@link isBelow} for canonical paths that are not folded yet. */
export function isWithin(path: string, folder: string, rules: PathRules): boolean {
	return isBelow(foldCase(path, rules), foldCase(folder, rules));
}
