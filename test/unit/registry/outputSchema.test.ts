import { format } from '@cfworker/json-schema';
import { describe, expect, it } from 'vitest';
import { deepFreeze, type JsonObject, type JsonValue } from '../../../src/base/json';
import { matchesSchema } from '../../../src/domain/registry/outputSchema';
import { processorMs } from '../support/processorMs';

const PAGE: JsonObject = {
	type: 'object',
	properties: {
		url: { type: 'string' },
		size: { type: 'integer', minimum: 0 },
		tags: { type: 'array', items: { enum: ['a', 'b'] } },
	},
	required: ['url'],
	additionalProperties: false,
};

describe('C5 a result is held against the reviewed schema', () => {
	it.each<[string, JsonValue, JsonObject]>([
		['a missing member', { size: 1 }, PAGE],
		['a member of another type', { url: 1 }, PAGE],
		['a member too many', { url: 'a', more: 1 }, PAGE],
		['a value outside of the list', { url: 'a', tags: ['c'] }, PAGE],
		['a list in place of an object', [], PAGE],
		['a member that only every object has', {}, { required: ['constructor'] }],
		['none of the branches', { a: 1 }, { oneOf: [{ required: ['b'] }, { required: ['c'] }] }],
		[
			'what a reference asks for',
			{ a: 'x' },
			{ properties: { a: { $ref: '#/$defs/n' } }, $defs: { n: { type: 'number' } } },
		],
		[
			'a member beside what is evaluated',
			{ a: 1, b: 1 },
			{ allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
		],
		['a text in place of nothing', 'x', { type: 'null' }],
		['anything, where the schema is false', { a: 1 }, { properties: { a: false } }],
	])('not valid: %s', (_, value, schema) => {
		expect(matchesSchema(value, schema)).toBe('invalid');
	});

	it.each<[string, JsonValue, JsonObject]>([
		['what it says', { url: 'a', size: 3, tags: ['a', 'b'] }, PAGE],
		[
			'members called like those of every object',
			{ constructor: 'x', toString: 1 },
			{ properties: { constructor: { type: 'string' } } },
		],
		[
			'a tree that refers to itself',
			{ next: { next: {} } },
			{ properties: { next: { $ref: '#' } }, additionalProperties: false },
		],
		[
			'draft 7 with its own reference style',
			{ a: 1 },
			{
				$schema: 'http://json-schema.org/draft-07/schema#',
				definitions: { n: { type: 'number' } },
				properties: { a: { $ref: '#/definitions/n' } },
			},
		],
		[
			'a schema with an identity of its own',
			{ a: 1 },
			{
				$id: 'https://x.example/s',
				properties: { a: { $ref: '#/$defs/n' } },
				$defs: { n: { type: 'number' } },
			},
		],
		[
			'members that a pattern may name',
			{ xa: 1 },
			{ patternProperties: { '^x': {} }, additionalProperties: false },
		],
	])('valid: %s', (_, value, schema) => {
		expect(matchesSchema(value, schema)).toBe('valid');
	});

	it.each<[string, JsonValue, JsonObject]>([
		['a text that its pattern does not mean', { a: 'abc' }, { properties: { a: { pattern: '^[0-9]+$' } } }],
		['a name that may not be', { 'a b': 1 }, { propertyNames: { pattern: '^[a-z]+$' } }],
		[
			'a member of a pattern with another type',
			{ x1: 'no' },
			{ patternProperties: { '^x[0-9]': { type: 'number' } } },
		],
		['a member beside all patterns', { y: 1 }, { patternProperties: { '^x': {} }, additionalProperties: false }],
		[
			'a member that is named and meant by a pattern',
			{ xa: 3 },
			{ properties: { xa: { minimum: 1 } }, patternProperties: { '^x': { maximum: 2 } } },
		],
		['an item that comes twice', { a: [{ b: 1 }, 2, { b: 1 }] }, { properties: { a: { uniqueItems: true } } }],
		['a text with an escape of JavaScript', 'b', { pattern: '^\\u0061$' }],
	])('not valid: %s', (_, value, schema) => {
		expect(matchesSchema(value, schema)).toBe('invalid');
	});

	it.each<[string, JsonValue, JsonObject]>([
		['a text that its pattern means', { a: '42' }, { properties: { a: { pattern: '^[0-9]+$' } } }],
		['a number beside a pattern', 7, { pattern: '^x' }],
		[
			'members of a pattern',
			{ x1: 1, x2: 2 },
			{ patternProperties: { '^x': { type: 'number' } }, additionalProperties: false },
		],
		['what a pattern that cannot be run would mean', 'b', { pattern: '(?=a)a' }],
		[
			'a member where a pattern cannot be run',
			{ y: 1 },
			{ patternProperties: { '(?=a)': {} }, additionalProperties: false },
		],
		['different items', [1, '1', [1]], { uniqueItems: true }],
		[
			'a long list with an item twice, which is not looked at',
			Array.from({ length: 500 }, () => 1),
			{ uniqueItems: true },
		],
	])('valid: %s', (_, value, schema) => {
		expect(matchesSchema(value, schema)).toBe('valid');
	});

	it('a pattern of a server takes time linear in the text', () => {
		const slow = '^(a+)+$';
		const started = processorMs();
		const long = `${'a'.repeat(50_000)}!`;
		expect(matchesSchema({ a: long }, { properties: { a: { type: 'string', pattern: slow } } })).toBe('invalid');
		const schema = { patternProperties: { [slow]: { type: 'number' } }, propertyNames: { pattern: slow } };
		expect(matchesSchema({ [`${'a'.repeat(40)}!`]: 1 }, schema)).toBe('invalid');
		expect(processorMs() - started).toBeLessThan(2_000);
	});

	it('patterns that take too many steps cannot be judged, in bounded time, and leave nothing behind', () => {
		const schema = { items: { pattern: '(.{1,100}.{1,100}){1,9}b' } };
		const started = processorMs();
		expect(
			matchesSchema(
				Array.from({ length: 400 }, () => 'ab'.repeat(3_000)),
				schema,
			),
		).toBe('unjudgeable');
		expect(processorMs() - started).toBeLessThan(10_000);
		expect(Object.keys(format).filter(name => name.startsWith('mcp-firewall'))).toEqual([]);
	});

	it('nothing is fetched: a reference to another document cannot be judged', () => {
		const fetched: unknown[] = [];
		const original = globalThis.fetch;
		globalThis.fetch = (...args) => {
			fetched.push(args);
			return original(...args);
		};
		try {
			expect(matchesSchema({ a: 1 }, { properties: { a: { $ref: 'https://x.example/s.json' } } })).toBe(
				'unjudgeable',
			);
		} finally {
			globalThis.fetch = original;
		}
		expect(fetched).toEqual([]);
	});

	it.each<[string, JsonValue, JsonObject]>([
		['refers to itself for ever', {}, { $ref: '#' }],
		[
			'doubles with each step',
			1,
			{
				$ref: '#/$defs/d0',
				$defs: Object.fromEntries(
					Array.from({ length: 40 }, (_, n) => [
						`d${String(n)}`,
						n === 39
							? { type: 'string' }
							: { anyOf: [{ $ref: `#/$defs/d${String(n + 1)}` }, { $ref: `#/$defs/d${String(n + 1)}` }] },
					]),
				),
			},
		],
		['has too many parts', 1, { anyOf: Array.from({ length: 30_000 }, () => ({ type: 'string' })) }],
		['meets too many values', Array.from({ length: 1_000_001 }, () => 0), {}],
	])('a schema that %s cannot be judged, in bounded time', (_, value, schema) => {
		const started = processorMs();
		expect(matchesSchema(value, schema)).toBe('unjudgeable');
		expect(processorMs() - started).toBeLessThan(10_000);
	});

	it('neither the reviewed schema nor the result is touched', () => {
		const schema = deepFreeze(structuredClone(PAGE));
		const value = deepFreeze({ url: 'a' });
		expect(matchesSchema(value, schema)).toBe('valid');
		expect(matchesSchema(value, schema)).toBe('valid');
		expect(schema).toEqual(PAGE);
	});
});
