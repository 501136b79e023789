import { validate } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { type AuditRecord, type RecordedPrincipal } from '../../../src/domain/audit/auditRecord';
import { trailWriter } from '../../../src/domain/audit/export/trailWriter';
import { EVIDENCE_SCHEMA, evidenceProblems } from '../../../src/domain/identity/evidence';
import { TOOL_CODES } from '../../../src/domain/identity/toolCodes';
import { aRecord, chained } from '../support/auditRecords';
import { vectors } from './vectors';

interface Vectors {
	readonly schema_id: Readonly<Record<string, string>>;
	readonly required: readonly string[];
	readonly optional: JsonObject;
	readonly cases: readonly {
		readonly id: string;
		readonly valid: boolean;
		readonly policy?: string;
		readonly record: JsonObject;
	}[];
}

const given = vectors<Vectors>('evidence');

/** An independent judge of the schema: a JSON Schema library. */
const isValid = (record: unknown) =>
	validate(record, EVIDENCE_SCHEMA as unknown as Parameters<typeof validate>[1], '2020-12').valid;

/** The records that the export writes of these. */
function exported(...records: readonly AuditRecord[]): JsonObject[] {
	const writer = trailWriter('rfc006');
	const entries = chained(records);
	const text = writer.add({ entry: entries.at(-1)!, entries });
	return text === '' ? [] : [JSON.parse(text) as JsonObject];
}

describe('evidence records (RFC-006 v0.4 §7)', () => {
	it('have the id and the members of the vectors', () => {
		expect(EVIDENCE_SCHEMA.$id).toBe(given.schema_id['v0.4']);
		expect(EVIDENCE_SCHEMA.required).toEqual(given.required);
		expect(Object.keys(EVIDENCE_SCHEMA.properties).sort()).toEqual(
			[...given.required, ...Object.keys(given.optional)].sort(),
		);
	});

	it.each(given.cases.map(one => [one.id, one] as const))('%s', (_, { valid, policy, record }) => {
		expect(isValid(record)).toBe(valid);
		const problems = evidenceProblems(record);
		expect(problems.includes('not-a-record')).toBe(!valid);
		expect(problems.length > 0).toBe(!valid || policy === 'reject');
	});

	it('E-20, E-21: arguments and tokens are told apart, wherever they hide', () => {
		const base = given.cases.find(({ id }) => id === 'E-01')!.record;
		expect(evidenceProblems(base)).toEqual([]);
		expect(evidenceProblems({ ...base, note: { path: '/etc/passwd' } })).toEqual(['holds-content']);
		expect(evidenceProblems({ ...base, note: ['/etc/passwd'] })).toEqual(['holds-content']);
		expect(evidenceProblems({ ...base, note: 'Bearer eyJhbGciOiJFZERTQSJ9.e30.AA' })).toEqual(['holds-token']);
		for (const space of [' ', '\n', '\r', '\t', '  ', '\r\n']) {
			const token = `${Buffer.from(`{${space}"alg":"EdDSA"}`).toString('base64url')}.e30.AA`;
			expect([space, evidenceProblems({ ...base, note: `Bearer ${token}` })]).toEqual([space, ['holds-token']]);
		}
		expect(evidenceProblems({ ...base, note: 'ewok.example.com, eyAs' })).toEqual([]);
		expect(evidenceProblems({ ...base, 'eyJhbGciOiJFZERTQSJ9.e30.AA': 1 })).toEqual(['holds-token']);
		expect(evidenceProblems({ ...base, 'capiscio.badge.jti': undefined })).toEqual(['not-a-record']);
	});

	it('both judges agree on whatever a record may be (property)', () => {
		const odd = fc.oneof(fc.constant('ALLOW'), fc.constant('badge'), fc.integer(), fc.constant(null), fc.string());
		const base = given.cases.find(({ id }) => id === 'E-04')!.record;
		fc.assert(
			fc.property(
				fc.constantFrom(...Object.keys(EVIDENCE_SCHEMA.properties)),
				odd,
				fc.boolean(),
				(key, value, drop) => {
					const rest = Object.entries(base).filter(([name]) => name !== key);
					const record = drop ? Object.fromEntries(rest) : { ...base, [key]: value };
					expect(evidenceProblems(record).includes('not-a-record')).toBe(!isValid(record));
				},
			),
		);
	});
});

