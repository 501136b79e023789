/** A character class, in brackets, out of code point ranges (hex, `from-to`, blanks between). For patterns with the flag `u`. */
export function charClass(ranges: string): string {
	const codes = ranges.split(' ').map(range => range.replace(/[0-9a-f]+/g, '\\u{$&}'));
	return `[${codes.join('')}]`;
}
