import { type HostFacts, type PathProblem } from './facts';
import { decodeOnce, MAX_DECODINGS, MAX_PATH_LENGTH, readUri, textProblem } from './pathText';
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

/** More readings of one text than this are an attack, not a file name. */
const MAX_READINGS = 64;

/** Absolute and plain: no reading differs from the text itself. Names of one process's view are left to the long way. */
const PLAIN = /^(?!\/(?:proc|dev|private)(?:\/|$))(?:\/\.?[\w@+-]+(?:\.[\w@+-]+)*)+$/i;

/**
 * All readings of an attacker-controlled path: as it stands, trimmed, percent-decoded to a fixpoint, as a file URI, with
 * home variables and relative to `root`. Pure text; symlinks are the caller's business. Closed: the forms of a form are
 * among the forms (canonicalising twice changes nothing).
 */
export function canonicalForms(raw: string, context: PathContext): CanonicalForms {
	const plain = plainForm(raw, context);
	if (plain !== undefined) {
		return { candidates: [plain], physical: [] };
	}
	const reading: Reading = { candidates: new Set(), physical: new Set(), problems: [], pending: new Map([[raw, 0]]) };
	// A map hands out what is added while it is walked: forms are read again until nothing new comes.
	for (const [text, layer] of reading.pending) {
		readText(text, layer, context, reading);
		// A `%` in the name of the root itself is no encoding; what was sent has been decoded before it was joined.
		if (context.root?.includes('%') !== true) {
			for (const form of reading.candidates) {
				addPending(reading, form, 0);
			}
		}
		if (reading.pending.size > MAX_READINGS) {
			reading.problems.push('confusable');
			break;
		}
	}
	const first = reading.problems[0];
	return {
		candidates: [...reading.candidates],
		physical: [...reading.physical],
		...(first !== undefined && { problem: first }),
	};
}

/** What has been read so far, and the texts still to read with the layers of encoding that were taken off. */
interface Reading {
	readonly candidates: Set<string>;
	readonly physical: Set<string>;
	readonly problems: PathProblem[];
	readonly pending: Map<string, number>;
}

function addPending({ pending }: Reading, text: string, layer: number): void {
	if (!pending.has(text)) {
		pending.set(text, layer);
	}
}

function plainForm(raw: string, { root, host }: PathContext): string | undefined {
	if (host.platform === 'win32' || raw.length > MAX_PATH_LENGTH) {
		return undefined;
	}
	const text = raw.startsWith('/') || root === undefined ? raw : `${root}/${raw}`;
	return PLAIN.test(text) ? text : undefined;
}

function readText(text: string, layer: number, context: PathContext, reading: Reading): void {
	const decoded = decodeOnce(text);
	const problem = textProblem(text) ?? (decoded === undefined || layer > MAX_DECODINGS ? 'confusable' : undefined);
	if (problem !== undefined || decoded === undefined) {
		addTo(reading.problems, problem);
		return;
	}
	addPending(reading, text.trim(), layer);
	// Servers and file systems look names up by Unicode equivalence: a decomposed name opens the composed one.
	addPending(reading, text.normalize('NFC'), layer);
	addPending(reading, text.normalize('NFD'), layer);
	addPending(reading, decoded, layer + 1);
	const uri = readUri(text);
	if (uri.kind === 'remote') {
		reading.problems.push('remote');
	} else if (uri.kind === 'file') {
		for (const path of uri.paths) {
			addPending(reading, path, layer);
		}
	} else {
		// An empty text is the root itself.
		readSpellings(text === '' ? '.' : text, context, reading);
	}
}

function readSpellings(text: string, context: PathContext, { candidates, physical, problems }: Reading): void {
	if (context.host.platform === 'win32') {
		const windows = readWindows(text, context);
		addAll(candidates, windows.path);
		addAll(physical, windows.physical);
		addTo(problems, windows.problem);
		return;
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

/** The canonical form of a path that the host itself gave, such as a real path or the root of a server. */
export function canonicalHostPath(path: string, host: HostFacts): string | undefined {
	if (host.platform === 'win32') {
		return readWindows(path, { host, root: path }).path;
	}
	return path.startsWith('/') ? withoutPrivate(normalizePosix(path)) : undefined;
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
