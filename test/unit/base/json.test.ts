import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	canonicalJson,
	deepFreeze,
	isJsonArray,
	isJsonObject,
	type JsonValue,
	mapStrings,
	pointerToken,
	walkStrings,
} from '../../../src/base/json';

describe('canonicalJson (RFC 8785)', () => {
	it.each([
		['NaN', NaN],
		['Infinity', { a: [Infinity] }],
		['undefined', undefined],
	])('throws for %s', (_name, value) => {
		expect(() => canonicalJson(value as JsonValue)).toThrow();
	});

	it.each([
		['{"b":1,"a":2}', '{"a":2,"b":1}'],
		['{"\\u20ac":1,"\\r":2,"1":3,"\\ud83d\\ude00":4,"\\u0080":5,"\\u00f6":6,"\\ufb33":7}', undefined],
		[
			'[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0]',
			'[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
		],
		['"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
		['"\\ud800"', '"\\ud800"'],
	])('%s', (text, expected) => {
		const canonical = canonicalJson(JSON.parse(text) as JsonValue);
		// RFC 8785 §3.2.3: the order of UTF-16 units.
		expect(canonical).toBe(expected ?? '{"\\r":2,"1":3,"\u0080":5,"ö":6,"€":1,"😀":4,"\ufb33":7}');
	});

	it('property: does not depend on the order of keys, and says the same value', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), value => {
				const turned = Object.fromEntries(Object.entries(value).reverse());
				expect(canonicalJson(turned as JsonValue)).toBe(canonicalJson(value as JsonValue));
				expect(JSON.parse(canonicalJson(value as JsonValue))).toEqual(JSON.parse(JSON.stringify(value)));
			}),
		);
	});
});

describe('canonicalJson against the library', () => {
	const key = fc.oneof(
		fc.string(),
		fc.constantFrom(
			'__proto__',
			'toJSON',
			'0',
			'10',
			'9',
			'01',
			'-1',
			'1.5',
			'é',
			'\ud83d\ude00',
			'\ufb33',
			'constructor',
		),
	);
	const { value } = fc.letrec<{ value: unknown }>(tie => ({
		value: fc.oneof(
			{ maxDepth: 5 },
			fc.constantFrom(null, true, -0, 1e300, 1e-7, 0.1, '', '\ud800', '"\\\u0000'),
			fc.string({ unit: 'binary' }),
			fc.double({ noNaN: true, noDefaultInfinity: true }),
			fc.array(fc.oneof(tie('value'), fc.constant(undefined)), { maxLength: 4 }),
			fc
				.array(fc.tuple(key, fc.oneof(tie('value'), fc.constant(undefined))), { maxLength: 5 })
				.map(entries => Object.fromEntries(entries)),
		),
	}));

	it('property: the same text for any value', () => {
		fc.assert(
			fc.property(value, any => {
				expect(canonicalJson(any as JsonValue)).toBe(canonicalize(any));
			}),
			{ numRuns: 2000 },
		);
	});

	it('says nothing of what goes round in a circle', () => {
		const circle: Record<string, unknown> = { a: [] };
		circle.b = { c: [circle] };
		expect(() => canonicalJson(circle as JsonValue)).toThrow();
	});
});

describe('helpers', () => {
	it('tells objects from lists and null', () => {
		expect([null, [], 'a', 1, undefined, {}].map(isJsonObject)).toEqual([false, false, false, false, false, true]);
		expect([null, [], {}, undefined].map(value => isJsonArray(value))).toEqual([false, true, false, false]);
	});

	it('escapes pointer tokens (RFC 6901 §3)', () => {
		expect(['a/b', 'm~n', '~1', '', 5].map(pointerToken)).toEqual(['a~1b', 'm~0n', '~01', '', '5']);
	});

	it('visits every string leaf and no key', () => {
		const seen: [string, string][] = [];
		walkStrings({ a: 'x', 'b/c': ['y', { '~': 'z' }], n: 1, e: null }, (text, at) => seen.push([text, at]));
		expect(seen).toEqual([
			['x', '/a'],
			['y', '/b~1c/0'],
			['z', '/b~1c/1/~0'],
		]);
		walkStrings('top', (text, at) => seen.push([text, at]));
		expect(seen.at(-1)).toEqual(['top', '']);
		walkStrings(undefined, () => expect.unreachable());
	});

	it('maps string leaves into a copy, and shares what did not change', () => {
		const value = { a: ['x', { b: 'y' }], c: { d: 'z' } };
		expect(mapStrings(value, text => text)).toBe(value);
		const mapped = mapStrings(value, text => (text === 'y' ? 'Y' : text)) as typeof value;
		expect(mapped).toEqual({ a: ['x', { b: 'Y' }], c: { d: 'z' } });
		expect(mapped.c).toBe(value.c);
		expect(value.a[1]).toEqual({ b: 'y' });
	});

	it('freezes all of a value and nothing else', () => {
		const value = deepFreeze({ a: [{ b: 1 }] });
		expect(() => {
			(value.a as unknown[]).push(1);
		}).toThrow(TypeError);
		expect(Object.isFrozen(value.a[0])).toBe(true);
		expect(deepFreeze('text')).toBe('text');
	});
});
