/** Longest name that is split; the rest of a longer one is dropped. */
const MAX_NAME = 256;

/**
 * The whole words of a snake_case, camelCase, kebab-case or dotted name, lower-case: `HTTPGetFile2` is http, get, file,
 * 2. Never substrings: `refresh` holds no `sh`, `thread` no `read`.
 */
export function nameTokens(name: string): readonly string[] {
	const tokens: string[] = [];
	const length = Math.min(name.length, MAX_NAME);
	let start = 0;
	let before: CharKind = 'other';
	for (let at = 0; at <= length; at++) {
		const kind = at === length ? 'other' : kindOf(name.charCodeAt(at));
		const splits =
			kind !== before
				? !(before === 'upper' && kind === 'lower')
				: // The last capital of a run starts the next word: `HTTPGet`.
					kind === 'upper' && at + 1 < length && kindOf(name.charCodeAt(at + 1)) === 'lower';
		if (splits) {
			if (before !== 'other') {
				tokens.push(name.slice(start, at).toLowerCase());
			}
			start = at;
		}
		before = kind;
	}
	return tokens;
}

type CharKind = 'lower' | 'upper' | 'digit' | 'other';

/** By ASCII alone: whatever else stands in a name separates its words. */
function kindOf(code: number): CharKind {
	if (code >= 97 && code <= 122) {
		return 'lower';
	}
	if (code >= 65 && code <= 90) {
		return 'upper';
	}
	return code >= 48 && code <= 57 ? 'digit' : 'other';
}
