import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from '../../../src/base/json';
import {
	type IdentityAnswer,
	type IdentityFetch,
	type IdentityRequest,
} from '../../../src/domain/identity/identityFetch';
import { mintSelfSigned } from '../../../src/domain/identity/selfSigned';
import { NO_TRUST_SETTINGS, type TrustedIssuer, type TrustSettings } from '../../../src/domain/identity/trustSettings';
import { BadgeVerifier } from '../../../src/domain/identity/verifyBadge';
import { type BadgeWish, freshKey, selfSigned, signJws, TestIssuer, type TestKey } from './issuer';
import { vectors } from './vectors';

const DID = 'did:web:mcp.example:servers:files';
const START = 1_800_000_000;

const json = (value: JsonValue | string, status = 200): IdentityAnswer => ({
	...{ ok: true, status, contentType: 'application/json' },
	body: typeof value === 'string' ? value : JSON.stringify(value),
});

/** A verifier, an issuer behind a network that is a table, and a clock. */
class World {
	seconds = START;
	readonly issuer = new TestIssuer(() => this.seconds);
	readonly key = freshKey();
	readonly asked: IdentityRequest[] = [];
	/** Answers by URL, before those of the issuer. */
	readonly answers = new Map<string, IdentityAnswer>();
	settings: TrustSettings = this.issuer.settings();
	readonly fetch: IdentityFetch = request => {
		this.asked.push(request);
		const found = this.answers.get(request.url);
		return found === undefined ? this.issuer.fetch(request) : Promise.resolve(found);
	};
	readonly verifier = new BadgeVerifier({
		settings: () => this.settings,
		fetch: this.fetch,
		clock: { now: () => this.seconds * 1000 },
	});

	trust(over: Partial<TrustSettings>): this {
		this.settings = this.issuer.settings(over);
		return this;
	}

	/** Trusts the issuer without its keys: they have to be fetched. */
	unpinned(over: Partial<TrustedIssuer> = {}, keys: JsonValue = [this.jwk()]): this {
		this.settings = this.issuer.settings({ issuers: [{ origin: this.issuer.origin, maxLevel: '4', ...over }] });
		this.answers.set(this.jwksUrl, json({ keys }));
		return this;
	}

	get jwksUrl(): string {
		return `${this.issuer.origin}/.well-known/jwks.json`;
	}

	jwk(kid: string | undefined = 'k1', key: TestKey = this.issuer.key): JsonObject {
		return { ...key.publicJwk, ...(kid !== '' && { kid }) };
	}

	badge(wish: Partial<BadgeWish> = {}): string {
		return this.issuer.issue({ sub: DID, key: this.key.publicJwk, ...wish });
	}

	async code(token: string, audience?: string): Promise<string> {
		const result = await this.verifier.verify(token, audience === undefined ? {} : { audience });
		return result.ok ? `ok ${result.badge.level}` : result.code;
	}
}

describe('a badge that holds', () => {
	it('is given with all that it says, and with how it was found to hold', async () => {
		const world = new World();
		const jti = randomUUID();
		const result = await world.verifier.verify(world.badge({ jti, level: '3' }));
		expect(result).toMatchObject({
			ok: true,
			badge: {
				...{ jti, iss: 'https://ca.example', sub: DID, level: '3', domain: 'mcp.example', ial: '0' },
				...{ pinnedIssuerKey: true, revocation: { source: 'online', asOf: START } },
			},
		});
		expect(world.asked.map(({ url }) => url)).toEqual([
			`https://ca.example/v1/badges/${jti}/status`,
			`https://ca.example/v1/agents/${encodeURIComponent(DID)}/status`,
		]);
	});

	it('what we mint ourselves is one of level 0, for its audience alone', async () => {
		const world = new World().trust({ acceptLevelZero: true });
		for (const jti of [randomUUID(), '0192f0c1-2d3e-7abc-8def-0123456789ab']) {
			const { privateJwk } = world.key;
			const minted = { privateJwk, audience: DID, now: world.seconds, ttlSeconds: 60, jti };
			const token = await mintSelfSigned(minted);
			expect(await world.code(token, DID)).toBe('ok 0');
			expect(await world.code(token, 'did:web:other.example')).toBe('BADGE_AUDIENCE_MISMATCH');
			expect(await world.code(token)).toBe('BADGE_AUDIENCE_MISMATCH');
		}
		expect(world.asked).toEqual([]);
	});

	it.each([0, 0.5, 3_601, -1, Number.NaN])('we mint none that lives %d seconds', async ttlSeconds => {
		const { privateJwk } = freshKey();
		await expect(
			mintSelfSigned({ privateJwk, audience: DID, now: START, ttlSeconds, jti: randomUUID() }),
		).rejects.toThrow(RangeError);
	});
});

