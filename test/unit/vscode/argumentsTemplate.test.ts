import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { argumentsTemplate, placeToType } from '../../../src/vscode/argumentsTemplate';

const template = (schema: JsonObject | undefined) => JSON.parse(argumentsTemplate(schema)) as unknown;

describe('argumentsTemplate', () => {
	it.each([
		['none', undefined],
		['without required names', { type: 'object', properties: { a: { type: 'string' } } }],
		['whose required is no list', { required: 'a' }],
		['whose required names are none', { required: [1, null, ['a']] }],
	])('a schema %s gives an empty object', (_name, schema) => {
		expect(template(schema)).toEqual({});
	});

	it('gives an empty value of each type, a text where there is none', () => {
		const properties = {
			s: { type: 'string' },
			n: { type: 'number' },
			i: { type: 'integer' },
			b: { type: 'boolean' },
			a: { type: 'array' },
			o: { type: 'object' },
			u: { type: ['string', 'null'] },
			x: { type: 'toString' },
		};
		const required = [...Object.keys(properties), 'missing'];
		expect(template({ required, properties })).toEqual({
			s: '',
			n: 0,
			i: 0,
			b: false,
			a: [],
			o: {},
			u: '',
			x: '',
			missing: '',
		});
	});

	it('names of Object.prototype are names like any other', () => {
		const shown = argumentsTemplate({ required: ['__proto__', 'constructor'], properties: 'none' });
		expect(shown).toBe('{"__proto__":"","constructor":""}');
	});

	it('is bounded', () => {
		const required = Array.from({ length: 1_000 }, (_, n) => `a${String(n)}`);
		expect(Object.keys(template({ required }) as object)).toHaveLength(20);
	});
});

describe('a path to begin with', () => {
	it('stands where a name or a schema says that a path is wanted, and nowhere else', () => {
		const properties = {
			path: { type: 'string' },
			content: { type: 'string' },
			at: { format: 'path' },
			files: { type: 'array' },
		};
		const text = argumentsTemplate({ required: Object.keys(properties), properties }, '/ws/"a".md');
		expect(JSON.parse(text)).toEqual({ path: '/ws/"a".md', content: '', at: '/ws/"a".md', files: [] });
	});
});

describe('placeToType', () => {
	it.each([
		['{"path":"/ws/"}', '{"path":"/ws/'],
		['{"path":""}', '{"path":"'],
		['{"path":"/ws/","content":""}', '{"path":"/ws/","content":"'],
		['{"count":0,"path":"/a"}', '{"count":0,"path":"/a'],
	])('%s', (text, before) => {
		expect(text.slice(0, placeToType(text))).toBe(before);
	});

	it.each(['{}', '{"count":0}'])('nowhere in %s', text => {
		expect(placeToType(text)).toBeUndefined();
	});
});
