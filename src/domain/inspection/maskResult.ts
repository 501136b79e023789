import { isJsonArray, isJsonObject, MAX_JSON_DEPTH, type JsonObject, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';
import { type KnownValues } from './knownValues';
import { decodedHead } from './mediaType';
import { isPlaceholder, looksGenerated, type ResultSecret, resultSecretSteps } from './resultSecrets';
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
 * length ({@link resultSecretSteps}), in names of members, in base64 of blobs (which stays base64), in texts that follow each
 * other in a list, and as values under secret names. A text stays a text, everything else is as it was. `known`: values
 * that this machine keeps. Never throws. The part is attacker-controlled.
 */
export function maskResult(part: JsonObject, known?: KnownValues): MaskedResult {
	return runSteps(maskResultSteps(part, known));
}

/** {@link maskResult}, in slices. */
export function* maskResultSteps(part: JsonObject, known?: KnownValues): Steps<MaskedResult> {
	const masking = new Masking(known);
	const value = yield* masking.walk(part, '', 0);
	return masking.masked > 0 && isJsonObject(value) ? { value, masked: masking.masked } : { value: part, masked: 0 };
}

class Masking {
	masked = 0;

	constructor(private readonly known: KnownValues | undefined) {}

	*walk(item: JsonValue, name: string, depth: number): Steps<JsonValue> {
		if (typeof item === 'string') {
			return yield* this.leaf(item, name);
		}
		if (typeof item !== 'object' || item === null || depth > MAX_JSON_DEPTH) {
			return item;
		}
		if (isJsonArray(item)) {
			const items: JsonValue[] = [];
			for (const child of item) {
				items.push(yield* this.walk(child, name, depth + 1));
			}
			return yield* this.row(items);
		}
		if (!isJsonObject(item)) {
			return item;
		}
		const members: [string, JsonValue | undefined][] = [];
		for (const [key, child] of Object.entries(item)) {
			const shown = yield* this.text(key);
			members.push([shown, child === undefined ? child : yield* this.walk(child, key, depth + 1)]);
		}
		return Object.fromEntries(members);
	}

	private *leaf(given: string, name: string): Steps<string> {
		if (name === 'blob') {
			return yield* this.blob(given);
		}
		if (isSecretName(name) && !isPlaceholder(given) && looksGenerated(given, 12)) {
			this.masked++;
			return mask('secret-name', given.length);
		}
		return yield* this.text(given);
	}

	private *text(given: string): Steps<string> {
		const found = yield* resultSecretSteps(given, this.known);
		this.masked += found.length;
		yield;
		return maskAt(given, found);
	}

	private *blob(given: string): Steps<string> {
		const bytes = given.length > (MAX_BLOB * 4) / 3 ? '' : decodedHead(given, MAX_BLOB);
		yield;
		const read = bytes.includes('\0') ? '' : utf8(bytes);
		const found = yield* resultSecretSteps(read, this.known);
		this.masked += found.length;
		yield;
		return found.length === 0 ? given : base64(maskAt(read, found));
	}

	/** Texts of a list, or of the blocks in it, one behind the other: a secret that none of them holds alone. */
	private *row(items: readonly JsonValue[]): Steps<readonly JsonValue[]> {
		const texts = items.map(item => (isJsonObject(item) ? item.text : item));
		const pieces = texts.map(each => (typeof each === 'string' ? each : ''));
		const joined = pieces.join('');
		if (items.length < 2 || joined.length > MAX_ROW) {
			return items;
		}
		const all = yield* resultSecretSteps(joined, this.known);
		const found = all.filter(({ rule }) => rule !== 'named-secret');
		if (found.length === 0) {
			return items;
		}
		this.masked += found.length;
		let start = 0;
		return items.map((item, index) => {
			const piece = pieces[index] ?? '';
			const from = start;
			start += piece.length;
			const shown = maskAt(piece, partsIn(found, from, start));
			return shown === piece ? item : isJsonObject(item) ? { ...item, text: shown } : shown;
		});
	}
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