describe('the issuer is trusted before anything is fetched (invariant; §6.1 #7)', () => {
	const hostile = (world: World, over: JsonObject, header: JsonObject = {}): string => {
		const attacker = freshKey();
		const { publicJwk: key } = attacker;
		const iat = world.seconds;
		return signJws(
			attacker,
			{
				typ: 'JWT',
				kid: 'k1',
				jku: 'https://evil.example/k',
				x5u: 'https://evil.example/c',
				jwk: { ...key },
				...header,
			},
			{
				...({ jti: randomUUID(), iss: 'https://evil.example', sub: 'did:web:evil.example' } as JsonObject),
				...{ iat, exp: iat + 300, ial: '1' },
				...{ key: { ...key }, cnf: { kid: 'did:web:evil.example#k' } },
				vc: {
					type: ['VerifiableCredential', 'AgentIdentity'],
					credentialSubject: { level: '4', domain: 'evil.example' },
				},
				...over,
			},
		);
	};

	it.each([
		'https://evil.example',
		'https://ca.example.evil.example',
		'https://ca.example:8443',
		'https://ca.example./',
		'https://ca.example@evil.example',
		'https://ca.example/../evil',
		'https://ca.example\\@evil.example',
		'http://ca.example',
		'https://xn--ca-example',
		'https://127.0.0.1',
		'https://169.254.169.254',
		'https://[::1]',
		'file:///etc/passwd',
		'did:web:evil.example',
		'',
		'javascript:1',
	])('iss %j: not one request', async iss => {
		const world = new World();
		expect(await world.code(hostile(world, { iss }))).toMatch(/^BADGE_(?:ISSUER_UNTRUSTED|CLAIMS_INVALID)$/);
		expect(world.asked).toEqual([]);
	});

	it.each([
		['kid', { kid: 'https://evil.example/key' }],
		['kid of a path', { kid: '../../x' }],
		['jku of the issuer', { jku: 'https://ca.example/other.json' }],
		['nothing', { kid: undefined as unknown as string }],
	])('with a hostile %s in its header: not one request', async (_, header) => {
		const world = new World();
		expect(await world.code(hostile(world, {}, header as JsonObject))).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(world.asked).toEqual([]);
	});

	it('empty settings trust nobody and fetch nothing, whatever is shown', async () => {
		const world = new World();
		world.settings = NO_TRUST_SETTINGS;
		const key = freshKey();
		expect(await world.code(world.badge())).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(await world.code(selfSigned(key, world.seconds))).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(await world.code(hostile(world, { iss: 'https://ca.example' }))).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(world.asked).toEqual([]);
	});

	it('a forged badge of a trusted issuer has only the issuer asked, and its subject never', async () => {
		const world = new World().unpinned();
		expect(await world.code(hostile(world, { iss: 'https://ca.example' }))).toBe('BADGE_SIGNATURE_INVALID');
		expect(world.asked.map(({ url }) => url)).toEqual([world.jwksUrl]);
	});
});

