import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../../base/json';
import { hasGlobMagic } from './glob';
import { nameTokens } from './nameTokens';
import { decodeLayers, MAX_PATH_LENGTH, visibleText } from './pathText';

/** A string leaf of the arguments that some server would open as a file. */
export interface FoundPath {
	/** JSON pointer (RFC 6901). */
	readonly pointer: string;
	/** Attacker-controlled. */
	readonly raw: string;
	/** The folder in which a glob starts, where the leaf is one; judged in addition to the leaf itself. */
	readonly globBase?: string;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Words that make a key one of a path. */
const PATH_WORDS = words(
	'path paths file files filename filenames filepath filepaths dirname basename directory directories dir dirs folder ' +
		'folders source sources src destination destinations dest dst target targets cwd root roots pathname workdir',
);

/** Last words that say otherwise: `file_type`, `sourceLanguage`. */
const NOT_PATH_WORDS = words(
	'type types kind size sizes count encoding format mode id ids language lang content contents text line lines limit ' +
		'depth length hash digest description branch version',
);

/** Keys whose text is prose or data: with white space in it, a leaf is no path. */
const CONTENT_WORDS = words(
	'content contents text body message data code query prompt description comment comments title string thought html ' +
		'markdown summary note notes subject sql value',
);

const CONTENT_KEYS = words('newtext oldtext');
const GLOB_WORDS = words('pattern patterns glob globs include includes exclude excludes ignore');
const REMOTE_FILE = /^(?:[a-z][a-z0-9+.-]*:)*(?:file|vscode-[a-z-]+|sftp|ssh|smb|nfs|afp|ftp):/i;
const ABSOLUTE =
	/^(?:[/\\]|~(?:[A-Za-z_][\w-]*[/\\]|[/\\]|$)|\.{1,2}(?:[/\\]|$)|[A-Za-z]:[\\/]|\$(?:\{?HOME\}?|\{?[A-Z_][A-Z0-9_]+\}?[/\\]|env:)|%[A-Za-z_]+%[\\/])/i;
const PARENT = /(?:^|[\\/])\.\.(?:[\\/]|$)/;

/**
 * Every path in attacker-controlled arguments, at any depth: under keys that name one (by the key's own words or the
 * schema's title or format), and every string that looks like an absolute, upward or home path or a file URI.
 */
export function findPaths(args: JsonObject, schema: JsonObject | undefined): readonly FoundPath[] {
	const found: FoundPath[] = [];
	visit(args, schema, { named: false, content: false, glob: false }, '', found);
	return found;
}

interface KeyKind {
	readonly named: boolean;
	readonly content: boolean;
	readonly glob: boolean;
}

function visit(
	value: JsonValue | undefined,
	schema: JsonValue | undefined,
	kind: KeyKind,
	pointer: string,
	found: FoundPath[],
): void {
	const shape = isJsonObject(schema) ? schema : undefined;
	if (typeof value === 'string') {
		if (kind.named || namedBySchema(shape) || looksLikePath(value, kind.content)) {
			found.push(readLeaf(value, pointer, kind));
		}
	} else if (isJsonArray(value)) {
		const inherited = { ...kind, named: kind.named || namedBySchema(shape) };
		value.forEach((item, index) => {
			visit(item, shape?.items, inherited, `${pointer}/${String(index)}`, found);
		});
	} else if (isJsonObject(value)) {
		const properties = isJsonObject(shape?.properties) ? shape.properties : undefined;
		for (const [key, item] of Object.entries(value)) {
			const below = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
			visit(item, below, kindOfKey(key), `${pointer}/${pointerToken(key)}`, found);
		}
	}
}

function kindOfKey(key: string): KeyKind {
	const tokens = nameTokens(key).filter(token => !/^\d+$/.test(token));
	const last = tokens.at(-1) ?? '';
	return {
		named: isPathName(tokens),
		content: CONTENT_WORDS.has(last) || CONTENT_KEYS.has(tokens.join('')),
		glob: tokens.some(token => GLOB_WORDS.has(token)),
	};
}

/** True when the words of a key or title name a path: `file_path`, `filePath`, `paths`, `oldPath`, not `file_type`. */
export function isPathName(tokens: readonly string[]): boolean {
	return tokens.some(token => PATH_WORDS.has(token)) && !NOT_PATH_WORDS.has(tokens.at(-1) ?? '');
}

function namedBySchema(shape: JsonObject | undefined): boolean {
	if (shape === undefined) {
		return false;
	}
	const { format, title } = shape;
	return (
		(typeof format === 'string' && /^(?:file-?path|path|directory(?:-path)?)$/i.test(format)) ||
		(typeof title === 'string' && isPathName(nameTokens(title)))
	);
}

function readLeaf(raw: string, pointer: string, kind: KeyKind): FoundPath {
	return kind.glob && hasGlobMagic(raw) ? { pointer, raw, globBase: globBase(raw) } : { pointer, raw };
}

/** `/etc/**` starts in `/etc`, `*.ts` in the current folder. */
function globBase(glob: string): string {
	const segments = glob.replaceAll('\\', '/').split('/');
	const literal = segments.slice(0, segments.findIndex(hasGlobMagic));
	return literal.length === 1 && literal[0] === '' ? '/' : literal.join('/') || '.';
}

/** Judges a leaf by its looks, also through percent-encoding and invisible or look-alike characters. */
function looksLikePath(leaf: string, content: boolean): boolean {
	const visible = leaf.length > 4 * MAX_PATH_LENGTH ? leaf.trim() : visibleText(leaf);
	if (visible.length > MAX_PATH_LENGTH || visible === '' || /[\r\n\u2028\u2029]/.test(leaf.trim())) {
		return false;
	}
	if (content && /\s/.test(visible)) {
		return false;
	}
	const decoded = decodeLayers(visible);
	const layers = decoded.ok ? decoded.layers : [visible, visible.replace(/%(?:2f|5c|c0%af)/gi, '/')];
	return layers.some(text => ABSOLUTE.test(text) || REMOTE_FILE.test(text) || PARENT.test(text));
}
