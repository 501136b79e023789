import { type HostFacts, type PathProblem } from './facts';
import { decodeLayers, readUri, textProblem } from './pathText';
import {
	absolutePosix,
	normalizePosix,
	type PathContext,
	posixSpellings,
	withoutPrivate,
	withoutProcRoot,
} from './posixPath';
import { readWindows } from './windowsPath';

/** Every absolute place that one path argument can stand for, by its text alone. */
export interface CanonicalForms {
	/** Canonical, without `..`. */
	readonly candidates: readonly string[];
	/** Absolute with `..` in place: where a symlink stands before a `..`, the file system reads them differently. */
	readonly physical: readonly string[];
	/** Set when some reading cannot be judged; the candidates are then not all there is. */
	readonly problem?: PathProblem;
}

/**
 * All readings of an attacker-controlled path: as it stands, trimmed, percent-decoded to a fixpoint, as a file URI, with
 * home variables and relative to `root`. Pure text; symlinks are the caller's business.
 */
export function canonicalForms(raw: string, context: PathContext): CanonicalForms {
	const candidates = new Set<string>();
	const physical = new Set<string>();
	const problems: PathProblem[] = [];
	const { texts, problem } = readings(raw);
	if (problem !== undefined) {
		problems.push(problem);
	}
	for (const text of texts) {
		if (context.host.platform === 'win32') {
			const reading = readWindows(text, context);
			addAll(candidates, reading.path);
			addAll(physical, reading.physical);
			addTo(problems, reading.problem);
			continue;
		}
		for (const absolute of posixSpellings(text).flatMap(spelling => absolutePosix(spelling, context))) {
			if (absolute.ok) {
				const path = normalizePosix(absolute.path);
				addAll(candidates, withoutPrivate(path), withoutProcRoot(path));
				addAll(physical, /\/\.\.(?:\/|$)/.test(absolute.path) ? absolute.path : undefined);
			} else {
				problems.push(absolute.problem);
			}
		}
	}
	const first = problems[0];
	return {
		candidates: [...candidates],
		physical: [...physical],
		...(first !== undefined && { problem: first }),
	};
}

/** The canonical form of a path that the host itself gave, such as a real path or the root of a server. */
export function canonicalHostPath(path: string, host: HostFacts): string | undefined {
	if (host.platform === 'win32') {
		return readWindows(path, { host, root: path }).path;
	}
	return path.startsWith('/') ? withoutPrivate(normalizePosix(path)) : undefined;
}

/** Trimmed, decoded and URI readings of a raw text; an empty text is the root itself. */
function readings(raw: string): { readonly texts: readonly string[]; readonly problem?: PathProblem } {
	const broken = textProblem(raw);
	if (broken !== undefined) {
		return { texts: [], problem: broken };
	}
	const texts = new Set<string>();
	// Servers and file systems look names up by Unicode equivalence: a decomposed name opens the composed one.
	for (const spelling of new Set([raw, raw.trim(), raw.normalize('NFC'), raw.normalize('NFD')])) {
		const decoded = decodeLayers(spelling);
		if (!decoded.ok) {
			return { texts: [], problem: decoded.problem };
		}
		for (const layer of decoded.layers) {
			const problem = textProblem(layer);
			if (problem !== undefined) {
				return { texts: [], problem };
			}
			const uri = readUri(layer);
			if (uri.kind === 'remote') {
				return { texts: [...texts], problem: 'remote' };
			}
			for (const text of uri.kind === 'file' ? uri.paths : [layer]) {
				texts.add(text === '' ? '.' : text);
			}
		}
	}
	return { texts: [...texts] };
}

function addAll(set: Set<string>, ...paths: readonly (string | undefined)[]): void {
	for (const path of paths) {
		if (path !== undefined) {
			set.add(path);
		}
	}
}

function addTo<T>(list: T[], item: T | undefined): void {
	if (item !== undefined) {
		list.push(item);
	}
}
