import { isJsonObject, type JsonObject } from '../../base/json';
import { maskSecrets } from './maskSecrets';

/** A part of an answer without secrets. */
export interface MaskedResult {
	/** The very value that was given, where nothing was masked. */
	readonly value: JsonObject;
	/** How many secrets were masked. */
	readonly masked: number;
}

/**
 * The part of an answer (a result, or the `error` of a response) as the client may see it: what has the form of a secret
 * is masked, a text stays a text. Never throws. The part is attacker-controlled.
 */
export function maskResult(part: JsonObject): MaskedResult {
	const { value, findings } = maskSecrets(part);
	return findings.length > 0 && isJsonObject(value) ? { value, masked: findings.length } : { value: part, masked: 0 };
}
