import { COMMON_WORDS } from './forms/commonWords';
import { INSTRUCTION_RULES } from './instructionRules';
import { Literals } from './literals';

/** A text of a message and where it is; of a key the pointer is that of the object that has it. */
export interface Leaf {
	readonly text: string;
	readonly pointer: string;
}

/** Several texts of a message read as one. */
export interface JoinedText {
	readonly text: string;
	readonly parts: readonly JoinedPart[];
}

/** A stretch of one leaf within a {@link JoinedText}. */
export interface JoinedPart {
	readonly pointer: string;
	/** UTF-16 offsets within the joined text. */
	readonly start: number;
	readonly end: number;
	/** Offset within the leaf of what stands at `start`. */
	readonly from: number;
}

/** Of a longer leaf its two ends are joined to its neighbours. A multiple of four, as base64 counts. */
const EDGE = 400;
/** Longest joined text, and how much of it is read again with the next. */
const MOST = 4_000;
const AGAIN = 480;
/** Leaves so short on the average hold parts of words. */
const SHREDS = 4;

interface Part extends Leaf {
	readonly from: number;
}

/**
 * Neighbouring texts as a reader may take them together: as words one after the other and, where that makes words, letter to
 * letter: everywhere, and only there, so that what stands before a cut word does not grow together with it. Linear in the
 * length. The texts are attacker-controlled.
 */
export function* joinedTexts(leaves: readonly Leaf[]): Generator<JoinedText> {
	for (const parts of chunksOf(leaves)) {
		yield join(parts, () => ' ');
		const cuts = parts.map((part, at) => at > 0 && makesWord(parts[at - 1]?.text ?? '', part.text));
		const cutsFound = cuts.filter(Boolean).length;
		if (cutsFound > 0 || isShredded(parts)) {
			yield join(parts, () => '');
		}
		if (cutsFound > 0 && cutsFound < parts.length - 1) {
			yield join(parts, at => (cuts[at] === true ? '' : ' '));
		}
	}
}

function* chunksOf(leaves: readonly Leaf[]): Generator<readonly Part[]> {
	let parts: Part[] = [];
	let size = 0;
	for (const { text, pointer } of leaves) {
		if (text.length <= 2 * EDGE) {
			parts.push({ text, pointer, from: 0 });
			size += text.length;
			if (size < MOST) {
				continue;
			}
			yield parts;
			parts = endOf(parts);
		} else {
			if (parts.length > 0) {
				yield [...parts, { text: text.slice(0, EDGE), pointer, from: 0 }];
			}
			const from = (text.length - EDGE) & ~3;
			parts = [{ text: text.slice(from), pointer, from }];
		}
		size = parts.reduce((sum, part) => sum + part.text.length, 0);
	}
	if (parts.length > 1) {
		yield parts;
	}
}

function endOf(parts: readonly Part[]): Part[] {
	let size = 0;
	let first = parts.length;
	while (first > 1 && size < AGAIN) {
		first--;
		size += (parts[first]?.text.length ?? 0) + 1;
	}
	return parts.slice(first);
}

/** `before` says what stands before a part. */
function join(parts: readonly Part[], before: (at: number) => string): JoinedText {
	let joined = '';
	const placed = parts.map(({ text, pointer, from }, at): JoinedPart => {
		joined += at === 0 ? '' : before(at);
		const start = joined.length;
		joined += text;
		return { pointer, start, end: joined.length, from };
	});
	return { text: joined, parts: placed };
}

function isShredded(parts: readonly Part[]): boolean {
	return parts.length > 3 && parts.reduce((sum, { text }) => sum + text.length, 0) <= parts.length * SHREDS;
}

let longHints: Literals | undefined;
const ENCODED_END = /[A-Za-z0-9+/_-]{12}$/;
const ENCODED_BEGIN = /^[A-Za-z0-9+/_-]{12}/;

/** True where the end of one text and the beginning of the next are two halves of a word that inspection knows. */
function makesWord(left: string, right: string): boolean {
	const before = /[\p{L}\p{M}]{1,20}$/u.exec(left.slice(-24))?.[0].toLowerCase();
	const after = /^[\p{L}\p{M}]{1,20}/u.exec(right.slice(0, 24))?.[0].toLowerCase();
	if (before === undefined || after === undefined) {
		return ENCODED_END.test(left) && ENCODED_BEGIN.test(right);
	}
	if (COMMON_WORDS.has(before + after) && !(COMMON_WORDS.has(before) && COMMON_WORDS.has(after))) {
		return true;
	}
	longHints ??= new Literals(INSTRUCTION_RULES.flatMap(({ hints }) => hints).filter(isLong));
	const whole = longHints.countIn(before + after);
	return (
		(whole > 0 && whole > longHints.countIn(before) + longHints.countIn(after)) ||
		(ENCODED_END.test(left) && ENCODED_BEGIN.test(right))
	);
}

/** A hint that chance does not make of two words; those of ideographs are short. */
function isLong(hint: string): boolean {
	return hint.length >= 5 || (hint.length >= 2 && hint > '\u2fff');
}
