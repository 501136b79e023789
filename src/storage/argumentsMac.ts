import { createHmac, hkdfSync } from 'node:crypto';

const LABEL = 'mcp-firewall/arguments-mac/1';
const KEY_BYTES = 32;

/**
 * HMAC-SHA-256 (RFC 2104) of text, base64url without padding, under a key that is derived by HKDF-SHA-256 (RFC 5869) from another secret
 * of this installation, so that what one key signs never helps with the other.
 */
export function argumentsMac(secret: string | Uint8Array): (text: string) => string {
	const key = new Uint8Array(hkdfSync('sha256', secret, '', LABEL, KEY_BYTES));
	return text => createHmac('sha256', key).update(text, 'utf8').digest('base64url');
}
