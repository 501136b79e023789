import { isJsonArray, isJsonObject, MAX_JSON_DEPTH, type JsonObject, type JsonValue } from '../../base/json';
import { type KnownValues } from './knownValues';
import { decodedHead } from './mediaType';
import { isPlaceholder, looksGenerated, type ResultSecret, resultSecrets } from './resultSecrets';
import { isSecretName } from './secretRules';

/** A part of an answer without secrets. */
export interface MaskedResult {
	/** The very value that was given, where nothing was masked. */
	readonly value: JsonObject;
	/** How many secrets were masked. */
	readonly masked: number;
}

/** Bytes of one blob that are read as text; what is larger is a picture or an archive. */
const MAX_BLOB = 1_048_576;
/** Characters of neighbouring texts that are read as one. */
const MAX_ROW = 65_536;

/**
 * The part of an answer (a result, or the `error` of a response) as the client may see it: secrets are masked by kind and
 * length ({@link resultSecrets}), in names of members, in base64 of blobs (which stays base64), in texts that follow each
 * other in a list, and as values under secret names. A text stays a text, everything else is as it was. `known`: values
 * that this machine keeps. Never throws. The part is attacker-controlled.
 */
export function maskResult(part: JsonObject, known?: KnownValues): MaskedResult {
	let masked = 0;
	const text = (given: string): string => {
		const found = resultSecrets(given, known);
		masked += found.length;
		return maskAt(given, found);
	};
	const blob = (given: string): string => {
		const bytes = given.length > (MAX_BLOB * 4) / 3 ? '' : decodedHead(given, MAX_BLOB);
		const read = bytes.includes('\0') ? '' : utf8(bytes);
		const found = resultSecrets(read, known);
		masked += found.length;
		return found.length === 0 ? given : base64(maskAt(read, found));
	};
	const leaf = (given: string, name: string): string => {
		if (name === 'blob') {
			return blob(given);
		}
		if (isSecretName(name) && !isPlaceholder(given) && looksGenerated(given, 12)) {
			masked++;
			return mask('secret-name', given.length);
		}
		return text(given);
	};
	const walk = (item: JsonValue, name: string, depth: number): JsonValue => {
		if (typeof item === 'string') {
			return leaf(item, name);
		}
		if (typeof item !== 'object' || item === null || depth > MAX_JSON_DEPTH) {
			return item;
		}
		if (isJsonArray(item)) {
			return row(item.map(child => walk(child, name, depth + 1)));
		}
		return isJsonObject(item)
			? Object.fromEntries(
					Object.entries(item).map(([key, child]) => [
						text(key),
						child === undefined ? child : walk(child, key, depth + 1),
					]),
				)
			: item;
	};
	/** Texts of a list, or of the blocks in it, one behind the other: a secret that none of them holds alone. */
	const row = (items: readonly JsonValue[]): readonly JsonValue[] => {
		const texts = items.map(item => (isJsonObject(item) ? item.text : item));
		const pieces = texts.map(each => (typeof each === 'string' ? each : ''));
		const joined = pieces.join('');
		if (items.length < 2 || joined.length > MAX_ROW) {
			return items;
		}
		const found = resultSecrets(joined, known).filter(({ rule }) => rule !== 'named-secret');
		if (found.length === 0) {
			return items;
		}
		masked += found.length;
		let start = 0;
		return items.map((item, index) => {
			const piece = pieces[index] ?? '';
			const from = start;
			start += piece.length;
			const shown = maskAt(piece, partsIn(found, from, start));
			return shown === piece ? item : isJsonObject(item) ? { ...item, text: shown } : shown;
		});
	};
	const value = walk(part, '', 0);
	return masked > 0 && isJsonObject(value) ? { value, masked } : { value: part, masked: 0 };
}

/** What of these places lies within a stretch, counted from its start. */
function partsIn(found: readonly ResultSecret[], from: number, to: number): readonly ResultSecret[] {
	return found.flatMap(({ rule, start, end }) =>
		start < to && end > from ? [{ rule, start: Math.max(start, from) - from, end: Math.min(end, to) - from }] : [],
	);
}

function maskAt(text: string, found: readonly ResultSecret[]): string {
	let at = 0;
	const pieces: string[] = [];
	for (const { rule, start, end } of found) {
		pieces.push(text.slice(at, start), mask(rule, end - start));
		at = end;
	}
	return found.length === 0 ? text : pieces.join('') + text.slice(at);
}

function mask(rule: string, length: number): string {
	return `[masked:${rule} len=${String(length)}]`;
}

function utf8(bytes: string): string {
	return new TextDecoder().decode(Uint8Array.from(bytes, char => char.charCodeAt(0)));
}

function base64(text: string): string {
	return btoa(Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join(''));
}
