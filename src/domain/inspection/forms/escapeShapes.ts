const INLINE = '(?:b|i|u|em|strong|span|font|wbr|mark|small|sub|sup|tt|big|ins|del)';
/** Formatting without attributes. */
export const BARE_TAG = new RegExp(`^</?${INLINE}\\s{0,2}/?>`, 'i');
/** Formatting, with attributes or without. */
export const FULL_TAG = new RegExp(`^</?${INLINE}(?:\\s[^<>]{0,120})?>`, 'i');
/** A comment without words. */
export const EMPTY_COMMENT = /^<!--[^A-Za-z<>]{0,40}-->/;
/** A short comment. */
export const COMMENT = /^<!--[^<>]{0,80}?-->/;
/** A control sequence of a terminal (ECMA-48 §5.4), its first character whatever it is. */
export const CONTROL_SEQUENCE = /^.\[[0-?]{0,32}[ -/]{0,4}[@-~]/s;
/** A short operating system command (ECMA-48 §5.6). */
// eslint-disable-next-line no-control-regex -- a bell or ESC \ ends it
export const OS_COMMAND = /^.\][^\u0007\u001b\s]{0,80}(?:\u0007|\u001b\\)/s;

/** The code of `u0069`, `u{69}`, `U00000069` or `x69` at a place, and where it ends. */
export function hexOf(text: string, at: number): readonly [string?, number?, number?] {
	const ahead = text.slice(at, at + 10);
	const found = /^(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U00([0-9A-Fa-f]{6})|x([0-9A-Fa-f]{2}))/.exec(ahead);
	if (!found) {
		return [];
	}
	const code = Number.parseInt(found[1] ?? found[2] ?? found[3] ?? found[4] ?? '', 16);
	return code > 0x10ffff ? [] : [found[0], code, at + found[0].length];
}

/** The byte that two hex digits at a place stand for. */
export function byteAt(text: string, at: number): number | undefined {
	const hex = text.slice(at, at + 2);
	return /^[0-9A-Fa-f]{2}$/.test(hex) ? Number.parseInt(hex, 16) : undefined;
}

/** The character of a code point. */
export function charOf(code: number): string {
	return String.fromCodePoint(code);
}

/** True for a letter of any script: what matters is that no word ends here. */
export function isLetter(text: string, at: number): boolean {
	const unit = text.charCodeAt(at);
	return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit >= 0xaa;
}
