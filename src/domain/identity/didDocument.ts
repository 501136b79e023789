import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { keyOfMultibase } from './did';
import { type PublicJwk, readPublicJwk } from './publicJwk';

/** The Ed25519 keys of a DID document, by the id of their verification method, for authentication alone. */
export type DidKeys = ReadonlyMap<string, PublicJwk>;

const MAX_METHODS = 50;

/**
 * Reads a DID document (W3C DID 1.0 §5; did:web §3.2): its `id` has to be the very DID, and a method counts where `authentication`
 * refers to it, or holds it. Undefined for what is no document of this DID. Attacker-controlled.
 */
export function readDidDocument(text: string, did: string): DidKeys | undefined {
	const parsed = parseJson(text, 'strict');
	const document = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
	if (document?.id !== did) {
		return undefined;
	}
	const methods = listOf(document.verificationMethod).filter(isJsonObject);
	const authentication = document.authentication === undefined ? undefined : listOf(document.authentication);
	const embedded = authentication?.filter(isJsonObject) ?? [];
	const keys = new Map<string, PublicJwk>();
	for (const method of [...methods, ...embedded].slice(0, MAX_METHODS)) {
		const id = absolute(method.id, did);
		const key = keyOf(method);
		const referred =
			authentication === undefined ||
			embedded.includes(method) ||
			authentication.some(reference => absolute(reference, did) === id);
		if (id !== undefined && key !== undefined && referred && method.controller === did && !keys.has(id)) {
			keys.set(id, key);
		}
	}
	return keys;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
	return isJsonArray(value) ? value : [];
}

/** The id of a method as a DID URL of this document. */
function absolute(id: JsonValue | undefined, did: string): string | undefined {
	if (typeof id !== 'string') {
		return undefined;
	}
	const whole = id.startsWith('#') ? `${did}${id}` : id;
	return whole.startsWith(`${did}#`) ? whole : undefined;
}

function keyOf({ publicKeyMultibase: multibase, publicKeyJwk: jwk }: JsonObject): PublicJwk | undefined {
	// With two keys nobody knows which one is meant.
	if (multibase !== undefined && jwk !== undefined) {
		return undefined;
	}
	return typeof multibase === 'string' ? keyOfMultibase(multibase) : readPublicJwk(jwk);
}
