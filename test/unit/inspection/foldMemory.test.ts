import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldUnits } from '../../../src/domain/inspection/forms/foldUnits';
import { inspectValue, isOffending } from '../../../src/domain/inspection/inspect';
import { runs } from '../support/runs';
import { ENCODINGS, PAYLOAD } from './encodings';

// Folding remembers what characters become. INVARIANT: what it has seen changes nothing of what it makes of another text.

const HIGH = Array.from({ length: 0x400 }, (_, at) => String.fromCharCode(0xd800 + at));
const LOW = Array.from({ length: 0x400 }, (_, at) => String.fromCharCode(0xdc00 + at));

describe('RESP-01, N5: half a character hides nothing of the texts that come after it', () => {
	it.each(['mathematical letters', 'boxed letters', 'flag letters'])('%s', name => {
		const text = ENCODINGS[name]?.(PAYLOAD) ?? '';
		for (const half of [...HIGH, ...LOW]) {
			foldUnits(`a${half}b`);
		}
		expect(foldUnits(text).text).toContain('ignore');
		expect(inspectValue({ content: [{ type: 'text', text }] }).some(isOffending)).toBe(true);
	});

	it('in one text, too', () => {
		for (const half of ['\ud835', '\ud83c', '\udd52']) {
			expect(foldUnits(`${half} \u{1d422}\u{1d420}\u{1f17d}${half}`).text).toBe('\ufffd ign\ufffd');
		}
	});

	it('property: a text is folded as it was before another', () => {
		const text = fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map(code => String.fromCodePoint(code)) });
		fc.assert(
			fc.property(text, text, (one, other) => {
				const alone = Array.from(one, char => foldUnits(`${char} `).text).join('');
				foldUnits(other);
				expect(Array.from(one, char => foldUnits(`${char} `).text).join('')).toBe(alone);
			}),
			runs(300),
		);
	});
});
