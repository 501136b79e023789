import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../../base/json';
import { hasGlobMagic } from './glob';
import { braceAlternatives, globBases } from './globBases';
import { type KeyKind, kindOfKey, namedBySchema, NO_KEY, propertySchema } from './pathKeys';
import { looksLikePath } from './pathLooks';
import { decodeLayers, MAX_PATH_LENGTH, visibleText } from './pathText';
import { mayBeName, pathsInCommand, pathsInWord } from './pathWords';
import { revisionPaths } from './revisionPaths';

/** A string leaf of the arguments that some server would open as a file. */
export interface FoundPath {
	/** JSON pointer (RFC 6901); of the value, also where the key itself is the path. */
	readonly pointer: string;
	/** Attacker-controlled. */
	readonly raw: string;
	/** The folders in which a glob starts, where the leaf is one; judged in addition to the leaf itself. */
	readonly globBases?: readonly string[];
	/** The key names a folder, so that relative paths of the same call may be meant to lie below it. */
	readonly folder?: true;
	/** The globs that the leaf says, without braces; what they name counts although no such path stands there. */
	readonly globs?: readonly string[];
	/** Nothing says that it is a path, nothing says that it is none: see `possiblePaths` in facts.ts. */
	readonly possible?: true;
	/** Set where the text is too long to be looked at. */
	readonly problem?: 'too-long';
}

/** Most paths of one call that are judged. With one more than that in the answer, the call cannot be judged as a whole. */
export const MAX_PATHS = 256;

/** Most texts that may be names; with one more than that, the call cannot be judged as a whole. */
const MAX_NAMES = 256;

/** How deep JSON in texts in JSON is read, and how much of it in one call, in UTF-16 units. */
const MAX_JSON_DEPTH = 4;
const MAX_JSON = 262_144;
const MAX_NESTING = 64;

/** Keys of a git tool whose values are words of a command line. */
const GIT_ARGUMENTS = /^(?:args|arguments|options|flags|params)$/i;

/** What is looked for beside plain paths. */
export interface PathLook {
	/** The arguments are git's: what stands behind a colon is a file as well (`HEAD:.env`). */
	readonly git?: boolean;
	/** The call is about files: every short text may be the name of one. */
	readonly names?: boolean;
}

/**
 * Every path in attacker-controlled arguments, at any depth: under keys that name one (by the key's own words or the
 * schema's title or format), every string and key that looks like an absolute, upward or home path or a file URI, and the
 * words of command lines that do or that name a file; the same in texts that are JSON. Then what is only possibly a path.
 * Stops after {@link MAX_PATHS} + 1.
 */
export function findPaths(
	args: JsonObject,
	schema: JsonObject | undefined,
	{ git = false, names = false }: PathLook = {},
): readonly FoundPath[] {
	const search: Search = { found: [], possible: new Map(), git, names, json: MAX_JSON, depth: 0 };
	visit(args, schema, NO_KEY, undefined, search);
	const { found, possible } = search;
	if (possible.size > MAX_NAMES) {
		found.push({ pointer: '', raw: '', problem: 'too-long' });
	}
	return [...found, ...possible.values()];
}

interface Search extends Required<PathLook> {
	readonly found: FoundPath[];
	/** By their text. */
	readonly possible: Map<string, FoundPath>;
	/** How much JSON in texts may still be read. */
	json: number;
	depth: number;
}

/** Where a value stands; its pointer is written out only for what is found. */
interface Spot {
	readonly above: Spot | undefined;
	readonly key: string | number;
}

function pointerTo(spot: Spot | undefined): string {
	return spot === undefined ? '' : `${pointerTo(spot.above)}/${pointerToken(String(spot.key))}`;
}

function visit(
	value: JsonValue | undefined,
	schema: JsonValue | undefined,
	kind: KeyKind,
	spot: Spot | undefined,
	search: Search,
): void {
	if (typeof value === 'string') {
		readText(value, schema, kind, spot, search);
	} else if (isJsonArray(value)) {
		const items = isJsonObject(schema) ? schema.items : undefined;
		const inherited = !kind.named && namedBySchema(schema) ? { ...kind, named: true } : kind;
		for (let key = 0; key < value.length && search.found.length <= MAX_PATHS; key++) {
			visit(value[key], items, inherited, { above: spot, key }, search);
		}
	} else if (isJsonObject(value)) {
		const shape = isJsonObject(schema) ? schema : undefined;
		for (const key of Object.keys(value)) {
			if (search.found.length > MAX_PATHS) {
				return;
			}
			const below = { above: spot, key };
			if (looksLikePath(key, false) || (kind.named && /[\\/]/.test(key))) {
				search.found.push({ pointer: pointerTo(below), raw: key });
			} else if (search.names && kind.named && mayBeName(key, NO_KEY)) {
				addPossible(key, pointerTo(below), search);
			}
			visit(value[key], propertySchema(shape, key), kindIn(search, key), below, search);
		}
	}
}

