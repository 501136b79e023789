import { MAX_QUOTED_CHARS } from '../limits';

/** Whatever could forge layout, reorder text or hide: controls, format characters, separators, lone surrogates. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Attacker-controlled text as data for a person's eyes: cut, in double quotes, on one line, with quotes and backslashes
 * escaped and everything invisible spelt out as `\u{…}`.
 */
export function quote(text: string, max = MAX_QUOTED_CHARS): string {
	const cut = text.slice(0, max);
	const escaped = cut
		.replace(/["\\]/g, '\\$&')
		.replace(HIDDEN, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
	const rest = text.length - cut.length;
	return rest > 0 ? `"${escaped}" (and ${String(rest)} more characters)` : `"${escaped}"`;
}
