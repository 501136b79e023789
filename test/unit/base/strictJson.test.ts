import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, MAX_JSON_DEPTH } from '../../../src/base/json';
import { parseJson } from '../../../src/base/strictJson';

const problem = (text: string, mode: 'strict' | 'lenient' = 'strict') => {
	const outcome = parseJson(text, mode);
	return outcome.ok ? undefined : outcome.problem;
};

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);

describe('parseJson: what is refused', () => {
	it.each([
		['the empty text', ''],
		['a blank', ' '],
		['a byte order mark', '\ufeff{}'],
		['an open string', '{"a'],
		['an open string with an escape at the end', '"\\'],
		['an open object', '{"a":1'],
		['two values', '{} {}'],
		['a trailing comma', '{"a":1,}'],
		['a comment', '{"a":1/* b */}'],
		['NaN', 'NaN'],
		['Infinity', '{"a":-Infinity}'],
		['single quotes', "{'a':1}"],
		['a bare key', '{a:1}'],
		['a leading zero', '[01]'],
		['a control character in a text', '"\u0001"'],
		['a bad escape in a key', '{"\\x":1}'],
		['a blank of Unicode', '\u00a0{}'],
	])('%s', (_name, text) => {
		expect(problem(text)).toEqual({ kind: 'syntax' });
		expect(problem(text, 'lenient')).toEqual({ kind: 'syntax' });
	});

	it.each([
		['a', '{"a":1,"a":2}'],
		['a', '{"a":1,"\\u0061":2}'],
		['a', '{"\\u0061":1 , "a"\n:\t2}'],
		['a', '{"x":[{"y":{"a":1,"b":2,"a":3}}]}'],
		['a', '{"a":{"b":1},"c":[1,{"d":{}}],"a":0}'],
		['', '{"":1,"":2}'],
		['é', '{"é":1,"\\u00e9":2}'],
		['😀', '{"😀":1,"\\ud83d\\ude00":2}'],
		['a"b', '{"a\\"b":1,"a\\u0022b":2}'],
		['\\', '{"\\\\":1,"\\u005c":2}'],
		['constructor', '{"constructor":1,"constructor":2}'],
		['toString', '{"toString":1,"toString":2}'],
	])('PROTO-08: the key %j twice in %s', (key, text) => {
		expect(problem(text)).toEqual({ kind: 'duplicate-key', key });
		expect(problem(text, 'lenient')).toBeUndefined();
	});

	it.each([
		'{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
		'{"a":"a","b":"a"}',
		'{"a":":","b":"\\":"}',
		'["a","a"]',
		'[{"a":1},{"a":1}]',
		'{"é":1,"e\u0301":2}',
		'{"A":1,"a":2}',
		'{"constructor":1,"toString":2,"hasOwnProperty":3,"__proto":4}',
	])('is not mistaken by %s', text => {
		expect(parseJson(text, 'strict')).toEqual({ ok: true, value: JSON.parse(text) as unknown });
	});

	it.each(['{"__proto__":{"a":1}}', '[{"x":{"\\u005f_proto__":1}}]'])('PROTO-10: %s', text => {
		expect(problem(text)).toEqual({ kind: 'forbidden-key', key: '__proto__' });
		const lenient = parseJson('{"__proto__":{"polluted":1}}', 'lenient');
		expect(lenient.ok).toBe(true);
		expect(({} as JsonObject).polluted).toBeUndefined();
		expect(Object.getPrototypeOf((lenient as { value: object }).value)).toBe(Object.prototype);
	});

	it('PROTO-07: nesting beyond the limit, in both modes, without recursion', () => {
		for (const mode of ['strict', 'lenient'] as const) {
			expect(problem(nested(MAX_JSON_DEPTH), mode)).toBeUndefined();
			expect(problem(nested(MAX_JSON_DEPTH + 1), mode)).toEqual({ kind: 'too-deep' });
			expect(problem('[{"a":'.repeat(1_000_000), mode)).toEqual({ kind: 'too-deep' });
			expect(problem(`"${nested(1_000)}"`, mode)).toBeUndefined();
		}
	});

	it.each(['1e999', '[-1e999]', '{"a":[{"b":1e400}]}'])('PROTO-09: the number in %s is no double', text => {
		expect(problem(text)).toEqual({ kind: 'number-out-of-range' });
		expect(problem(text, 'lenient')).toBeUndefined();
	});
});

describe('parseJson: what is admitted', () => {
	it('freezes at every level', () => {
		const outcome = parseJson('{"a":[{"b":{}}]}', 'strict');
		const value = (outcome as unknown as { value: { a: [{ b: object }] } }).value;
		expect([value, value.a, value.a[0], value.a[0].b].every(Object.isFrozen)).toBe(true);
	});

	it('property: the same value as JSON.parse, however it is spaced', () => {
		const word = fc.constantFrom('a', '__proto__', '"__proto__":', '\\__proto__');
		const given = fc.jsonValue({ maxDepth: 6 });
		const value = fc.oneof(
			given,
			fc.tuple(word, given),
			fc.tuple(given, fc.tuple(word, given)).map(([other, pair]) => [other, Object.fromEntries([pair])]),
		);
		fc.assert(
			fc.property(value, fc.nat(4), (json, indent) => {
				const text = JSON.stringify(json, undefined, indent);
				// A key of that name makes it ambiguous; a text that says it does not.
				const keys = new Set<string>();
				const read: unknown = JSON.parse(text, (key, member: unknown) => {
					keys.add(key);
					return member;
				});
				const plain = { ok: true, value: read };
				const forbidden = { ok: false, problem: { kind: 'forbidden-key', key: '__proto__' } };
				expect([parseJson(text, 'lenient'), parseJson(text, 'strict')]).toEqual(
					keys.has('__proto__') ? [{ ...plain, ambiguous: true }, forbidden] : [plain, plain],
				);
			}),
			{ numRuns: 500 },
		);
	});

	it('property: never more than JSON.parse admits, and never throws', () => {
		const junk = fc.string({
			unit: fc.constantFrom(...Array.from('{}[]",:\\ \n0a1e-.u"truefalsn')),
			maxLength: 40,
		});
		fc.assert(
			fc.property(junk, text => {
				const outcome = parseJson(text, 'strict');
				if (outcome.ok) {
					expect(outcome.value).toEqual(JSON.parse(text));
				}
			}),
			{ numRuns: 5_000 },
		);
	});

	it('property: a key that stands twice in one object is always seen', () => {
		const key = fc.string({ maxLength: 4 }).filter(text => text !== '__proto__');
		const escaped = (text: string) =>
			`"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
		fc.assert(
			fc.property(key, fc.jsonValue({ maxDepth: 3 }), fc.boolean(), (name, value, inside) => {
				const between = JSON.stringify(value);
				if (between.includes('__proto__')) {
					return;
				}
				const text = `{${JSON.stringify(name)}:${between},${escaped(name)}:1}`;
				expect(problem(inside ? `[1,{"x":${text}}]` : text)).toEqual({ kind: 'duplicate-key', key: name });
			}),
			{ numRuns: 500 },
		);
	});
});
