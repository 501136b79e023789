import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { fromBase64Url, toBase64Url } from '../../base/base64Url';
import { isJsonObject, type JsonValue } from '../../base/json';

/** An Ed25519 public key (RFC 8037 §2). `x` is 32 bytes in base64url without padding. */
export interface PublicJwk {
	readonly kty: 'OKP';
	readonly crv: 'Ed25519';
	readonly x: string;
	readonly kid?: string;
}

/** 32 bytes in base64url without padding, as one text alone can say them: the last character has no bits to spare. */
const X = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const MAX_KID = 256;

/**
 * The key in a JWK; undefined for what is no Ed25519 public key, has a private half beside it, or may not sign. Attacker-controlled.
 */
export function readPublicJwk(value: JsonValue | undefined): PublicJwk | undefined {
	if (!isJsonObject(value) || value.d !== undefined) {
		return undefined;
	}
	const { kty, crv, x, kid, use, alg } = value;
	const usable = (use === undefined || use === 'sig') && (alg === undefined || alg === 'EdDSA' || alg === 'Ed25519');
	if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || !X.test(x) || !usable) {
		return undefined;
	}
	if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID)) {
		return undefined;
	}
	return { kty, crv, x, ...(kid !== undefined && { kid }) };
}

/** A key of 32 bytes. */
export function jwkOf(bytes: Uint8Array): PublicJwk {
	return { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(bytes) };
}

/** RFC 7638 thumbprint with SHA-256, base64url without padding. */
export function thumbprintOf({ crv, kty, x }: PublicJwk): string {
	return toBase64Url(sha256(utf8ToBytes(JSON.stringify({ crv, kty, x }))));
}

/** Keys whose private halves stand in RFC 8037 A.1 and RFC 8032 §7.1 (TEST 2, TEST 3): whoever reads those can sign with them. */
const PUBLISHED: ReadonlySet<string> = new Set([
	'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
	'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
	'_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU',
	// RFC 8032 §7.1 TEST 1024 and TEST SHA(abc).
	'J4EX_BRMcjQPZ9DyMW6Dhs7_vyskKMnFH-98WX8dQm4',
	'7Bcrk61eVjv0kyxw4SRQNMNUZ-8u_U1k6_gZaDRn4r8',
]);

/** True for a key of a published test. */
export function isPublishedKey({ x }: PublicJwk): boolean {
	return PUBLISHED.has(x);
}

const P = 2n ** 255n - 19n;
/** y of the points of order 8 (Bernstein et al., "Ed25519" §2; the others have y 0, 1 and -1). */
const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const SMALL: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, ORDER_8, P - ORDER_8]);

/** True for points of small order, and for what is no point in its one encoding: many signatures hold under such a key. */
export function isWeakKey({ x }: PublicJwk): boolean {
	const bytes = fromBase64Url(x);
	const y = bytes.reduceRight((sum, byte, at) => sum * 256n + BigInt(at === 31 ? byte & 0x7f : byte), 0n);
	return bytes.length !== 32 || y >= P || SMALL.has(y);
}

/** True for keys that nobody can be known by: {@link isPublishedKey}, {@link isWeakKey}. */
export function isForbiddenKey(key: PublicJwk): boolean {
	return isPublishedKey(key) || isWeakKey(key);
}
