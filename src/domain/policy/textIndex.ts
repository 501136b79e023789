import { type RememberedText } from './sessionState';

/** Characters of a shingle. Shorter texts are looked for without the index. */
const SHINGLE = 8;
/** Characters that one look-up may compare, four times what a session remembers. */
const MAX_STEPS = 1_048_576;

/** The shingles of each text, sorted; built once for a text and gone with it. The memo changes no outcome. */
const indexes = new WeakMap<RememberedText, Uint32Array>();

/**
 * Looks for many pieces in the texts that a session remembers. An index of shingles rules out nearly all pieces; what is
 * left is compared in linear time. When that takes more steps than are given for one call, everything counts as found:
 * nothing honest repeats that much and yet is not there. Texts and pieces are attacker-controlled.
 */
export class TextSearch {
	private steps = MAX_STEPS;

	/** True when a text holds the piece, where `accepts` takes one of its places. */
	finds(
		texts: readonly RememberedText[],
		piece: string,
		accepts: (text: string, at: number) => boolean = () => true,
	): boolean {
		const shingles = shinglesOf(piece);
		for (const remembered of texts) {
			if (piece === '' || piece.length > remembered.text.length || !mayHold(remembered, shingles)) {
				continue;
			}
			this.steps -= remembered.text.length + piece.length;
			if (this.steps < 0 || holds(remembered.text, piece, accepts)) {
				return true;
			}
		}
		return false;
	}
}

/** Every eighth shingle of a piece and its last one: a text that holds the piece has them all. */
function shinglesOf(piece: string): readonly number[] {
	const last = piece.length - SHINGLE;
	const shingles: number[] = [];
	for (let at = 0; at < last; at += SHINGLE) {
		shingles.push(shingle(piece, at));
	}
	return last < 0 ? shingles : [...shingles, shingle(piece, last)];
}

function mayHold(remembered: RememberedText, shingles: readonly number[]): boolean {
	if (shingles.length === 0) {
		return true;
	}
	let index = indexes.get(remembered);
	if (index === undefined) {
		index = indexOf(remembered.text);
		indexes.set(remembered, index);
	}
	for (const wanted of shingles) {
		if (!includesSorted(index, wanted)) {
			return false;
		}
	}
	return true;
}

function indexOf(text: string): Uint32Array {
	const all = new Uint32Array(Math.max(0, text.length - SHINGLE + 1));
	for (let at = 0; at < all.length; at++) {
		all[at] = shingle(text, at);
	}
	all.sort();
	let count = 0;
	for (let at = 0; at < all.length; at++) {
		const value = all[at] ?? 0;
		if (at === 0 || value !== all[count - 1]) {
			all[count++] = value;
		}
	}
	return all.slice(0, count);
}

function includesSorted(sorted: Uint32Array, wanted: number): boolean {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle] ?? 0) < wanted) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return sorted[low] === wanted;
}

function shingle(text: string, at: number): number {
	let hash = 0x811c9dc5;
	for (let next = at; next < at + SHINGLE; next++) {
		hash = Math.imul(hash ^ text.charCodeAt(next), 0x01000193);
	}
	return hash >>> 0;
}

/** Knuth, Morris and Pratt: linear whatever text and piece are made of. */
function holds(text: string, piece: string, accepts: (text: string, at: number) => boolean): boolean {
	const borders = bordersOf(piece);
	let matched = 0;
	for (let at = 0; at < text.length; at++) {
		while (matched > 0 && (matched === piece.length || text.charCodeAt(at) !== piece.charCodeAt(matched))) {
			matched = borders[matched - 1] ?? 0;
		}
		if (text.charCodeAt(at) === piece.charCodeAt(matched)) {
			matched++;
		}
		if (matched === piece.length && accepts(text, at + 1 - matched)) {
			return true;
		}
	}
	return false;
}

/** For each beginning of the piece: how long its longest end is that is also its beginning. */
function bordersOf(piece: string): Uint32Array {
	const borders = new Uint32Array(piece.length);
	let length = 0;
	for (let at = 1; at < piece.length; at++) {
		while (length > 0 && piece.charCodeAt(at) !== piece.charCodeAt(length)) {
			length = borders[length - 1] ?? 0;
		}
		if (piece.charCodeAt(at) === piece.charCodeAt(length)) {
			length++;
		}
		borders[at] = length;
	}
	return borders;
}
