import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BadgeResult } from '../../../src/domain/identity/badge';
import { type Disclosure, readIdentityMeta } from '../../../src/domain/identity/disclosure';
import { type Principal } from '../../../src/domain/identity/principal';
import { principalAt } from '../../../src/domain/identity/principalAt';
import { popNonce } from '../../../src/domain/identity/proofOfPossession';
import { thumbprintOf } from '../../../src/domain/identity/publicJwk';
import { bindOf, type ServerPlace } from '../../../src/domain/identity/serverPlace';
import { type TrustSettings } from '../../../src/domain/identity/trustSettings';
import { BadgeVerifier } from '../../../src/domain/identity/verifyBadge';
import { type VerifyConfig, verifyConfigOf } from '../../../src/domain/identity/verifyConfig';
import { type GivenProof, verifyServer } from '../../../src/domain/identity/verifyServer';
import { worstOf } from '../../../src/domain/identity/worstPrincipal';
import { ManualClock } from '../support/manualClock';
import { freshKey, selfSigned, signJws, TestIssuer, type TestKey } from './issuer';
import { vectors } from './vectors';

const STDIO: ServerPlace = { kind: 'stdio', launchDigest: 'a'.repeat(64) };
const HTTPS: ServerPlace = { kind: 'http', endpoint: 'https://mcp.example/mcp' };
const WEB = 'did:web:mcp.example';
const NONE = { kind: 'none' } as const;

/** One server, its issuer, and who looks at it. */
class World {
	readonly clock = new ManualClock();
	readonly issuer = new TestIssuer(() => this.now);
	readonly key = freshKey();

	get now(): number {
		return Math.floor(this.clock.now() / 1000);
	}

	badge(sub: string, over: Partial<Parameters<TestIssuer['issue']>[0]> = {}): string {
		return this.issuer.issue({ sub, key: this.key.publicJwk, ...over });
	}

	proof(did: string, place: ServerPlace, by: TestKey = this.key, over = {}): GivenProof {
		const challenge = {
			v: 2,
			nonce: popNonce('a1'.repeat(32)),
			aud: 'mcp-firewall',
			bind: bindOf(place) ?? '',
		} as const;
		const claims = { ...challenge, sub: did, iat: this.now, exp: this.now + 60, ...over };
		const jws = signJws(by, { typ: 'mcp-pop+jws' }, claims);
		return { kind: 'second', jws, challenge, askedAt: this.now, answeredAt: this.now + 1 };
	}

	legacy(by: TestKey = this.key): GivenProof {
		const nonce = popNonce('a1'.repeat(32));
		const jws = signJws(by, { typ: 'pop+jws' }, nonce);
		return { kind: 'legacy', jws, nonce, askedAt: this.now, answeredAt: this.now + 1 };
	}

	verify(
		disclosure: Disclosure,
		place: ServerPlace,
		more: {
			proof?: GivenProof;
			pin?: Parameters<typeof verifyServer>[0]['pin'];
			config?: Partial<VerifyConfig>;
			settings?: Partial<TrustSettings>;
		} = {},
	): Promise<Principal> {
		const settings = this.issuer.settings(more.settings);
		const verifier = new BadgeVerifier({ settings: () => settings, fetch: this.issuer.fetch, clock: this.clock });
		const claims = { disclosure, place, pin: more.pin ?? NONE, ...(more.proof && { proof: more.proof }) };
		const badge = (token: string): Promise<BadgeResult> => verifier.verify(token);
		return verifyServer(claims, { ...verifyConfigOf(settings), ...more.config }, { badge, now: this.now });
	}
}

const VERIFIED = { state: 'VERIFIED_PRINCIPAL', errors: [], blocked: false };

