import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BadgeErrorCode, type VerifiedBadge } from '../../../src/domain/identity/badge';
import { type AccessTerms, type Caller, decideToolAccess, provenCaller } from '../../../src/domain/identity/toolAccess';
import { TOOL_CODES } from '../../../src/domain/identity/toolCodes';
import { compileToolGlob } from '../../../src/domain/identity/toolGlob';
import { rankOf, TRUST_LEVELS, type TrustLevel } from '../../../src/domain/identity/trustLevel';
import { NO_TRUST_SETTINGS, type TrustSettings } from '../../../src/domain/identity/trustSettings';
import { freshKey } from '../identity/issuer';

const CALLER = freshKey();
const ISSUER = 'https://ca.example.com';
const TRUST: TrustSettings = { ...NO_TRUST_SETTINGS, issuers: [{ origin: ISSUER, maxLevel: '4' }] };
const TERMS: AccessTerms = { minTrustLevel: '0', requireBadge: false, trust: TRUST };
const CODES: readonly BadgeErrorCode[] = [
	...(['BADGE_MALFORMED', 'BADGE_SIGNATURE_INVALID', 'BADGE_EXPIRED', 'BADGE_NOT_YET_VALID'] as const),
	...(['BADGE_ISSUER_UNTRUSTED', 'BADGE_AUDIENCE_MISMATCH', 'BADGE_REVOKED', 'BADGE_CLAIMS_INVALID'] as const),
	...(['BADGE_AGENT_DISABLED', 'REVOCATION_CHECK_FAILED'] as const),
];

const badge = (level: TrustLevel, more: Partial<VerifiedBadge> = {}): Caller => ({
	kind: 'badge',
	result: {
		ok: true,
		badge: {
			...{
				jti: 'j',
				iss: level === '0' ? CALLER.did : ISSUER,
				sub: CALLER.did,
				iat: 0,
				exp: 1,
				ial: '0',
				level,
			},
			...{
				key: { kty: 'OKP', crv: 'Ed25519', x: CALLER.publicJwk.x },
				keyThumbprint: 't',
				pinnedIssuerKey: false,
			},
			...{ revocation: { source: 'none' } },
			...more,
		},
	},
});
const failed = (code: BadgeErrorCode): Caller => ({ kind: 'badge', result: { ok: false, code, detail: 'no' } });
const globs = (patterns: readonly string[]) =>
	patterns.map(pattern => {
		const outcome = compileToolGlob(pattern);
		if (!outcome.ok) throw new Error(pattern);
		return outcome.glob;
	});

describe('guard decisions of the reference (misc.guard_decisions)', () => {
	interface Decision {
		readonly cred: string;
		readonly config?: null;
		readonly min_trust_level?: number;
		readonly accept_level_zero?: boolean;
		readonly require_badge?: boolean;
		readonly allowed_tools?: readonly string[];
		readonly tool?: string;
		readonly decision: string;
		readonly reason?: string;
	}
	const from = process.env.IDENTITY_VECTORS ?? fileURLToPath(new URL('../../fixtures/identity/', import.meta.url));
	const { guard_decisions: table } = JSON.parse(readFileSync(`${from}/misc.json`, 'utf8')) as {
		readonly guard_decisions: { readonly cases: readonly Decision[]; readonly hardening: readonly Decision[] };
	};

	// The hardening cases are what §6.1 #1 and #2 demand; the reference allows them.
	it.each([...table.cases, ...table.hardening].map(each => [JSON.stringify(each), each] as const))(
		'%s',
		(_, each) => {
			const caller: Caller = each.cred.startsWith('api_key') ? { kind: 'apikey' } : { kind: 'anonymous' };
			const access = decideToolAccess(each.tool ?? 'tool', caller, {
				minTrustLevel: String(each.min_trust_level ?? 0) as TrustLevel,
				requireBadge: each.require_badge ?? false,
				trust: { ...TRUST, acceptLevelZero: each.accept_level_zero ?? false },
				...(each.allowed_tools && { allowedTools: globs(each.allowed_tools) }),
			});
			expect(access.decision).toBe(each.decision);
			expect(access.decision === 'DENY' ? access.reason.toUpperCase() : undefined).toBe(each.reason);
		},
	);
});

