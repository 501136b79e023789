import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TYPED_TEXT, placeAt } from '../../../src/domain/policy/policyPlace';

/** The place of the cursor, which is written as `|`. */
const at = (text: string) => {
	const offset = text.indexOf('¦');
	return placeAt(text.replace('¦', ''), offset);
};
const seen = (text: string) => {
	const place = at(text);
	return place && `${place.kind} ${place.path.join('.')} <${place.scalar}>`;
};

describe('placeAt', () => {
	it.each([
		['an empty text', '¦', 'key  <>'],
		['the top', 'mo¦', 'key  <mo>'],
		['a line between two keys', 'policy_name: x\nmo¦\ndeny: []', 'key  <mo>'],
		['a value', 'mode: enf¦', 'value mode <enf>'],
		['a value not begun', 'mode: ¦\ndeny: []', 'value mode <>'],
		['below a section', 'deny:\n  ¦', 'key deny <>'],
		['an item not begun', 'deny:\n  - ¦\n', 'item deny.0 <>'],
		['a rule in short', 'deny:\n  - shell.*\n  - filesys¦', 'item deny.1 <filesys>'],
		['a capability', 'deny:\n  - capability: filesystem.r¦ead\n', 'value deny.0.capability <filesystem.read>'],
		['an asterisk, which YAML takes for an alias', 'deny:\n  - capability: ¦*', 'value deny.0.capability <*>'],
		['a key of a rule', 'deny:\n  - capability: a.b\n    too¦\nallow:\n  - c.d\n', 'key deny.0 <too>'],
		['a key before another', 'deny:\n  - id: x\n    ¦\n    capability: a.b', 'key deny.0 <>'],
		['a key with its value', 'deny:\n- capab¦ility: a.b', 'key deny.0 <capability>'],
		['a flow list left open', 'deny:\n  - tools: [a, wr¦\nallow: []', 'item deny.0.tools.1 <wr>'],
		['a flow list', 'deny:\n  - {capability: a.b, labels: [¦, secret]}', 'item deny.0.labels.0 <>'],
		['a flow mapping', 'deny:\n  - {capability: a.b, ser¦}', 'key deny.0 <ser>'],
		['a block list', 'deny:\n  - tools:\n      - a\n      - ¦', 'item deny.0.tools.1 <>'],
		['a quoted value', "deny:\n  - servers: ['fi¦']", 'item deny.0.servers.0 <fi>'],
		['a host with a port', 'deny:\n  - hosts: a.example:84¦43', 'value deny.0.hosts <a.example:8443>'],
		['an argument', 'deny:\n  - args:\n      /x:\n        ma¦\n', 'key deny.0.args./x <ma>'],
		['the table', 'capabilities:\n  a/b: file¦', 'value capabilities.a/b <file>'],
		['a second section', 'deny:\n  - a.b\nallow:\n  - c.d\n  - tools: ¦', 'value allow.1.tools <>'],
		['Windows line ends', 'deny:\r\n  - capability: a.b\r\n    ¦\r\n', 'key deny.0 <>'],
	])('%s', (_title, text, expected) => {
		expect(seen(text)).toBe(expected);
	});

	it('knows what is there besides, and the rule', () => {
		expect(at('allow:\n  - capability: a.b\n    servers: [x, "y"]\n    tools: [t1, ¦]')).toMatchObject({
			siblings: ['t1'],
			quoted: false,
			rule: { effect: 'allow', servers: ['x', 'y'] },
		});
		expect(at('allow:\n  - capability: a.b\n    servers: x\n    ¦')?.siblings).toEqual(['capability', 'servers']);
		expect(at("deny:\n  - id: '¦'")?.quoted).toBe(true);
	});

	it('says nothing in a comment, behind a second document, in what is too long or too deep', () => {
		expect(at('deny: [] # fil¦')).toBeUndefined();
		expect(at('deny: []\n---\n¦')).toBeUndefined();
		expect(at(`${'['.repeat(5000)}¦`)).toBeUndefined();
		expect(at(`#${'x'.repeat(MAX_TYPED_TEXT)}\n¦`)).toBeUndefined();
		expect(at(`mode: ${'x'.repeat(5000)}¦`)).toBeUndefined();
		expect(placeAt('deny: []', 99)).toBeUndefined();
		expect(placeAt('deny: []', -1)).toBeUndefined();
	});

	it('never throws, and its word is in the text, whatever is typed', () => {
		const piece = fc.constantFrom(
			...[
				'deny:',
				'allow:',
				'\n',
				'  ',
				'- ',
				'capability: ',
				'tools: [',
				']',
				'{',
				'}',
				'"',
				"'",
				'*',
				'&a ',
				'!t ',
			],
			...[
				'#',
				'---\n',
				'| ',
				'>\n',
				'? ',
				': ',
				',',
				'\t',
				'\r\n',
				'\u0000',
				'\uD800',
				'%YAML 9\n',
				'<<: *a',
				'x',
			],
		);
		const text = fc.oneof(
			fc.array(piece, { maxLength: 40 }).map(pieces => pieces.join('')),
			fc.string({ unit: 'binary', maxLength: 200 }),
		);
		fc.assert(
			fc.property(text, fc.nat(400), (written, offset) => {
				const place = placeAt(written, Math.min(offset, written.length));
				if (place !== undefined) {
					expect(place.from).toBeLessThanOrEqual(Math.min(offset, written.length));
					expect(place.to).toBeGreaterThanOrEqual(Math.min(offset, written.length));
				}
			}),
			{ numRuns: 500 },
		);
	});
});
