import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRuns } from '../../../src/domain/inspection/decodeRuns';
import { INSTRUCTION_RULES } from '../../../src/domain/inspection/instructionRules';
import { Literals } from '../../../src/domain/inspection/literals';
import { unitsOf } from '../../../src/domain/inspection/survey';
import { isSecretName, SECRET_RULES } from '../../../src/domain/inspection/secretRules';

const HINTS = [...new Set([...INSTRUCTION_RULES, ...SECRET_RULES].flatMap(({ hints }) => hints))];
const pieces = fc
	.array(
		fc.oneof(
			fc.constantFrom(...HINTS),
			fc.string({ unit: 'grapheme', maxLength: 3 }),
			fc.constantFrom('K', 'İ', 'ſ'),
		),
		{
			maxLength: 12,
		},
	)
	.map(all => all.join(''));

describe('which literals occur', () => {
	it('property: those that a search for each finds', () => {
		const plain = new Literals(HINTS);
		fc.assert(
			fc.property(pieces, text => {
				const found = plain.find(unitsOf(text.toLowerCase()));
				for (const hint of HINTS) {
					expect([hint, found?.[plain.numberOf(hint)] === 1]).toEqual([
						hint,
						text.toLowerCase().includes(hint),
					]);
				}
			}),
		);
	});

	it('property: with folding, at least those of the text in lower case', () => {
		const hints = [...new Set(SECRET_RULES.flatMap(rule => rule.hints))];
		expect(Array.from(hints.join('')).every(char => char <= '\u007f')).toBe(true);
		const folding = new Literals(hints);
		const upper = fc.oneof(
			pieces,
			pieces.map(text => text.toUpperCase()),
		);
		fc.assert(
			fc.property(upper, text => {
				const units = unitsOf(text);
				expect(units instanceof Uint8Array).toBe(Array.from(text).every(char => char <= '\u007f'));
				expect(Array.from(units)).toEqual(Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)));
				const found = folding.find(units);
				const lower = text.toLowerCase();
				for (const hint of hints) {
					if (lower.includes(hint)) {
						expect([hint, found?.[folding.numberOf(hint)]]).toEqual([hint, 1]);
					} else if (!text.includes('İ')) {
						expect([hint, found?.[folding.numberOf(hint)] ?? 0]).toEqual([hint, 0]);
					}
				}
			}),
		);
	});

	it('only two letters beyond ASCII become ASCII in lower case', () => {
		const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
		// eslint-disable-next-line no-control-regex -- ASCII is what is asked about
		const odd = units.filter(char => char > '\u007f' && /[\u0000-\u007f]/.test(char.toLowerCase()));
		expect(odd).toEqual(['\u0130', '\u212a']);
	});
});

/** What `decodeRuns` is held to. */
const BASE64_RUN = /[A-Za-z0-9+/_-]{16,65536}={0,2}/g;
/** A part of such a stretch counts too: a path may stand before what is encoded. */
const BASE64_PART = /[A-Za-z0-9]{16,65536}={0,2}/g;
const HEX_RUN = /(?:(?:0x)?[0-9A-Fa-f]{2}[ :,;\r\n\t-]{0,2}){10,4096}/g;
const BITS_RUN = /(?:[01]{8}[ ,;\r\n]{0,2}){8,4096}/g;
const DECIMAL_RUN = /(?:\d{2,3}[ ,;\r\n]{1,3}){20,4096}\d{2,3}/g;

describe('encoded stretches', () => {
	const word = fc.oneof(
		fc.constantFrom('=', '==', '===', ' ', '\n', '\r\n', 'zz', '!', 'é', '0x', ':', ', ', '-_/+'),
		fc.string({ unit: fc.constantFrom(...Array.from('abcdef0123456789ABCDEFx :,')), minLength: 10, maxLength: 60 }),
		fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ059+/_-')), minLength: 10, maxLength: 40 }),
		fc.string({ minLength: 12, maxLength: 60 }).map(text => Buffer.from(text).toString('base64')),
		fc.string({ minLength: 12, maxLength: 60 }).map(text => Buffer.from(text).toString('hex')),
	);

	it('property: they are where the patterns are', () => {
		fc.assert(
			fc.property(fc.array(word, { maxLength: 12 }), words => {
				const text = words.join('');
				const runs = decodeRuns(text, 1_000_000).runs;
				const places = (pattern: RegExp) =>
					Array.from(text.matchAll(pattern), ({ 0: run, index }) => [index, index + run.length] as const);
				const exact = {
					hex: places(HEX_RUN),
					bits: places(BITS_RUN),
					decimal: places(DECIMAL_RUN),
				};
				const letters = [...places(BASE64_RUN), ...places(BASE64_PART)];
				for (const { encoding, start, end } of runs) {
					const there =
						encoding === 'base64' || encoding === 'base32'
							? letters.some(([from]) => from === start) && letters.some(([, to]) => to === end)
							: exact[encoding].some(([from, to]) => from === start && to === end);
					expect([encoding, start, end, there]).toEqual([encoding, start, end, true]);
				}
			}),
			{ numRuns: 2000 },
		);
	});

	it('property: none that is readable is missed', () => {
		const readable = fc.string({
			unit: fc.constantFrom(...Array.from('abc def ghi. xyz')),
			minLength: 24,
			maxLength: 200,
		});
		const filler = fc.string({ unit: fc.constantFrom(...Array.from('ab cd, .!\n')), maxLength: 40 });
		fc.assert(
			fc.property(
				filler,
				readable,
				fc.constantFrom('base64' as const, 'hex' as const, 'base64url' as const),
				filler,
				(before, said, encoding, after) => {
					const text = `${before} | ${Buffer.from(said).toString(encoding)} | ${after}`;
					expect(decodeRuns(text, 1_000_000).runs.map(run => run.text)).toContain(said);
				},
			),
		);
	});
});

describe('names of secrets', () => {
	it.each([
		'apiKey',
		'DB_PASSWORD',
		'x-api-key',
		'sessionId',
		'SESSION-ID',
		'seedPhrase',
		'pin2',
		'OTP',
		'connStr',
		'set-cookie',
	])('%s is one', name => {
		expect(isSecretName(name)).toBe(true);
	});
});
