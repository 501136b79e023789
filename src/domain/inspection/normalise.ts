import { runSteps, type Steps } from '../../base/steps';
import { decodeSteps, type Encoding } from './decodeRuns';
import { foldUnits } from './forms/foldUnits';
import { backFrom, readingsOf, type Reading, reversed } from './forms/readings';
import { chain, IN_PLACE, type Locate, Rewrite, shifted, type Span } from './forms/rewrite';
import { unescapeSteps } from './forms/unescape';
import { INVISIBLE_RUNS, INVISIBLE_UNIT, smuggledTexts } from './invisible';
import { survey } from './survey';

/** One way to read a text, or a piece of one: folded for comparison, with the way back to the original. */
export interface Form {
	/** `plain`: what a reader sees; the others were encoded, disguised or invisible in the original. */
	readonly kind: 'plain' | 'invisible' | 'bidi' | Encoding | Reading['kind'];
	/** Lower case, NFKC, Latin without diacritics, escapes resolved, invisible characters gone. */
	readonly text: string;
	/** The span of the original for a span of `text`; for decoded forms the whole encoded stretch. */
	readonly locate: Locate;
	/** True when it begins, and ends, where the text does that was read: not so the pieces of a long one. */
	readonly first: boolean;
	readonly last: boolean;
}

/** Characters decoded per text, and how deep encodings may nest. */
export const DECODE_BUDGET = 8_388_608;
const MAX_NESTING = 4;

/** Longer texts are read in pieces of so many UTF-16 units, and as many more of the next as any rule reaches. */
const WINDOW = 15_360;
const OVERLAP = 1_024;

/** UTF-16 units looked at between two pauses. */
const SLICE = 65_536;

/** All ways to read a text. */
export interface Forms {
	readonly forms: readonly Form[];
	/** False where a limit hid something: more is encoded, or deeper, than was followed. */
	readonly complete: boolean;
}

/**
 * The forms of a text worth looking at: as read, then what its invisible characters and its encoded stretches say, what
 * those say in turn, and other readings where there is a sign of one. A text of more than {@link WINDOW} comes in
 * pieces that overlap. Linear in the length: decoding is capped. The text is attacker-controlled.
 */
export function formsOf(text: string, budget = DECODE_BUDGET): Forms {
	const forms: Form[] = [];
	const complete = runSteps(
		formSteps(text, budget, function* (form) {
			forms.push(form);
			yield;
		}),
	);
	return { forms, complete };
}

/**
 * {@link formsOf}, in slices: hands over each form as soon as it is made, and tells at the end whether that was all.
 */
export function* formSteps(text: string, budget: number, use: (form: Form) => Steps<void>): Steps<boolean> {
	return yield* new Reader(budget, use).read(text, 'plain', 1, undefined);
}

class Reader {
	constructor(
		private left: number,
		private readonly use: (form: Form) => Steps<void>,
	) {}

	/** Hands over the forms of `text`; all of them lie `within` a stretch of the original, if given. */
	*read(text: string, kind: Form['kind'], depth: number, within: Span | undefined): Steps<boolean> {
		const plain = yield* unescapeSteps(text);
		const way = within === undefined ? plain.locate : () => within;
		let { complete } = plain;
		let clean = { text: plain.text, locate: way };
		if (yield* holdsInvisible(plain.text)) {
			const hidden = smuggledTexts(plain.text).map(found => ({ ...found, kind: 'invisible' as const }));
			complete = (yield* this.readAll(hidden, way, depth)) && complete;
			yield* this.overridden(plain.text, way);
			const seen = yield* withoutInvisible(plain.text, way);
			// What was broken by them may be an escape.
			const again = yield* unescapeSteps(seen.text);
			complete &&= again.complete;
			clean = { text: again.text, locate: chain(seen.locate, again.locate) };
		}
		yield* this.pieces(clean.text, kind, clean.locate);
		const decoded = yield* decodeSteps(clean.text, depth > MAX_NESTING ? 0 : Math.max(this.left, 0));
		const runs = decoded.runs.map(run => ({ ...run, kind: run.encoding }));
		return (yield* this.readAll(runs, clean.locate, depth)) && complete && decoded.complete;
	}

