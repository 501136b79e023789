import { Literals } from '../literals';
import { unitsOf } from '../survey';
import { COMMON_WORDS, separateWords } from './commonWords';
import { type Folded } from './foldUnits';
import { IN_PLACE, type Locate, Rewrite } from './rewrite';

/** How a text reads when it is read otherwise than it is written. */
export interface Reading extends Folded {
	readonly kind: 'leet' | 'spaced' | 'rot13' | 'reversed';
}

/** What is read with a changed stretch, UTF-16 units on each side: an order is longer than its odd word. */
const AROUND = 96;

/**
 * Other readings of a piece of folded text, where there is a sign of one: leetspeak, letters set apart, rot13, backwards.
 * Each holds only the stretch that it is about. Linear in the length. The text is attacker-controlled.
 */
export function readingsOf(text: string): readonly Reading[] {
	return [
		...rewritten(text, 'spaced', spacedWords(text)),
		...rewritten(text, 'leet', leetWords(text)),
		...coded(text),
	];
}

interface Word {
	readonly start: number;
	readonly end: number;
	readonly by: string;
}

/** The stretches around the words that change, near ones together. */
function rewritten(text: string, kind: Reading['kind'], words: readonly Word[]): readonly Reading[] {
	const found: Reading[] = [];
	let rewrite: Rewrite | undefined;
	for (const [index, { start, end, by }] of words.entries()) {
		rewrite ??= new Rewrite(text, Math.max(0, start - AROUND));
		rewrite.replace(start, end, by);
		const next = words[index + 1];
		if (next === undefined || next.start - end > 2 * AROUND) {
			found.push({ kind, ...rewrite.finish(Math.min(text.length, end + AROUND)) });
			rewrite = undefined;
		}
	}
	return found;
}

const LETTER = 'a-z0-9\\u0370-\\u058f\\u3040-\\u9fff\\uac00-\\ud7af';
/** Single letters with the same little between them; more of it, or something else, is the end of a word. */
const SPACED = new RegExp(`(?<![${LETTER}])[${LETTER}](?:[^${LETTER}\\n]{1,4}[${LETTER}](?![${LETTER}])){3,2000}`, 'g');
const NO_SIGN = /[a-z]/;

function spacedWords(text: string): readonly Word[] {
	const words: Word[] = [];
	for (const match of text.matchAll(SPACED)) {
		const by = closeUp(match[0]);
		if (NO_SIGN.test(by) || /[^\d\s]/.test(by)) {
			words.push({ start: match.index, end: match.index + match[0].length, by });
		}
	}
	return words;
}

function closeUp(run: string): string {
	const parts = run.split(new RegExp(`([${LETTER}])`));
	const gaps = parts.filter((_, index) => index % 2 === 0).slice(1, -1);
	const counts = new Map<string, number>();
	for (const gap of gaps) {
		counts.set(gap, (counts.get(gap) ?? 0) + 1);
	}
	const [usual] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), ['', 0]);
	const joined = parts
		.map((part, index) => (index % 2 === 1 ? part : part === usual || part === '' ? '' : ' '))
		.join('');
	return joined
		.split(' ')
		.map(word => (word.length > 8 ? (separateWords(word) ?? word) : word))
		.join(' ');
}

const LEET: Readonly<Record<string, string>> = { 0: 'o', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', 9: 'g', 6: 'g' };
const LEET_SIGNS: Readonly<Record<string, string>> = { '@': 'a', $: 's', '!': 'i', '|': 'l', '+': 't' };
/** A letter beside a digit or sign that stands for one. */
const LEET_PLACE = /[a-z][0-9@$!|+]{1,3}[a-z]|(?<![a-z0-9])[0-9@$!|+]{1,2}[a-z]{2}/g;
const LEET_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789@$!|+';
const LONGEST_LEET = 20;
/** A shorter word alone is chance. */
const SURE = 6;
/** A common mishap of writers of documentation, not a disguise. */
const PLACEHOLDERS = new Set(['password', 'passwords']);

function leetWords(text: string): readonly Word[] {
	const words: Word[] = [];
	let looked = 0;
	for (const match of text.matchAll(LEET_PLACE)) {
		if (match.index < looked) {
			continue;
		}
		const start = edgeOf(text, match.index, -1);
		const end = edgeOf(text, match.index, 1);
		looked = end;
		const by = end - start > LONGEST_LEET ? undefined : unleet(text.slice(start, end));
		if (by !== undefined) {
			words.push({ start: start + by.before, end: start + by.before + by.length, by: by.word });
		}
	}
	const known = words.filter(({ by }) => !PLACEHOLDERS.has(by));
	return known.length > 1 || known.some(({ by }) => by.length >= SURE) ? words : [];
}

function edgeOf(text: string, at: number, step: 1 | -1): number {
	let edge = at;
	while (Math.abs(edge - at) <= LONGEST_LEET && LEET_LETTERS.includes(text.charAt(edge) || ' ')) {
		edge += step;
	}
	return step === 1 ? edge : edge + 1;
}

/** A word with digits and signs as the letters they look like, where that is a common word; `1` may be two letters. */
function unleet(
	token: string,
): { readonly word: string; readonly before: number; readonly length: number } | undefined {
	for (const [before, body] of [[0, token] as const, trimmed(token)]) {
		for (const one of ['i', 'l']) {
			const word = Array.from(body, char => (char === '1' ? one : (LEET[char] ?? LEET_SIGNS[char] ?? char))).join(
				'',
			);
			if (word.length > 2 && COMMON_WORDS.has(word)) {
				return { word, before, length: body.length };
			}
		}
	}
	return undefined;
}

/** Without the marks that may be punctuation. */
function trimmed(token: string): readonly [number, string] {
	const body = token.replace(/^[@$!|+]+/, '');
	return [token.length - body.length, body.replace(/[@$!|+]+$/, '')];
}

const CODE_WORDS = [
	...['ignore', 'disregard', 'forget', 'override', 'previous', 'instructions', 'system', 'prompt', 'assistant'],
	...['execute', 'password', 'secret', 'reveal', 'immediately', 'following', 'without', 'please', 'command'],
];
const rot13 = (text: string): string =>
	text.replace(/[a-z]/g, char => String.fromCharCode(((char.charCodeAt(0) - 0x61 + 13) % 26) + 0x61));
const backwards = (text: string): string => Array.from(text).reverse().join('');
const ROT13_WORDS = CODE_WORDS.map(rot13);
const REVERSED_WORDS = CODE_WORDS.map(backwards);
const SIGNS = new Literals([...ROT13_WORDS, ...REVERSED_WORDS]);
/** Different words that make it no accident. */
const ENOUGH = 2;

function coded(text: string): readonly Reading[] {
	const found = SIGNS.find(unitsOf(text));
	if (found === undefined) {
		return [];
	}
	const enough = (words: readonly string[]) =>
		words.filter(word => found[SIGNS.numberOf(word)] === 1).length >= ENOUGH;
	const { length } = text;
	return [
		...(enough(ROT13_WORDS) ? [{ kind: 'rot13', text: rot13(text), locate: IN_PLACE } as const] : []),
		...(enough(REVERSED_WORDS)
			? [{ kind: 'reversed', text: reversed(text), locate: backFrom(length) } as const]
			: []),
	];
}

/** The way back from a text of this length read backwards. */
export function backFrom(length: number): Locate {
	return (start, end) => ({ start: Math.max(0, length - end), end: Math.max(0, length - start) });
}

/** Unit by unit, so that the way back is plain; halves of pairs do no harm here. */
export function reversed(text: string): string {
	return text.split('').reverse().join('');
}
