import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { type JsonValue } from '../../../src/base/json';
import { detectInstructions } from '../../../src/domain/inspection/detectInstructions';
import { inspectValue, isOffending } from '../../../src/domain/inspection/inspect';
import { formsOf } from '../../../src/domain/inspection/normalise';
import { ENCODINGS, PAYLOAD, SPLITS } from './encodings';

const offends = (value: JsonValue) => inspectValue(value).some(isOffending);
const pointers = (value: JsonValue) =>
	new Set(
		inspectValue(value)
			.filter(isOffending)
			.map(({ pointer }) => pointer),
	);

const CARRIERS: Readonly<Record<string, (text: string) => JsonValue>> = {
	'a string leaf': text => ({ content: [{ type: 'text', text }] }),
	'a leaf among others': text => ({
		content: [{ type: 'text', text: `The build took 4 minutes.\n${text}\nAll done.` }],
	}),
	'a key': text => ({ structuredContent: { rows: 3, [text]: 1 } }),
	'a nested array': text => ({ structuredContent: { rows: [[['a', 'b'], [text]]] } }),
	'a blob': text => ({ contents: [{ uri: 'file:///a', blob: Buffer.from(text).toString('base64') }] }),
	'a data URI': text => ({ uri: `data:text/plain;base64,${Buffer.from(text).toString('base64')}` }),
};

describe('one payload, every carrier and every encoding (RESP-01, RESP-04, N5)', () => {
	for (const [carrier, carry] of Object.entries(CARRIERS)) {
		it.each(Object.entries(ENCODINGS))(`${carrier}: %s`, (_name, encode) => {
			expect(offends(carry(encode(PAYLOAD)))).toBe(true);
		});
	}
});

describe('a payload split over the parts of a message (RESP-04)', () => {
	it.each(Object.entries(SPLITS))('%s: each part is found', (_name, split) => {
		const { value, parts } = split(PAYLOAD);
		const found = pointers(value);
		expect(parts.filter(part => !found.has(part))).toEqual([]);
	});

	it('leaves neighbours alone that only stand beside it', () => {
		const value = {
			content: [
				{ type: 'text', text: 'fine' },
				{ type: 'text', text: PAYLOAD },
				{ type: 'text', text: 'fine' },
			],
		};
		expect(pointers(value)).toEqual(new Set(['/content/1/text']));
	});

	it('ordinary records say nothing together', () => {
		const rows = Array.from({ length: 40 }, (_, id) => ({
			id,
			state: id % 2 ? 'open' : 'closed',
			title: `Update the parser to read all previous formats (${String(id)})`,
			labels: ['bug', 'instructions', 'help wanted', 'ignore'],
			user: { login: 'octocat', url: 'https://api.example/users/octocat' },
		}));
		expect(inspectValue({ structuredContent: { rows } }).filter(isOffending)).toEqual([]);
	});
});

describe('spans lead back to the original', () => {
	const surroundings = fc
		.array(
			fc.constantFrom(
				'the',
				'cache',
				'größe',
				'слово',
				'文字',
				'build 4',
				'100%',
				'a &amp; b',
				'x < y',
				'\\d+',
				'ok',
			),
			{
				maxLength: 12,
			},
		)
		.map(words => words.join(' '));

	it.each(Object.entries(ENCODINGS))('property: %s: a finding lies over what was put in', (_name, encode) => {
		const said = encode(PAYLOAD);
		fc.assert(
			fc.property(surroundings, surroundings, (before, after) => {
				const text = `${before}.\n\n${said}\n\n${after}`;
				const start = before.length + 3;
				const hits = detectInstructions(text).filter(isOffending);
				expect(hits.length).toBeGreaterThan(0);
				const over = hits.filter(({ span }) => span.start < start + said.length && span.end > start);
				expect(over.length).toBeGreaterThan(0);
				for (const { span } of hits) {
					expect(span.start >= 0 && span.end <= text.length && span.start <= span.end).toBe(true);
				}
			}),
			{ numRuns: 25 },
		);
	});

	it('property: what was resolved in place is located to the unit', () => {
		const inPlace = ['percent', 'HTML references', 'unicode escapes', 'fullwidth', 'zero-width', 'octal escapes'];
		fc.assert(
			fc.property(fc.constantFrom(...inPlace), surroundings, surroundings, (name, before, after) => {
				const said = ENCODINGS[name]!('ignore');
				const text = `${before} ${said} ${after}`;
				const [plain] = formsOf(text).forms;
				const at = plain!.text.indexOf('ignore');
				const span = plain!.locate(at, at + 'ignore'.length);
				expect(text.slice(span.start, span.end)).toBe(said.replace(/\u200b$/, ''));
			}),
		);
	});
});
