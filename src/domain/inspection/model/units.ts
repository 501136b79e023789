/** What a UTF-16 unit is to the reader of words. */
export const BLANK = 0;
/** See {@link BLANK}: part of a word. */
export const LETTER = 1;
/** See {@link BLANK}. */
export const DIGIT = 2;
/** See {@link BLANK}: whatever else shows. */
export const MARK = 3;
/** See {@link BLANK}: the end of a line. */
export const LINE = 4;
/** See {@link BLANK}: a word of its own, in a script without blanks. */
export const IDEOGRAPH = 5;
const UNKNOWN = 255;

const kinds = new Uint8Array(65_536).fill(UNKNOWN);

/** The kind of a unit. */
export function kindOf(unit: number): number {
	const known = kinds[unit] as number;
	return known === UNKNOWN ? (kinds[unit] = classify(unit)) : known;
}

function classify(unit: number): number {
	const char = String.fromCharCode(unit);
	if (unit === 0x0a || unit === 0x0d || unit === 0x2028 || unit === 0x2029) {
		return LINE;
	}
	if (/[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/.test(char)) {
		return IDEOGRAPH;
	}
	if (unit === 0x5f || /[\p{L}\p{M}]/u.test(char)) {
		return LETTER;
	}
	if (/\p{Nd}/u.test(char)) {
		return DIGIT;
	}
	return unit <= 0x20 || /\s/.test(char) ? BLANK : MARK;
}

/** Which script a letter belongs to, roughly: 0 Latin, 1 Cyrillic and Greek, 2 Semitic, 3 East Asian, 4 any other. */
export function scriptOf(unit: number): number {
	if (unit < 0x250 || (unit >= 0x1e00 && unit < 0x1f00)) {
		return 0;
	}
	if (unit < 0x530) {
		return 1;
	}
	if (unit >= 0x590 && unit < 0x780) {
		return 2;
	}
	return unit >= 0x1100 && (unit < 0x1200 || (unit >= 0x2e80 && unit < 0xd7b0) || unit >= 0xf900) ? 3 : 4;
}

/** True where a unit ends a sentence or a value, given the unit behind it. */
export function endsHere(unit: number, next: number): boolean {
	switch (unit) {
		case 0x3002: // 。！？；
		case 0xff01:
		case 0xff1f:
		case 0xff1b:
		case 0x7c: // |
			return true;
		case 0x2e: // . ! ? … ؟ ।
		case 0x21:
		case 0x3f:
		case 0x2026:
		case 0x61f:
		case 0x3b: // ;
		case 0x964: {
			const kind = kindOf(next);
			return kind !== LETTER && kind !== DIGIT;
		}
		case 0x22: // " ' before , : } ]
		case 0x27:
			return next === 0x2c || next === 0x3a || next === 0x7d || next === 0x5d;
		default:
			return false;
	}
}