describe('every member of the settings has an effect (§6.1 #8)', () => {
	it('issuers: without it, nothing', async () => {
		const world = new World();
		expect(await world.code(world.badge())).toBe('ok 2');
		expect(await world.trust({ issuers: [] }).code(world.badge())).toBe('BADGE_ISSUER_UNTRUSTED');
	});

	it('maxLevel: what is above does not count at all', async () => {
		const world = new World();
		world.trust({ issuers: [world.issuer.trusted({ maxLevel: '2' })] });
		expect(await world.code(world.badge({ level: '2' }))).toBe('ok 2');
		expect(await world.code(world.badge({ level: '3' }))).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(world.asked).toHaveLength(2);
	});

	it('keys: pinned ones alone count, and others are never fetched', async () => {
		const world = new World();
		world.trust({ issuers: [world.issuer.trusted({ keys: [{ ...freshKey().publicJwk, kid: 'k1' }] })] });
		expect(await world.code(world.badge())).toBe('BADGE_SIGNATURE_INVALID');
		expect(world.asked).toEqual([]);
	});

	it('domains: the domain, and the host of the subject, lie within them or the issuer vouches for nothing', async () => {
		const world = new World();
		world.trust({ issuers: [world.issuer.trusted({ domains: ['mcp.example'] })] });
		expect(await world.code(world.badge())).toBe('ok 2');
		expect(await world.code(world.badge({ domain: 'a.mcp.example' }))).toBe('ok 2');
		for (const domain of ['other.example', 'evilmcp.example', 'mcp.example.evil', 'example']) {
			expect(await world.code(world.badge({ domain }))).toBe('BADGE_ISSUER_UNTRUSTED');
		}
		// It may not say another's name beside a domain that is its to say.
		expect(await world.code(world.badge({ sub: 'did:web:other.example' }))).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(await world.code(world.badge({ sub: 'did:web:ca.example:servers:1' }))).toBe('ok 2');
	});

	it('privateAddresses: goes with every request to that issuer, and with none to another', async () => {
		for (const open of [true, false]) {
			const world = new World().unpinned(open ? { privateAddresses: true } : {});
			expect(await world.code(world.badge())).toBe('ok 2');
			expect(world.asked.map(({ privateAddresses }) => privateAddresses === true)).toEqual([open, open, open]);
			expect(world.asked.map(({ document }) => document)).toEqual(['jwks', 'badge-status', 'agent-status']);
		}
	});

	it('acceptLevelZero and trustedKeys: whose own word counts', async () => {
		const world = new World();
		const [key, other] = [freshKey(), freshKey()];
		const token = selfSigned(key, world.seconds);
		expect(await world.code(token)).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(await world.trust({ acceptLevelZero: true }).code(token)).toBe('ok 0');
		expect(await world.trust({ trustedKeys: [key.did] }).code(token)).toBe('ok 0');
		expect(await world.code(selfSigned(other, world.seconds))).toBe('BADGE_ISSUER_UNTRUSTED');
		expect(world.asked).toEqual([]);
	});

	it('audience: what aud has to name; the one asked for goes before it', async () => {
		const world = new World().trust({ audience: 'https://me.example' });
		const token = world.badge({ claims: { aud: ['https://me.example', 'https://you.example'] } });
		expect(await world.code(token)).toBe('ok 2');
		expect(await world.code(token, 'https://you.example')).toBe('ok 2');
		expect(await world.code(token, 'https://third.example')).toBe('BADGE_AUDIENCE_MISMATCH');
		expect(await world.trust({}).code(token)).toBe('BADGE_AUDIENCE_MISMATCH');
		expect(await world.code(world.badge())).toBe('ok 2');
	});

	it('testKeys: published keys count for no subject, no issuer and no level 0 without it', async () => {
		const { agent, ca } = vectors<Record<'agent' | 'ca', { seed_hex: string; x: string; did_key: string }>>('keys');
		const published = ({ seed_hex: seed, x, did_key: did }: typeof agent): TestKey => {
			const publicJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
			return { publicJwk, privateJwk: { ...publicJwk, d: Buffer.from(seed, 'hex').toString('base64url') }, did };
		};
		const world = new World().trust({ acceptLevelZero: true });
		const own = selfSigned(published(agent), world.seconds);
		const subject = world.badge({ key: published(agent).publicJwk });
		expect(await world.code(own)).not.toMatch(/^ok/);
		expect(await world.code(subject)).toBe('BADGE_CLAIMS_INVALID');
		world.trust({ acceptLevelZero: true, testKeys: true });
		expect(await world.code(own)).toBe('ok 0');
		expect(await world.code(subject)).toBe('ok 2');
		const claims = { iss: 'https://ca.example' };
		const forged = selfSigned(published(ca), world.seconds, {
			...claims,
			vc: {
				type: ['VerifiableCredential', 'AgentIdentity'],
				credentialSubject: { level: '2', domain: 'mcp.example' },
			},
			...{ sub: DID, key: { ...world.key.publicJwk } },
		});
		const issuers = [world.issuer.trusted({ keys: [published(ca).publicJwk] })];
		expect(await world.trust({ issuers }).code(forged)).toBe('BADGE_SIGNATURE_INVALID');
		expect(await world.trust({ issuers, testKeys: true }).code(forged)).toBe('ok 2');
	});

	it('profile: issuers below .invalid (S-30) count in dev alone, whatever the test keys', async () => {
		const seconds = () => START;
		const issuer = new TestIssuer(seconds, 'https://registry.capisc.invalid');
		const world = new World();
		const token = issuer.issue({ sub: DID, key: world.key.publicJwk });
		const run = (over: Partial<TrustSettings>) => {
			const settings = issuer.settings(over);
			const clock = { now: () => START * 1000 };
			return new BadgeVerifier({ settings: () => settings, fetch: issuer.fetch, clock }).verify(token);
		};
		expect(await run({})).toMatchObject({ ok: false, code: 'BADGE_ISSUER_UNTRUSTED' });
		expect(await run({ testKeys: true })).toMatchObject({ ok: false, code: 'BADGE_ISSUER_UNTRUSTED' });
		expect(await run({ profile: 'dev' })).toMatchObject({ ok: true });
	});

	it('offline: not one request, pinned keys alone, and level 2 needs stored revocations', async () => {
		const world = new World().trust({ offline: true });
		expect(await world.code(world.badge({ level: '1' }))).toBe('ok 1');
		expect(await world.code(world.badge({ level: '2' }))).toBe('REVOCATION_CHECK_FAILED');
		const { issuers } = world.unpinned().settings;
		world.trust({ issuers, offline: true });
		expect(await world.code(world.badge({ level: '1' }))).toBe('REVOCATION_CHECK_FAILED');
		expect(await world.code(world.badge({ sub: DID, claims: { ial: '1', cnf: { kid: `${DID}#k` } } }))).not.toMatch(
			/^ok/,
		);
		expect(world.asked).toEqual([]);
	});

	it('maxStaleness: how old stored revocations may be', async () => {
		const world = new World();
		const stored = { asOf: START - 1_000, revoked: [] as string[] };
		const store = { load: () => Promise.resolve(stored), save: () => Promise.resolve() };
		const run = (maxStaleness: number, token: string) => {
			const settings = world.issuer.settings({ offline: true, maxStaleness });
			const clock = { now: () => START * 1000 };
			const parts = { settings: () => settings, fetch: world.fetch, clock, revocations: store };
			return new BadgeVerifier(parts).verify(token);
		};
		const jti = randomUUID();
		const token = world.badge({ jti });
		expect(await run(300, token)).toMatchObject({ ok: false, code: 'REVOCATION_CHECK_FAILED' });
		expect(await run(1_000, token)).toMatchObject({
			badge: { revocation: { source: 'snapshot', asOf: stored.asOf } },
		});
		stored.revoked.push(jti);
		for (const seconds of [300, 1_000]) {
			expect(await run(seconds, token)).toMatchObject({ ok: false, code: 'BADGE_REVOKED' });
		}
		stored.revoked = [];
		stored.asOf = START + 3_600;
		expect(await run(1_000, token)).toMatchObject({ ok: false, code: 'REVOCATION_CHECK_FAILED' });
		expect(world.asked).toEqual([]);
	});
});