describe('verifyServer: who is verified (identity.md §3.3)', () => {
	it('https and did:web at its host: the certificate does for a proof', async () => {
		const world = new World();
		const found = await world.verify({ did: WEB, badge: world.badge(WEB) }, HTTPS);
		expect(found).toMatchObject({
			...VERIFIED,
			level: '2',
			badge: 'ok',
			binding: 'ok',
			proof: 'absent',
			pin: 'none',
		});
		expect(found.keyThumbprint).toBe(thumbprintOf(world.key.publicJwk));
	});

	it('stdio: with a proof, and not without', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const proven = await world.verify(said, STDIO, { proof: world.proof(WEB, STDIO) });
		expect(proven).toMatchObject({ ...VERIFIED, level: '2', proof: 'ok', binding: 'not-applicable' });
		const without = await world.verify(said, STDIO);
		expect(without).toMatchObject({ state: 'DECLARED_PRINCIPAL', badge: 'ok', proof: 'absent', blocked: false });
		expect(without.errors).toEqual(['SERVER_POP_FAILED']);
		expect(without.level).toBeUndefined();
	});

	it('did:key over https: with a proof, and not without', async () => {
		const world = new World();
		const { did } = world.key;
		const said = { did, badge: world.badge(did) };
		expect(await world.verify(said, HTTPS, { proof: world.proof(did, HTTPS) })).toMatchObject(VERIFIED);
		expect(await world.verify(said, HTTPS)).toMatchObject({ state: 'DECLARED_PRINCIPAL', blocked: false });
	});

	it('the first form of proof counts, with lower standing', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const found = await world.verify(said, STDIO, { proof: world.legacy() });
		expect(found).toMatchObject({ ...VERIFIED, proof: 'legacy' });
	});

	it('registered only, its DID at the issuer: a proof is needed, the address says nothing', async () => {
		const world = new World();
		const did = 'did:web:ca.example:servers:x';
		const badge = world.badge(did, {
			level: '1',
			claims: { vc: { type: ['VerifiableCredential', 'AgentIdentity'], credentialSubject: { level: '1' } } },
		});
		expect(await world.verify({ did, badge }, HTTPS, { proof: world.proof(did, HTTPS) })).toMatchObject(VERIFIED);
		expect(await world.verify({ did, badge }, HTTPS)).toMatchObject({
			state: 'DECLARED_PRINCIPAL',
			blocked: false,
		});
	});
});

