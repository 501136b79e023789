import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type PathFact } from './facts';
import { compileNameGlob, type Glob, hasGlobMagic } from './glob';
import { nameTokens } from './nameTokens';
import { isBelow } from './pathSegments';

/** What is known of a call when the question is how far down its paths reach. */
export interface ReachSubject {
	readonly tool?: string;
	readonly capability?: string;
	readonly arguments: JsonObject;
	/** The tool's input schema, for defaults; attacker-controlled. */
	readonly schema?: JsonObject | undefined;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Words of a tool that takes a folder with everything below it. */
const TREE_VERBS = words(
	'tree search find grep rg glob walk recursive recursively recurse move mv rename copy cp duplicate clone delete remove ' +
		'rm rmdir rimraf purge wipe erase destroy trash archive zip unzip tar untar extract compress backup sync mirror ' +
		'rsync chmod chown index crawl scan summarize replace du',
);
const DEEP_KEYS = words('recursive recursively recurse descend deep subdirectories subfolders subdirs');
const GLOB_KEYS = words('pattern patterns glob globs include includes');
const FLAGS = /^-[A-Za-z]+$/;

/**
 * True when a call means the whole tree below its paths: by the words of its tool, by a capability that takes away or runs
 * programs, by an argument (`recursive`, `depth`, a glob, `-r`) or by the default of such an argument.
 */
export function isRecursiveCall({ tool, capability = '', arguments: args, schema }: ReachSubject): boolean {
	return (
		/^shell\.|\.(?:delete|drop|move|copy)$/.test(capability) ||
		nameTokens(tool ?? '').some(token => TREE_VERBS.has(token)) ||
		asksDeep(args, 0) ||
		deepByDefault(args, schema)
	);
}

/** `-r` alone or among other letters. In two steps: one expression for both takes quadratic time over many `r`. */
function isDeepFlag(text: string): boolean {
	return text === '--recursive' || (/[rR]/.test(text) && FLAGS.test(text));
}

function asksDeep(value: JsonValue | undefined, depth: number): boolean {
	if (depth > 8) {
		return true;
	}
	if (isJsonArray(value)) {
		return value.some(item => (typeof item === 'string' ? isDeepFlag(item) : asksDeep(item, depth + 1)));
	}
	return isJsonObject(value) && Object.entries(value).some(([key, item]) => deepKey(key, item, depth));
}

function deepKey(key: string, item: JsonValue | undefined, depth: number): boolean {
	if (isJsonArray(item) || isJsonObject(item)) {
		return asksDeep(item, depth + 1) || (isJsonArray(item) && item.length > 0 && has(key, GLOB_KEYS));
	}
	if (item !== undefined && has(key, DEEP_KEYS)) {
		return !(item === false || item === null || item === 0 || /^(?:false|no|0|off)?$/i.test(String(item)));
	}
	if (typeof item === 'string') {
		return (item !== '' && has(key, GLOB_KEYS)) || isDeepFlag(item);
	}
	return typeof item === 'number' && item > 1 && nameTokens(key).at(-1) === 'depth';
}

function deepByDefault(args: JsonObject, schema: JsonObject | undefined): boolean {
	const properties = isJsonObject(schema?.properties) ? schema.properties : {};
	return Object.entries(properties).some(
		([key, property]) =>
			!Object.hasOwn(args, key) &&
			isJsonObject(property) &&
			property.default !== undefined &&
			deepKey(key, property.default, 0),
	);
}

function has(key: string, set: ReadonlySet<string>): boolean {
	return nameTokens(key).some(token => set.has(token));
}

/**
 * True when `prefix` is `path` or lies below it: a recursive call on `path` then touches what stands at `prefix`. Both are
 * canonical and folded alike. A deny or approval with a `path_prefix` holds for a recursive path also when this is true
 * of one of its expanded prefixes and one candidate; an allow is not affected.
 */
export function coversBelow(prefix: string, path: string): boolean {
	return isBelow(prefix, path);
}

/**
 * True when a glob could match something strictly below `path`: the text that the glob itself is matched against, folded,
 * relative to the folder in which the glob starts (`''` for that folder, the absolute path where it starts nowhere). It cannot be told whether such a file exists, so a deny by glob over a
 * recursive path asks at least, and an approval by glob asks. Never false for a glob that does match below.
 */
export function mayContain(glob: string, path: string): boolean {
	if (glob === '') {
		return false;
	}
	const segments = path === '' ? [] : path.replace(/\/$/, '').split('/');
	for (const [at, part] of glob.split('/').entries()) {
		// Braces may hold a slash, so that segments cannot be told; `**` reaches everywhere.
		if (part === '**' || part.includes('{') || at >= segments.length) {
			return true;
		}
		if (!(segmentGlob(part)?.matches(segments[at] ?? '') ?? true)) {
			return false;
		}
	}
	return false;
}

/** Compiled segments of rules, of which there are few; the memo changes no outcome. */
const compiledSegments = new Map<string, Glob | undefined>();

function segmentGlob(part: string): Glob | undefined {
	if (!hasGlobMagic(part)) {
		return { matches: text => text === part };
	}
	if (!compiledSegments.has(part) && compiledSegments.size < 4096) {
		const outcome = compileNameGlob(part);
		compiledSegments.set(part, outcome.ok ? outcome.glob : undefined);
	}
	return compiledSegments.get(part);
}

/**
 * Why an allow of these paths must become a question, although every form of them lies where it should: a second name of
 * the file, or a mount, may be something else that is denied.
 */
export function pathCaution(paths: readonly PathFact[]): 'hard_linked_path' | 'mounted_path' | undefined {
	if (paths.some(fact => fact.flags?.hardLinked === true)) {
		return 'hard_linked_path';
	}
	return paths.some(fact => fact.flags?.otherDevice === true) ? 'mounted_path' : undefined;
}

/**
 * True when two looks at the same arguments saw the same places. Whoever waited between judging and sending looks again
 * and judges anew when this is false: a link was swapped meanwhile (gateway.md PATH-07).
 */
export function samePathFacts(before: readonly PathFact[], after: readonly PathFact[]): boolean {
	return (
		before.length === after.length &&
		before.every((fact, index) => {
			const other = after[index];
			return other !== undefined && signature(fact) === signature(other);
		})
	);
}

function signature(fact: PathFact): string {
	const { pointer, raw, candidates, problem, flags, recursive } = fact;
	return JSON.stringify([
		pointer,
		raw,
		[...candidates].sort(),
		problem,
		flags?.hardLinked,
		flags?.otherDevice,
		recursive,
	]);
}
