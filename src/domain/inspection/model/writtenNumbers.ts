/**
 * What may stand in a text of numbers, by its worth: ASCII that shows, without what JavaScript or HTML would read otherwise
 * (quotes, backslash, dollar, less-than).
 */
const DIGITS = ' !#%&()*+,-./0123456789:;=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~';

/** A digit below this ends its number; after another one comes a higher place. */
const ENDS = 84;

/** How much more each place counts than the one before it. */
const PLACE = DIGITS.length - ENDS;

/** A number of two bytes has no digit beyond this place. */
const LAST_PLACE = PLACE ** 4;

const NO_DIGIT = 255;

const WORTH = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < DIGITS.length; digit++) {
	WORTH[DIGITS.charCodeAt(digit)] = digit;
}

/**
 * Numbers of two bytes at most as text: signs folded in (0, -1, 1, -2, …), the lowest digit first, a single one from -42 to 41.
 * What deflate packs best, which the size of the package rests on: base64 cuts bytes up. Throws a RangeError for any other number.
 */
export function writeNumbers(numbers: Iterable<number>): string {
	let text = '';
	for (const number of numbers) {
		if (!Number.isInteger(number) || number < -0x8000 || number > 0x7fff) {
			throw new RangeError('not a number of two bytes');
		}
		let rest = number < 0 ? -2 * number - 1 : 2 * number;
		while (rest >= ENDS) {
			const digit = ENDS + ((rest - ENDS) % PLACE);
			text += DIGITS.charAt(digit);
			rest = (rest - digit) / PLACE;
		}
		text += DIGITS.charAt(rest);
	}
	return text;
}

/** Fills a table with what {@link writeNumbers} wrote, and returns it. Throws a RangeError unless the text is of that form and fits it. */
export function readNumbers<Table extends Int8Array | Int16Array>(text: string, table: Table): Table {
	let count = 0;
	let folded = 0;
	let place = 1;
	for (let at = 0; at < text.length; at++) {
		const digit = WORTH[text.charCodeAt(at)] ?? NO_DIGIT;
		folded += digit * place;
		if (digit < ENDS) {
			const number = (folded >> 1) ^ -(folded & 1);
			table[count] = number;
			if (table[count] !== number) {
				throw new RangeError('a number does not fit its table');
			}
			count += 1;
			folded = 0;
			place = 1;
		} else if (digit === NO_DIGIT || place === LAST_PLACE) {
			throw new RangeError('not a text of such numbers');
		} else {
			place *= PLACE;
		}
	}
	if (count !== table.length || place !== 1) {
		throw new RangeError('the text of numbers ends too early');
	}
	return table;
}
