import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestJson, sha256Hex } from '../../../src/base/digest';
import { type JsonValue } from '../../../src/base/json';
import { nodeSha256 } from '../../../src/storage/system';

describe('sha256Hex (FIPS 180-4)', () => {
	it.each([
		['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
		['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
		[
			'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
			'248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
		],
	])('of %j', (text, digest) => {
		expect(sha256Hex(text)).toBe(digest);
		expect(sha256Hex(Buffer.from(text))).toBe(digest);
	});

	it('property: as the runtime has it, for bytes and for text', () => {
		fc.assert(
			fc.property(fc.uint8Array(), fc.string({ unit: 'grapheme' }), (bytes, text) => {
				expect(sha256Hex(bytes)).toBe(nodeSha256(bytes));
				expect(sha256Hex(text)).toBe(nodeSha256(text));
			}),
		);
	});
});

describe('digestJson', () => {
	it('gateway.md §1.6: the vector of a canonical payload', () => {
		expect(digestJson({ path: '/é', n: 1 })).toBe(
			'636556605f14152659878778c0c78b5458e1f79d33aa4a708f6ef3020dbc453a',
		);
	});

	it('APPR-10: other values have other digests, whatever they look like joined', () => {
		const values: JsonValue[] = [
			['a:b', 'c'],
			['a', 'b:c'],
			['a:b:c'],
			{ a: 'b:c' },
			'\ud800',
			'\ufffd',
			1,
			'1',
			null,
			[],
		];
		expect(new Set(values.map(digestJson)).size).toBe(values.length);
	});

	it('refuses what has no JSON', () => {
		expect(() => digestJson(NaN)).toThrow();
	});
});
