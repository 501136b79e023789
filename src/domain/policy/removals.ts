import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { isDestructive } from './capabilityName';
import { type PathFact } from './facts';
import { nameTokens } from './nameTokens';
import { MANY_DELETES, type SessionCall } from './sessionState';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** A tool of such a name takes whole trees away. */
const TREE_WORDS = words('directory directories dir dirs folder folders tree rmdir rmtree recursive all bulk');
const TREE_KEYS = words('recursive recursively recurse deep all');
const MOVE_WORDS = words('move mv rename relocate trash recycle');
/** Folders whose content is as good as deleted. */
const TRASH =
	/(?:^|\/)(?:\.?trash(?:es|-\d+)?|\.?recycle(?:d|r|[ _-]?bin)?|\$recycle\.bin|\.?deleted(?:[ _-]items)?)\//i;
const MAX_DEPTH = 8;

/**
 * How many things a call takes away: the paths of a deletion, at least one; {@link MANY_DELETES} for a whole tree; the
 * paths that are moved into a trash folder. 0 for a call that takes nothing away.
 */
export function removalsIn({ capability, tool, arguments: args, paths = [] }: SessionCall): number {
	const named = nameTokens(tool);
	if (isDestructive(capability)) {
		return named.some(token => TREE_WORDS.has(token)) || asksForTree(args, 0)
			? MANY_DELETES
			: Math.max(1, namedThings(paths));
	}
	if (capability !== 'filesystem.write' || !named.some(token => MOVE_WORDS.has(token))) {
		return 0;
	}
	const into = paths.filter(({ candidates }) => candidates.some(form => TRASH.test(`${form}/`))).length;
	return into === 0 ? 0 : Math.max(1, namedThings(paths) - into);
}

/** Paths without the folders that other paths of the same call lie in: `{root, path}` is one thing. */
function namedThings(paths: readonly PathFact[]): number {
	const forms = paths.map(({ candidates, raw }) => candidates[0] ?? raw);
	const above = new Set(forms.flatMap(foldersAbove));
	return new Set(forms.filter(form => !above.has(form.replace(/\/$/, '')))).size;
}

function foldersAbove(path: string): readonly string[] {
	const segments = path.replace(/\/$/, '').split('/');
	return segments.slice(1, 64).map((_, at) => segments.slice(0, at + 1).join('/'));
}

function asksForTree(value: JsonValue | undefined, depth: number): boolean {
	if (depth > MAX_DEPTH) {
		return true;
	}
	if (isJsonArray(value)) {
		return value.some(item => asksForTree(item, depth + 1));
	}
	return (
		isJsonObject(value) &&
		Object.entries(value).some(
			([key, item]) =>
				(nameTokens(key).some(token => TREE_KEYS.has(token)) &&
					item !== false &&
					item !== null &&
					item !== 0) ||
				asksForTree(item, depth + 1),
		)
	);
}