describe('verifyServer: who is not', () => {
	it('nothing disclosed', async () => {
		const found = await new World().verify({}, HTTPS);
		expect(found).toMatchObject({ state: 'UNVERIFIED_ORIGIN', badge: 'absent', blocked: false });
		expect(found.errors).toEqual(['SERVER_IDENTITY_MISSING']);
	});

	it('a badge without a DID is no identity', async () => {
		const world = new World();
		expect(await world.verify({ badge: world.badge(WEB) }, HTTPS)).toMatchObject({ state: 'UNVERIFIED_ORIGIN' });
	});

	it('a DID without a badge is declared', async () => {
		const found = await new World().verify({ did: WEB }, HTTPS);
		expect(found).toMatchObject({ state: 'DECLARED_PRINCIPAL', badge: 'absent', blocked: false });
		expect(found.errors).toEqual(['SERVER_BADGE_MISSING']);
	});

	it.each([
		['a forged badge', (world: World) => forged(world, WEB), 'SERVER_BADGE_INVALID', true],
		['an expired badge', (world: World) => world.badge(WEB, { ttl: -120 }), 'SERVER_BADGE_INVALID', false],
		[
			'a badge for somebody else',
			(world: World) => world.badge(WEB, { claims: { aud: ['x'] } }),
			'SERVER_BADGE_INVALID',
			false,
		],
		['an issuer whom nobody trusts', (world: World) => stranger(world), 'SERVER_ISSUER_UNTRUSTED', false],
		[
			'a badge of another server (re-bound)',
			(world: World) => world.badge('did:web:x.example'),
			'SERVER_DID_MISMATCH',
			true,
		],
		[
			'an expired badge of another',
			(world: World) => world.badge('did:web:x.example', { ttl: -120 }),
			'SERVER_DID_MISMATCH',
			true,
		],
		['text that is no badge', () => 'a.b.c', 'SERVER_BADGE_INVALID', true],
	] as const)('%s: no level, blocked only where no honest server shows it', async (_, badge, code, blocked) => {
		const world = new World();
		const proof = world.proof(WEB, HTTPS);
		const found = await world.verify({ did: WEB, badge: badge(world) }, HTTPS, { proof });
		expect(found).toMatchObject({ state: 'DECLARED_PRINCIPAL', badge: 'failed', blocked });
		expect(found.errors[0]).toBe(code);
		expect(found.level).toBeUndefined();
	});

	it('a revoked badge, and one of a subject that is disabled, are blocked', async () => {
		const world = new World();
		world.issuer.revoked.add('7f000000-0000-4000-8000-000000000001');
		const jti = '7f000000-0000-4000-8000-000000000001';
		const revoked = await world.verify({ did: WEB, badge: world.badge(WEB, { jti }) }, HTTPS);
		expect(revoked).toMatchObject({ badge: 'failed', blocked: true, cause: 'BADGE_REVOKED' });
		world.issuer.disabled.add(WEB);
		const disabled = await world.verify({ did: WEB, badge: world.badge(WEB) }, HTTPS);
		expect(disabled).toMatchObject({ badge: 'failed', blocked: true, cause: 'BADGE_AGENT_DISABLED' });
		expect(disabled.errors).toEqual(['SERVER_BADGE_REVOKED']);
	});

	it('wrong host, wrong path: blocked with a badge; a DID alone is only not bound', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const place = { kind: 'http', endpoint: 'https://evil.example/mcp' } as const;
		const found = await world.verify(said, place, { proof: world.proof(WEB, place) });
		expect(found).toMatchObject({ state: 'DECLARED_PRINCIPAL', binding: 'failed', blocked: true });
		expect(found.errors).toEqual(['SERVER_DOMAIN_MISMATCH']);
		const did = `${WEB}:tools`;
		const path = await world.verify({ did, badge: world.badge(did) }, HTTPS);
		expect(path).toMatchObject({ errors: ['SERVER_PATH_MISMATCH'], blocked: true });
		expect(await world.verify({ did: WEB }, place)).toMatchObject({ binding: 'failed', blocked: false });
	});

	it('header and _meta speak of two servers: blocked', async () => {
		const found = await new World().verify({ conflict: true }, HTTPS);
		expect(found).toMatchObject({ state: 'UNVERIFIED_ORIGIN', errors: ['SERVER_DID_MISMATCH'], blocked: true });
	});

	it('did:key with a badge for another key: blocked', async () => {
		const world = new World();
		const { did } = freshKey();
		const found = await world.verify({ did, badge: world.badge(did) }, STDIO, { proof: world.proof(did, STDIO) });
		expect(found).toMatchObject({ blocked: true, badge: 'failed', errors: ['SERVER_DID_MISMATCH'] });
	});

	it('a proof that fails is worse than none; one that is late is not', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const wrong = await world.verify(said, HTTPS, { proof: world.proof(WEB, HTTPS, freshKey()) });
		expect(wrong).toMatchObject({ proof: 'failed', blocked: true, errors: ['SERVER_POP_FAILED'] });
		const replayed = world.proof(WEB, HTTPS, world.key, { nonce: popNonce('b2'.repeat(32)) });
		expect(await world.verify(said, HTTPS, { proof: replayed })).toMatchObject({ proof: 'failed', blocked: true });
		const late = { ...world.proof(WEB, HTTPS), answeredAt: world.now + 61 };
		const expired = await world.verify(said, HTTPS, { proof: late });
		expect(expired).toMatchObject({ proof: 'failed', blocked: false, errors: ['SERVER_POP_EXPIRED'] });
	});

	it('§6.1 #11: a proof without a badge never verifies', async () => {
		const world = new World();
		const { did } = world.key;
		const found = await world.verify({ did }, STDIO, { proof: world.proof(did, STDIO) });
		expect(found).toMatchObject({ state: 'DECLARED_PRINCIPAL', proof: 'ok', badge: 'absent' });
	});

	it('30 forged, expired, replayed and re-bound badges lower the level every time', async () => {
		const world = new World();
		const good = await world.verify({ did: WEB, badge: world.badge(WEB) }, HTTPS);
		expect(good.level).toBe('2');
		const kinds = [
			() => ({ did: WEB, badge: forged(world, WEB) }),
			() => ({ did: WEB, badge: world.badge(WEB, { ttl: -61 }) }),
			() => ({ did: WEB, badge: world.badge('did:web:other.example') }),
			() => ({ did: 'did:web:other.example', badge: world.badge(WEB) }),
			() => ({ did: WEB, badge: flipped(world.badge(WEB)) }),
		];
		for (let at = 0; at < 30; at++) {
			const said = kinds[at % kinds.length]?.() ?? {};
			const found = await world.verify(said, HTTPS, { proof: world.proof(WEB, HTTPS) });
			expect(found.state).not.toBe('VERIFIED_PRINCIPAL');
			expect(found.level).toBeUndefined();
		}
	});

	it('fuzz: whatever `_meta` holds, there is a principal, and it is verified by nothing', async () => {
		const world = new World();
		const key = fc.constantFrom('capiscio_server_did', 'capiscio_server_badge', 'io.capisc/server_did', 'x');
		const meta = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.string())));
		await fc.assert(
			fc.asyncProperty(meta, async value => {
				const found = await world.verify(readIdentityMeta(value), HTTPS);
				expect(found.state).toBe('UNVERIFIED_ORIGIN');
				expect(found.level).toBeUndefined();
			}),
		);
	});

	it('an untrusted issuer, or nobody trusted at all, causes no request', async () => {
		const world = new World();
		await world.verify({ did: WEB, badge: stranger(world) }, HTTPS);
		await world.verify({ did: WEB, badge: world.badge(WEB) }, HTTPS, { settings: { issuers: [] } });
		expect(world.issuer.requests).toEqual([]);
	});
});