describe('keys of an issuer (§4.2 4)', () => {
	it('the one that the badge names; of a badge that names none, five at most are tried', async () => {
		const others = (count: number) =>
			Array.from({ length: count }, (_, n) => new World().jwk(`x${String(n)}`, freshKey()));
		const world = new World();
		const noKid = (before: number) => {
			const fresh = new World().unpinned({}, []);
			fresh.answers.set(fresh.jwksUrl, json({ keys: [...others(before), fresh.jwk()] }));
			const claims = JSON.parse(
				Buffer.from(fresh.badge().split('.')[1] ?? '', 'base64url').toString(),
			) as JsonObject;
			return fresh.code(signJws(fresh.issuer.key, { typ: 'JWT' }, claims));
		};
		world.unpinned({}, [...others(7), world.jwk()]);
		expect(await world.code(world.badge())).toBe('ok 2');
		expect(await noKid(4)).toBe('ok 2');
		expect(await noKid(5)).toBe('BADGE_SIGNATURE_INVALID');
	});

	it('an unknown kid has the issuer asked once more, and not again within a minute', async () => {
		const world = new World().unpinned({}, [new World().jwk('old', freshKey())]);
		const jwks = () => world.asked.filter(({ document }) => document === 'jwks').length;
		expect(await world.code(world.badge())).toBe('BADGE_SIGNATURE_INVALID');
		const first = jwks();
		expect(first).toBeLessThanOrEqual(2);
		for (let n = 0; n < 20; n++) {
			expect(await world.code(world.badge())).toBe('BADGE_SIGNATURE_INVALID');
		}
		expect(jwks()).toBe(first);
		world.answers.set(world.jwksUrl, json({ keys: [world.jwk()] }));
		world.seconds += 61;
		expect(await world.code(world.badge())).toBe('ok 2');
		expect(jwks()).toBe(first + 1);
	});

	it.each<[string, JsonValue | string]>([
		['no JSON', '<html>'],
		['no object', []],
		['no keys', {}],
		['a member twice', '{"keys":[],"keys":[]}'],
		[
			'keys that are none',
			{ keys: [1, null, 'x', {}, { kty: 'RSA', kid: 'k1' }, { kty: 'OKP', crv: 'X25519', x: 'A' }] },
		],
	])('a set with %s vouches for nothing', async (_, body) => {
		const world = new World().unpinned();
		world.answers.set(world.jwksUrl, json(body));
		expect(await world.code(world.badge())).toMatch(/^(?:BADGE_SIGNATURE_INVALID|REVOCATION_CHECK_FAILED)$/);
	});

	it('a set with more than 20 keys is none; a key for encryption signs nothing', async () => {
		const world = new World().unpinned();
		const many = Array.from({ length: 20 }, (_, n) => world.jwk(`x${String(n)}`, freshKey()));
		world.answers.set(world.jwksUrl, json({ keys: [world.jwk(), ...many] }));
		expect(await world.code(world.badge())).not.toMatch(/^ok/);
		const enc = new World().unpinned();
		enc.answers.set(enc.jwksUrl, json({ keys: [{ ...enc.jwk(), use: 'enc' }] }));
		expect(await enc.code(enc.badge())).not.toMatch(/^ok/);
	});

	it.each(['blocked', 'timeout', 'too-large', 'unreachable', 'aborted'] as const)(
		'an issuer that is %s makes no forgery of an honest badge',
		async why => {
			const world = new World().unpinned();
			world.answers.set(world.jwksUrl, { ok: false, why });
			expect(await world.code(world.badge())).toBe('REVOCATION_CHECK_FAILED');
		},
	);
});

