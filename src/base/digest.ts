import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson, type JsonValue } from './json';

/** SHA-256 (FIPS 180-4) of bytes or of UTF-8 text, lower-case hex. */
export function sha256Hex(data: Uint8Array | string): string {
	return bytesToHex(sha256(typeof data === 'string' ? utf8ToBytes(data) : data));
}

/** SHA-256 of the canonical JSON (RFC 8785) of a value: equal values have equal digests whatever their key order. */
export function digestJson(value: JsonValue): string {
	return sha256Hex(canonicalJson(value));
}
