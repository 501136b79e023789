import { signCompactJws } from './compactJws';
import { didKeyOf } from './did';
import { type PublicJwk } from './publicJwk';

/** What a self-signed badge is made of. Times are unix seconds. */
export interface SelfSignedParts {
	/** Ed25519. Never leaves. */
	readonly privateJwk: PublicJwk & { readonly d: string };
	/** Whom the badge is for: no other may take it. */
	readonly audience: string;
	readonly now: number;
	/** 1 to 3600. */
	readonly ttlSeconds: number;
	/** UUIDv4. */
	readonly jti: string;
}

/**
 * A badge of level `0` (RFC-002 §4.3): the key vouches for itself under its did:key. Rejects with a RangeError for a life that no
 * verifier takes, with whatever the signer throws for what is no private key.
 */
export async function mintSelfSigned({ privateJwk, audience, now, ttlSeconds, jti }: SelfSignedParts): Promise<string> {
	if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > 3_600) {
		throw new RangeError('a badge lives 1 to 3600 seconds');
	}
	const { kty, crv, x } = privateJwk;
	const did = didKeyOf(privateJwk);
	const iat = Math.floor(now);
	const claims = {
		...{ jti, iss: did, sub: did, aud: [audience], iat, exp: iat + ttlSeconds, ial: '0' },
		key: { kty, crv, x },
		vc: { type: ['VerifiableCredential', 'AgentIdentity'], credentialSubject: { level: '0' } },
	};
	const header = { alg: 'EdDSA', typ: 'JWT', kid: `${did}#${did.slice('did:key:'.length)}` };
	return signCompactJws(header, new TextEncoder().encode(JSON.stringify(claims)), privateJwk);
}
