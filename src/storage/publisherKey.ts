import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { bundleBytes, bundleText, type RegistryBundle, type VerifySignature } from '../domain/registry/registryBundle';

/** A new Ed25519 key (RFC 8032) that registries are signed with: PKCS #8 as PEM (RFC 7468). A secret. */
export function newPublisherKey(): string {
	return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Verifies by the runtime's own Ed25519. */
export const verifyEd25519: VerifySignature = (publicKey, data, signature) => {
	try {
		const x = Buffer.from(publicKey).toString('base64url');
		const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
		return verify(null, data, key, signature);
	} catch {
		return false;
	}
};

/**
 * The text of a registry's signed bundle; the publisher's key is that of the private one. Throws where `pem` is no Ed25519 key;
 * the message repeats nothing of it.
 */
export function signBundle(pem: string, name: string, bundle: Omit<RegistryBundle, 'publisher'>): string {
	const key = privateKeyOf(pem);
	const whole = { ...bundle, publisher: { name, key: publicKeyOf(key) } };
	return bundleText(whole, sign(null, bundleBytes(whole), key));
}

/** The public half of a key, as bundles name it. Throws where `pem` is no Ed25519 key. */
export function publisherKeyOf(pem: string): string {
	return publicKeyOf(privateKeyOf(pem));
}

function privateKeyOf(pem: string): KeyObject {
	let key: KeyObject | undefined;
	try {
		key = createPrivateKey(pem);
	} catch {
		// Node's own words may say too much about what was read.
	}
	if (key?.asymmetricKeyType !== 'ed25519') {
		throw new TypeError('this is not a private Ed25519 key (PKCS #8, PEM)');
	}
	return key;
}

function publicKeyOf(key: KeyObject): string {
	const { x } = createPublicKey(key).export({ format: 'jwk' });
	if (x === undefined) {
		throw new TypeError('this key has no public half');
	}
	return x;
}
