import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { nameTokens } from './nameTokens';

/** What the words of a key say of the text below it. */
export interface KeyKind {
	/** It names a path: `file_path`, `filePath`, `paths`, `oldPath`, not `file_type`. */
	readonly named: boolean;
	/** It names a folder that other paths of the call may start in. */
	readonly folder: boolean;
	/** It names prose or data: with white space in it, such a text is no path. */
	readonly content: boolean;
	readonly glob: boolean;
	/** It names a command line, whose words are looked at one by one. */
	readonly command: boolean;
	/** It names the words of a command line, one in each text. */
	readonly options: boolean;
	/** It names something that is no file, or what a call leaves out: a text below it is not even possibly a name. */
	readonly noName: boolean;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const PATH_WORDS = words(
	'path paths file files filename filenames filepath filepaths dirname basename directory directories dir dirs folder ' +
		'folders source sources src destination destinations dest dst target targets cwd root roots pathname workdir',
);

/** Last words that say otherwise: `file_type`, `sourceLanguage`. */
const NOT_PATH_WORDS = words(
	'type types kind size sizes count encoding format mode id ids language lang content contents text line lines limit ' +
		'depth length hash digest description branch version',
);

const FOLDER_WORDS = words(
	'cwd workdir root roots dir dirs directory directories folder folders dirname base repo repository workspace project',
);

const CONTENT_WORDS = words(
	'content contents text body message data code query prompt description comment comments title string thought html ' +
		'markdown summary note notes subject sql value str regex regexp replacement patch diff reason explanation ' +
		'instructions',
);

const CONTENT_KEYS = words('newtext oldtext');
const GLOB_WORDS = words('pattern patterns glob globs include includes exclude excludes ignore');
const OPTION_WORDS = words('args arguments options flags params argv');
const NO_NAME_WORDS = words(
	'exclude excludes excluded ignore ignored except skip url urls branch branches remote author email tag tags since ' +
		'until encoding mode format type types kind language lang level severity status id ids uuid',
);
const COMMAND_WORDS = words('command commands cmd shell script scripts argv bash');

const PATH = 1;
const NOT_PATH = 2;
const FOLDER = 4;
const CONTENT = 8;
const GLOB = 16;
const COMMAND = 32;
const OPTION = 64;
const NO_NAME = 128;

/** Every word with the sets it is in, so that a key takes one look-up for each of its words. */
const WORD_BITS = new Map<string, number>();
for (const [bit, set] of [
	[PATH, PATH_WORDS],
	[NOT_PATH, NOT_PATH_WORDS],
	[FOLDER, FOLDER_WORDS],
	[CONTENT, CONTENT_WORDS],
	[GLOB, GLOB_WORDS],
	[COMMAND, COMMAND_WORDS],
	[OPTION, OPTION_WORDS],
	[NO_NAME, NO_NAME_WORDS],
] as const) {
	for (const word of set) {
		WORD_BITS.set(word, (WORD_BITS.get(word) ?? 0) | bit);
	}
}

/** The kind of a place without a key. */
export const NO_KEY: KeyKind = {
	named: false,
	folder: false,
	content: false,
	glob: false,
	command: false,
	options: false,
	noName: false,
};

/** Keys come again and again; the memo is bounded, because they are attacker-controlled, and changes no outcome. */
const kinds = new Map<string, KeyKind>();
const MAX_KINDS = 1024;
const MAX_KEY = 64;

/** Reads a key of attacker-controlled arguments. */
export function kindOfKey(key: string): KeyKind {
	const known = kinds.get(key);
	if (known !== undefined) {
		return known;
	}
	const kind = readKey(key);
	if (key.length <= MAX_KEY) {
		if (kinds.size >= MAX_KINDS) {
			kinds.clear();
		}
		kinds.set(key, kind);
	}
	return kind;
}

/** True when the words of a key or title name a path. */
export function isPathName(tokens: readonly string[]): boolean {
	return tokens.some(token => PATH_WORDS.has(token)) && !NOT_PATH_WORDS.has(tokens.at(-1) ?? '');
}

/** True when a property's schema says that it is a path, by its `format` or its title. */
export function namedBySchema(schema: JsonValue | undefined): boolean {
	if (!isJsonObject(schema)) {
		return false;
	}
	const { format, title } = schema;
	return (
		(typeof format === 'string' && /^(?:file-?path|path|directory(?:-path)?)$/i.test(format)) ||
		(typeof title === 'string' && kindOfKey(title).named)
	);
}

/** The schema of one property. */
export function propertySchema(schema: JsonObject | undefined, key: string): JsonValue | undefined {
	const properties = isJsonObject(schema?.properties) ? schema.properties : undefined;
	return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

function readKey(key: string): KeyKind {
	const tokens = nameTokens(key).filter(token => token > '9');
	let bits = 0;
	for (const token of tokens) {
		bits |= WORD_BITS.get(token) ?? 0;
	}
	const lastBits = WORD_BITS.get(tokens.at(-1) ?? '') ?? 0;
	return {
		named: (bits & PATH) !== 0 && (lastBits & NOT_PATH) === 0,
		folder: (bits & FOLDER) !== 0,
		content: (lastBits & CONTENT) !== 0 || CONTENT_KEYS.has(tokens.join('')),
		glob: (bits & GLOB) !== 0,
		command: (bits & COMMAND) !== 0,
		options: (bits & OPTION) !== 0,
		noName: (bits & NO_NAME) !== 0,
	};
}
