import { type Phrase, phrase } from '../../base/phrase';
import { type Glob, type GlobOutcome } from '../policy/glob';

/** Longest pattern that is accepted, in UTF-16 units. */
const MAX_PATTERN = 512;

/** `apart`: as Go's `path.Match`, where `*` and `?` stop at `/`. `across`: they do not; for what denies, so that no `/` in a name evades it. */
export type ToolGlobReach = 'apart' | 'across';

type Element =
	| { readonly kind: 'star' }
	| { readonly kind: 'any' }
	| { readonly kind: 'char'; readonly char: string }
	| { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

/**
 * Compiles a pattern of `allowed_tools` (identity.md §2.7): Go's `path.Match` over a bare tool name, on code points. `*` and `?`
 * do not cross `/`; `[a-z]`, `[^a]`; `\` takes the next character as it is; anchored at both ends; case counts; no braces, and
 * `**` is `*`. A malformed pattern is an outcome, where the reference lets it silently never match. Matching takes time of at
 * most text × pattern.
 */
export function compileToolGlob(pattern: string, reach: ToolGlobReach = 'apart'): GlobOutcome {
	if (pattern.length > MAX_PATTERN) {
		return { ok: false, why: phrase('it has more than {0} characters', MAX_PATTERN) };
	}
	const elements = readElements(Array.from(pattern));
	return 'text' in elements ? { ok: false, why: elements } : { ok: true, glob: globOf(elements, reach) };
}

/** True when one of the patterns matches. A malformed one matches nothing where the list allows, and everything where it denies. */
export function matchesToolList(patterns: readonly string[], tool: string, list: 'allows' | 'denies'): boolean {
	return patterns.some(pattern => {
		const outcome = compileToolGlob(pattern, list === 'allows' ? 'apart' : 'across');
		return outcome.ok ? outcome.glob.matches(tool) : list === 'denies';
	});
}

function readElements(chars: readonly string[]): readonly Element[] | Phrase {
	const elements: Element[] = [];
	let at = 0;
	while (at < chars.length) {
		const char = chars[at] ?? '';
		at++;
		if (char === '*') {
			if (elements.at(-1)?.kind !== 'star') {
				elements.push({ kind: 'star' });
			}
		} else if (char === '?') {
			elements.push({ kind: 'any' });
		} else if (char === '[') {
			const set = readSet(chars, at);
			if ('text' in set) {
				return set;
			}
			elements.push(set.element);
			at = set.next;
		} else if (char === '\\') {
			const next = chars[at];
			if (next === undefined) {
				return phrase('a \\ at its end takes nothing as it is');
			}
			elements.push({ kind: 'char', char: next });
			at++;
		} else {
			elements.push({ kind: 'char', char });
		}
	}
	return elements;
}

const UNCLOSED = phrase('a [ is not closed; write \\[ for the character itself');

function readSet(
	chars: readonly string[],
	start: number,
): { readonly element: Element; readonly next: number } | Phrase {
	let at = start;
	const negated = chars[at] === '^';
	if (negated) {
		at++;
	}
	const ranges: (readonly [number, number])[] = [];
	const read = (): number | undefined => {
		let char = chars[at];
		if (char === undefined || char === '-' || char === ']') {
			return undefined;
		}
		at++;
		if (char === '\\') {
			char = chars[at];
			at++;
		}
		return char?.codePointAt(0);
	};
	for (;;) {
		if (chars[at] === ']' && ranges.length > 0) {
			return { element: { kind: 'set', negated, ranges }, next: at + 1 };
		}
		const low = read();
		let high = low;
		if (chars[at] === '-') {
			at++;
			high = read();
		}
		if (low === undefined || high === undefined) {
			return at >= chars.length ? UNCLOSED : phrase('a set in [ ] is empty or has a - or ] out of place');
		}
		ranges.push([low, high]);
	}
}

function globOf(elements: readonly Element[], reach: ToolGlobReach): Glob {
	const crosses = reach === 'across';
	const fits = (element: Element | undefined, char: string): boolean => {
		switch (element?.kind) {
			case 'any':
				return crosses || char !== '/';
			case 'char':
				return element.char === char;
			case 'set': {
				const code = char.codePointAt(0) ?? -1;
				return element.ranges.some(([low, high]) => low <= code && code <= high) !== element.negated;
			}
			case 'star':
			case undefined:
				return false;
		}
	};
	return {
		matches(text) {
			const chars = Array.from(text);
			let at = 0;
			let element = 0;
			let star: { readonly element: number; at: number } | undefined;
			for (;;) {
				if (elements[element]?.kind === 'star') {
					star = { element, at };
					element++;
				} else if (at === chars.length && element === elements.length) {
					return true;
				} else if (at < chars.length && fits(elements[element], chars[at] ?? '')) {
					at++;
					element++;
				} else if (star === undefined || star.at >= chars.length || (!crosses && chars[star.at] === '/')) {
					return false;
				} else {
					// The last star takes one more.
					star.at++;
					at = star.at;
					element = star.element + 1;
				}
			}
		},
	};
}
