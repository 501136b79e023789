import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_INSPECTION, PERSONAL_DATA } from '../../../src/domain/policy/inspectionPolicy';
import { lintAgainst } from '../../../src/domain/policy/lintAgainst';
import { ANSWER_KEYS, INSPECTION_KEYS, OUTGOING_KEYS, SUPPRESS_KEYS } from '../../../src/domain/policy/parseInspection';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { saidBy } from '../support/saidBy';

const schema = JSON.parse(
	readFileSync(new URL('../../../policies/policy.schema.json', import.meta.url), 'utf8'),
) as object;
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);

const load = (inspection: string) => parsePolicy(`inspection:\n${inspection}\nallow: [compute.run]\n`, 'p.yaml');
const SUPPRESSION = '{server: docs, rule: override-previous, until: 2026-12-31, reason: it cites attacks}';
const SOME = `
  answers:
    - {id: hold, effect: withhold, severity: high, servers: [web-*], tools: fetch}
    - {effect: notice}
  suppress: [${SUPPRESSION}]
  results: {secrets: pass}
  outgoing: {secrets: redact, personal_data: {email: redact, national-id: refuse}}`;

describe('the section inspection of a policy', () => {
	it.each([
		['an unknown key', '  answer: []', 'unknown-key', 2],
		['a list for the section', '  - effect: quote', 'wrong-type', 2],
		['a mapping for a list', '  answers: {effect: quote}', 'wrong-type', 2],
		['a text for an entry', '  answers: [quote]', 'wrong-type', 2],
		['an empty entry', '  answers:\n    - ', 'wrong-type', 3],
		['no effect', '  answers: [{severity: low}]', 'empty-value', 2],
		['an effect of calls', '  answers: [{effect: deny}]', 'wrong-type', 2],
		['a severity that is none', '  answers: [{effect: quote, severity: critical}]', 'wrong-type', 2],
		['a broken glob', "  answers: [{effect: quote, servers: ['[a']}]", 'invalid-pattern', 2],
		['no names at all', '  answers: [{effect: quote, tools: []}]', 'empty-value', 2],
		['an id twice', '  answers:\n  - {id: a, effect: quote}\n  - {id: a, effect: notice}', 'duplicate-id', 4],
		['an id with spaces', '  answers: [{id: a b, effect: quote}]', 'wrong-type', 2],
		['a suppression without reason', '  suppress: [{server: a, rule: b, until: 2026-12-31}]', 'empty-value', 2],
		[
			'a suppression with an empty reason',
			`  suppress: [{server: a, rule: b, until: 2026-12-31, reason: ''}]`,
			'empty-value',
			2,
		],
		['a suppression without end', '  suppress: [{server: a, rule: b, reason: c}]', 'empty-value', 2],
		['a suppression without server', '  suppress: [{rule: b, until: 2026-12-31, reason: c}]', 'empty-value', 2],
		['a suppression without rule', '  suppress: [{server: a, until: 2026-12-31, reason: c}]', 'empty-value', 2],
		['no calendar', '  suppress: [{server: a, rule: b, until: 2026-02-31, reason: c}]', 'invalid-value', 2],
		[
			'an offset that is missing',
			'  suppress: [{server: a, rule: b, until: "2026-02-01T10:00", reason: c}]',
			'invalid-value',
			2,
		],
		['secrets that are refused in answers', '  results: {secrets: refuse}', 'wrong-type', 2],
		['secrets that pass outward', '  outgoing: {secrets: pass}', 'wrong-type', 2],
		['an unknown kind of personal data', '  outgoing: {personal_data: {name: refuse}}', 'unknown-key', 2],
		['the spelling of the code', '  outgoing: {personalData: {email: refuse}}', 'unknown-key', 2],
	])('refuses %s, and says where', (_what, text, code, line) => {
		const { policy, problems } = load(text);
		expect(policy).toBeUndefined();
		expect(problems.filter(({ severity }) => severity === 'error')[0]).toMatchObject({ code, at: { line } });
		if (
			code !== 'duplicate-id' &&
			code !== 'invalid-pattern' &&
			code !== 'invalid-value' &&
			code !== 'empty-value'
		) {
			expect(validate(parse(`inspection:\n${text}`))).toBe(false);
		}
	});

	it('reads all of it', () => {
		const { policy, problems } = load(SOME);
		expect(problems).toEqual([]);
		expect(policy?.inspection).toMatchObject({
			answers: [
				{
					id: 'hold',
					effect: 'withhold',
					severity: 'high',
					servers: ['web-*'],
					tools: ['fetch'],
					at: { line: 4 },
				},
				{ id: 'answers[1]', effect: 'notice', severity: 'medium', at: { line: 5 } },
			],
			suppress: [{ server: 'docs', rule: 'override-previous', until: Date.UTC(2027, 0, 1), at: { line: 6 } }],
			results: { secrets: 'pass' },
			outgoing: {
				secrets: 'redact',
				personalData: { email: 'redact', phone: 'pass', card: 'pass', iban: 'pass', 'national-id': 'refuse' },
			},
		});
		expect(validate(parse(`inspection:${SOME}`)), JSON.stringify(validate.errors)).toBe(true);
	});

	it.each(['', 'inspection:', 'inspection: {answers: }'])('has defaults where nothing is said: %s', text => {
		const { policy, problems } = parsePolicy(text, 'p.yaml');
		expect(problems).toEqual([]);
		expect(policy?.inspection).toEqual(DEFAULT_INSPECTION);
		expect(validate(parse(text))).toBe(true);
	});

	it('bounds the lists', () => {
		const many = Array.from({ length: 257 }, () => '{effect: quote}').join(', ');
		expect(load(`  answers: [${many}]`).problems[0]).toMatchObject({ code: 'wrong-type' });
	});

	it('warns of a rule that does not exist, with the nearest that does', () => {
		const { policy, problems } = load(
			`  suppress: [${SUPPRESSION.replace('override-previous', 'overide-previous')}]`,
		);
		expect(problems).toMatchObject([{ severity: 'warning', code: 'unknown-rule' }]);
		expect(saidBy(problems[0])).toContain("did you mean 'override-previous'?");
		expect(policy).toBeDefined();
	});

	it('warns of a suppression that has expired, and calls one too far ahead an error', () => {
		const codes = (now: number) => lintAgainst(load(SOME), { now }).map(({ code, severity }) => [code, severity]);
		const end = Date.UTC(2027, 0, 1);
		expect(codes(end)).toEqual([['expired', 'warning']]);
		expect(codes(end - 1)).toEqual([]);
		expect(codes(end - 90 * 86_400_000)).toEqual([]);
		expect(codes(end - 90 * 86_400_000 - 1)).toEqual([['too-far', 'error']]);
	});

	it('has the keys and words of the schema', () => {
		const { definitions } = schema as { definitions: Record<string, { properties: Record<string, unknown> }> };
		const keys = (name: string) => Object.keys(definitions[name]?.properties ?? {});
		expect(keys('inspection')).toEqual(INSPECTION_KEYS);
		expect(keys('answer_rule')).toEqual(ANSWER_KEYS);
		expect(keys('suppression')).toEqual(SUPPRESS_KEYS);
		const outgoing = definitions['inspection']?.properties['outgoing'] as { properties: Record<string, unknown> };
		expect(Object.keys(outgoing.properties).sort()).toEqual([...OUTGOING_KEYS].sort());
		const personal = outgoing.properties['personal_data'] as { properties: object };
		expect(Object.keys(personal.properties)).toEqual(PERSONAL_DATA);
	});
});

describe('the shipped policies', () => {
	it.each([
		['balanced', ['quote'], 'redact'],
		['strict', ['withhold', 'quote'], 'refuse'],
		['observe', ['quote'], 'pass'],
	])('%s says what becomes of answers and of personal data', (name, effects, card) => {
		const text = readFileSync(new URL(`../../../policies/${name}.yaml`, import.meta.url), 'utf8');
		const { policy } = parsePolicy(text, name);
		expect(policy?.inspection.answers.map(({ effect }) => effect)).toEqual(effects);
		expect(policy?.inspection.outgoing.personalData.card).toBe(card);
		expect(policy?.inspection.outgoing.secrets).toBe('refuse');
		expect(policy?.inspection.results.secrets).toBe('mask');
	});
});
