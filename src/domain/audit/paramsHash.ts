import { hexToBytes } from '@noble/hashes/utils.js';
import { toBase64Url } from '../../base/base64Url';
import { canonicalJson, type JsonObject } from '../../base/json';

/** Half of a surrogate pair, which JSON.stringify alone writes as an escape; an even number of backslashes before it is text. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/;

/**
 * Arguments as RFC 8785 writes them, for hashing. Undefined for what it cannot say: half of a surrogate pair (§3.2.2.2), deeper
 * than can be walked. Absent arguments are `{}`. Numbers are what the parser made of them.
 */
export function canonicalArguments(args: JsonObject = {}): string | undefined {
	try {
		const text = canonicalJson(args);
		return text.includes('\\ud') && LONE_SURROGATE.test(text) ? undefined : text;
	} catch {
		return undefined;
	}
}

/**
 * RFC-006 `params_hash` of {@link canonicalArguments}: `sha256:` and base64url without padding. `digest` is SHA-256, in hex. Short
 * arguments can be guessed from it.
 */
export function paramsHash(canonical: string, digest: (bytes: Uint8Array) => string): string {
	return `sha256:${toBase64Url(hexToBytes(digest(new TextEncoder().encode(canonical))))}`;
}
