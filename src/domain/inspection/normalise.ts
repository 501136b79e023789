import { runSteps, type Steps } from '../../base/steps';
import { decodeSteps, type Encoding } from './decodeRuns';
import { foldUnits } from './forms/foldUnits';
import { backFrom, readingsOf, type Reading, reversed } from './forms/readings';
import { chain, IN_PLACE, type Locate, Rewrite, shifted, type Span } from './forms/rewrite';
import { unescapeSteps } from './forms/unescape';
import { INVISIBLE_RUNS, smuggledTexts } from './invisible';
import { survey } from './survey';

export { mayHoldEscapes } from './forms/unescape';
export type { Span } from './forms/rewrite';

/** One way to read a text, or a piece of one: folded for comparison, with the way back to the original. */
export interface Form {
	/** `plain`: what a reader sees; the others were encoded, disguised or invisible in the original. */
	readonly kind: 'plain' | 'invisible' | 'bidi' | Encoding | Reading['kind'];
	/** Lower case, NFKC, Latin without diacritics, escapes resolved, invisible characters gone. */
	readonly text: string;
	/** The span of the original for a span of `text`; for decoded forms the whole encoded stretch. */
	readonly locate: Locate;
}

/** Characters decoded per text, and how deep encodings may nest. */
export const DECODE_BUDGET = 8_388_608;
const MAX_NESTING = 4;

/** Longer texts are read in pieces of so many UTF-16 units, and as many more of the next as any rule reaches. */
const WINDOW = 15_360;
const OVERLAP = 1_024;

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
export function formsOf(text: string, ascii = survey(text).ascii, budget = DECODE_BUDGET): Forms {
	const forms: Form[] = [];
	const complete = runSteps(formSteps(text, ascii, budget, form => forms.push(form)));
	return { forms, complete };
}

/**
 * {@link formsOf}, in slices: hands over each form as soon as it is made, with a pause after it, and tells at the end whether
 * that was all.
 */
export function* formSteps(text: string, ascii: boolean, budget: number, use: (form: Form) => void): Steps<boolean> {
	return yield* new Reader(budget, use).read(text, ascii, 'plain', 1, undefined);
}

class Reader {
	constructor(
		private left: number,
		private readonly use: (form: Form) => void,
	) {}

	/** Hands over the forms of `text`; all of them lie `within` a stretch of the original, if given. */
	*read(text: string, ascii: boolean, kind: Form['kind'], depth: number, within: Span | undefined): Steps<boolean> {
		const plain = yield* unescapeSteps(text);
		// What was escaped may be anything.
		const narrow = ascii && plain.text === text;
		const way = within === undefined ? plain.locate : () => within;
		let { complete } = plain;
		let clean = { text: plain.text, locate: way };
		if (!narrow) {
			clean = withoutInvisible(plain.text, way);
			if (clean.text !== plain.text) {
				const again = yield* unescapeSteps(clean.text);
				complete &&= again.complete;
				clean = { text: again.text, locate: chain(clean.locate, again.locate) };
			}
			const hidden = [...smuggledTexts(plain.text)].map(found => ({ ...found, kind: 'invisible' as const }));
			complete = (yield* this.readAll(hidden, way, depth)) && complete;
			yield* this.overridden(plain.text, way);
		}
		yield* this.pieces(clean.text, narrow, kind, clean.locate);
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
			complete = (yield* this.read(text, false, kind, depth + 1, locate(start, end))) && complete;
		}
		return complete;
	}

	/** The text in pieces, and what each may mean besides. */
	private *pieces(text: string, narrow: boolean, kind: Form['kind'], locate: Locate): Steps<void> {
		for (let start = 0; start === 0 || start + OVERLAP < text.length; start += WINDOW) {
			const piece = text.length <= WINDOW + OVERLAP ? text : text.slice(start, start + WINDOW + OVERLAP);
			const way = shifted(locate, start);
			const folded = narrow ? { text: piece.toLowerCase(), locate: IN_PLACE } : foldUnits(piece);
			this.use({ kind, text: folded.text, locate: chain(way, folded.locate) });
			yield;
			for (const reading of readingsOf(folded.text)) {
				this.use({ ...reading, locate: chain(way, chain(folded.locate, reading.locate)) });
				yield;
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
			this.use({ kind: 'bidi', text: folded.text, locate: way });
			yield;
		}
	}
}

const OVERRIDDEN = /\u202e[^\u202c\u202e]{8,16384}/g;

/** The `plain` form of a text, in one piece whatever its length. */
export function fold(text: string, ascii = survey(text).ascii): Form {
	const plain = runSteps(unescapeSteps(text));
	const folded =
		ascii && plain.text === text ? { text: text.toLowerCase(), locate: IN_PLACE } : foldUnits(plain.text);
	const locate = chain(plain.locate, folded.locate);
	return {
		kind: 'plain',
		text: folded.text,
		locate: (start, end) => {
			const span = locate(start, end);
			return { start: Math.min(span.start, text.length), end: Math.min(span.end, text.length) };
		},
	};
}

/** Invisible characters break escapes and encodings as well as words. */
function withoutInvisible(text: string, locate: Locate): { readonly text: string; readonly locate: Locate } {
	const rewrite = new Rewrite(text);
	for (const match of text.matchAll(INVISIBLE_RUNS)) {
		rewrite.replace(match.index, match.index + match[0].length, '');
	}
	const clean = rewrite.finish();
	return clean.text.length === text.length ? { text, locate } : { ...clean, locate: chain(locate, clean.locate) };
}
