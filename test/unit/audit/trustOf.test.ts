import { describe, expect, it } from 'vitest';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { matchesFilter, trustOf } from '../../../src/domain/audit/matchesFilter';
import { ruleFromEntry } from '../../../src/domain/policy/ruleFromEntry';
import { HOST } from '../policy/support';

const entry = (more: object): AuditEntry =>
	({
		...{ id: 'a', at: '2026-10-21T08:00:00.000Z', kind: 'call', outcome: 'refused', tool: 't', capability: 'a.b' },
		server: { id: 'i', name: 's' },
		...more,
	}) as unknown as AuditEntry;

describe('trustOf', () => {
	it.each([
		[undefined, undefined],
		[{ state: 'UNVERIFIED_ORIGIN', blocked: false }, 'none'],
		[{ state: 'DECLARED_PRINCIPAL', blocked: false }, 'declared'],
		[{ state: 'VERIFIED_PRINCIPAL', level: '0', blocked: false }, '0'],
		[{ state: 'VERIFIED_PRINCIPAL', level: '4', blocked: false }, '4'],
		// A failed check never reads like an absent one, nor like a verified one.
		[{ state: 'VERIFIED_PRINCIPAL', level: '4', blocked: true }, 'failed'],
		[{ state: 'DECLARED_PRINCIPAL', blocked: true }, 'failed'],
		[{ state: 'UNVERIFIED_ORIGIN', blocked: true }, 'failed'],
		[{ state: 'VERIFIED_PRINCIPAL', level: 4 }, undefined],
		['VERIFIED_PRINCIPAL', undefined],
	])('%j is %s', (principal, expected) => {
		const made = entry({ ...(principal !== undefined && { principal }) });
		expect(trustOf(made)).toBe(expected);
		expect(matchesFilter(made, { trust: 'failed' })).toBe(expected === 'failed');
	});
});

describe('a rule from a call that identity refused', () => {
	it('is not offered as an allow, which would lift nothing', () => {
		const refused = entry({ authority: { mode: 'guard', code: 'TOOL_AUTH_MISSING' } });
		const target = { host: HOST, taken: new Set<string>() };
		expect(ruleFromEntry(refused, 'allow', target)).toMatchObject({ kind: 'none' });
		expect(ruleFromEntry(refused, 'deny', target)).toMatchObject({ kind: 'rule' });
		const observed = entry({ authority: { mode: 'observe', code: 'TOOL_AUTH_MISSING', observed: true } });
		expect(ruleFromEntry(observed, 'allow', target)).toMatchObject({ kind: 'rule' });
	});
});
