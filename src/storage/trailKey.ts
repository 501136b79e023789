import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { type TrailSigner } from '../domain/audit/checkpoint';
import { nodeSha256 } from './system';

/** A new private key for a trail: PKCS#8 DER, base64. A secret. */
export function newTrailKey(): string {
	return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

/** What stands before the 32 bytes of a private key in PKCS#8 (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The private key that is these 32 random bytes (RFC 8032 §5.1.5), as {@link newTrailKey} would give it. A secret. */
export function trailKeyOfSeed(seed: Uint8Array): string {
	return Buffer.concat([PKCS8_HEAD, seed]).toString('base64');
}

/** Signs with a key of {@link newTrailKey}. Throws for what is no Ed25519 key. */
export function trailSigner(secret: string): TrailSigner {
	const privateKey = createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' });
	const { x, crv } = createPublicKey(privateKey).export({ format: 'jwk' });
	if (crv !== 'Ed25519' || x === undefined) {
		throw new TypeError('the key of the audit trail is no Ed25519 key');
	}
	return {
		key: trailKeyId(x),
		publicKey: x,
		sign: text => sign(undefined, Buffer.from(text, 'utf8'), privateKey).toString('base64url'),
	};
}

/** First 16 hex digits of the SHA-256 of a raw public key, given in base64url. */
export function trailKeyId(publicKey: string): string {
	return nodeSha256(Buffer.from(publicKey, 'base64url')).slice(0, 16);
}

/** Whether a signature is of this key (raw, base64url) and this text; false for whatever cannot be one. */
export function isTrailSignature(publicKey: string, text: string, signature: string): boolean {
	const key = readTrailKey(publicKey);
	const bytes = trailSignatureBytes(signature);
	return key !== undefined && bytes !== undefined && verify(undefined, Buffer.from(text, 'utf8'), key, bytes);
}

/** A raw Ed25519 public key (RFC 8032 §5.1.5) in base64url, written in its one way; undefined for what is none. */
export function readTrailKey(publicKey: string): KeyObject | undefined {
	try {
		const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
		return key.export({ format: 'jwk' }).x === publicKey ? key : undefined;
	} catch {
		return undefined;
	}
}

/** 64 bytes in base64url, whose last four bits are none. */
const EXACT = /^[\w-]{85}[AQgw]$/;

/** The bytes of an Ed25519 signature in base64url, written in its one way; undefined for what is none. */
export function trailSignatureBytes(signature: string): Buffer | undefined {
	return EXACT.test(signature) ? Buffer.from(signature, 'base64url') : undefined;
}
