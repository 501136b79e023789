/** A text without what stands between its letters and digits: ASCII letters in lower case, and digits. */
export interface Folded {
	readonly units: readonly number[];
	/** By folded unit: its place in the text. */
	readonly at: readonly number[];
}

/** By UTF-16 unit below 128: what it folds to; 0 for what is dropped. */
const FOLD = (() => {
	const table = new Uint8Array(128);
	for (let unit = 0; unit < 26; unit++) {
		table[0x61 + unit] = 0x61 + unit;
		table[0x41 + unit] = 0x61 + unit;
	}
	for (let unit = 0x30; unit <= 0x39; unit++) {
		table[unit] = unit;
	}
	return table;
})();

/** What a UTF-16 unit folds to; 0 where it is dropped: marks, spaces, invisible and other letters. */
export function foldUnit(unit: number): number {
	return unit < 128 ? (FOLD[unit] as number) : 0;
}

/** Folds a text. Separators, zero-width characters, line breaks and case leave no trace. */
export function fold(text: string): Folded {
	const units: number[] = [];
	const at: number[] = [];
	for (let place = 0; place < text.length; place++) {
		const unit = foldUnit(text.charCodeAt(place));
		if (unit !== 0) {
			units.push(unit);
			at.push(place);
		}
	}
	return { units, at };
}

/** One way to write a value, folded, and which byte of the value each unit tells of. */
export interface KnownForm {
	readonly units: readonly number[];
	readonly at: readonly number[];
}

/**
 * The value as it is, backwards, in hex, and in base64 (RFC 4648 §4, §5) at each of the three places that it can have in a
 * longer text, without the units that its neighbours have a part in. `value` is ASCII; others are written in UTF-8 first.
 */
export function formsOf(value: string): readonly KnownForm[] {
	const bytes = [...new TextEncoder().encode(value)];
	const latin = String.fromCharCode(...bytes);
	const plain = fold(latin);
	const backwards = { units: plain.units.toReversed(), at: plain.at.toReversed() };
	const hex = fold(bytes.map(byte => byte.toString(16).padStart(2, '0')).join(''));
	return [
		plain,
		backwards,
		{ units: hex.units, at: hex.at.map(place => place >> 1) },
		...[0, 1, 2].map(before => base64Form(latin, before)),
	];
}

function base64Form(latin: string, before: number): KnownForm {
	const whole = btoa('\0'.repeat(before) + latin).replace(/=+$/, '');
	const start = before === 0 ? 0 : before + 1;
	const end = (before + latin.length) % 3 === 0 ? whole.length : whole.length - 1;
	const { units, at } = fold(whole.slice(start, end));
	const byteOf = (place: number) => Math.floor(((place + start) * 3) / 4) - before;
	return { units, at: at.map(place => Math.min(latin.length - 1, Math.max(0, byteOf(place)))) };
}
