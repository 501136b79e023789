/** The UTF-16 units of a text; in bytes where all of them are ASCII. Many times as fast to walk over as the text itself. */
export type Units = Uint8Array | Uint16Array;

/** A text is divided into blocks of 2 to the power of so many units, to tell where literals are. */
export const BLOCK_BITS = 8;
/** How many blocks are told apart. */
export const BLOCKS = 64;

/**
 * Where literals occur in a text, by number: the bit of each block in which the literal ends, blocks 0 to 31 in `low` and the
 * others in `high`. What lies behind the last block counts as the last block.
 */
export interface Places {
	readonly low: Int32Array;
	readonly high: Int32Array;
}

/** The DFA of a set of literals; built at its first use. */
interface Automaton {
	/** Class of each UTF-16 unit; 0 for what occurs in no literal. */
	readonly classes: Uint8Array;
	/** By state and class: the next state times the number of classes; negative where literals end. */
	readonly next: Int32Array;
	/** By state: where the numbers of the literals that end there begin in {@link ends}; one more for the end. */
	readonly endsFrom: Int32Array;
	readonly ends: Int32Array;
	readonly width: number;
}

/**
 * Tells which of many lower-case literals occur in a text, in one pass over it, however many there are (Aho and Corasick,
 * 1975). A search for each of them would read a large text some hundred times.
 */
export class Literals {
	private readonly all: readonly string[];
	private readonly numbers: ReadonlyMap<string, number>;
	private automaton: Automaton | undefined;
	private marks: Places | undefined;

	/** ASCII in a text is read in lower case. At most 250 different letters. */
	constructor(literals: Iterable<string>) {
		this.all = [...new Set(literals)];
		this.numbers = new Map(this.all.map((literal, number) => [literal, number]));
	}

	/** The place of a literal in what {@link find} gives. */
	numberOf(literal: string): number {
		return this.numbers.get(literal) ?? this.all.length;
	}

	/** Where the literals occur; undefined where none does. Written over by the next call. Linear. */
	places(units: Units): Places | undefined {
		const { classes, next, ends, endsFrom, width } = (this.automaton ??= build(this.all));
		const { low, high } = (this.marks ??= {
			low: new Int32Array(this.all.length),
			high: new Int32Array(this.all.length),
		});
		low.fill(0);
		high.fill(0);
		let any = false;
		let state = 0;
		for (let at = 0; at < units.length; at++) {
			state = next[state + (classes[units[at] as number] as number)] as number;
			if (state < 0) {
				state = -state;
				any = true;
				const block = Math.min(at >> BLOCK_BITS, BLOCKS - 1);
				const bits = block < 32 ? low : high;
				const bit = 1 << (block & 31);
				const number = state / width;
				for (let each = endsFrom[number] as number; each < (endsFrom[number + 1] as number); each++) {
					const literal = ends[each] as number;
					bits[literal] = (bits[literal] as number) | bit;
				}
			}
		}
		return any ? this.marks : undefined;
	}

	/** How many of the literals occur in a short text. */
	countIn(text: string): number {
		const { classes, next, ends, endsFrom, width } = (this.automaton ??= build(this.all));
		const found: number[] = [];
		let state = 0;
		for (let at = 0; at < text.length; at++) {
			state = next[state + (classes[text.charCodeAt(at)] as number)] as number;
			if (state < 0) {
				state = -state;
				const number = state / width;
				for (let each = endsFrom[number] as number; each < (endsFrom[number + 1] as number); each++) {
					const literal = ends[each] as number;
					if (!found.includes(literal)) {
						found.push(literal);
					}
				}
			}
		}
		return found.length;
	}

	/** By number: 1 where the literal occurs in these UTF-16 units; undefined where none does. Linear. */
	find(units: Units): Uint8Array | undefined {
		const { classes, next, ends, endsFrom, width } = (this.automaton ??= build(this.all));
		let found: Uint8Array | undefined;
		let state = 0;
		for (let at = 0; at < units.length; at++) {
			state = next[state + (classes[units[at] as number] as number)] as number;
			if (state < 0) {
				state = -state;
				found ??= new Uint8Array(this.all.length);
				const number = state / width;
				for (let each = endsFrom[number] as number; each < (endsFrom[number + 1] as number); each++) {
					found[ends[each] as number] = 1;
				}
			}
		}
		return found;
	}
}

/** The only letters beyond ASCII that `toLowerCase` turns into ASCII: the Kelvin sign, and the I with a dot (then a mark). */
const FOLDED_TO_ASCII: readonly (readonly [number, string])[] = [
	[0x212a, 'k'],
	[0x130, 'i'],
];

function build(literals: readonly string[]): Automaton {
	const { classes, width } = classesOf(literals);
	const step = (state: number, unit: number) => state * width + (classes[unit] as number);
	const states = literals.reduce((sum, literal) => sum + literal.length, 1);
	const next = new Int32Array(states * width);
	const ends: number[][] = [[]];
	literals.forEach((literal, number) => {
		let state = 0;
		for (let at = 0; at < literal.length; at++) {
			const edge = step(state, literal.charCodeAt(at));
			if (next[edge] === 0) {
				next[edge] = ends.push([]) - 1;
			}
			state = next[edge] as number;
		}
		ends[state]?.push(number);
	});
	complete(next, ends, width);
	for (let edge = 0; edge < ends.length * width; edge++) {
		const to = next[edge] as number;
		next[edge] = (ends[to]?.length ?? 0) > 0 ? -to * width : to * width;
	}
	const endsFrom = new Int32Array(ends.length + 1);
	ends.forEach((each, state) => {
		endsFrom[state + 1] = (endsFrom[state] as number) + each.length;
	});
	return { classes, next: next.slice(0, ends.length * width), ends: Int32Array.from(ends.flat()), endsFrom, width };
}

/** Turns the tree of literals into an automaton: where a letter does not go on, the longest end of what was read does. */
function complete(next: Int32Array, ends: number[][], width: number): void {
	const fallback = new Int32Array(ends.length);
	const queue = Array.from(next.subarray(0, width)).filter(state => state !== 0);
	for (let head = 0; head < queue.length; head++) {
		const state = queue[head] as number;
		const other = fallback[state] as number;
		ends[state]?.push(...(ends[other] ?? []));
		for (let letter = 0; letter < width; letter++) {
			const edge = state * width + letter;
			const onward = next[other * width + letter] as number;
			const child = next[edge] as number;
			if (child === 0) {
				next[edge] = onward;
			} else {
				fallback[child] = onward;
				queue.push(child);
			}
		}
	}
}

function classesOf(literals: readonly string[]): { readonly classes: Uint8Array; readonly width: number } {
	const classes = new Uint8Array(65_536);
	let width = 1;
	for (let at = 0, letters = literals.join(''); at < letters.length; at++) {
		const unit = letters.charCodeAt(at);
		if (classes[unit] === 0) {
			classes[unit] = width++;
		}
	}
	if (width > 250) {
		throw new RangeError('too many different letters');
	}
	for (let unit = 0x41; unit <= 0x5a; unit++) {
		classes[unit] = classes[unit + 0x20] as number;
	}
	for (const [unit, letter] of FOLDED_TO_ASCII) {
		classes[unit] = classes[letter.charCodeAt(0)] as number;
	}
	return { classes, width };
}
