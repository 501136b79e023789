import { describe, expect, it } from 'vitest';
import { type BadgeClaims } from '../../../src/domain/identity/badge';
import { type IdentityAnswer, type IdentityRequest } from '../../../src/domain/identity/identityFetch';
import { Revocation, type RevocationSnapshot } from '../../../src/domain/identity/revocation';
import { type TrustLevel } from '../../../src/domain/identity/trustLevel';
import { NO_TRUST_SETTINGS, type TrustedIssuer } from '../../../src/domain/identity/trustSettings';

const ISSUER: TrustedIssuer = { origin: 'https://ca.example.com', maxLevel: '4' };
const JTI = '550e8400-e29b-41d4-a716-446655440000';
const SUB = 'did:web:ca.example.com:agents:a1';

const claims = (level: TrustLevel): BadgeClaims => ({
	jti: JTI,
	iss: ISSUER.origin,
	sub: SUB,
	iat: 0,
	exp: 300,
	ial: '0',
	key: { kty: 'OKP', crv: 'Ed25519', x: 'x' },
	level,
});

const json = (value: unknown, status = 200): IdentityAnswer => ({
	ok: true,
	status,
	contentType: 'application/json',
	body: typeof value === 'string' ? value : JSON.stringify(value),
});
const GONE: IdentityAnswer = { ok: false, why: 'unreachable' };

function world(
	answers: Partial<Record<IdentityRequest['document'], IdentityAnswer | IdentityAnswer[]>>,
	offline = false,
) {
	const state = { now: 1_000, asked: [] as string[], saved: undefined as RevocationSnapshot | undefined };
	const revocation = new Revocation({
		fetch: ({ url, document }) => {
			state.asked.push(url);
			const answer = answers[document];
			return Promise.resolve((Array.isArray(answer) ? answer.shift() : answer) ?? GONE);
		},
		now: () => state.now,
		settings: () => ({ ...NO_TRUST_SETTINGS, offline }),
		store: {
			load: () => Promise.resolve(state.saved),
			save: (_issuer, snapshot) => {
				state.saved = snapshot;
				return Promise.resolve();
			},
		},
	});
	return { revocation, state, answers };
}

const codeOf = async (revocation: Revocation, level: TrustLevel = '2') => {
	const outcome = await revocation.check(claims(level), ISSUER);
	return outcome.kind === 'good' ? 'good' : outcome.code;
};

const GOOD = {
	'badge-status': json({ jti: JTI, revoked: false }),
	'agent-status': json({ did: SUB, status: 'active' }),
};

describe('revocation, online (RFC-002 §8.1 steps 8 and 9)', () => {
	it.each([
		['nobody answers', {}],
		['the status is not there', { ...GOOD, 'badge-status': json({}, 404) }],
		['the status says nothing', { ...GOOD, 'badge-status': json({}) }],
		['the status is of another badge', { ...GOOD, 'badge-status': json({ jti: 'other', revoked: false }) }],
		['the status is a text', { ...GOOD, 'badge-status': json({ jti: JTI, revoked: 'false' }) }],
		['the status says two things', { ...GOOD, 'badge-status': json('{"revoked":true,"revoked":false}') }],
		['the subject is unknown', { ...GOOD, 'agent-status': json({}, 404) }],
		['the subject is another', { ...GOOD, 'agent-status': json({ did: 'did:web:other', status: 'active' }) }],
	])('fails closed where %s, at every level', async (_what, answers) => {
		const { revocation } = world(answers);
		expect(await codeOf(revocation)).toBe('REVOCATION_CHECK_FAILED');
		expect(await codeOf(revocation, '1')).toBe('REVOCATION_CHECK_FAILED');
	});

	it('a no counts although the other question has no answer', async () => {
		expect(await codeOf(world({ 'badge-status': json({ revoked: true }) }).revocation)).toBe('BADGE_REVOKED');
		expect(await codeOf(world({ 'agent-status': json({ status: 'suspended' }) }).revocation)).toBe(
			'BADGE_AGENT_DISABLED',
		);
	});

	it('a good answer stands in for a missing one as long as stored data may be old, and no longer', async () => {
		const { revocation, state, answers } = world({ ...GOOD });
		expect(await codeOf(revocation)).toBe('good');
		answers['badge-status'] = GONE;
		state.now += 300;
		expect(await codeOf(revocation)).toBe('good');
		state.now += 1;
		expect(await codeOf(revocation)).toBe('REVOCATION_CHECK_FAILED');
	});

	it('asks for exactly this badge and this subject', async () => {
		const { revocation, state } = world({ ...GOOD });
		await codeOf(revocation);
		expect(state.asked.slice(0, 2)).toEqual([
			`https://ca.example.com/v1/badges/${JTI}/status`,
			'https://ca.example.com/v1/agents/did%3Aweb%3Aca.example.com%3Aagents%3Aa1/status',
		]);
	});
});

