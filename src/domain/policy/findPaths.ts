import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../../base/json';
import { hasGlobMagic } from './glob';
import { braceAlternatives, globBases } from './globBases';
import { type KeyKind, kindOfKey, namedBySchema, NO_KEY, propertySchema } from './pathKeys';
import { decodeLayers, isPlainAscii, MAX_PATH_LENGTH, visibleText } from './pathText';
import { namesFile, revisionPaths } from './revisionPaths';

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
}

/** Most paths of one call that are judged. With one more than that in the answer, the call cannot be judged as a whole. */
export const MAX_PATHS = 256;

/** More words than this of one command line are not looked at; such a command is a program in any case. */
const MAX_COMMAND_WORDS = 256;

const REMOTE_FILE = /^(?:[a-z][a-z0-9+.-]*:)*(?:file|vscode-[a-z-]+|sftp|ssh|smb|nfs|afp|ftp):/i;
const ABSOLUTE =
	/^(?:[/\\]|~(?:[A-Za-z_][\w-]*[/\\]|[/\\]|$)|\.{1,2}(?:[/\\]|$)|[A-Za-z]:[\\/]|\$(?:\{?HOME\}?|\{?[A-Z_][A-Z0-9_]+\}?[/\\]|env:)|%[A-Za-z_]+%[\\/])/i;
const PARENT = /(?:^|[\\/])\.\.(?:[\\/]|$)/;

/** Without one of these characters no text looks like a path. */
const TELLING = /[/\\~$%:]|[^\x20-\x7e]|^\s*\.{1,2}\s*$/;

/** `--file=/etc/passwd`: what counts stands behind the sign. */
const OPTION = /^--?[A-Za-z][\w-]*=(?=.)/;

/** Keys of a git tool whose values are words of a command line. */
const GIT_ARGUMENTS = /^(?:args|arguments|options|flags|params)$/i;

/**
 * Every path in attacker-controlled arguments, at any depth: under keys that name one (by the key's own words or the
 * schema's title or format), every string and key that looks like an absolute, upward or home path or a file URI, and the
 * words of command lines that do or that name a file. With `git`, what stands behind a colon as well (`HEAD:.env`). Stops
 * after {@link MAX_PATHS} + 1.
 */
export function findPaths(args: JsonObject, schema: JsonObject | undefined, git = false): readonly FoundPath[] {
	const search: Search = { found: [], git };
	visit(args, schema, NO_KEY, undefined, search);
	return search.found;
}

interface Search {
	readonly found: FoundPath[];
	/** The arguments are git's. */
	readonly git: boolean;
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
	if (
		kind.named ||
		looksLikePath(text, kind.content) ||
		namedBySchema(schema) ||
		(kind.glob && startsOutside(text))
	) {
		search.found.push(readLeaf(text, pointerTo(spot), kind));
	} else if (text.startsWith('-') && text.length <= MAX_PATH_LENGTH) {
		const value = text.replace(OPTION, '');
		if (value !== text && (looksLikePath(value, false) || namesFile(value))) {
			search.found.push({ pointer: pointerTo(spot), raw: value });
		}
	}
	if (search.git && !kind.command && text.length <= MAX_PATH_LENGTH && !(kind.content && /\s/.test(text))) {
		for (const raw of revisionPaths(text)) {
			search.found.push({ pointer: pointerTo(spot), raw });
		}
	}
	if (kind.command) {
		readCommand(text, pointerTo(spot), search);
	}
}

function kindIn({ git }: Search, key: string): KeyKind {
	const kind = kindOfKey(key);
	return git && GIT_ARGUMENTS.test(key) ? { ...kind, command: true } : kind;
}

/**
 * The words of a command line that look like paths or name files, also behind the colon of a git revision. Quotes and
 * expansions can hide one: a command is a program.
 */
function readCommand(text: string, pointer: string, search: Search): void {
	const words = text.slice(0, 8 * MAX_PATH_LENGTH).split(/[\s"'`;|&<>(),=]+/, MAX_COMMAND_WORDS);
	const raws = words.flatMap(word => [
		...(word !== '' && word !== text && looksLikePath(word, false) ? [word] : []),
		...[word, word.split(':', 1)[0] ?? '', ...revisionPaths(word)].filter(namesFile),
	]);
	const last = search.found.at(-1);
	for (const raw of new Set(raws)) {
		if (last?.raw !== raw || last.pointer !== pointer) {
			search.found.push({ pointer, raw });
		}
	}
}

function readLeaf(raw: string, pointer: string, kind: KeyKind): FoundPath {
	// Square and curly brackets are common in file names (`app/[id]/page.tsx`), stars are not.
	if (raw.length <= MAX_PATH_LENGTH && (kind.glob ? hasGlobMagic(raw) : /\*/.test(raw))) {
		return { pointer, raw, globBases: globBases(raw) };
	}
	return kind.folder ? { pointer, raw, folder: true } : { pointer, raw };
}

/** A glob such as `{/etc,/ws}/*`, of which only the alternatives look like paths. */
function startsOutside(glob: string): boolean {
	if (glob.length > MAX_PATH_LENGTH || !glob.includes('{')) {
		return false;
	}
	return braceAlternatives(glob)?.some(alternative => looksLikePath(alternative, false)) ?? true;
}

/** Judges a leaf by its looks, also through percent-encoding and invisible or look-alike characters. */
function looksLikePath(leaf: string, content: boolean): boolean {
	if (!TELLING.test(leaf) || (leaf.length > MAX_PATH_LENGTH && leaf.trim().length > 4 * MAX_PATH_LENGTH)) {
		return false;
	}
	const trimmed = leaf.trim();
	const visible = isPlainAscii(trimmed) ? trimmed : visibleText(trimmed);
	if (visible.length > MAX_PATH_LENGTH || visible === '' || (content && /\s/.test(visible))) {
		return false;
	}
	if (/[\r\n\u2028\u2029]/.test(trimmed)) {
		return false;
	}
	if (!visible.includes('%')) {
		return looksPlain(visible);
	}
	const decoded = decodeLayers(visible);
	const layers = decoded.ok ? decoded.layers : [visible, visible.replace(/%(?:2f|5c|c0%af)/gi, '/')];
	return layers.some(looksPlain);
}

function looksPlain(text: string): boolean {
	return ABSOLUTE.test(text) || REMOTE_FILE.test(text) || PARENT.test(text);
}
