import { isJsonArray, isJsonObject, type JsonValue, ownMember } from '../../base/json';
import { inEnglish, type Phrase, phrase } from '../../base/phrase';
import { isForbiddenKey, type PublicJwk, readPublicJwk } from './publicJwk';

const MAX_KEYS = 16;

/**
 * Reads public keys from configuration: one JWK, a list of them, or a JWK set (RFC 7517 §5). A single one that is no Ed25519
 * key, or one whose private half everybody knows, spoils them all: a half of what was meant is not guessed.
 */
export function readPublicKeys(
	value: JsonValue | undefined,
):
	| { readonly ok: true; readonly keys: readonly PublicJwk[] }
	| { readonly ok: false; readonly why: string; readonly said: Phrase } {
	const set = isJsonObject(value) && isJsonArray(ownMember(value, 'keys')) ? value.keys : value;
	const given = isJsonArray(set) ? set : [set];
	if (given.length === 0 || given.length > MAX_KEYS) {
		return unusable(phrase('there have to be 1 to {0} keys', MAX_KEYS));
	}
	const keys: PublicJwk[] = [];
	for (const item of given) {
		const key = keyOf(item);
		if ('text' in key) {
			return unusable(key);
		}
		keys.push(key);
	}
	return { ok: true, keys };
}

function unusable(said: Phrase) {
	return { ok: false, why: inEnglish(said), said } as const;
}

function keyOf(value: JsonValue | undefined): PublicJwk | Phrase {
	if (isJsonObject(value) && ownMember(value, 'd') !== undefined) {
		return phrase('a key is a private one, which belongs to its administrator alone');
	}
	const key = readPublicJwk(value);
	if (key === undefined) {
		return phrase('a key is no Ed25519 public key (kty OKP, crv Ed25519, x)');
	}
	return isForbiddenKey(key) ? phrase('a key is one that anybody can sign with') : key;
}