describe('revocation, offline (identity.md §3.7)', () => {
	it('level 2 and above need a snapshot that is fresh; nothing is asked', async () => {
		const { revocation, state } = world({}, true);
		expect(await codeOf(revocation)).toBe('REVOCATION_CHECK_FAILED');
		expect(await codeOf(revocation, '1')).toBe('good');
		state.saved = { asOf: 700, revoked: [] };
		expect(await codeOf(revocation)).toBe('good');
		state.now = 1_001;
		expect(await codeOf(revocation)).toBe('REVOCATION_CHECK_FAILED');
		expect(state.asked).toEqual([]);
	});

	it('what the snapshot lists is revoked, however old it is, at level 1 too', async () => {
		const { revocation, state } = world({}, true);
		state.saved = { asOf: 0, revoked: [JTI] };
		expect(await codeOf(revocation)).toBe('BADGE_REVOKED');
		expect(await codeOf(revocation, '1')).toBe('BADGE_REVOKED');
	});

	it('a snapshot from the future is not fresh: a clock that was set back makes old data look new', async () => {
		const { revocation, state } = world({}, true);
		state.saved = { asOf: 2_000, revoked: [] };
		expect(await codeOf(revocation)).toBe('REVOCATION_CHECK_FAILED');
	});
});

describe('the snapshot for use offline', () => {
	const page = (ids: readonly string[], nextCursor?: unknown) =>
		json({
			revocations: ids.map(jti => ({ jti, revokedAt: 'x' })),
			...(nextCursor !== undefined && { nextCursor }),
		});

	it('is read to its last page and kept with the time it was begun', async () => {
		const { revocation, state } = world({ revocations: [page(['a'], 'n 1'), page(['b'], null)] });
		expect(await revocation.sync(ISSUER)).toBe(true);
		expect(state.saved).toEqual({ asOf: 1_000, revoked: ['a', 'b'] });
		expect(state.asked[1]).toContain('cursor=n%201');
	});

	it.each([
		['ends in the middle', [page(['a'], 'n'), GONE]],
		['goes in circles', [page(['a'], 'n'), page(['b'], 'n')]],
		['never ends', Array.from({ length: 30 }, (_, at) => page([String(at)], `n${String(at)}`))],
		['holds what is no id', [json({ revocations: [{ jti: 7 }] })]],
		['is none', [json({ revoked: [] })]],
		['is of an unknown form of cursor', [page(['a'], 7)]],
	])('a list that %s is not kept', async (_what, revocations) => {
		const { revocation, state } = world({ revocations });
		expect(await revocation.sync(ISSUER)).toBe(false);
		expect(state.saved).toBeUndefined();
	});

	it('is had by the way after a good answer, and not again before it is old', async () => {
		const { revocation, state } = world({ ...GOOD, revocations: page([]) });
		await codeOf(revocation);
		await codeOf(revocation);
		await Promise.resolve();
		expect(state.asked.filter(url => url.includes('/v1/revocations'))).toHaveLength(1);
		state.now += 300;
		await codeOf(revocation);
		expect(state.asked.filter(url => url.includes('/v1/revocations'))).toHaveLength(2);
	});
});
