import { type Span } from './forms/rewrite';
import { BLOCK_BITS, BLOCKS, type Places } from './literals';

export type { Span } from './forms/rewrite';

/** Blocks before and behind one that holds a literal in which a match may lie: further than any pattern reaches. */
const NEAR = 2;

/** A text so short is not divided. */
const WHOLE = (2 * NEAR + 1) << BLOCK_BITS;

/** Numbers of literals that say where a pattern may match. */
export interface Needs {
	/** One of them is near every match. */
	readonly hints: readonly number[];
	/** One of each is in every match. */
	readonly groups: readonly (readonly number[])[];
}

/** A set of blocks. */
let low = 0;
let high = 0;

/**
 * The stretches of a text in which a match of a rule with these needs may lie, with what stands around it, `places` being
 * those of the literals. In order, apart from one another.
 */
export function stretchesNear({ hints, groups }: Needs, places: Places, length: number): readonly Span[] {
	if (!gather(hints, places)) {
		return [];
	}
	if (length <= WHOLE) {
		return groups.every(group => gather(group, places)) ? [{ start: 0, end: length }] : [];
	}
	widen();
	const nearLow = low;
	const nearHigh = high;
	let allLow = nearLow;
	let allHigh = nearHigh;
	for (const group of groups) {
		gather(group, places);
		widen();
		allLow &= low;
		allHigh &= high;
		if (allLow === 0 && allHigh === 0) {
			return [];
		}
	}
	low = allLow;
	high = allHigh;
	widen();
	low &= nearLow;
	high &= nearHigh;
	return spans(length);
}

/** The blocks of any of these literals; false where there is none. */
function gather(numbers: readonly number[], places: Places): boolean {
	low = 0;
	high = 0;
	for (const number of numbers) {
		low |= places.low[number] as number;
		high |= places.high[number] as number;
	}
	return low !== 0 || high !== 0;
}

/** Adds the {@link NEAR} blocks on both sides of each. */
function widen(): void {
	for (let step = 0; step < NEAR; step++) {
		const before = low;
		low |= (low << 1) | (low >>> 1) | (high << 31);
		high |= (high << 1) | (high >>> 1) | (before >>> 31);
	}
}

function holds(block: number): boolean {
	return (((block < 32 ? low : high) >>> (block & 31)) & 1) === 1;
}

function spans(length: number): readonly Span[] {
	const found: Span[] = [];
	for (let block = 0; block < BLOCKS;) {
		const first = block;
		while (block < BLOCKS && holds(block)) {
			block++;
		}
		const start = first << BLOCK_BITS;
		if (block > first && start < length) {
			found.push({ start, end: block === BLOCKS ? length : Math.min(length, block << BLOCK_BITS) });
		}
		block++;
	}
	return found;
}
