import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteForLabel, quoteForPerson, visibleJson } from '../../../src/vscode/quote';

describe('quoteForPerson', () => {
	it.each([
		['a\u202eb', 'a\\u{202E}b'],
		['a\u200bb\u2060', 'a\\u{200B}b\\u{2060}'],
		['a\u0000\u001b[31m', 'a\\u{0}\\u{1B}[31m'],
		['a\r\n\n\u2028b', 'a⏎b'],
		['a\u00a0b\u3000', 'a\\u{A0}b\\u{3000}'],
		['a\ufe0f\u034f\u115f\u3164', 'a\\u{FE0F}\\u{34F}\\u{115F}\\u{3164}'],
		['\ud800x', '\\u{D800}x'],
		['\u{e0041}', '\\u{E0041}'],
		['a' + ' '.repeat(50) + 'b', 'a ␣×50 b'],
		['[Run](command:evil)', '[Run] (command:evil)'],
		['plain “text”, ünï 日本', 'plain “text”, ünï 日本'],
	])('shows %j as %j', (text, shown) => {
		expect(quoteForPerson(text, 100)).toBe(shown);
	});

	it('truncates and says by how much', () => {
		expect(quoteForPerson('abcdef', 4)).toBe('abcd…(+2)');
		expect(quoteForPerson('x'.repeat(1_000_000), 3)).toBe('xxx…(+999997)');
	});

	it('is one line without anything unseen, and bounded', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
				const shown = quoteForPerson(text, max);
				expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
				expect(shown).not.toContain('](');
				expect(shown.length).toBeLessThan(max * 12 + 20);
			}),
		);
	});

	it('leaves no icon in labels', () => {
		expect(quoteForLabel('$(shield) safe', 50)).toBe('\\$(shield) safe');
	});
});

describe('visibleJson', () => {
	it('means the same and hides nothing', () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
				const shown = visibleJson({ value, text });
				expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify({ value, text })));
				expect(shown).not.toMatch(/(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/u);
			}),
		);
	});
});
