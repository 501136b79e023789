import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { type JsonObject } from '../../../src/base/json';
import { parseJson } from '../../../src/base/strictJson';
import { canonicalArguments, paramsHash } from '../../../src/domain/audit/paramsHash';
import { traceparentIn } from '../../../src/domain/audit/traceparent';
import vectors from '../../fixtures/paramsHash.json';

const hashOf = (args: JsonObject | undefined) => {
	const canonical = canonicalArguments(args);
	return canonical === undefined ? null : paramsHash(canonical, sha256Hex);
};

describe('A4: params_hash (RFC-006, identity.md §2.6)', () => {
	it.each(vectors.cases)('$id: $desc', ({ input, jcs_hash }) => {
		expect(hashOf(JSON.parse(input) as JsonObject)).toBe(jcs_hash);
	});

	it.each(vectors.mustRefuse)('$id: $desc, which no message brings', ({ input }) => {
		expect(parseJson(input, 'strict').ok).toBe(false);
	});

	it('a tool that is called without arguments is called with {}', () => {
		expect(hashOf(undefined)).toBe('sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o');
	});

	it('half of a surrogate pair has no hash, as a value or as a name; the same letters after a backslash have', () => {
		expect(hashOf({ a: [{ b: 'x\udfff' }] })).toBeNull();
		expect(hashOf({ '\ud800': 1 })).toBeNull();
		expect(hashOf({ a: '\\ud800' })).toMatch(/^sha256:/);
		expect(hashOf({ a: '\\\\ud800' })).toMatch(/^sha256:/);
		expect(hashOf({ a: '\\\ud800' })).toBeNull();
	});

	it('there is a hash exactly where every text is well-formed', () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom('\\', 'u', 'd', '8', '\ud800', '\udc00', '"') }), text => {
				expect(hashOf({ text }) !== null).toBe(Buffer.from(text).toString() === text);
			}),
		);
	});
});

describe('the trace context of a request (W3C Trace Context §3.2.2)', () => {
	const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

	it.each([
		['well-formed', good, good],
		['a later version', good.replace(/^00/, '01'), good.replace(/^00/, '01')],
		['version ff', good.replace(/^00/, 'ff'), undefined],
		['upper case', good.toUpperCase(), undefined],
		['a trace id of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
		['a parent id of zeros', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`, undefined],
		['something behind it', `${good}-x`, undefined],
		['a line break behind it', `${good}\n`, undefined],
		['no text', 1, undefined],
	])('%s', (_, traceparent, expected) => {
		expect(traceparentIn({ _meta: { traceparent } })).toBe(expected);
	});

	it('no parameters, no _meta, an inherited member', () => {
		expect(traceparentIn(undefined)).toBeUndefined();
		expect(traceparentIn({ _meta: [] })).toBeUndefined();
		expect(traceparentIn({ _meta: Object.create({ traceparent: good }) as JsonObject })).toBeUndefined();
	});
});
