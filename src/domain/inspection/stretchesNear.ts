import { type Span } from './forms/rewrite';
import { BLOCK_BITS, BLOCKS } from './literals';

export type { Span } from './forms/rewrite';

/** Blocks before and behind one that holds a hint in which a match may lie: further than any pattern reaches. */
const NEAR = 2;

const near = new Uint8Array(BLOCKS);

/**
 * The stretches of a text in which a match of a rule with these hints may lie, `places` being those of the hints
 * (`Literals.places`). In order, apart from one another.
 */
export function stretchesNear(hints: readonly number[], places: Uint8Array, length: number): readonly Span[] {
	near.fill(0);
	let any = false;
	for (const hint of hints) {
		const from = hint * BLOCKS;
		for (let block = 0; block < BLOCKS; block++) {
			if (places[from + block] === 1) {
				any = true;
				near.fill(1, Math.max(0, block - NEAR), block + NEAR + 1);
			}
		}
	}
	const found: Span[] = [];
	for (let block = 0; any && block < BLOCKS;) {
		const first = block;
		while (block < BLOCKS && near[block] === 1) {
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