describe('what the export writes', () => {
	const allowed = { effect: 'allow', reason: 'policy_allow' } as const;

	it('is valid, and free of content and tokens, whatever the entry is (property)', () => {
		const text = fc.oneof(fc.string(), fc.constant(''), fc.constant('e\u0000y'));
		const records = fc.record(
			{
				tool: text,
				outcome: fc.constantFrom(
					'answered' as const,
					'refused' as const,
					'failed' as const,
					'cancelled' as const,
				),
				verdict: fc.constantFrom(allowed, { effect: 'deny' as const, reason: 'policy_deny' }),
				policyDigest: fc.oneof(text, fc.constant('ab'.repeat(32))),
				arguments: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
				session: text,
				client: fc.record({ name: text, version: text }),
				detail: text,
				authority: fc.record(
					{
						mode: fc.constantFrom('observe' as const, 'guard' as const),
						code: fc.constantFrom(...Object.values(TOOL_CODES)),
						cause: text,
						observed: fc.constant(true as const),
						decisionId: text,
						callerBadge: text,
					},
					{ requiredKeys: ['mode'] },
				),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(records, over => {
				for (const record of exported(aRecord(over))) {
					expect(isValid(record)).toBe(true);
					expect(evidenceProblems(record)).toEqual([]);
					expect(record['capiscio.decision'] === 'DENY').toBe(record['capiscio.deny_reason'] !== undefined);
				}
			}),
			{ numRuns: 300 },
		);
	});

	it('a token in a name that an attacker chose is left out', () => {
		const token = 'eyJhbGciOiJFZERTQSJ9.e30.AA';
		const [record] = exported(
			aRecord({
				verdict: allowed,
				outcome: 'answered',
				client: { name: token, version: '1' },
				tool: `x ${token}`,
			}),
		);
		expect(JSON.stringify(record)).not.toContain('eyJ');
		expect(evidenceProblems(record)).toEqual([]);
	});

	it('says badge where the caller’s badge went with the call, by its id alone; else anonymous', () => {
		const authority = { mode: 'guard', callerBadge: '550e8400-e29b-41d4-a716-446655440000' } as const;
		expect(exported(aRecord({ verdict: allowed, outcome: 'answered', authority }))).toMatchObject([
			{
				'capiscio.auth.level': 'badge',
				'capiscio.badge.jti': '550e8400-e29b-41d4-a716-446655440000',
				'capiscio.agent.did': 'urn:uuid:550e8400-e29b-41d4-a716-446655440000',
			},
		]);
		const [anonymous] = exported(aRecord());
		expect(anonymous).toMatchObject({ 'capiscio.auth.level': 'anonymous', 'capiscio.agent.did': 'anonymous' });
		expect(anonymous).not.toHaveProperty(['capiscio.badge.jti']);
	});

	it('has the code and the decision id of tool authority and the decision service', () => {
		const authority = { mode: 'guard', code: 'TOOL_SCOPE_INSUFFICIENT', cause: 'x', decisionId: 'd-1' } as const;
		expect(exported(aRecord({ verdict: allowed, outcome: 'refused', authority }))).toMatchObject([
			{
				'capiscio.decision': 'DENY',
				'capiscio.deny_reason': 'TOOL_SCOPE_INSUFFICIENT',
				'capiscio.policy.decision_id': 'd-1',
				'mcp_firewall.cause': 'x',
			},
		]);
	});

	it('ALLOW_OBSERVE is never ALLOW (§2.4): the decision was DENY, and that it ran stands beside it', () => {
		const authority = { mode: 'observe', code: 'TOOL_TRUST_INSUFFICIENT', observed: true } as const;
		expect(exported(aRecord({ verdict: allowed, outcome: 'answered', authority }))).toMatchObject([
			{
				'capiscio.decision': 'DENY',
				'capiscio.deny_reason': 'TOOL_TRUST_INSUFFICIENT',
				'mcp_firewall.enforcement': 'ALLOW_OBSERVE',
				'mcp_firewall.outcome': 'answered',
			},
		]);
		const observed = { effect: 'allow', reason: 'policy_deny', observed: 'deny' } as const;
		expect(exported(aRecord({ verdict: observed, outcome: 'answered' }))).toMatchObject([
			{
				'capiscio.decision': 'DENY',
				'capiscio.deny_reason': 'TOOL_POLICY_DENIED',
				'mcp_firewall.enforcement': 'ALLOW_OBSERVE',
			},
		]);
	});

	it('what mode observe let pass is not the reason of a call that something else refused', () => {
		const authority = { mode: 'observe', code: 'TOOL_TRUST_INSUFFICIENT', observed: true } as const;
		expect(exported(aRecord({ outcome: 'refused', authority }))).toMatchObject([
			{ 'capiscio.decision': 'DENY', 'capiscio.deny_reason': 'TOOL_POLICY_DENIED' },
		]);
	});

	it('names the server only as far as it was proven', () => {
		const principal: RecordedPrincipal = {
			...{ badge: 'ok', proof: 'ok', binding: 'ok', pin: 'match', errors: [], blocked: false },
			did: 'did:web:s.example',
			state: 'VERIFIED_PRINCIPAL',
			level: '2',
		};
		expect(exported(aRecord({ principal }))).toMatchObject([
			{
				'mcp_firewall.server_state': 'VERIFIED_PRINCIPAL',
				'mcp_firewall.server_did': 'did:web:s.example',
				'mcp_firewall.server_trust_level': '2',
			},
		]);
		const declared: RecordedPrincipal = {
			...principal,
			state: 'DECLARED_PRINCIPAL',
			errors: ['SERVER_BADGE_MISSING'],
		};
		const [record] = exported(aRecord({ principal: declared }));
		expect(record).toMatchObject({ 'mcp_firewall.server_state': 'DECLARED_PRINCIPAL' });
		expect(record).not.toHaveProperty(['mcp_firewall.server_did']);
	});
});
