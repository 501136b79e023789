import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { argumentsTemplate } from '../../../src/vscode/argumentsTemplate';

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
