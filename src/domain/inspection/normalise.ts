import { decodeRuns } from './decodeRuns';
import { isInvisible, smuggledTexts } from './invisible';
import { survey } from './survey';

/** UTF-16 offsets, end exclusive. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** One way to read a text: folded for comparison, with the way back to the original. */
export interface Form {
	/** `plain`: what a reader sees; the others were encoded or invisible in the original. */
	readonly kind: 'plain' | 'base64' | 'hex' | 'invisible';
	/** Lower case, NFKC, Latin without diacritics, escapes resolved, invisible characters gone. */
	readonly text: string;
	/** The span of the original for a span of `text`; for decoded forms the whole encoded stretch. */
	readonly locate: (start: number, end: number) => Span;
}

/** Characters decoded out of base64 and hex per text, and how deep encodings may nest. */
export const DECODE_BUDGET = 262_144;
const MAX_NESTING = 3;

const ESCAPE = new RegExp(
	[
		String.raw`\\{1,4}(?:[nrt"'/]|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})`,
		'&(?:#\\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[a-zA-Z]{2,6});',
		'%[2-7][0-9A-Fa-f]|%0[9AaDd]',
		'\\u001b\\[[0-9;]{0,16}[A-Za-z]',
	].join('|'),
	'g',
);
/** Every escape begins with one of these: a text without them is not searched for escapes. */
const ESCAPE_SIGNS = ['\\', '&', '%', '\u001b'];
const ENTITIES: Readonly<Record<string, string>> = {
	lt: '<',
	gt: '>',
	amp: '&',
	quot: '"',
	apos: "'",
	nbsp: ' ',
	zwnj: '',
	zwj: '',
	shy: '',
	Tab: ' ',
	excl: '!',
	colon: ':',
};
/** Letters of other scripts that look Latin; they count only inside a word that also has Latin letters. */
const LOOKALIKES = new Map(
	Array.from('аaеeоoрpсcхxуyіiјjѕsһhԁdԛqԝwкkмmтtвbнnгrαaοoνvιiρpτtκkυuχxεeηnωw').flatMap((char, at, all) =>
		at % 2 === 0 ? [[char, all[at + 1] ?? ''] as const] : [],
	),
);
const MIXED_WORD = /[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]/;

/**
 * The forms of a text worth looking at: as read, then what its invisible characters, base64 and hex stretches say, and
 * what those say in turn. Linear in the length: decoding is capped, and `complete` says whether the cap hid something. The
 * text is attacker-controlled.
 */
export function formsOf(
	text: string,
	ascii = survey(text).ascii,
	budget = DECODE_BUDGET,
): { readonly forms: readonly Form[]; readonly complete: boolean } {
	const forms: Form[] = [fold(text, ascii)];
	let left = budget;
	let complete = true;
	const visit = (from: string, depth: number, within: Span | undefined): void => {
		const add = (kind: Form['kind'], decoded: string, start: number, end: number): void => {
			const span = within ?? { start, end };
			forms.push({ kind, text: fold(decoded).text, locate: () => span });
			left -= decoded.length;
			if (depth < MAX_NESTING) {
				visit(decoded, depth + 1, span);
			} else {
				complete &&= decodeRuns(decoded, 0).complete;
			}
		};
		for (const hidden of depth === 1 && ascii ? [] : smuggledTexts(from)) {
			add('invisible', hidden.text, hidden.start, hidden.end);
		}
		const decoded = decodeRuns(from, Math.max(left, 0));
		complete &&= decoded.complete;
		for (const run of decoded.runs) {
			add(run.encoding, run.text, run.start, run.end);
		}
	};
	visit(text, 1, undefined);
	return { forms, complete };
}

/** False for a text that {@link fold} changes nothing in but upper case and what is not ASCII. */
export function mayHoldEscapes(text: string): boolean {
	return ESCAPE_SIGNS.some(sign => text.includes(sign));
}

/** A text being rewritten, with the original offset of each of its UTF-16 units; no `offsets` means "unchanged". */
interface Draft {
	readonly text: string;
	readonly offsets?: Uint32Array;
}

