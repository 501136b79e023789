import { isJsonArray, isJsonObject } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { type PublicJwk, readPublicJwk } from './publicJwk';

/** Keys that an issuer may have (identity.md §6.2, 8). */
const MAX_KEYS = 20;

/** The Ed25519 keys for signing in a JWK set (RFC 7517 §5); none for what is no such set, or has more than 20. Attacker-controlled. */
export function readJwks(text: string): readonly PublicJwk[] {
	const parsed = parseJson(text, 'strict');
	const keys = parsed.ok && isJsonObject(parsed.value) ? parsed.value.keys : undefined;
	return isJsonArray(keys) && keys.length <= MAX_KEYS ? keys.map(readPublicJwk).filter(key => key !== undefined) : [];
}
