import { type Phrase, phrase } from '../../base/phrase';

/** Longest glob that is accepted, in UTF-16 units. */
const MAX_GLOB_LENGTH = 512;

/** Most alternatives that the braces of one glob may expand to. */
const MAX_ALTERNATIVES = 64;

/** What a glob promises: matching takes time linear in text × pattern, whatever attacker-controlled text it meets. */
export interface Glob {
	matches(text: string): boolean;
}

/** A compiled glob, or one sentence saying what is wrong with it. */
export type GlobOutcome = { readonly ok: true; readonly glob: Glob } | { readonly ok: false; readonly why: Phrase };

/**
 * Compiles a glob over `/`-separated segments: `*` and `?` within a segment, `**` as a whole segment for any number of
 * them (also none), `[a-z]`, `[!a]`, `{a,b}`. Dot files match like any other. No extglobs, no negation, no escapes.
 * Not picomatch: its regular expressions backtrack in O(nᵏ) for k stars, and the text here is attacker-controlled.
 */
export function compilePathGlob(pattern: string): GlobOutcome {
	return compile(pattern, alternative => {
		const segments = splitPath(alternative).map(segment =>
			segment === '**' ? ANY_SEGMENTS : readSegment(segment),
		);
		const wrong = segments.find(segment => 'text' in segment);
		if (wrong !== undefined) {
			return wrong;
		}
		const wanted = segments as readonly (readonly Element[])[];
		return text =>
			matchSequence(splitPath(text), wanted, isAnySegments, (part, segment) => matchText(part, segment));
	});
}

/** Compiles a glob over a whole name; `*` also crosses `/`, which tool names may hold. */
export function compileNameGlob(pattern: string): GlobOutcome {
	return compile(pattern, alternative => {
		const elements = readSegment(alternative);
		return 'text' in elements ? elements : text => matchText(text, elements);
	});
}

/** True when the text holds a character with a meaning in globs. */
export function hasGlobMagic(text: string): boolean {
	return /[*?[\]{}]/.test(text);
}

/** The empty path has no segments: `**` covers it, `*` does not. */
function splitPath(text: string): readonly string[] {
	return text === '' ? [] : text.split('/');
}

/** One piece of a segment. */
export type Element =
	| { readonly kind: 'star' }
	| { readonly kind: 'any' }
	| { readonly kind: 'char'; readonly char: string }
	| { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** Stands for `**`; told apart by identity. */
const ANY_SEGMENTS: readonly Element[] = [{ kind: 'star' }, { kind: 'star' }];

function isAnySegments(segment: readonly Element[]): boolean {
	return segment === ANY_SEGMENTS;
}

function compile(
	pattern: string,
	toMatcher: (alternative: string) => Phrase | ((text: string) => boolean),
): GlobOutcome {
	const why = refuse(pattern);
	if (why !== undefined) {
		return { ok: false, why };
	}
	const alternatives = expandBraces(pattern);
	if ('text' in alternatives) {
		return { ok: false, why: alternatives };
	}
	const matchers: ((text: string) => boolean)[] = [];
	for (const alternative of alternatives) {
		const matcher = toMatcher(alternative);
		if (typeof matcher !== 'function') {
			return { ok: false, why: matcher };
		}
		matchers.push(matcher);
	}
	return { ok: true, glob: { matches: text => matchers.some(matcher => matcher(text)) } };
}

function refuse(pattern: string): Phrase | undefined {
	if (pattern.length > MAX_GLOB_LENGTH) {
		return phrase('a glob has at most {0} characters', MAX_GLOB_LENGTH);
	}
	if (/[@!+?*]\(/.test(pattern)) {
		return phrase('extended globs such as {0} are not supported; write {1}', '@(a|b)', '{a,b}');
	}
	if (pattern.startsWith('!')) {
		return phrase('a glob cannot be negated; write a rule of the opposite effect');
	}
	if (pattern.includes('\\')) {
		return phrase('write / between the parts of a path, also on Windows');
	}
	return undefined;
}

/** Expands the leftmost innermost `{…}` until none is left. */
function expandBraces(pattern: string): readonly string[] | Phrase {
	const done: string[] = [];
	const open = [pattern];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const group = /\{([^{}]*)\}/.exec(next);
		if (group === null) {
			if (/[{}]/.test(next)) {
				return phrase('a {0} has no matching {1}', '{', '}');
			}
			done.push(next);
		} else {
			const before = next.slice(0, group.index);
			const after = next.slice(group.index + group[0].length);
			open.push(...(group[1] ?? '').split(',').map(part => before + part + after));
		}
		if (done.length + open.length > MAX_ALTERNATIVES) {
			return phrase('the braces stand for more than {0} alternatives', MAX_ALTERNATIVES);
		}
	}
	return done;
}

/** The pieces of one segment without braces, or what is wrong with it. */
export function readSegment(segment: string): readonly Element[] | Phrase {
	if (segment.includes('**')) {
		return phrase('** must stand alone between slashes');
	}
	const chars = Array.from(segment);
	const elements: Element[] = [];
	for (let at = 0; at < chars.length; at++) {
		const char = chars[at] ?? '';
		if (char === '*') {
			elements.push({ kind: 'star' });
		} else if (char === '?') {
			elements.push({ kind: 'any' });
		} else if (char === '[') {
			const end = chars.indexOf(']', at + 2);
			if (end < 0) {
				return phrase('a {0} has no matching {1}', '[', ']');
			}
			elements.push(readSet(chars.slice(at + 1, end)));
			at = end;
		} else {
			elements.push({ kind: 'char', char });
		}
	}
	return elements;
}

function readSet(chars: readonly string[]): Element {
	const negated = chars[0] === '!' || chars[0] === '^';
	const members = negated ? chars.slice(1) : chars;
	const ranges: [string, string][] = [];
	for (let at = 0; at < members.length; at++) {
		const from = members[at] ?? '';
		const to = members[at + 1] === '-' ? members[at + 2] : undefined;
		ranges.push([from, to ?? from]);
		at += to === undefined ? 0 : 2;
	}
	return { kind: 'set', negated, ranges };
}

function matchText(text: string, elements: readonly Element[]): boolean {
	return matchSequence(
		Array.from(text),
		elements,
		element => element.kind === 'star',
		(char, element) => matchChar(char, element),
	);
}

function matchChar(char: string, element: Element): boolean {
	switch (element.kind) {
		case 'star':
		case 'any':
			return true;
		case 'char':
			return element.char === char;
		case 'set':
			return element.ranges.some(([from, to]) => from <= char && char <= to) !== element.negated;
	}
}

/** Greedy wildcard matching with a single point of return: at most items × pattern steps. */
function matchSequence<Item, Part>(
	items: readonly Item[],
	pattern: readonly Part[],
	isStar: (part: Part) => boolean,
	fits: (item: Item, part: Part) => boolean,
): boolean {
	let at = 0;
	let part = 0;
	let starPart = -1;
	let starItem = 0;
	while (at < items.length) {
		const wanted = pattern[part];
		if (wanted !== undefined && isStar(wanted)) {
			starPart = part++;
			starItem = at;
		} else if (wanted !== undefined && fits(items[at] as Item, wanted)) {
			at++;
			part++;
		} else if (starPart >= 0) {
			part = starPart + 1;
			at = ++starItem;
		} else {
			return false;
		}
	}
	return pattern.slice(part).every(isStar);
}