/** The `plain` form of a text. */
export function fold(text: string, ascii = survey(text).ascii): Form {
	let draft: Draft = { text };
	for (let round = 0; round < MAX_NESTING && mayHoldEscapes(draft.text); round += 1) {
		const next = rewrite(draft, ESCAPE, unescapeOne);
		if (next === draft) {
			break;
		}
		draft = next;
	}
	// What was escaped may be anything.
	const plain = ascii && draft.text === text;
	// eslint-disable-next-line no-control-regex -- ASCII is left as it is
	draft = plain ? draft : rewrite(draft, /[^\u0000-\u007f]/gu, foldOne);
	const lower = draft.text.toLowerCase();
	const folded = plain ? lower : foldLookalikes(lower);
	const { offsets } = draft;
	return {
		kind: 'plain',
		text: folded,
		locate: (start, end) => {
			const from = offsets?.[start] ?? start;
			const last = offsets?.[end - 1];
			const to = last === undefined ? end : last + 1;
			return { start: Math.min(from, text.length), end: Math.min(Math.max(from, to), text.length) };
		},
	};
}

function rewrite(draft: Draft, pattern: RegExp, map: (match: string) => string): Draft {
	const pieces: string[] = [];
	const moves: { readonly at: number; readonly length: number; readonly from: number; readonly fixed: boolean }[] =
		[];
	let length = 0;
	let kept = 0;
	const push = (piece: string, from: number, fixed: boolean): void => {
		if (piece !== '') {
			pieces.push(piece);
			moves.push({ at: length, length: piece.length, from, fixed });
			length += piece.length;
		}
	};
	for (const match of draft.text.matchAll(pattern)) {
		const mapped = map(match[0]);
		if (mapped !== match[0]) {
			push(draft.text.slice(kept, match.index), kept, false);
			push(mapped, match.index, true);
			kept = match.index + match[0].length;
		}
	}
	if (kept === 0) {
		return draft;
	}
	push(draft.text.slice(kept), kept, false);
	const offsets = new Uint32Array(length);
	for (const move of moves) {
		for (let step = 0; step < move.length; step += 1) {
			const from = move.fixed ? move.from : move.from + step;
			offsets[move.at + step] = draft.offsets?.[from] ?? from;
		}
	}
	return { text: pieces.join(''), offsets };
}

function unescapeOne(match: string): string {
	if (match.startsWith('\\')) {
		const body = match.replace(/^\\+/, '');
		const code = /^[ux]([0-9A-Fa-f]{2,4})$/.exec(body)?.[1];
		return code ? String.fromCharCode(Number.parseInt(code, 16)) : /^[nrt]/.test(body) ? '\n' : body;
	}
	if (match.startsWith('%')) {
		return String.fromCharCode(Number.parseInt(match.slice(1), 16));
	}
	if (match.startsWith('&')) {
		const body = match.slice(1, -1);
		if (!body.startsWith('#')) {
			return ENTITIES[body] ?? match;
		}
		const code = /^#x/i.test(body) ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10);
		return code <= 0x10ffff ? String.fromCodePoint(code) : match;
	}
	return '';
}

const folded = new Map<string, string>();

/** One code point: gone when invisible, else its compatibility form without combining marks (Latin only). */
function foldOne(char: string): string {
	const known = folded.get(char);
	if (known !== undefined) {
		return known;
	}
	let result = isInvisible(char) || /[\u0300-\u036f]/.test(char) ? '' : char.normalize('NFKC');
	const base = result.normalize('NFKD').replace(/[\u0300-\u036f]/g, '');
	// Lower case here keeps the offsets true: 'İ' grows when the whole text is lowered.
	result = (/^[A-Za-z]+$/.test(base) ? base : result).toLowerCase();
	if (folded.size < 8192) {
		folded.set(char, result);
	}
	return result;
}

function foldLookalikes(text: string): string {
	if (!MIXED_WORD.test(text)) {
		return text;
	}
	return text.replace(/[a-z\u0370-\u052f]+/g, word =>
		MIXED_WORD.test(word) ? Array.from(word, char => LOOKALIKES.get(char) ?? char).join('') : word,
	);
}