describe('VerifyConfig: every option has an effect', () => {
	it('trustedIssuers', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const trusted = await world.verify(said, HTTPS);
		const none = await world.verify(said, HTTPS, { config: { trustedIssuers: [] } });
		const capped = await world.verify(said, HTTPS, {
			config: { trustedIssuers: [world.issuer.trusted({ maxLevel: '1' })] },
		});
		expect(trusted.state).toBe('VERIFIED_PRINCIPAL');
		expect(none).toMatchObject({ state: 'DECLARED_PRINCIPAL', errors: ['SERVER_ISSUER_UNTRUSTED'] });
		expect(capped).toMatchObject({ state: 'DECLARED_PRINCIPAL', errors: ['SERVER_ISSUER_UNTRUSTED'] });
	});

	it('minTrustLevel', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const enough = await world.verify(said, HTTPS, { config: { minTrustLevel: '2' } });
		const more = await world.verify(said, HTTPS, { config: { minTrustLevel: '3' } });
		expect(enough.state).toBe('VERIFIED_PRINCIPAL');
		expect(more).toMatchObject({ state: 'DECLARED_PRINCIPAL', badge: 'ok', errors: ['SERVER_TRUST_INSUFFICIENT'] });
		expect(more.blocked).toBe(false);
	});

	it('acceptLevelZero, trustedKeys', async () => {
		const world = new World();
		const { did } = world.key;
		const said = { did, badge: selfSigned(world.key, world.now) };
		const proof = world.proof(did, STDIO);
		const of = (settings: Partial<TrustSettings>) => world.verify(said, STDIO, { proof, settings });
		expect(await of({})).toMatchObject({ state: 'DECLARED_PRINCIPAL', badge: 'failed', blocked: false });
		expect(await of({ acceptLevelZero: true })).toMatchObject({ ...VERIFIED, level: '0' });
		expect(await of({ trustedKeys: [did] })).toMatchObject({ ...VERIFIED, level: '0' });
		expect(await of({ trustedKeys: [freshKey().did] })).toMatchObject({ state: 'DECLARED_PRINCIPAL' });
		// Whatever the verifier says, the configuration has the last word.
		const config = { acceptLevelZero: false, trustedKeys: [] };
		const last = await world.verify(said, STDIO, { proof, settings: { acceptLevelZero: true }, config });
		expect(last).toMatchObject({ state: 'DECLARED_PRINCIPAL', errors: ['SERVER_TRUST_INSUFFICIENT'] });
	});

	it('offlineMode', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		expect(await world.verify(said, HTTPS, { config: { offlineMode: false } })).toMatchObject(VERIFIED);
		const offline = await world.verify(said, HTTPS, { config: { offlineMode: true } });
		expect(offline).toMatchObject({ state: 'DECLARED_PRINCIPAL', blocked: false });
		const before = world.issuer.requests.length;
		await world.verify(said, HTTPS, { settings: { offline: true } });
		expect(world.issuer.requests.length).toBe(before);
	});

	it('skipOriginBinding: the address does not count, and a proof is needed for it', async () => {
		const world = new World();
		const place = { kind: 'http', endpoint: 'https://other.example/' } as const;
		const said = { did: WEB, badge: world.badge(WEB) };
		const config = { skipOriginBinding: true };
		const proof = world.proof(WEB, place);
		expect(await world.verify(said, place, { proof })).toMatchObject({ binding: 'failed', blocked: true });
		expect(await world.verify(said, place, { proof, config })).toMatchObject({ ...VERIFIED, binding: 'skipped' });
		expect(await world.verify(said, place, { config })).toMatchObject({
			state: 'DECLARED_PRINCIPAL',
			blocked: false,
		});
	});

	it('trustedGateway: at that origin alone, and its certificate does for a proof', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const config = { trustedGateway: 'https://gateway.example' };
		const at = (endpoint: string) => world.verify(said, { kind: 'http', endpoint }, { config });
		expect(await at('https://gateway.example/files')).toMatchObject({ ...VERIFIED, binding: 'skipped' });
		expect(await at('https://gateway.example:8443/files')).toMatchObject({ binding: 'failed', blocked: true });
		expect(await at('https://gateway.example.evil.example/')).toMatchObject({ binding: 'failed', blocked: true });
	});

	it('requirePop: no certificate and no first form will do', async () => {
		const world = new World();
		const said = { did: WEB, badge: world.badge(WEB) };
		const config = { requirePop: true };
		expect(await world.verify(said, HTTPS, { config })).toMatchObject({
			state: 'DECLARED_PRINCIPAL',
			blocked: false,
		});
		const legacy = await world.verify(said, HTTPS, { config, proof: world.legacy() });
		expect(legacy).toMatchObject({ state: 'DECLARED_PRINCIPAL', proof: 'legacy', blocked: false });
		expect(await world.verify(said, HTTPS, { config, proof: world.proof(WEB, HTTPS) })).toMatchObject(VERIFIED);
	});

	it('development: an address of this machine may be http', async () => {
		const world = new World();
		const did = 'did:web:localhost%3A8080';
		const place = { kind: 'http', endpoint: 'http://localhost:8080/mcp' } as const;
		const said = { did, badge: world.badge(did) };
		const proof = world.proof(did, place);
		expect(await world.verify(said, place, { proof })).toMatchObject({ binding: 'failed', blocked: true });
		const config = { development: true };
		expect(await world.verify(said, place, { proof, config })).toMatchObject({ ...VERIFIED, binding: 'ok' });
		// Nobody has shown a certificate, so that without a proof it is declared.
		expect(await world.verify(said, place, { config })).toMatchObject({ state: 'DECLARED_PRINCIPAL' });
	});

	it('development: the key of a published test is no identity outside of tests', async () => {
		const world = new World();
		const did = vectors<{ agent: { did_key: string } }>('keys').agent.did_key;
		expect(await world.verify({ did }, STDIO)).toMatchObject({ state: 'UNVERIFIED_ORIGIN' });
		expect(await world.verify({ did }, STDIO, { config: { development: true } })).toMatchObject({
			state: 'DECLARED_PRINCIPAL',
		});
	});
});