describe('revocation and status (§4.2 8, 9; §6.1 #6)', () => {
	const statusOf = (world: World, jti: string) => `${world.issuer.origin}/v1/badges/${jti}/status`;

	it('revoked, disabled: what the issuer says', async () => {
		const world = new World();
		const jti = randomUUID();
		world.issuer.revoked.add(jti);
		expect(await world.code(world.badge({ jti }))).toBe('BADGE_REVOKED');
		world.issuer.disabled.add(DID);
		expect(await world.code(world.badge())).toBe('BADGE_AGENT_DISABLED');
	});

	it.each<[string, IdentityAnswer]>([
		['is not there', json({ error: 'NOT_FOUND' }, 404)],
		['fails', json({ error: 'X' }, 500)],
		['answers for another badge', json({ jti: randomUUID(), revoked: false })],
		['says "false"', json({ revoked: 'false' })],
		['says nothing', json({})],
		['is no JSON', json('revoked')],
		['says it twice', json('{"revoked":true,"revoked":false}')],
		['is not reached', { ok: false, why: 'unreachable' }],
	])('a status that %s is no word for a badge of level 2, and none against it either', async (_, answer) => {
		const world = new World();
		const jti = randomUUID();
		world.answers.set(statusOf(world, jti), answer);
		expect(await world.code(world.badge({ jti }))).toBe('REVOCATION_CHECK_FAILED');
	});

	it.each(['suspended', 'disabled', 'gone', ''])('a subject that is "%s" is not active', async status => {
		const world = new World();
		world.answers.set(
			`${world.issuer.origin}/v1/agents/${encodeURIComponent(DID)}/status`,
			json({ did: DID, status }),
		);
		expect(await world.code(world.badge())).toMatch(/^(?:BADGE_AGENT_DISABLED|REVOCATION_CHECK_FAILED)$/);
	});

	it('all pages of the revocations are stored, or none', async () => {
		const world = new World();
		const saved: unknown[] = [];
		const store = {
			load: () => Promise.resolve(undefined),
			save: (issuer: string, snapshot: unknown) => (saved.push([issuer, snapshot]), Promise.resolve()),
		};
		const parts = { settings: () => world.settings, fetch: world.fetch, clock: { now: () => START * 1000 } };
		const verifier = new BadgeVerifier({ ...parts, revocations: store });
		const page = (jtis: readonly string[], nextCursor?: string) =>
			json({ revocations: jtis.map(jti => ({ jti, revokedAt: 'x' })), ...(nextCursor && { nextCursor }) });
		const first = 'https://ca.example/v1/revocations?since=1970-01-01T00%3A00%3A00Z';
		world.answers.set(first, page(['a'], 'two/3'));
		expect(await verifier.syncRevocations(world.issuer.trusted())).toBe(false);
		world.answers.set(`${first}&cursor=two%2F3`, page(['b']));
		expect(await verifier.syncRevocations(world.issuer.trusted())).toBe(true);
		expect(saved).toEqual([['https://ca.example', { asOf: START, revoked: ['a', 'b'] }]]);
		// An issuer that never ends is left.
		world.answers.set(`${first}&cursor=two%2F3`, page(['b'], 'two/3'));
		expect(await verifier.syncRevocations(world.issuer.trusted())).toBe(false);
		expect(saved).toHaveLength(1);
	});
});

