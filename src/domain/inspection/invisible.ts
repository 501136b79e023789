import { type Steps } from '../../base/steps';
import { type Finding } from './finding';
import { charClass } from './forms/charClass';

/** A finding before its leaf's pointer is known. */
export type Hit = Omit<Finding, 'pointer'>;

/** Characters a person does not see and a model does: zero-width, bidi controls, fillers, variation selectors, tags. */
const INVISIBLE_RANGES =
	'ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f feff ffa0 fff9-fffb ' +
	'1d173-1d17a e0000-e0fff';
const ZERO_WIDTH = charClass('ad 34f 180e 200b-200f 2060-2064 3164 feff');

const INVISIBLE = new RegExp(charClass(INVISIBLE_RANGES), 'u');
/** One or more characters that a person does not see. */
export const INVISIBLE_RUNS = new RegExp(`${charClass(INVISIBLE_RANGES)}+`, 'gu');
/** A unit that such a character begins with; quicker to look for, and may be of another. */
export const INVISIBLE_UNIT = new RegExp(
	charClass(INVISIBLE_RANGES.replace('1d173-1d17a e0000-e0fff', 'd834 db40')).replace(
		/\{([0-9a-f]+)\}/g,
		(_, hex: string) => hex.padStart(4, '0'),
	),
);
const UNPRINTABLE = new RegExp(charClass(`${INVISIBLE_RANGES} 0-8 b-1f 7f-9f 2028-2029 d800-dfff`), 'gu');
const NOT_ASCII = new RegExp(charClass('80-10ffff'), 'u');
const FLAG_SEQUENCE = /\u{1f3f4}[\u{e0020}-\u{e007e}]{2,8}\u{e007f}/gu;
const TAG_RUN = /[\u{e0020}-\u{e007e}]{2,4096}/gu;
const SELECTOR_RUN = new RegExp(`${charClass('fe00-fe0f e0100-e01ef')}{4,4096}`, 'gu');
const INVISIBLE_RUN = new RegExp(`${ZERO_WIDTH}{6,4096}`, 'u');
const SPLIT_WORD = new RegExp(`[A-Za-z]${ZERO_WIDTH}{1,5}(?=[A-Za-z])`, 'gu');
const BIDI_OVERRIDE = /[\u202d\u202e]/;

/** True when `char` (one code point) is one a person does not see. */
export function isInvisible(char: string): boolean {
	return INVISIBLE.test(char);
}

/** The text with every invisible or control character written as `\u{…}`; line feeds and tabs stay. */
export function makeVisible(text: string): string {
	return text.replace(UNPRINTABLE, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** One message found in characters that show nothing: its plain text and the place of the run. */
export interface Smuggled {
	readonly text: string;
	readonly start: number;
	readonly end: number;
}

/** Messages written in tag characters (U+E0020…) or variation selectors, decoded. The text is attacker-controlled. */
export function smuggledTexts(text: string): readonly Smuggled[] {
	if (!/[\ufe00\ufe01-\ufe0f\udb40]/.test(text)) {
		return [];
	}
	const plain = text.replace(FLAG_SEQUENCE, flag => ' '.repeat(flag.length));
	const found: Smuggled[] = [];
	for (const match of plain.matchAll(TAG_RUN)) {
		found.push(smuggled(match, code => code - 0xe0000));
	}
	for (const match of plain.matchAll(SELECTOR_RUN)) {
		found.push(smuggled(match, code => (code >= 0xe0100 ? code - 0xe0100 + 16 : code - 0xfe00)));
	}
	return found;
}

function smuggled(match: RegExpMatchArray, decode: (code: number) => number): Smuggled {
	const start = match.index ?? 0;
	const text = Array.from(match[0], char => String.fromCharCode(decode(char.codePointAt(0) ?? 0))).join('');
	return { text, start, end: start + match[0].length };
}

/** Looked at between two pauses, and how far into the next piece. */
const PIECE = 32_768;
const REACH = 4_096;

/** Text that is there for the model and not for the person, in slices. Linear in the length; the text is attacker-controlled. */
export function* hiddenTextSteps(text: string): Steps<readonly Hit[]> {
	const found = new Map<string, Hit>();
	for (let from = 0; from < text.length; from += PIECE) {
		const piece = text.length <= PIECE + REACH ? text : text.slice(from, from + PIECE + REACH);
		for (const hit of NOT_ASCII.test(piece) ? hiddenIn(piece) : []) {
			const { start, end } = hit.span;
			if (!found.has(hit.rule)) {
				found.set(hit.rule, { ...hit, span: { start: start + from, end: end + from } });
			}
		}
		if (piece === text) {
			break;
		}
		yield;
	}
	return [...found.values()];
}

function hiddenIn(text: string): readonly Hit[] {
	const hits: Hit[] = [];
	const add = (rule: string, severity: Hit['severity'], start: number, end: number, advice: string): void => {
		hits.push({ kind: 'hidden-text', rule, severity, span: { start, end }, advice });
	};
	const [smuggledText] = smuggledTexts(text);
	if (smuggledText) {
		const advice = 'A message is written in characters that no editor shows.';
		add('hidden-tag-characters', 'high', smuggledText.start, smuggledText.end, advice);
	}
	const run = INVISIBLE_RUN.exec(text);
	if (run) {
		const advice = 'A run of invisible characters can carry a coded message.';
		add('hidden-invisible-run', 'medium', run.index, run.index + run[0].length, advice);
	}
	const override = BIDI_OVERRIDE.exec(text);
	if (override) {
		const advice = 'A direction override makes this text read differently from what it is.';
		add('hidden-bidi-override', 'medium', override.index, override.index + 1, advice);
	}
	let splits = 0;
	let first = 0;
	for (const match of text.matchAll(SPLIT_WORD)) {
		splits += 1;
		first = splits === 1 ? match.index : first;
		if (splits === 3) {
			const advice = 'Invisible characters split words so that filters do not recognise them.';
			add('hidden-split-words', 'medium', first, match.index + match[0].length, advice);
			break;
		}
	}
	return hits;
}
