/** Where a hash of text begins (FNV-1a, 32 bits, over UTF-16 units). */
export const HASH_START = 0x811c9dc5 | 0;

/** One unit more. */
export function hashStep(hash: number, unit: number): number {
	return Math.imul(hash ^ unit, 0x01000193);
}

/** The hash of a word. */
export function hashOf(word: string): number {
	let hash = HASH_START;
	for (let at = 0; at < word.length; at++) {
		hash = hashStep(hash, word.charCodeAt(at));
	}
	return hash;
}

/** Slots of the table of n-grams: 2 to the power of this. */
export const GRAM_BITS = 18;

/** The slot of a hash. */
export function slotOf(hash: number): number {
	return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (32 - GRAM_BITS);
}
