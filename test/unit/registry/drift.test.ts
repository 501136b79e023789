import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from '../../../src/base/json';
import { introductionDrift, itemDrift, toolDrift } from '../../../src/domain/registry/drift';
import { readItem, readItems } from '../../../src/domain/registry/listedItem';
import { pinsOfSurface } from '../../../src/domain/registry/surfacePin';
import { readTool } from '../../../src/domain/registry/toolDescriptor';
import { mayExpandTo } from '../../../src/domain/registry/uriTemplate';
import { aServerEntry, aToolPin } from '../support/serverEntries';

const TOOL = {
	...{ name: 'read', title: 'Read', description: 'Reads a file.' },
	inputSchema: { type: 'object', properties: { path: { type: 'string', description: 'Which.' } } },
	annotations: { readOnlyHint: true },
};
const pin = aToolPin(TOOL);

/** The same value with the members of every object in the opposite order. */
function reversed(value: JsonValue): JsonValue {
	if (Array.isArray(value)) {
		return (value as readonly JsonValue[]).map(reversed);
	}
	return typeof value === 'object' && value !== null
		? Object.fromEntries(
				Object.entries(value)
					.reverse()
					.map(([key, item]) => [key, reversed(item as JsonValue)]),
			)
		: value;
}

describe('E3: how a tool differs from its pin', () => {
	it.each([
		['title', { title: 'Read all' }],
		['description', { description: 'Reads a file!' }],
		['inputSchema', { inputSchema: { type: 'object' } }],
		['outputSchema', { outputSchema: { type: 'object' } }],
		['annotations', { annotations: {} }],
	])('%s', (kind, change) => {
		expect(toolDrift(pin, { ...TOOL, ...change })).toEqual({
			...{ subject: 'tool', key: 'read', kinds: [kind], severity: 'high' },
		});
	});

	it('several members at once, spaces among them: each that differs, and no low severity', () => {
		const drift = toolDrift(pin, { ...TOOL, title: 'Read ', description: 'Writes a file.' });
		expect(drift).toMatchObject({ kinds: ['title', 'description'], severity: 'high' });
	});

	it.each([
		'Reads\u00a0a file.',
		'Reads\u200b a file.',
		'Reads\u3000a file.',
		'Readsa file.',
		'Reads a\u0085file.',
		'Reads a\ffile.',
	])('%j is more than spaces', description => {
		expect(toolDrift(pin, { ...TOOL, description })?.severity).toBe('high');
	});

	it('spaces in what is no text for people are no trifle', () => {
		const inputSchema = { type: 'object', properties: { 'path ': { type: 'string', description: 'Which.' } } };
		expect(toolDrift(pin, { ...TOOL, inputSchema })?.severity).toBe('high');
	});

	it('property: the order of members is no drift, whatever the schema', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), schema => {
				const inputSchema = schema as JsonObject;
				const same = reversed(inputSchema) as JsonObject;
				expect(
					toolDrift(aToolPin({ name: 'x', inputSchema }), { name: 'x', inputSchema: same }),
				).toBeUndefined();
			}),
		);
	});

	it('property: a text that differs in anything but plain spaces is never of low severity', () => {
		const text = fc.string({ unit: 'grapheme', maxLength: 20 });
		fc.assert(
			fc.property(text, text, (before, now) => {
				const drift = toolDrift(aToolPin({ name: 'x', description: before }), { name: 'x', description: now });
				const letters = (value: string) => value.replaceAll(/[ \t\r\n]/g, '');
				expect(drift?.severity === 'low' && letters(before) !== letters(now)).toBe(false);
				expect(drift === undefined).toBe(before === now);
			}),
		);
	});
});

describe('E3: how the rest differs', () => {
	const prompt = { key: 'p', text: { name: 'p', description: 'Says.', arguments: [{ name: 'a' }] } };
	const { prompts } = pinsOfSurface({ prompts: [prompt], resourceTemplates: [] });

	it('a prompt by its arguments, and not by the order of their members', () => {
		const listed = (argument: JsonObject) => ({ ...prompt, text: { ...prompt.text, arguments: [argument] } });
		expect(itemDrift('prompt', prompts[0]!, listed({ name: 'a', required: true }))?.kinds).toEqual(['arguments']);
		expect(itemDrift('prompt', prompts[0]!, prompt)).toBeUndefined();
	});

	it('an introduction by name, version and instructions; nothing is compared that was never reviewed', () => {
		const entry = aServerEntry({ identity: { name: 'n', version: '1' } });
		expect(introductionDrift(entry, { serverInfo: { name: 'N', version: '2' } })).toMatchObject([
			{ subject: 'identity', kinds: ['name', 'version'], severity: 'high' },
		]);
		const said = { serverInfo: { name: 'n', version: '1' }, instructions: '' };
		expect(introductionDrift(entry, said)).toMatchObject([{ subject: 'instructions', severity: 'high' }]);
		expect(introductionDrift(aServerEntry(), { serverInfo: { name: 'x', version: '' } })).toEqual([]);
	});

	it('what cannot be shown and pinned is no prompt and no template', () => {
		for (const wrong of [null, 'p', {}, { name: '' }, { name: 'a\0' }, { name: 'p', description: 1 }]) {
			expect(readItem('prompt', wrong)).toBeUndefined();
		}
		expect(readItem('prompt', { name: 'p', arguments: [{ name: 1 }] })).toBeUndefined();
		expect(readItem('template', { uriTemplate: 'x://{y}', annotations: [] })).toBeUndefined();
		expect(readItems('prompt', { prompts: [{ name: 'p' }, { name: 'p', title: 'two' }, 3] })).toHaveLength(1);
	});

	it('a tool that is read and pinned has no drift', () => {
		expect(toolDrift(pin, readTool({ ...TOOL, icons: [] })!)).toBeUndefined();
	});
});

describe('mayExpandTo', () => {
	it.each([
		['note:///{id}', 'note:///7', true],
		['note:///{id}', 'notes:///7', false],
		['note:///{id}/raw', 'note:///7', false],
		['{+path}', 'file:///etc/passwd', true],
		['a{x}b{y}c', 'abc', true],
		['a{x}b{y}c', 'ac', false],
		['a{x}a', 'a', false],
		['plain://uri', 'plain://uri', true],
		['plain://uri', 'plain://uri/more', false],
	])('%s → %s: %s', (template, uri, expected) => {
		expect(mayExpandTo(template, uri)).toBe(expected);
	});

	it('property: whatever the values of the variables are, what a template gives is seen', () => {
		const piece = fc.string({ unit: fc.constantFrom('a', 'b', '/', ':') });
		fc.assert(
			fc.property(fc.array(fc.tuple(piece, piece)), piece, (pairs, end) => {
				const template = pairs.map(([literal]) => `${literal}{v}`).join('') + end;
				const uri = pairs.map(([literal, value]) => literal + value).join('') + end;
				expect(mayExpandTo(template, uri)).toBe(true);
			}),
		);
	});
});