function readText(
	text: string,
	schema: JsonValue | undefined,
	kind: KeyKind,
	spot: Spot | undefined,
	search: Search,
): void {
	const outside = kind.glob && startsOutside(text);
	if (kind.named || looksLikePath(text, kind.content) || outside || namedBySchema(schema)) {
		search.found.push(readLeaf(text, pointerTo(spot), kind));
	} else if (search.names && mayBeName(text, kind)) {
		addPossible(text, pointerTo(spot), search);
	}
	for (const { raw, sure } of pathsInWord(text, kind)) {
		if (sure) {
			search.found.push({ pointer: pointerTo(spot), raw });
		} else {
			addPossible(raw, pointerTo(spot), search);
		}
	}
	if (search.git && !kind.command && text.length <= MAX_PATH_LENGTH && !(kind.content && /\s/.test(text))) {
		for (const raw of revisionPaths(text)) {
			search.found.push({ pointer: pointerTo(spot), raw });
		}
	}
	if (kind.command) {
		const last = search.found.at(-1);
		for (const raw of pathsInCommand(text)) {
			if (last?.raw !== raw || last.pointer !== pointerTo(spot)) {
				search.found.push({ pointer: pointerTo(spot), raw });
			}
		}
	}
	if (!kind.content && /^\s*[{[]/.test(text)) {
		readJson(text, kind, spot, search);
	}
}

/** Some servers take an object as its JSON text. Content is left alone: a file of JSON may name any path. */
function readJson(text: string, kind: KeyKind, spot: Spot | undefined, search: Search): void {
	if (text.length > search.json || search.depth >= MAX_JSON_DEPTH || nesting(text) > MAX_NESTING) {
		search.found.push({ pointer: pointerTo(spot), raw: text.slice(0, MAX_PATH_LENGTH), problem: 'too-long' });
		return;
	}
	search.json -= text.length;
	const value = parsed(text);
	if (isJsonArray(value) || isJsonObject(value)) {
		search.depth++;
		visit(value, undefined, kind, spot, search);
		search.depth--;
	}
}

/** At least as deep as the JSON is. */
function nesting(text: string): number {
	let depth = 0;
	let deepest = 0;
	for (let at = 0; at < text.length; at++) {
		const char = text.charCodeAt(at) | 0x20;
		// `[` and `{` differ in one bit, and so do `]` and `}`.
		depth += char === 0x7b ? 1 : char === 0x7d && depth > 0 ? -1 : 0;
		deepest = Math.max(deepest, depth);
	}
	return deepest;
}

function parsed(text: string): JsonValue | undefined {
	try {
		return JSON.parse(text) as JsonValue;
	} catch {
		return undefined;
	}
}

function addPossible(raw: string, pointer: string, { possible }: Search): void {
	if (!possible.has(raw) && possible.size <= MAX_NAMES) {
		const globs = hasGlobMagic(raw) ? namedGlobs(raw) : undefined;
		possible.set(raw, { pointer, raw, possible: true, ...(globs !== undefined && { globs }) });
	}
}

function kindIn({ git }: Search, key: string): KeyKind {
	const kind = kindOfKey(key);
	return git && GIT_ARGUMENTS.test(key) ? { ...kind, command: true } : kind;
}

function readLeaf(raw: string, pointer: string, kind: KeyKind): FoundPath {
	if (raw.length > MAX_PATH_LENGTH) {
		return { pointer, raw: raw.slice(0, MAX_PATH_LENGTH), problem: 'too-long' };
	}
	if (!hasGlobMagic(raw)) {
		return kind.folder ? { pointer, raw, folder: true } : { pointer, raw };
	}
	const globs = kind.noName ? {} : { globs: namedGlobs(raw) };
	// Square and curly brackets are common in file names (`app/[id]/page.tsx`), stars are not.
	return kind.glob || raw.includes('*') || startsOutside(raw)
		? { pointer, raw, globBases: globBases(raw), ...globs }
		: { pointer, raw, ...(kind.folder && { folder: true }), ...globs };
}

/** What a glob may be read as: its alternatives, also percent-decoded and with `\` as `/`. */
function namedGlobs(raw: string): readonly string[] {
	const visible = visibleText(raw);
	const decoded = decodeLayers(visible);
	return [
		...new Set(
			(decoded.ok ? decoded.layers : [visible]).flatMap(layer => {
				const slashed = layer.replaceAll('\\', '/');
				return braceAlternatives(slashed) ?? [slashed];
			}),
		),
	];
}

/** A glob such as `{/etc,/ws}/*`, of which only the alternatives look like paths. */
function startsOutside(glob: string): boolean {
	if (glob.length > MAX_PATH_LENGTH || !glob.includes('{')) {
		return false;
	}
	return braceAlternatives(glob)?.some(alternative => looksLikePath(alternative, false)) ?? true;
}