describe('pins (identity.md §6.2, 5)', () => {
	const pinned = (did: string, keyThumbprint: string) =>
		({ kind: 'pinned', pin: { did, keyThumbprint, since: 1_700_000_000 } }) as const;

	it('the same DID and key match; another DID, another key, or none at all have changed', async () => {
		const world = new World();
		const thumbprint = thumbprintOf(world.key.publicJwk);
		const said = { did: WEB, badge: world.badge(WEB) };
		const of = (pin: Parameters<typeof pinned>, what: Disclosure = said) =>
			world.verify(what, HTTPS, { pin: pinned(...pin) });
		expect(await of([WEB, thumbprint])).toMatchObject({ ...VERIFIED, pin: 'match', pinnedSince: 1_700_000_000 });
		for (const changed of [
			await of(['did:web:old.example', thumbprint]),
			await of([WEB, 'x'.repeat(43)]),
			await of([WEB, thumbprint], {}),
			await of([WEB, thumbprint], { did: 'no-did' }),
			await of([WEB, thumbprint], { conflict: true }),
		]) {
			expect(changed).toMatchObject({ pin: 'changed', blocked: true });
			expect(changed.errors).toContain('SERVER_DID_MISMATCH');
			expect(changed.level).toBeUndefined();
		}
	});

	it('a damaged pin counts as changed, for a silent server too', async () => {
		const world = new World();
		const pin = { kind: 'damaged' } as const;
		expect(await world.verify({ did: WEB, badge: world.badge(WEB) }, HTTPS, { pin })).toMatchObject({
			blocked: true,
		});
		expect(await world.verify({}, HTTPS, { pin })).toMatchObject({ pin: 'changed', blocked: true });
	});

	it('§6.1 #22: an expired badge of a known server is stale, not changed', async () => {
		const world = new World();
		const pin = pinned(WEB, thumbprintOf(world.key.publicJwk));
		const found = await world.verify({ did: WEB, badge: world.badge(WEB, { ttl: -120 }) }, HTTPS, { pin });
		expect(found).toMatchObject({
			state: 'DECLARED_PRINCIPAL',
			pin: 'match',
			blocked: false,
			cause: 'BADGE_EXPIRED',
		});
	});
});

