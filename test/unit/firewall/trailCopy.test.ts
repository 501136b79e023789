import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { MaskedPlaces } from '../../../src/domain/audit/maskedPlaces';
import { type Finding } from '../../../src/domain/inspection/finding';
import { type PathFact } from '../../../src/domain/policy/facts';
import { nameList, trailCopy, trailFindings, trailPaths } from '../../../src/firewall/trailCopy';
import { HOST } from '../policy/support';

const placesOf = (paths: readonly PathFact[]) => new MaskedPlaces({ arguments: {}, paths, host: HOST });
const SECRET = `ghp_${'aZ9'.repeat(12)}`;

describe('trailCopy', () => {
	it('masks before it cuts, so that no half of a secret is left', () => {
		for (let length = 8_150; length < 8_200; length++) {
			const { value, findings } = trailCopy({ text: `${'x '.repeat(length / 2)}${SECRET} ${'y'.repeat(9_000)}` });
			expect(JSON.stringify(value)).not.toContain(SECRET.slice(0, 12));
			expect(findings).toHaveLength(1);
		}
	});

	it('keeps length and digest of the masked text that it cut', () => {
		const text = 'a'.repeat(10_000);
		expect(trailCopy({ text }).value).toEqual({
			text: `${'a'.repeat(8_192)}[cut: len=10000 sha256=${sha256Hex(text)}]`,
		});
	});

	it('property: bounded, whatever comes', () => {
		const big = fc.oneof(
			fc.array(fc.string({ maxLength: 500 }), { minLength: 1, maxLength: 50 }),
			fc.dictionary(fc.string({ maxLength: 300 }), fc.jsonValue(), { maxKeys: 50 }),
		);
		fc.assert(
			fc.property(big, fc.integer({ min: 1, max: 300 }), (value, times) => {
				const copy = trailCopy(Array.from({ length: times }, () => value));
				expect(JSON.stringify(copy.value).length).toBeLessThanOrEqual(262_144);
				expect(copy.findings.length).toBeLessThanOrEqual(100);
			}),
			{ numRuns: 30 },
		);
	});

	it('small values stay as they are', () => {
		const value = { path: 'a', n: 1.5, nested: [{ ok: true, none: null }] };
		expect(trailCopy(value)).toEqual({ value, findings: [] });
	});
});

describe('trailFindings, trailPaths and nameList', () => {
	const finding = (pointer: string): Finding => ({
		kind: 'instruction-shaped',
		rule: 'r',
		severity: 'high',
		pointer,
		span: { start: 0, end: 1 },
		advice: 'a',
	});

	it('a pointer holds names of the other side: masked, cut, and not endless', () => {
		const found = trailFindings([finding(`/a/${SECRET}/b`), finding(`/${'n'.repeat(100_000)}`)]);
		expect(found[0]!.pointer).toBe('/a/[masked:github-token len=40]/b');
		expect(found[1]!.pointer).toHaveLength(300);
		expect(trailFindings(Array.from({ length: 5_000 }, () => finding('/a')))).toHaveLength(100);
	});

	it('a secret at the edge of a pointer leaves nothing behind', () => {
		for (let length = 250; length < 310; length++) {
			const [found] = trailFindings([finding(`/${'n '.repeat(length / 2)}${SECRET}`)]);
			expect(found!.pointer).not.toContain(SECRET.slice(0, 12));
		}
	});

	it('paths are masked and bounded', () => {
		const facts = Array.from({ length: 3_000 }, () => ({
			pointer: '',
			raw: '',
			candidates: [`/ws/${SECRET}`, '/other'],
		}));
		expect(trailPaths(facts, placesOf(facts))).toEqual(
			Array.from({ length: 512 }, () => ['/ws/[masked:github-token len=40]', '/other']).flat(),
		);
		const none = [{ pointer: '', raw: 'x', candidates: [], problem: 'no-root' as const }];
		expect(trailPaths(none, placesOf(none))).toEqual([]);
	});

	it('long lists of names are counted', () => {
		expect(nameList(['a', 'b'])).toBe('a, b');
		expect(nameList(Array.from({ length: 25 }, (_, n) => String(n)))).toMatch(/^0, 1, .*19 and 5 more$/);
	});
});