describe('a subject that showed its key (ial 1; §4.2 7)', () => {
	const document = (key: TestKey, over: JsonObject = {}): JsonObject => ({
		id: DID,
		verificationMethod: [
			{ id: `${DID}#k`, controller: DID, type: 'JsonWebKey2020', publicKeyJwk: { ...key.publicJwk } },
		],
		authentication: [`${DID}#k`],
		...over,
	});
	const url = 'https://mcp.example/servers/files/did.json';
	const claims = { ial: '1', cnf: { kid: `${DID}#k` } };

	it('its document holds the key of the badge', async () => {
		const world = new World();
		world.answers.set(url, json(document(world.key)));
		expect(await world.code(world.badge({ claims }))).toBe('ok 2');
		expect(world.asked[0]).toEqual({ url, document: 'did' });
		expect([...((await world.verifier.keysOf(DID)) ?? [])]).toEqual([[`${DID}#k`, world.key.publicJwk]]);
	});

	it.each<[string, (world: World) => JsonObject]>([
		['is of another DID (§6.1 #15)', world => document(world.key, { id: 'did:web:mcp.example' })],
		['has no id', world => document(world.key, { id: undefined as unknown as string })],
		['holds another key', () => document(freshKey())],
		['holds it under another id', world => document(world.key, { verificationMethod: [] })],
		['does not hold it for authentication', world => document(world.key, { authentication: [] })],
		[
			'holds it for another controller',
			world =>
				document(world.key, {
					verificationMethod: [
						{
							id: `${DID}#k`,
							controller: 'did:web:evil.example',
							publicKeyJwk: { ...world.key.publicJwk },
						},
					],
				}),
		],
	])('a document that %s does not', async (_, make) => {
		const world = new World();
		world.answers.set(url, json(make(world)));
		expect(await world.code(world.badge({ claims }))).toBe('BADGE_CLAIMS_INVALID');
	});

	it('a key of another DID is not fetched from there', async () => {
		const world = new World();
		const kid = 'did:web:evil.example#k';
		world.answers.set(url, json(document(world.key)));
		expect(await world.code(world.badge({ claims: { ial: '1', cnf: { kid } } }))).toBe('BADGE_CLAIMS_INVALID');
		expect(world.asked.every(({ url: asked }) => !asked.includes('evil'))).toBe(true);
	});

	it('a document that cannot be had now makes no forgery of it', async () => {
		const world = new World();
		world.answers.set(url, { ok: false, why: 'timeout' });
		expect(await world.code(world.badge({ claims }))).toBe('REVOCATION_CHECK_FAILED');
	});

	it('a did:key is its own document', async () => {
		const world = new World();
		const kid = `${world.key.did}#${world.key.did.slice('did:key:'.length)}`;
		expect(await world.code(world.badge({ sub: world.key.did, claims: { ial: '1', cnf: { kid } } }))).toBe('ok 2');
	});
});

