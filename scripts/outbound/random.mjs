// Numbers that look random and are the same in every run.

/** mulberry32: `next()` in [0, 1). */
export function seeded(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
	const below = count => Math.floor(next() * count);
	const pick = list => list[below(list.length)];
	const text = (letters, length) => Array.from({ length }, () => letters[below(letters.length)]).join('');
	return { next, below, pick, text };
}

export const LOWER = 'abcdefghijklmnopqrstuvwxyz';
export const UPPER = LOWER.toUpperCase();
export const DIGITS = '0123456789';
export const ALNUM = UPPER + LOWER + DIGITS;
export const BASE64 = `${ALNUM}+/`;
export const HEX = '0123456789abcdef';
