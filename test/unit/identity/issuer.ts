import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { type JsonObject } from '../../../src/base/json';
import { type IdentityFetch, type IdentityRequest } from '../../../src/domain/identity/identityFetch';
import { type PublicJwk } from '../../../src/domain/identity/publicJwk';
import { NO_TRUST_SETTINGS, type TrustedIssuer, type TrustSettings } from '../../../src/domain/identity/trustSettings';

/** A key of a test, made for it. */
export interface TestKey {
	readonly publicJwk: PublicJwk;
	readonly privateJwk: PublicJwk & { readonly d: string };
	readonly did: string;
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** A fresh Ed25519 key, and the did:key that it is (made here, not by the product). */
export function freshKey(): TestKey {
	const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as { d: string; x: string };
	const publicJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
	let number = BigInt(`0x${Buffer.concat([Buffer.from([0xed, 1]), Buffer.from(x, 'base64url')]).toString('hex')}`);
	let text = '';
	for (; number > 0n; number /= 58n) {
		text = ALPHABET.charAt(Number(number % 58n)) + text;
	}
	return { publicJwk, privateJwk: { ...publicJwk, d }, did: `did:key:z${text}` };
}

/** A compact JWS by `node:crypto` alone, so that the product's own signer is not what its verifier is tried with. */
export function signJws(key: TestKey, header: JsonObject, payload: JsonObject | string): string {
	const encode = (value: JsonObject | string) =>
		Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
	const input = `${encode({ alg: 'EdDSA', ...header })}.${encode(payload)}`;
	const privateKey = createPrivateKey({ key: { ...key.privateJwk }, format: 'jwk' });
	return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

/** What a badge of a test says; `claims` writes over whatever it names. */
export interface BadgeWish {
	readonly sub: string;
	readonly key: PublicJwk;
	readonly level?: string;
	readonly domain?: string;
	readonly ttl?: number;
	readonly jti?: string;
	readonly claims?: JsonObject;
}

/** An issuer without a network: its keys are pinned, and statuses are asked of a function that counts. */
export class TestIssuer {
	readonly key = freshKey();
	readonly requests: IdentityRequest[] = [];
	readonly revoked = new Set<string>();
	readonly disabled = new Set<string>();

	constructor(
		private readonly nowSeconds: () => number,
		readonly origin = 'https://ca.example',
	) {}

	issue({ sub, key, level = '2', domain, ttl = 300, jti = randomUUID(), claims = {} }: BadgeWish): string {
		const now = this.nowSeconds();
		const credentialSubject = { level, domain: domain ?? 'mcp.example' };
		const { kty, crv, x } = key;
		const payload = {
			...{ jti, iss: this.origin, sub, iat: now + Math.min(ttl, 0) - 60, exp: now + ttl, ial: '0' },
			...{ key: { kty, crv, x }, vc: { type: ['VerifiableCredential', 'AgentIdentity'], credentialSubject } },
			...claims,
		};
		return signJws(this.key, { typ: 'JWT', kid: 'k1' }, payload);
	}

	/** As it stands in the settings, with its key pinned. */
	trusted(over: Partial<TrustedIssuer> = {}): TrustedIssuer {
		return { origin: this.origin, maxLevel: '4', keys: [{ ...this.key.publicJwk, kid: 'k1' }], ...over };
	}

	settings(over: Partial<TrustSettings> = {}): TrustSettings {
		return { ...NO_TRUST_SETTINGS, issuers: [this.trusted()], ...over };
	}

	readonly fetch: IdentityFetch = request => {
		this.requests.push(request);
		const { pathname, origin } = new URL(request.url);
		const [, version, what, subject = '', last] = pathname.split('/');
		if (origin !== this.origin || version !== 'v1' || last !== 'status') {
			return Promise.resolve({ ok: false, why: 'unreachable' });
		}
		const id = decodeURIComponent(subject);
		const body =
			what === 'badges'
				? { jti: id, revoked: this.revoked.has(id) }
				: { did: id, status: this.disabled.has(id) ? 'disabled' : 'active' };
		return Promise.resolve({ ok: true, status: 200, contentType: 'application/json', body: JSON.stringify(body) });
	};
}

/** A self-signed badge (level `0`). */
export function selfSigned(key: TestKey, now: number, claims: JsonObject = {}): string {
	const kid = `${key.did}#${key.did.slice('did:key:'.length)}`;
	const payload = {
		...{
			jti: randomUUID(),
			iss: key.did,
			sub: key.did,
			iat: now,
			exp: now + 300,
			ial: '0',
			key: { ...key.publicJwk },
		},
		vc: { type: ['VerifiableCredential', 'AgentIdentity'], credentialSubject: { level: '0' } },
		...claims,
	};
	return signJws(key, { typ: 'JWT', kid }, payload);
}
