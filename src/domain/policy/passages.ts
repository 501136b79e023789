/**
 * Fingerprints of texts, to see again what is carried elsewhere. Winnowing (Schleimer, Wilkerson, Aiken: "Winnowing: local
 * algorithms for document fingerprinting", SIGMOD 2003) over letters and digits in lower case: blanks, punctuation, letter
 * case and JSON escapes make no difference.
 */

/** Letters and digits of one hash. */
const PASSAGE = 24;
/** Of so many hashes in a row the least is kept: what two texts share from 31 letters on is found for certain. */
const WINDOW = 8;
/** The same for secrets: any ten of their letters in a row are found, so a secret cut into pieces of ten is. */
const PIECE = 10;
const BASE = 0x01000193;

/** The letters and digits of an attacker-controlled text, in lower case. */
export function lettersOf(text: string): string {
	return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

/** The winnowed hashes of a text; empty for one that is shorter than a passage. Linear in its length. */
export function passagesOf(letters: string): ReadonlySet<number> {
	const hashes = rolling(letters, PASSAGE);
	const kept = new Set<number>();
	let least = -1;
	for (let at = 0; at < hashes.length; at++) {
		if (least <= at - WINDOW || least < 0) {
			least = leastOf(hashes, Math.max(0, at - WINDOW + 1), at);
		} else if (hashAt(hashes, at) <= hashAt(hashes, least)) {
			least = at;
		}
		if (at >= WINDOW - 1 || at === hashes.length - 1) {
			kept.add(hashAt(hashes, least));
		}
	}
	return kept;
}

/** The hashes of all pieces of a secret, or of a text in which pieces are looked for. Linear in its length. */
export function piecesOf(letters: string): Uint32Array {
	return rolling(letters, PIECE);
}

/** True for a secret that is told apart from any word: what is found again is no coincidence. */
export function isDistinct(letters: string): boolean {
	return letters.length >= PIECE && (letters.length >= 20 || (/\p{N}/u.test(letters) && /\p{L}/u.test(letters)));
}

function leastOf(hashes: Uint32Array, from: number, to: number): number {
	let least = from;
	for (let at = from + 1; at <= to; at++) {
		if (hashAt(hashes, at) <= hashAt(hashes, least)) {
			least = at;
		}
	}
	return least;
}

function hashAt(hashes: Uint32Array, at: number): number {
	return hashes[at] ?? 0;
}

/** Rabin and Karp over UTF-16 units, modulo 2^32, scrambled so that the least hash is not the same letter everywhere. */
function rolling(letters: string, size: number): Uint32Array {
	const hashes = new Uint32Array(Math.max(0, letters.length - size + 1));
	let power = 1;
	for (let step = 1; step < size; step++) {
		power = Math.imul(power, BASE);
	}
	let hash = 0;
	for (let at = 0; at < letters.length; at++) {
		if (at >= size) {
			hash = (hash - Math.imul(letters.charCodeAt(at - size), power)) | 0;
		}
		hash = (Math.imul(hash, BASE) + letters.charCodeAt(at)) | 0;
		if (at >= size - 1) {
			const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
			hashes[at - size + 1] = mixed ^ (mixed >>> 13);
		}
	}
	return hashes;
}