describe('what is kept, and for how long (§2.10)', () => {
	const statuses = (world: World) => world.asked.filter(({ document }) => document === 'badge-status').length;

	it('a badge that holds is judged anew after a minute, and a revocation counts by then', async () => {
		const world = new World();
		const jti = randomUUID();
		const token = world.badge({ jti });
		expect(await world.code(token)).toBe('ok 2');
		world.issuer.revoked.add(jti);
		world.seconds += 59;
		expect(await world.code(token)).toBe('ok 2');
		expect(statuses(world)).toBe(1);
		world.seconds += 1;
		expect(await world.code(token)).toBe('BADGE_REVOKED');
	});

	it('a badge that does not hold is judged anew after five seconds', async () => {
		const world = new World();
		const jti = randomUUID();
		world.issuer.revoked.add(jti);
		const token = world.badge({ jti });
		expect(await world.code(token)).toBe('BADGE_REVOKED');
		world.issuer.revoked.clear();
		world.seconds += 4;
		expect(await world.code(token)).toBe('BADGE_REVOKED');
		world.seconds += 1;
		expect(await world.code(token)).toBe('ok 2');
	});

	it('it ends with the badge', async () => {
		const world = new World();
		const token = world.badge({ ttl: 20 });
		expect(await world.code(token)).toBe('ok 2');
		world.seconds += 80;
		expect(await world.code(token)).toBe('BADGE_EXPIRED');
	});

	it('any change of the settings ends it at once, also one to less', async () => {
		const world = new World();
		const token = world.badge();
		expect(await world.code(token)).toBe('ok 2');
		expect(await world.trust({ issuers: [world.issuer.trusted({ maxLevel: '1' })] }).code(token)).toBe(
			'BADGE_ISSUER_UNTRUSTED',
		);
		expect(await world.trust({}).code(token)).toBe('ok 2');
		expect(await world.trust({ maxStaleness: 1 }).code(token)).toBe('ok 2');
		expect(statuses(world)).toBe(3);
	});

	it('forget: all is asked anew', async () => {
		const world = new World().unpinned();
		const token = world.badge();
		await world.code(token);
		world.verifier.forget();
		await world.code(token);
		expect(world.asked.map(({ document }) => document)).toEqual([
			...['jwks', 'badge-status', 'agent-status', 'jwks', 'badge-status', 'agent-status'],
		]);
	});

	it('what was found for one audience says nothing for another', async () => {
		const world = new World();
		const token = world.badge({ claims: { aud: ['a'] } });
		expect(await world.code(token, 'a')).toBe('ok 2');
		expect(await world.code(token, 'b')).toBe('BADGE_AUDIENCE_MISMATCH');
		expect(await world.code(token)).toBe('BADGE_AUDIENCE_MISMATCH');
	});

	it('a clock that is set back brings nothing back: what was found out in its future counts no more', async () => {
		const world = new World().unpinned();
		const jti = randomUUID();
		world.seconds = START + 86_400;
		const token = world.badge({ jti });
		expect(await world.code(token)).toBe('ok 2');
		world.issuer.revoked.add(jti);
		world.answers.set(world.jwksUrl, json({ keys: [world.jwk('k1', freshKey())] }));
		world.seconds -= 100;
		expect(await world.code(token)).not.toBe('ok 2');
	});

	it('the same badge shown many times at once has its issuer asked once', async () => {
		const world = new World().unpinned();
		const token = world.badge();
		expect(new Set(await Promise.all(Array.from({ length: 20 }, () => world.code(token))))).toEqual(
			new Set(['ok 2']),
		);
		expect(world.asked).toHaveLength(3);
	});
});

