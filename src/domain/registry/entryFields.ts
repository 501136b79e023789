import { type JsonObject, type JsonValue, isJsonArray, isJsonObject, pointerToken } from '../../base/json';
import { inEnglish } from '../../base/phrase';
import { PROBLEM_WORDS } from './problemWords';

/** Carries a problem out of the nested readers of an entry; never leaves {@link readServerEntry}. */
export class Invalid extends Error {
	constructor(
		readonly pointer: string,
		message: string,
	) {
		super(message);
	}
}

/** An object with none but these members. Throws {@link Invalid}. */
export function objectAt(value: JsonValue | undefined, at: string, known: readonly string[]): JsonObject {
	if (!isJsonObject(value)) {
		throw new Invalid(at, 'must be an object');
	}
	const foreign = Object.keys(value).find(key => !known.includes(key));
	if (foreign !== undefined) {
		throw new Invalid(`${at}/${pointerToken(foreign)}`, 'is not a known field');
	}
	return value;
}

/** A list. Throws {@link Invalid}. */
export function listAt(value: JsonValue | undefined, at: string): readonly JsonValue[] {
	if (!isJsonArray(value)) {
		throw new Invalid(at, 'must be a list');
	}
	return value;
}

/** A text that is not empty. Throws {@link Invalid}. */
export function stringAt(value: JsonValue | undefined, at: string): string {
	if (typeof value !== 'string' || value === '' || value.includes('\0')) {
		throw new Invalid(at, 'must be a text');
	}
	return value;
}

/** One of a closed set of texts. Throws {@link Invalid}. */
export function oneOf<T extends string>(known: readonly T[], value: JsonValue | undefined, at: string): T {
	const found = known.find(item => item === value);
	if (found === undefined) {
		throw new Invalid(at, inEnglish(PROBLEM_WORDS.oneOf(known.join(', '))));
	}
	return found;
}

/** A time as text (ISO 8601). Throws {@link Invalid}. */
export function timeAt(value: JsonValue | undefined, at: string): string {
	if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) {
		throw new Invalid(at, 'must be an ISO 8601 time');
	}
	return value;
}
