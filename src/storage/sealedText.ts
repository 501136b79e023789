import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** The key that texts are sealed with: 32 bytes; undefined where it cannot be had, and then nothing is sealed or opened. */
export interface SealKey {
	get(): Promise<Uint8Array | undefined>;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a text (AES-256-GCM, NIST SP 800-38D, a random nonce) so that only who has the key can read or change it. `about` is
 * bound to it and not kept: it opens for the same `about` alone. Base64.
 */
export function sealText(key: Uint8Array, text: string, about: string): string {
	const nonce = randomBytes(NONCE_BYTES);
	const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
	cipher.setAAD(Buffer.from(about, 'utf8'));
	const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** The text of a seal; undefined for another key, another `about`, or a changed byte. */
export function openSealed(key: Uint8Array, sealed: string, about: string): string | undefined {
	const bytes = Buffer.from(sealed, 'base64');
	if (bytes.length < NONCE_BYTES + TAG_BYTES) {
		return undefined;
	}
	try {
		const nonce = bytes.subarray(0, NONCE_BYTES);
		const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
		decipher.setAAD(Buffer.from(about, 'utf8'));
		decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
		const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
		return text.toString('utf8');
	} catch {
		return undefined;
	}
}