	private *readAll(
		found: readonly (Span & { readonly text: string; readonly kind: Form['kind'] })[],
		locate: Locate,
		depth: number,
	): Steps<boolean> {
		let complete = true;
		for (const { text, kind, start, end } of found) {
			this.left -= text.length;
			complete = (yield* this.read(text, kind, depth + 1, locate(start, end))) && complete;
		}
		return complete;
	}

	/** The text in pieces, and what each may mean besides. */
	private *pieces(text: string, kind: Form['kind'], locate: Locate): Steps<void> {
		for (let start = 0; start === 0 || start + OVERLAP < text.length; start += WINDOW) {
			const piece = text.length <= WINDOW + OVERLAP ? text : text.slice(start, start + WINDOW + OVERLAP);
			const way = shifted(locate, start);
			const ends = { first: start === 0, last: start + piece.length >= text.length };
			const folded = isAscii(piece) ? { text: piece.toLowerCase(), locate: IN_PLACE } : foldUnits(piece);
			yield* this.use({ kind, text: folded.text, locate: chain(way, folded.locate), ...ends });
			for (const reading of readingsOf(folded.text)) {
				yield* this.use({ ...reading, locate: chain(way, chain(folded.locate, reading.locate)), ...ends });
			}
			if (piece === text) {
				return;
			}
		}
	}

	/** Text after a right-to-left override is seen backwards. */
	private *overridden(text: string, locate: Locate): Steps<void> {
		for (const match of text.matchAll(OVERRIDDEN)) {
			const start = match.index + 1;
			const folded = foldUnits(reversed(text.slice(start, match.index + match[0].length)));
			const way = chain(shifted(locate, start), chain(backFrom(match[0].length - 1), folded.locate));
			yield* this.use({ kind: 'bidi', text: folded.text, locate: way, first: true, last: true });
		}
	}
}

const OVERRIDDEN = /\u202e[^\u202c\u202e]{8,16384}/g;

/** The `plain` form of a text, in one piece whatever its length. */
export function fold(text: string): Form {
	const plain = runSteps(unescapeSteps(text));
	const folded = survey(plain.text).ascii
		? { text: plain.text.toLowerCase(), locate: IN_PLACE }
		: foldUnits(plain.text);
	const locate = chain(plain.locate, folded.locate);
	return {
		kind: 'plain',
		text: folded.text,
		locate: (start, end) => {
			const span = locate(start, end);
			return { start: Math.min(span.start, text.length), end: Math.min(span.end, text.length) };
		},
		first: true,
		last: true,
	};
}

const UTF8 = new TextEncoder();
const scratch = new Uint8Array(SLICE);

/** For at most {@link SLICE} units: they take one byte each, which is so of ASCII alone. */
function isAscii(piece: string): boolean {
	return UTF8.encodeInto(piece, scratch.subarray(0, piece.length)).read === piece.length;
}

function* holdsInvisible(text: string): Steps<boolean> {
	for (let from = 0; from < text.length; from += SLICE) {
		const piece = text.slice(from, from + SLICE);
		if (!isAscii(piece) && INVISIBLE_UNIT.test(piece)) {
			return true;
		}
		if (from + SLICE < text.length) {
			yield;
		}
	}
	return false;
}

/** Invisible characters break escapes and encodings as well as words. */
function* withoutInvisible(text: string, locate: Locate): Steps<{ readonly text: string; readonly locate: Locate }> {
	const rewrite = new Rewrite(text);
	let pause = SLICE;
	for (const match of text.matchAll(INVISIBLE_RUNS)) {
		rewrite.replace(match.index, match.index + match[0].length, '');
		if (match.index > pause) {
			pause = match.index + SLICE;
			yield;
		}
	}
	const clean = rewrite.finish();
	return clean.text.length === text.length ? { text, locate } : { ...clean, locate: chain(locate, clean.locate) };
}