describe('as time goes by', () => {
	it('a badge that has ended gives no level, within the 60 s that clocks may differ', async () => {
		const world = new World();
		const found = await world.verify({ did: WEB, badge: world.badge(WEB, { ttl: 300 }) }, HTTPS);
		expect(principalAt(found, world.now + 359)).toBe(found);
		const stale = principalAt(found, world.now + 360);
		expect(stale).toMatchObject({
			state: 'DECLARED_PRINCIPAL',
			badge: 'failed',
			cause: 'BADGE_EXPIRED',
			blocked: false,
		});
		expect(stale.level).toBeUndefined();
	});

	it('of several processes the least counts', async () => {
		const world = new World();
		const good = await world.verify({ did: WEB, badge: world.badge(WEB) }, HTTPS);
		const silent = await world.verify({}, HTTPS);
		const blocked = await world.verify({ conflict: true }, HTTPS);
		const pending = { ...silent, pending: true as const };
		expect(worstOf([])).toBeUndefined();
		expect(worstOf([good])).toBe(good);
		expect(worstOf([good, silent])).toBe(silent);
		expect(worstOf([good, pending, silent])).toBe(pending);
		expect(worstOf([good, pending, blocked])).toBe(blocked);
	});
});

/** The badge that the issuer would give, signed by somebody else. */
function forged(world: World, sub: string): string {
	const [, payload = ''] = world.badge(sub).split('.');
	return signJws(freshKey(), { typ: 'JWT', kid: 'k1' }, Buffer.from(payload, 'base64url').toString());
}

function stranger(world: World): string {
	const other = new TestIssuer(() => world.now, 'https://stranger.example');
	return other.issue({ sub: WEB, key: world.key.publicJwk, level: '4' });
}

function flipped(token: string): string {
	const at = token.lastIndexOf('.') + 10;
	return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}
