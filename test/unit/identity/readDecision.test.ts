import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDecision } from '../../../src/domain/identity/readDecision';

const pip = (value: unknown) => readDecision('pip', JSON.stringify(value), 'own');
const opa = (value: unknown) => readDecision('opa', JSON.stringify(value), 'own');
const allow = { decision: 'ALLOW', decision_id: 'd-1' };

describe('an answer of a decision service (capiscio.pip.v1, identity.md §2.4)', () => {
	it.each([
		['no JSON', 'yes'],
		['no object', '"ALLOW"'],
		['an array', '[{"decision":"ALLOW","decision_id":"d"}]'],
		['two decisions', '{"decision":"DENY","decision":"ALLOW","decision_id":"d"}'],
		['a text behind', '{"decision":"ALLOW","decision_id":"d"} x'],
	])('is none where it is %s', (_, text) => {
		expect(readDecision('pip', text, 'own').kind).toBe('unavailable');
	});

	it.each([
		['lower case', { ...allow, decision: 'allow' }],
		['another word', { ...allow, decision: 'ALLOW_OBSERVE' }],
		['a boolean', { ...allow, decision: true }],
		['no decision', { decision_id: 'd' }],
		['no id', { decision: 'ALLOW' }],
		['an empty id', { ...allow, decision_id: '' }],
		['a blank id', { ...allow, decision_id: '  ' }],
		['an id that is a number', { ...allow, decision_id: 7 }],
		['an id without end', { ...allow, decision_id: 'd'.repeat(257) }],
		['obligations that are no list', { ...allow, obligations: { type: 'log' } }],
		['an obligation without type', { ...allow, obligations: [{ params: {} }] }],
		['an obligation whose params are a text', { ...allow, obligations: [{ type: 'log', params: 'x' }] }],
		['33 obligations', { ...allow, obligations: Array.from({ length: 33 }, () => ({ type: 'log' })) }],
		['a ttl that is a text', { ...allow, ttl: '60' }],
		['a negative ttl', { ...allow, ttl: -1 }],
		['a reason that is an object', { ...allow, reason: {} }],
		['an error code that is a sentence', { ...allow, error_code: 'you need class x' }],
	])('is none with %s', (_, value) => {
		expect(pip(value).kind).toBe('unavailable');
	});

	it('is taken with all that it may say, bounded to one line', () => {
		const said = pip({
			...allow,
			obligations: [{ type: 'log' }, { type: 'redact', params: { fields: ['a'] } }],
			reason: `two\nlines ${'x'.repeat(400)}`,
			ttl: 60,
			error_code: null,
			unknown_member: 1,
		});
		expect(said).toMatchObject({
			kind: 'decided',
			decision: 'ALLOW',
			decisionId: 'd-1',
			obligations: [
				{ type: 'log', params: {} },
				{ type: 'redact', params: { fields: ['a'] } },
			],
			ttl: 60,
		});
		expect(said.kind === 'decided' && said.reason).toMatch(/^two\\u000alines x{1,300}$/);
	});

	it('keeps the code of a denial', () => {
		expect(pip({ decision: 'DENY', decision_id: 'd', error_code: 'SCOPE_INSUFFICIENT' })).toMatchObject({
			decision: 'DENY',
			errorCode: 'SCOPE_INSUFFICIENT',
		});
	});
});

describe('an answer of OPA (REST data API)', () => {
	it.each([
		['an undefined rule', {}],
		['an undefined rule of a server that logs decisions', { decision_id: 'x' }],
		['null', { result: null }],
		['a text', { result: 'ALLOW' }],
		['a set of denials', { result: [] }],
		['an object without decision', { result: { reason: 'x' } }],
		['both, contradicting', { result: { allow: true, decision: 'DENY' } }],
		['both, one of them no word', { result: { allow: true, decision: 'perhaps' } }],
		['an allow that is a text', { result: { allow: 'true' } }],
		['an empty decision id', { result: { allow: true, decision_id: '' } }],
	])('is none for %s', (_, value) => {
		expect(opa(value).kind).toBe('unavailable');
	});

	it.each([
		[{ result: true }, 'ALLOW', 'own'],
		[{ result: false }, 'DENY', 'own'],
		[{ result: true, decision_id: 'log-1' }, 'ALLOW', 'log-1'],
		[{ result: { allow: false } }, 'DENY', 'own'],
		[{ result: { decision: 'ALLOW', decision_id: 'mine' }, decision_id: 'log-1' }, 'ALLOW', 'mine'],
		[{ result: { allow: true, decision: 'ALLOW' } }, 'ALLOW', 'own'],
	])('%j is %s under the id %s', (value, decision, decisionId) => {
		expect(opa(value)).toMatchObject({ kind: 'decided', decision, decisionId });
	});

	it('brings obligations and ttl like the other form', () => {
		expect(opa({ result: { allow: true, obligations: [{ type: 'ask' }], ttl: 5 } })).toMatchObject({
			obligations: [{ type: 'ask', params: {} }],
			ttl: 5,
		});
	});
});

describe('whatever is answered', () => {
	it('nothing throws, and ALLOW comes only from the words that say it (property)', () => {
		fc.assert(
			fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom('pip' as const, 'opa' as const), (text, kind) => {
				const answer = readDecision(kind, text, 'own');
				expect(['unavailable', 'ALLOW', 'DENY']).toContain(
					answer.kind === 'unavailable' ? answer.kind : answer.decision,
				);
				if (answer.kind === 'decided' && answer.decision === 'ALLOW') {
					expect(text).toMatch(/"ALLOW"|true/);
				}
			}),
			{ numRuns: 500 },
		);
	});

	it('nothing throws for any bytes at all (property)', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), text => {
				expect(readDecision('pip', text, 'own').kind).toBe('unavailable');
			}),
		);
	});
});
