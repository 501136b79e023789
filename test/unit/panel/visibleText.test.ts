import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, textRuns, visibleText } from '../../../src/webview/visibleText';

describe('visibleText', () => {
	it.each([
		['a\u202Eb', 'a\\u202Eb'],
		['\u0000\u001B[31m', '\\u0000\\u001B[31m'],
		['zero\u200Bwidth', 'zero\\u200Bwidth'],
		['\u{E0041}', '\\u{E0041}'],
		['\uD800', '\\uD800'],
		['a\nb\tc', 'a\\u000Ab\\u0009c'],
		['soft\u00ADhyphen', 'soft\\u00ADhyphen'],
		['\u3164', '\\u3164'],
		['\uFE01', '\\uFE01'],
		['\u061C\u2066\u2028\uFEFF', '\\u061C\\u2066\\u2028\\uFEFF'],
	])('spells out %j', (text, shown) => {
		expect(visibleText(text)).toBe(shown);
	});

	it.each(['plain', 'naïve 日本語 العربية', '✔️ 🙂', '<b>&amp;</b>'])('leaves %s alone', text => {
		expect(visibleText(text)).toBe(text);
		expect(textRuns(text)).toEqual([{ text, hidden: false }]);
	});

	it('keeps a written escape apart from a hidden character', () => {
		expect(textRuns('\\u202E\u202E')).toEqual([
			{ text: '\\u202E', hidden: false },
			{ text: '\\u202E', hidden: true },
		]);
	});

	it('keeps lines where lines are wanted', () => {
		expect(textRuns('a\n\tb\r', true)).toEqual([
			{ text: 'a\n\tb', hidden: false },
			{ text: '\\u000D', hidden: true },
		]);
	});

	it('clips between characters', () => {
		expect(clip('abc', 3)).toBe('abc');
		expect(clip('abcd', 3)).toBe('abc…');
		expect(clip('ab🙂d', 3)).toBe('ab…');
	});

	it('lets no control or bidirectional character through', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => {
				expect(visibleText(text)).not.toMatch(/[\p{Cc}\u200B-\u200F\u202A-\u202E\u2066-\u2069]/u);
			}),
		);
	});
});
