import { HASH_START, hashOf, hashStep, slotOf } from './hashing';
import { SEGMENT_WORDS, type Segments } from './segments';
import { DIGIT, endsHere, IDEOGRAPH, kindOf, LETTER, LINE, MARK, scriptOf } from './units';
import { classOfWord, NAME_CLASS, PLACE_CLASS } from './wordClasses';

/** What stands before a segment: nothing, an empty line, a finished line, a line that goes on, a finished sentence. */
export const LEADS = { start: 0, blank: 1, line: 2, wrapped: 3, sentence: 4 } as const;

const START = 0x5bd1e995 | 0;
const NUMBER = 0x1b873593 | 0;
const LONG = 0x38b34ae5 | 0;
const CODE = 0x2f0b4c47 | 0;
const LONGEST_WORD = 24;
const CODE_LEAST = 8;
/** A line shorter than that is not wrapped. */
const WRAPPED_LEAST = 56;
const CONTENT_LEAST = 5;
const LINK_STARTS = new Set(['http', 'https', 'www', 'mailto'].map(hashOf));

/** Reads `text` from `from` to `to`, at most SLICE_CHARS, into `into`. Linear; the text is attacker-controlled and folded. */
export function readSegments(text: string, from: number, to: number, into: Segments): void {
	const reader = new Reader(text, from, to, into);
	reader.read();
}

class Reader {
	private grams = 0;
	/** The last four classes, six bits each. */
	private shapes = 0;
	private before1 = START;
	private before2 = START;
	private lead: number = LEADS.start;
	private ended = true;
	private lines = 0;
	private lineStart: number;

	constructor(
		private readonly text: string,
		private readonly from: number,
		private readonly to: number,
		private readonly into: Segments,
	) {
		into.count = 0;
		into.allMarks = 0;
		into.allWords = 0;
		into.seen.fill(0);
		this.lead = from === 0 ? LEADS.start : LEADS.line;
		this.lineStart = from;
		this.open();
	}

	read(): void {
		const { text, to, into } = this;
		for (let at = this.from; at < to;) {
			const unit = text.charCodeAt(at);
			const kind = kindOf(unit);
			if (kind === LETTER || kind === DIGIT) {
				at = this.word(at);
			} else if (kind === IDEOGRAPH) {
				this.begin(at, unit);
				this.token(hashStep(HASH_START, unit), 0);
				into.script[into.count] = 3;
				at += 1;
			} else if (kind === MARK) {
				at = this.mark(at, unit);
			} else {
				at += 1;
				if (kind === LINE) {
					this.line(at - 1, unit);
				}
			}
		}
		this.close(to);
		into.gramsFrom[into.count] = this.grams;
	}

	/** Takes in the word at `at` and returns where it ends. */
	private word(at: number): number {
		const { text, to, into } = this;
		this.begin(at, text.charCodeAt(at));
		let value = HASH_START;
		let digits = 0;
		let names = 0;
		let end = at;
		let unit = 0;
		// The last four units of the word, the blank before it included.
		let part = 0x20;
		const { grams } = into;
		let { grams: filled } = this;
		for (; end < to && end - at <= LONGEST_WORD; end++) {
			const next = text.charCodeAt(end);
			const kind = kindOf(next);
			if (kind === DIGIT) {
				digits += 1;
				unit = 0x30;
			} else if (kind === LETTER) {
				unit = next;
				names += next === 0x5f ? 1 : 0;
			} else {
				break;
			}
			value = hashStep(value, unit);
			part = (part << 8) ^ (unit ^ (unit >>> 8));
			if (end - at >= 2) {
				grams[filled++] = slotOf(Math.imul(part, 0x85ebca6b));
			}
		}
		const length = end - at;
		if (length > LONGEST_WORD || (digits > 0 && length >= CODE_LEAST)) {
			while (end < to && (kindOf(text.charCodeAt(end)) === LETTER || kindOf(text.charCodeAt(end)) === DIGIT)) {
				end += 1;
			}
			this.token(length > LONGEST_WORD ? LONG : CODE, names > 0 ? NAME_CLASS : 0);
			return end;
		}
		if (digits === length) {
			this.token(NUMBER, 0);
			return end;
		}
		if (length >= 3) {
			grams[filled++] = slotOf(Math.imul((part << 8) ^ 0x20, 0x85ebca6b));
		}
		this.grams = filled;
		const called = names > 0 || text.charCodeAt(end) === 0x28;
		const known = LINK_STARTS.has(value) ? PLACE_CLASS : called ? NAME_CLASS : classOfWord(value);
		into.script[into.count] = scriptOf(unit);
		if (length >= CONTENT_LEAST) {
			const short = (value ^ (value >>> 12)) & 0xfff;
			const at12 = into.contentFrom[into.count + 1] as number;
			into.content[at12] = short;
			into.contentFrom[into.count + 1] = at12 + 1;
			into.seen[short] = Math.min(255, (into.seen[short] as number) + 1);
		}
		this.token(value, known);
		return end;
	}

