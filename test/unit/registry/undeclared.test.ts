import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { cutJson, cutsOf } from '../../../src/base/cutJson';
import { undeclared } from '../../../src/domain/registry/undeclared';
import { runs } from '../support/runs';
import { processorMs } from '../support/processorMs';

const pathsOf = (args: JsonObject, schema: JsonObject | undefined) => {
	const outcome = undeclared(args, schema);
	return outcome.ok ? outcome.paths.map(path => path.join('/')) : 'unjudgeable';
};
const SCHEMA: JsonObject = {
	type: 'object',
	properties: {
		path: { type: 'string' },
		edits: { type: 'array', items: { type: 'object', properties: { from: {}, to: {} } } },
		options: { type: 'object', properties: { deep: { type: 'boolean' } } },
		free: { type: 'object' },
		anything: true,
		never: false,
	},
};

describe('C4 what a reviewed tool does not declare', () => {
	it('a list of millions of numbers is declared as one thing, and one of too many objects ends soon', () => {
		const schema: JsonObject = { properties: { a: { items: { properties: { x: {} } } } } };
		const started = processorMs();
		expect(pathsOf({ a: Array.from({ length: 2_000_000 }, () => 0) }, schema)).toEqual([]);
		const one = { x: 1 };
		expect(pathsOf({ a: Array.from({ length: 2_000_000 }, () => one) }, schema)).toBe('unjudgeable');
		expect(processorMs() - started).toBeLessThan(8_000);
	});

	it.each<[string, JsonObject, JsonObject | undefined, readonly string[]]>([
		['a member that is not among the properties', { path: 'a', notes: 'x' }, SCHEMA, ['notes']],
		['a member of a nested object', { options: { deep: true, history: [] } }, SCHEMA, ['options/history']],
		['a member of an object in a list', { edits: [{ from: 1 }, { from: 1, x: 2 }] }, SCHEMA, ['edits/1/x']],
		['a member that may not be there', { never: 1 }, SCHEMA, ['never']],
		['the outermost member alone is named', { extra: { a: { b: 1 } } }, SCHEMA, ['extra']],
		['a member under a look-alike name', { Path: 'a', 'path ': 'b' }, SCHEMA, ['Path', 'path ']],
		['names that every object has', { constructor: 1, toString: 2 }, SCHEMA, ['constructor', 'toString']],
		['everything, where nothing is declared', { a: 1 }, { type: 'object' }, ['a']],
		['everything, where there is no schema', { a: 1 }, undefined, ['a']],
		['everything, where the schema is another document', { a: 1 }, { $ref: 'https://x.example/s.json' }, ['a']],
		['a member whose pattern cannot be read', { ab: 1 }, { patternProperties: { '(?=a)': {} } }, ['ab']],
		['a member that no pattern names', { b1: 1 }, { patternProperties: { '^a': {} } }, ['b1']],
		[
			'below a reference that leads nowhere',
			{ a: { b: 1 } },
			{ properties: { a: { $ref: '#/$defs/no' } } },
			['a/b'],
		],
		['despite `additionalProperties: false`', { a: 1 }, { additionalProperties: false }, ['a']],
	])('%s', (_, args, schema, expected) => {
		expect(pathsOf(args, schema)).toEqual(expected);
	});

	it.each<[string, JsonObject, JsonObject]>([
		['what is declared', { path: 'a', edits: [{ from: 1, to: 2 }], options: { deep: false } }, SCHEMA],
		['a parameter that is declared as a whole', { free: { a: { b: 1 } }, anything: { c: [{ d: 1 }] } }, SCHEMA],
		['where others are admitted', { a: { b: 1 } }, { additionalProperties: true }],
		['where others are admitted by a schema', { a: { b: 1 } }, { additionalProperties: { type: 'object' } }],
		['what a pattern names', { ab: 1 }, { patternProperties: { '^a': {} } }],
		['what a reference declares', { a: 1 }, { $ref: '#/$defs/A~1', $defs: { 'A/': { properties: { a: {} } } } }],
		['what a branch declares', { a: 1, b: 2 }, { anyOf: [{ properties: { a: {} } }, { properties: { b: {} } }] }],
		['what all branches declare together', { a: 1 }, { allOf: [{ required: ['a'] }, { properties: { a: {} } }] }],
		['what a condition declares', { a: 1 }, { if: {}, then: { properties: { a: {} } } }],
		[
			'items by place',
			{ a: [{ x: 1 }, { y: 1 }] },
			{
				properties: { a: { prefixItems: [{ properties: { x: {} } }], items: { properties: { y: {} } } } },
			},
		],
		[
			'a schema that refers to itself',
			{ next: { next: { v: 1 } } },
			{
				properties: { v: {}, next: { $ref: '#' } },
			},
		],
	])('keeps %s', (_, args, schema) => {
		expect(pathsOf(args, schema)).toEqual([]);
	});

	it('a schema that is too large to be held against the arguments tells nothing', () => {
		const branches = Array.from({ length: 400 }, () => ({ properties: { a: { type: 'array', items: {} } } }));
		const wide = { properties: { a: { items: { anyOf: branches } } } };
		expect(pathsOf({ a: Array.from({ length: 5_000 }, () => ({ a: 1 })) }, wide)).toBe('unjudgeable');
	});

	it('property: with `properties` alone what is left has declared members only, and all of them', () => {
		const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
		const value = fc.dictionary(names, fc.oneof(fc.integer(), fc.dictionary(names, fc.string())));
		fc.assert(
			fc.property(value, fc.uniqueArray(names), (args, declared) => {
				const properties = Object.fromEntries(declared.map(name => [name, {}]));
				const outcome = undeclared(args, { properties });
				const left = JSON.parse(
					cutJson(JSON.stringify(args), cutsOf(outcome.ok ? outcome.paths : [])),
				) as object;
				const expected = Object.entries(args).filter(([name]) => (declared as string[]).includes(name));
				expect(left).toEqual(Object.fromEntries(expected));
			}),
			runs(300),
		);
	});
});

describe('cutJson', () => {
	it('what stays keeps its very spelling', () => {
		const text =
			'{ "id":1, "params" : {"a": 9007199254740993 , "b":[1e400, {"x":1,"y":2}], "c\\u0064" : "\\u00e9"} }';
		expect(cutJson(text, cutsOf([['params', 'b', '1', 'x'], ['id']]))).toBe(
			'{"params" : {"a": 9007199254740993,"b":[1e400,{"y":2}],"c\\u0064" : "\\u00e9"}}',
		);
		expect(
			cutJson(
				text,
				cutsOf([
					['params', 'cd'],
					['params', 'b'],
					['params', 'b', '0'],
				]),
			),
		).toBe('{"id":1,"params" : {"a": 9007199254740993}}');
	});

	it('a path that leads nowhere takes nothing', () => {
		expect(cutJson('{"a":[1]}', cutsOf([['b'], ['a', '7'], ['a', '0', 'x']]))).toBe('{"a":[1]}');
	});

	it('property: takes what is named and nothing else', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (value, pick) => {
				const keys = Object.keys(value);
				fc.pre(keys.length > 0 && !keys.includes('__proto__'));
				const gone = keys[pick % keys.length] as string;
				const rest = Object.fromEntries(Object.entries(value).filter(([key]) => key !== gone));
				expect(JSON.parse(cutJson(JSON.stringify(value), cutsOf([[gone]])))).toEqual(
					JSON.parse(JSON.stringify(rest)),
				);
			}),
			runs(300),
		);
	});
});