describe('nothing throws, and nothing that is not whole verifies', () => {
	it('any byte of a badge changed, and it does not hold (property)', async () => {
		const world = new World();
		const token = world.badge();
		expect(await world.code(token)).toBe('ok 2');
		await fc.assert(
			fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 0, max: 255 }), async (at, code) => {
				const changed = `${token.slice(0, at)}${String.fromCharCode(code)}${token.slice(at + 1)}`;
				if (changed !== token) {
					expect(await world.code(changed)).toMatch(/^BADGE_/);
				}
			}),
			{ numRuns: 1_500 },
		);
	});

	it('any text, any payload and any header give a result with a code', async () => {
		const world = new World().trust({ acceptLevelZero: true });
		const part = (text: string) => Buffer.from(text).toString('base64url');
		const [header = '', payload = '', signature = ''] = world.badge().split('.');
		await fc.assert(
			fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), async text => {
				for (const token of [
					text,
					`${header}.${part(text)}.${signature}`,
					`${part(text)}.${payload}.${signature}`,
				]) {
					expect(await world.code(token)).toMatch(/^BADGE_/);
				}
			}),
			{ numRuns: 300 },
		);
	});

	it('claims of any kind, signed by the trusted issuer itself, never throw and hold only in their one form', async () => {
		const world = new World();
		const names = fc.constantFrom(
			...['jti', 'iss', 'sub', 'aud', 'iat', 'exp', 'nbf', 'ial', 'key', 'cnf', 'vc', '__x', 'toString'],
		);
		await fc.assert(
			fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
				const code = await world.code(world.badge({ claims: { [name]: value } }));
				expect(code).toMatch(/^(?:BADGE_|ok 2$)/);
				expect(code === 'ok 2' ? ['nbf', 'aud', '__x', 'toString', 'ial', 'iat', 'exp'] : [name]).toContain(
					name,
				);
			}),
			{ numRuns: 500 },
		);
	});

	it('a fetch that rejects or answers nonsense gives a code', async () => {
		const world = new World().unpinned();
		const run = (fetch: IdentityFetch) =>
			new BadgeVerifier({ settings: () => world.settings, fetch, clock: { now: () => START * 1000 } }).verify(
				world.badge(),
			);
		for (const fetch of [
			(() => Promise.reject(new Error('x'))) as IdentityFetch,
			(() => {
				throw new Error('x');
			}) as IdentityFetch,
			(() => Promise.resolve(json('\u0000'.repeat(10)))) as IdentityFetch,
		]) {
			expect(await run(fetch)).toMatchObject({ ok: false });
		}
	});
});
