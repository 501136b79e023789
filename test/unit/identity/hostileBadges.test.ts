import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { type VerifiedBadge } from '../../../src/domain/identity/badge';
import { rankOf } from '../../../src/domain/identity/trustLevel';
import { BadgeVerifier } from '../../../src/domain/identity/verifyBadge';
import { type BadgeWish, freshKey, selfSigned, signJws, TestIssuer } from './issuer';

const NOW = 1_800_000_000;
const DID = 'did:web:mcp.example:servers:files';
const ME = 'https://me.example';

const issuer = new TestIssuer(() => NOW);
const other = new TestIssuer(() => NOW, 'https://other-ca.example');
const [key, attacker] = [freshKey(), freshKey()];
const settings = issuer.settings({ audience: ME, issuers: [issuer.trusted({ maxLevel: '3' })] });

const honest = (wish: Partial<BadgeWish> = {}) => issuer.issue({ sub: DID, key: key.publicJwk, level: '2', ...wish });
const claimsOf = (token: string) =>
	JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JsonObject;
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const withPart = (token: string, at: number, part: string) =>
	token
		.split('.')
		.map((old, n) => (n === at ? part : old))
		.join('.');
const subject = (over: JsonObject) => ({
	vc: {
		type: ['VerifiableCredential', 'AgentIdentity'],
		credentialSubject: { level: '2', domain: 'mcp.example', ...over },
	},
});

const revoked = randomUUID();
issuer.revoked.add(revoked);
const GONE = 'did:web:mcp.example:servers:gone';
issuer.disabled.add(GONE);

/** What a hostile server may show in place of its honest badge of level 2. */
const HOSTILE: readonly (readonly [string, string])[] = [
	['forged: another key under the same kid', signJws(attacker, { typ: 'JWT', kid: 'k1' }, claimsOf(honest()))],
	[
		'forged: its own key in the header',
		signJws(attacker, { typ: 'JWT', kid: 'k1', jwk: { ...attacker.publicJwk } }, claimsOf(honest())),
	],
	[
		'forged: its own key set in the header',
		signJws(attacker, { typ: 'JWT', jku: 'https://evil.example/k' }, claimsOf(honest())),
	],
	['forged: alg none', `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claimsOf(honest()))}.`],
	['forged: alg HS256', withPart(honest(), 0, encode({ alg: 'HS256', typ: 'JWT', kid: 'k1' }))],
	['forged: signature of another badge', withPart(honest(), 2, honest().split('.')[2] ?? '')],
	['forged: level raised', withPart(honest(), 1, encode({ ...claimsOf(honest()), ...subject({ level: '3' }) }))],
	['forged: end moved', withPart(honest(), 1, encode({ ...claimsOf(honest()), exp: NOW + 3_000 }))],
	[
		'forged: subject exchanged',
		withPart(honest(), 1, encode({ ...claimsOf(honest()), sub: 'did:web:evil.example' })),
	],
	['forged: key exchanged', withPart(honest(), 1, encode({ ...claimsOf(honest()), key: { ...attacker.publicJwk } }))],
	['forged: zero signature', withPart(honest(), 2, Buffer.alloc(64).toString('base64url'))],
	['forged: signature cut short', withPart(honest(), 2, (honest().split('.')[2] ?? '').slice(0, 40))],
	[
		'forged: claims twice',
		(() => {
			const text = JSON.stringify(claimsOf(honest())).replace('{', '{"sub":"did:web:evil.example",');
			return signJws(issuer.key, { typ: 'JWT', kid: 'k1' }, text);
		})(),
	],
	['another issuer, not trusted', other.issue({ sub: DID, key: key.publicJwk })],
	[
		'another issuer in the name of the trusted one',
		other.issue({ sub: DID, key: key.publicJwk, claims: { iss: issuer.origin } }),
	],
	['self-signed at level 2', selfSigned(attacker, NOW, subject({}))],
	['self-signed at level 0', selfSigned(attacker, NOW)],
	['level above what its issuer is trusted for', honest({ level: '4' })],
	['level of the next world', honest({ level: '5' })],
	['expired', honest({ ttl: -60 })],
	['expired long ago', honest({ claims: { iat: NOW - 90_000, exp: NOW - 86_400 } })],
	['without an end', honest({ claims: { exp: null } })],
	['for a whole day', honest({ claims: { exp: NOW + 86_400 } })],
	['not valid yet', honest({ claims: { iat: NOW + 61, exp: NOW + 300 } })],
	['not valid before tomorrow', honest({ claims: { nbf: NOW + 86_400 } })],
	['replayed: made for another audience', honest({ claims: { aud: ['https://you.example'] } })],
	['replayed: made for nobody', honest({ claims: { aud: [] } })],
	['replayed: audience as a text', honest({ claims: { aud: ME } })],
	[
		'replayed: a proof of possession as a badge',
		signJws(issuer.key, { typ: 'pop+jws', kid: 'k1' }, claimsOf(honest())),
	],
	[
		'replayed: another kind of token of the issuer',
		signJws(issuer.key, { typ: 'capiscio.dvgrant+jwt', kid: 'k1' }, claimsOf(honest())),
	],
	['revoked', honest({ jti: revoked })],
	['of a disabled subject', honest({ sub: GONE })],
	[
		're-bound: key of another behind a did:key',
		honest({ sub: attacker.did, claims: { ial: '1', cnf: { kid: `${attacker.did}#${attacker.did.slice(8)}` } } }),
	],
	[
		're-bound: attested by the document of another',
		honest({ claims: { ial: '1', cnf: { kid: 'did:web:evil.example#k' } } }),
	],
];

function verify(token: string) {
	const verifier = new BadgeVerifier({
		settings: () => settings,
		fetch: issuer.fetch,
		clock: { now: () => NOW * 1000 },
	});
	return verifier.verify(token);
}

/** The level that a server reaches by showing a badge: none where it does not hold, or is not about it. */
function levelReached(badge: VerifiedBadge | undefined): number {
	return badge?.sub === DID ? rankOf(badge.level) : -1;
}

describe('badges that no honest server shows lower the level, every one of them', () => {
	it('the honest one reaches 2', async () => {
		const result = await verify(honest({ claims: { aud: [ME] } }));
		expect(levelReached(result.ok ? result.badge : undefined)).toBe(2);
		expect(HOSTILE.length).toBeGreaterThanOrEqual(30);
	});

	it.each(HOSTILE)('%s', async (_, token) => {
		const result = await verify(token);
		expect(result.ok).toBe(false);
		expect(levelReached(result.ok ? result.badge : undefined)).toBe(-1);
		if (!result.ok) {
			expect(result.detail).not.toContain(token.slice(0, 40));
			expect(result.detail).not.toMatch(/[\n\r]/);
		}
	});

	it('re-bound: an honest badge about another is about that other', async () => {
		const result = await verify(honest({ sub: 'did:web:mcp.example:servers:other' }));
		expect(result).toMatchObject({ ok: true, badge: { sub: 'did:web:mcp.example:servers:other' } });
		expect(levelReached(result.ok ? result.badge : undefined)).toBe(-1);
	});
});