	private token(value: number, known: number): void {
		const { into } = this;
		const { grams, count } = into;
		let { grams: filled } = this;
		grams[filled++] = slotOf(value);
		grams[filled++] = slotOf(Math.imul(this.before1, 0xcc9e2d51) ^ value);
		grams[filled++] = slotOf(Math.imul(this.before2, 0xe6546b64) ^ Math.imul(value, 5));
		grams[filled++] = slotOf(Math.imul(Math.imul(this.before2, 0xcc9e2d51) ^ this.before1, 0x1b873593) ^ value);
		this.grams = filled;
		this.before2 = this.before1;
		this.before1 = value;
		if ((into.words[count] as number) === 0) {
			into.firstClass[count] = known;
		} else if ((into.words[count] as number) === 1) {
			into.secondClass[count] = known;
		}
		into.words[count] = (into.words[count] as number) + 1;
		into.allWords += 1;
		this.shape(known);
		if (known !== 0) {
			const at = into.classesFrom[count + 1] as number;
			into.classes[at] = known;
			into.classesFrom[count + 1] = at + 1;
		}
	}

	/** The classes of the words, where words without one in a row count as one: what follows what, whatever the words. */
	private shape(known: number): void {
		if (known === 0 && (this.shapes & 0x3f) === 0x3f) {
			return;
		}
		this.shapes = ((this.shapes << 6) | (known === 0 ? 0x3f : known)) & 0xffffff;
		const { grams } = this.into;
		grams[this.grams++] = slotOf(Math.imul((this.shapes & 0x3ffff) ^ 0x5a000000, 0x85ebca6b));
		grams[this.grams++] = slotOf(Math.imul(this.shapes ^ 0x3c000000, 0x9e3779b1));
	}

	private mark(at: number, unit: number): number {
		const { text, to, into } = this;
		this.begin(at, unit);
		const { count } = into;
		let end = at + 1;
		while (end < to && text.charCodeAt(end) === unit) {
			end += 1;
		}
		const value = hashStep(HASH_START, unit);
		into.grams[this.grams++] = slotOf(value);
		into.grams[this.grams++] = slotOf(Math.imul(this.before1, 0xcc9e2d51) ^ value);
		into.marks[count] = (into.marks[count] as number) + 1;
		into.allMarks += 1;
		into.closing[count] = unit;
		const next = end < to ? text.charCodeAt(end) : 0x20;
		if (unit === 0x40 && kindOf(next) === LETTER) {
			const place = into.classesFrom[count + 1] as number;
			into.classes[place] = PLACE_CLASS;
			into.classesFrom[count + 1] = place + 1;
		}
		if (endsHere(unit, next)) {
			this.ended = true;
			if ((into.words[count] as number) > 0) {
				this.close(end);
				this.lead = LEADS.sentence;
			}
		}
		return end;
	}

	/** A segment begins with the first unit that shows. */
	private begin(at: number, unit: number): void {
		const { into } = this;
		const { count } = into;
		if (into.start[count] === -1) {
			into.start[count] = at;
			into.opening[count] = unit;
			into.lead[count] = this.lead;
		} else if ((into.words[count] as number) >= SEGMENT_WORDS) {
			this.close(at);
			this.lead = LEADS.wrapped;
			this.begin(at, unit);
			return;
		}
		into.closing[count] = unit;
		this.ended = false;
		this.lines = 0;
	}

	private line(at: number, unit: number): void {
		const { ended } = this;
		const began = this.lineStart;
		this.lineStart = at + 1;
		if (!ended && at - began >= WRAPPED_LEAST && this.goesOn(at + 1)) {
			return;
		}
		this.close(at);
		this.lines += unit === 0x0a ? 1 : 0;
		this.lead = this.lines > 1 ? LEADS.blank : ended ? LEADS.line : LEADS.wrapped;
		this.ended = ended;
	}

	/** True where the line behind a long line without an end looks like the rest of its sentence. */
	private goesOn(at: number): boolean {
		const { text, to } = this;
		let next = at;
		while (next < to && next < at + 12 && (text.charCodeAt(next) === 0x20 || text.charCodeAt(next) === 0x5c)) {
			next += 1;
		}
		return next < to && kindOf(text.charCodeAt(next)) === LETTER;
	}

	private close(end: number): void {
		const { into } = this;
		const { count } = into;
		if ((into.words[count] as number) === 0) {
			this.grams = into.gramsFrom[count] as number;
		} else {
			into.end[count] = end;
			into.count = count + 1;
		}
		this.open();
	}

	private open(): void {
		const { into } = this;
		const { count } = into;
		into.gramsFrom[count] = this.grams;
		into.start[count] = -1;
		into.words[count] = 0;
		into.marks[count] = 0;
		into.firstClass[count] = 0;
		into.secondClass[count] = 0;
		into.script[count] = 0;
		into.classesFrom[count] = count === 0 ? 0 : (into.classesFrom[count] as number);
		into.classesFrom[count + 1] = into.classesFrom[count];
		into.contentFrom[count] = count === 0 ? 0 : (into.contentFrom[count] as number);
		into.contentFrom[count + 1] = into.contentFrom[count];
		this.before1 = START;
		this.before2 = START;
		this.shapes = 0;
	}
}
