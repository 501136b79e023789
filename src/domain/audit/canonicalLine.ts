import { canonicalJson, isJsonArray, isJsonObject, type JsonValue } from '../../base/json';

/**
 * True when `text`, which was parsed into `value`, is the canonical JSON (RFC 8785) of it. Numbers and strings of
 * JSON.stringify are those of RFC 8785 (§3.2.2), so only the order of keys is left to look at; that is three times as
 * fast as writing the value anew, which remains for keys that JavaScript keeps in an order of its own (integers).
 * Throws where nesting or numbers go beyond what can be written.
 */
export function isCanonical(text: string, value: JsonValue): boolean {
	return (JSON.stringify(value) === text && hasSortedKeys(value)) || canonicalJson(value) === text;
}

function hasSortedKeys(value: JsonValue | undefined): boolean {
	if (isJsonArray(value)) {
		return value.every(hasSortedKeys);
	}
	if (!isJsonObject(value)) {
		return true;
	}
	let before: string | undefined;
	for (const key of Object.keys(value)) {
		if ((before !== undefined && before >= key) || !hasSortedKeys(value[key])) {
			return false;
		}
		before = key;
	}
	return true;
}
