import { GRAM_BITS } from './hashing';
import { type Segments } from './segments';

/** The longest window, segments. */
export const WINDOW = 6;
/** A window of few n-grams counts less than its average. */
export const DAMPING = 8;

/** What the model adds up: a weight for each n-gram, and one for each trait. */
export interface Weights {
	readonly bias: number;
	readonly grams: Int8Array;
	/** What one step of {@link grams} is worth. */
	readonly gramStep: number;
	readonly traits: Int16Array;
	readonly traitStep: number;
}

/** One to {@link WINDOW} neighbouring segments and what they weigh. */
export interface Window {
	/** Its first segment, and the one behind its last. */
	readonly from: number;
	readonly to: number;
	/** Log-odds, as far as the training can tell. */
	readonly weight: number;
}

/**
 * The windows that weigh at least `least` and more than those they overlap, heaviest first, at most `most`. Sums of integers:
 * the same on every machine. Linear in the number of features.
 */
export function heavyWindows(segments: Segments, weights: Weights, least: number, most: number): readonly Window[] {
	const { count, grams, gramsFrom, traits, traitsFrom } = segments;
	const gramSums = new Int32Array(count + 1);
	const traitSums = new Int32Array(count + 1);
	for (let at = 0; at < count; at++) {
		gramSums[at + 1] = (gramSums[at] as number) + sum(weights.grams, grams, gramsFrom, at);
		traitSums[at + 1] = (traitSums[at] as number) + sum(weights.traits, traits, traitsFrom, at);
	}
	const found: Window[] = [];
	for (let from = 0; from < count; from++) {
		for (let to = from + 1; to <= count && to <= from + WINDOW; to++) {
			const features = (gramsFrom[to] as number) - (gramsFrom[from] as number);
			const gramSum = ((gramSums[to] as number) - (gramSums[from] as number)) * weights.gramStep;
			const traitSum = ((traitSums[to] as number) - (traitSums[from] as number)) * weights.traitStep;
			const weight = weights.bias + gramSum / Math.sqrt(features + DAMPING) + traitSum / (to - from);
			if (weight >= least && !isNoise(segments, from, to) && !isMarkup(segments, from, to)) {
				found.push({ from, to, weight });
			}
		}
	}
	found.sort((a, b) => b.weight - a.weight || a.from - b.from);
	const kept: Window[] = [];
	for (const window of found) {
		if (kept.length >= most) {
			break;
		}
		if (kept.every(other => window.to <= other.from || window.from >= other.to)) {
			kept.push(window);
		}
	}
	return kept;
}

/** Words of a window from which on it has to read like prose. */
const PROSE_WORDS = 16;

/** N-grams of a window from which on it has to say more than one thing over and over. */
const REPEATS_LEAST = 96;
const REPEATS = 5;
const stamps = new Int32Array(1 << GRAM_BITS);
let stamp = 0;

/** True where most n-grams of a window are there several times: filler, which no average was learnt for. */
function isRepetitive({ grams, gramsFrom }: Segments, from: number, to: number): boolean {
	const first = gramsFrom[from] as number;
	const end = gramsFrom[to] as number;
	if (end - first < REPEATS_LEAST) {
		return false;
	}
	stamp = (stamp + 1) | 0;
	let distinct = 0;
	for (let at = first; at < end; at++) {
		const slot = grams[at] as number;
		distinct += stamps[slot] === stamp ? 0 : 1;
		stamps[slot] = stamp;
	}
	return distinct * REPEATS < end - first;
}

/** True for filler, coordinates, source maps and the like: many words of Latin letters and hardly one of any length. */
export function isNoise(segments: Segments, from: number, to: number): boolean {
	if (isRepetitive(segments, from, to)) {
		return true;
	}
	const { words, contentFrom, script } = segments;
	let count = 0;
	for (let at = from; at < to; at++) {
		if (script[at] !== 0) {
			return false;
		}
		count += words[at] as number;
	}
	const long = (contentFrom[to] as number) - (contentFrom[from] as number);
	return count >= PROSE_WORDS && long * PROSE_WORDS < count;
}

/** Words of a window from which on its marks count. */
const MARKED_WORDS = 6;

/** True for drawings, links, base64 and the like: as many marks as words of Latin letters. Not asked in the training. */
export function isMarkup({ words, marks, script }: Segments, from: number, to: number): boolean {
	let wordCount = 0;
	let markCount = 0;
	for (let at = from; at < to; at++) {
		if (script[at] !== 0) {
			return false;
		}
		wordCount += words[at] as number;
		markCount += marks[at] as number;
	}
	return wordCount >= MARKED_WORDS && markCount >= wordCount;
}

function sum(table: Int8Array | Int16Array, features: Int32Array, from: Int32Array, at: number): number {
	let total = 0;
	const end = from[at + 1] as number;
	for (let each = from[at] as number; each < end; each++) {
		total += table[features[each] as number] as number;
	}
	return total;
}