describe('RFC-006 §6: the server-side decision', () => {
	it.each(CODES)('%s never degrades to anonymous, not even where anonymous callers may (§2.2 step 2)', code => {
		expect(decideToolAccess('t', { kind: 'anonymous' }, TERMS)).toEqual({ decision: 'ALLOW' });
		expect(decideToolAccess('t', failed(code), TERMS)).toMatchObject({ decision: 'DENY', cause: code });
	});

	it.each([
		['BADGE_EXPIRED', 'badge_expired', 'TOOL_BADGE_INVALID'],
		['BADGE_REVOKED', 'badge_revoked', 'TOOL_BADGE_REVOKED'],
		['BADGE_ISSUER_UNTRUSTED', 'issuer_untrusted', 'TOOL_ISSUER_UNTRUSTED'],
		['BADGE_SIGNATURE_INVALID', 'badge_invalid', 'TOOL_BADGE_INVALID'],
		['REVOCATION_CHECK_FAILED', 'badge_invalid', 'TOOL_BADGE_INVALID'],
	] as const)('%s is told apart (§6.1 #6)', (cause, reason, code) => {
		expect(decideToolAccess('t', failed(cause), TERMS)).toMatchObject({ reason, code, cause });
	});

	it('a badge that nobody verified denies', () => {
		expect(decideToolAccess('t', { kind: 'unverified' }, TERMS)).toMatchObject({ reason: 'badge_invalid' });
	});

	it('a badge of an issuer that this tool does not trust denies, whoever verified it; empty is none (§6.1 #7)', () => {
		const other = {
			...TERMS,
			trust: { ...TRUST, issuers: [{ origin: 'https://other.example', maxLevel: '4' as const }] },
		};
		for (const terms of [other, { ...TERMS, trust: NO_TRUST_SETTINGS }]) {
			expect(decideToolAccess('t', badge('4'), terms)).toMatchObject({ code: 'TOOL_ISSUER_UNTRUSTED' });
		}
	});

	it('an issuer vouches up to its level and no further', () => {
		const terms = { ...TERMS, trust: { ...TRUST, issuers: [{ origin: ISSUER, maxLevel: '2' as const }] } };
		expect(decideToolAccess('t', badge('2'), terms).decision).toBe('ALLOW');
		expect(decideToolAccess('t', badge('3'), terms)).toMatchObject({ code: 'TOOL_ISSUER_UNTRUSTED' });
	});

	it.each(TRUST_LEVELS)('at level %s a did:key that has the key of another denies, and proves no caller', level => {
		const terms = { ...TERMS, trust: { ...TRUST, acceptLevelZero: true } };
		const stolen = badge(level, { key: freshKey().publicJwk });
		expect(decideToolAccess('t', badge(level), terms).decision).toBe('ALLOW');
		expect(decideToolAccess('t', stolen, terms)).toMatchObject({
			...{ decision: 'DENY', code: 'TOOL_BADGE_INVALID', cause: 'BADGE_CLAIMS_INVALID' },
		});
		expect(provenCaller(stolen)).toEqual({});
		// A did:web has the key that its issuer says.
		const web = badge(level, { sub: 'did:web:agent.example', key: freshKey().publicJwk });
		expect(decideToolAccess('t', web, terms).decision).toBe('ALLOW');
	});

	it('a badge for another server denies, whatever it was verified for; one without aud is for anybody (RFC-002 §4.3)', () => {
		const decide = (aud: readonly string[] | undefined, audience?: string) => {
			const trust = { ...TRUST, ...(audience !== undefined && { audience }) };
			return decideToolAccess('t', badge('2', aud === undefined ? {} : { aud }), { ...TERMS, trust });
		};
		expect(decide(['did:web:mine'], 'did:web:mine').decision).toBe('ALLOW');
		expect(decide(['did:web:other'], 'did:web:mine')).toMatchObject({ cause: 'BADGE_AUDIENCE_MISMATCH' });
		expect(decide(['did:web:mine'])).toMatchObject({ cause: 'BADGE_AUDIENCE_MISMATCH' });
		expect(decide([], 'did:web:mine')).toMatchObject({ cause: 'BADGE_AUDIENCE_MISMATCH' });
		expect(decide(undefined, 'did:web:mine').decision).toBe('ALLOW');
		expect(decide(undefined).decision).toBe('ALLOW');
	});

	it('level 0 takes acceptLevelZero or a trusted key', () => {
		const of = (trust: Partial<TrustSettings>) =>
			decideToolAccess('t', badge('0'), { ...TERMS, trust: { ...TRUST, ...trust } }).decision;
		expect(of({})).toBe('DENY');
		expect(of({ trustedKeys: ['did:key:zOther'] })).toBe('DENY');
		expect(of({ trustedKeys: [CALLER.did] })).toBe('ALLOW');
		expect(of({ acceptLevelZero: true })).toBe('ALLOW');
	});

	it('an empty allow-list allows nothing, an absent one filters nothing (RFC-008 §17.1)', () => {
		expect(decideToolAccess('t', badge('4'), { ...TERMS, allowedTools: [] })).toMatchObject({
			...{ reason: 'tool_not_allowed', code: 'TOOL_POLICY_DENIED' },
		});
		expect(decideToolAccess('t', badge('4'), TERMS).decision).toBe('ALLOW');
	});

	it('levels go by their order, and a level that is none reaches nothing', () => {
		for (const least of TRUST_LEVELS) {
			for (const level of TRUST_LEVELS.slice(1)) {
				const { decision } = decideToolAccess('t', badge(level), { ...TERMS, minTrustLevel: least });
				expect(decision).toBe(rankOf(level) >= rankOf(least) ? 'ALLOW' : 'DENY');
			}
		}
		const none = '5' as TrustLevel;
		expect(decideToolAccess('t', badge('4'), { ...TERMS, minTrustLevel: none }).decision).toBe('DENY');
		expect(decideToolAccess('t', badge(none), TERMS).decision).toBe('DENY');
	});

	const callers = fc.oneof(
		fc.constantFrom<Caller>({ kind: 'anonymous' }, { kind: 'apikey' }, { kind: 'unverified' }),
		fc.constantFrom(...CODES).map(failed),
		fc.constantFrom(...TRUST_LEVELS).map(level => badge(level)),
	);
	const everyTerms = fc.record({
		...{ minTrustLevel: fc.constantFrom(...TRUST_LEVELS), requireBadge: fc.boolean() },
		allowedTools: fc.constantFrom([], globs(['read_*']), globs(['*'])),
		trust: fc.record({
			issuers: fc.constantFrom([], TRUST.issuers),
			...{ acceptLevelZero: fc.boolean(), trustedKeys: fc.constantFrom([], [CALLER.did]) },
		}),
	});

	it('property: ALLOW takes a badge that holds and reaches the level, or nobody asking for one; and the tool in the list', () => {
		fc.assert(
			fc.property(callers, everyTerms, fc.constantFrom('read_x', 'write_x', 'a/b', ''), (caller, terms, tool) => {
				const access = decideToolAccess(tool, caller, terms);
				if (access.decision === 'DENY') {
					expect(access.code).toBe(TOOL_CODES[access.reason]);
					return;
				}
				expect(terms.allowedTools.some(glob => glob.matches(tool))).toBe(true);
				if (caller.kind === 'anonymous') {
					expect([terms.requireBadge, terms.minTrustLevel]).toEqual([false, '0']);
				} else {
					expect(
						caller.kind === 'badge' && caller.result.ok && rankOf(caller.result.badge.level),
					).toBeGreaterThanOrEqual(rankOf(terms.minTrustLevel));
				}
			}),
		);
	});

	it('property: asking for more never turns a denial into a pass', () => {
		fc.assert(
			fc.property(callers, everyTerms, everyTerms, (caller, terms, more) => {
				const stricter = {
					...terms,
					requireBadge: terms.requireBadge || more.requireBadge,
					minTrustLevel: TRUST_LEVELS[Math.max(rankOf(terms.minTrustLevel), rankOf(more.minTrustLevel))]!,
				};
				if (decideToolAccess('read_x', caller, terms).decision === 'DENY') {
					expect(decideToolAccess('read_x', caller, stricter).decision).toBe('DENY');
				}
			}),
		);
	});
});
