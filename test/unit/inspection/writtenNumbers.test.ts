import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumbers, writeNumbers } from '../../../src/domain/inspection/model/writtenNumbers';

describe('numbers as text', () => {
	it('come back, all that fit two bytes', () => {
		const all = Int16Array.from({ length: 2 ** 16 }, (_, at) => at - 2 ** 15);
		expect(readNumbers(writeNumbers(all), new Int16Array(all.length))).toEqual(all);
		const bytes = all.slice(2 ** 15 - 128, 2 ** 15 + 128);
		expect(readNumbers(writeNumbers(bytes), new Int8Array(256))).toEqual(Int8Array.from(bytes));
	});

	it('come back in their order', () => {
		fc.assert(
			fc.property(fc.int8Array(), fc.int16Array(), (bytes, words) => {
				expect(readNumbers(writeNumbers(bytes), new Int8Array(bytes.length))).toEqual(bytes);
				expect(readNumbers(writeNumbers(words), new Int16Array(words.length))).toEqual(words);
			}),
		);
	});

	it('have one symbol each from -42 to 41, and none that a quoted string or a page would read otherwise', () => {
		const small = Array.from({ length: 84 }, (_, at) => at - 42);
		expect(new Set(writeNumbers(small)).size).toBe(84);
		expect(writeNumbers(small)).toHaveLength(84);
		const all = writeNumbers(Array.from({ length: 2 ** 16 }, (_, at) => at - 2 ** 15));
		expect(all).toMatch(/^[ -~]+$/);
		expect(all).not.toMatch(/["'`\\$<]/);
	});

	it('are of one form: a text is what its numbers are written as, or refused', () => {
		const digits = writeNumbers(Array.from({ length: 512 }, (_, at) => at - 256));
		const texts = fc.oneof(
			fc.string({ unit: fc.constantFrom(...Array.from(digits)), maxLength: 6 }),
			fc.string({ unit: 'binary', maxLength: 3 }),
		);
		fc.assert(
			fc.property(texts, fc.nat(4), (text, length) => {
				for (const table of [new Int8Array(length), new Int16Array(length)]) {
					try {
						expect(writeNumbers(readNumbers(text, table))).toBe(text);
					} catch (error) {
						if (!(error instanceof RangeError)) throw error;
					}
				}
			}),
			{ numRuns: 300 },
		);
	});

	it.each([
		['a character of no worth', '  "', 3],
		['one beyond ASCII', '  ä', 3],
		['too few', '  ', 3],
		['too many', '    ', 3],
		['one whose end is missing', `  ${writeNumbers([200]).slice(0, 1)}`, 3],
		['one without an end', '~'.repeat(9_999), 1],
		['one that 32 bits would take for nothing', '|~z{z||}z~}|z ', 1],
		['one that does not fit', writeNumbers([128]), 1],
	])('are refused with %s', (_, text, length) => {
		expect(() => readNumbers(text, new Int8Array(length))).toThrow(RangeError);
	});
});
