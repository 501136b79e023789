import canonicalize from 'canonicalize';

/** Any JSON value, read-only. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object, read-only. */
export interface JsonObject {
	readonly [key: string]: JsonValue | undefined;
}

/** Nesting beyond this is refused: walkers recurse, and no honest MCP message comes near (spec/wire.md §5.1). */
export const MAX_JSON_DEPTH = 512;

/** True for objects, not for arrays and null. */
export function isJsonObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for arrays, with a read-only element type that `Array.isArray` cannot give. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
	return Array.isArray(value);
}

/** The text of RFC 8785 (JSON Canonicalization Scheme). Throws a TypeError for what JSON cannot say (NaN, undefined). */
export function canonicalJson(value: JsonValue): string {
	const text = canonicalize(value);
	if (text === undefined) {
		throw new TypeError('value has no canonical JSON form');
	}
	return text;
}

/** Freezes a JSON value at every level and returns it. */
export function deepFreeze<T extends JsonValue>(value: T): T {
	if (typeof value === 'object' && value !== null) {
		for (const child of Object.values(value) as JsonValue[]) {
			deepFreeze(child);
		}
		Object.freeze(value);
	}
	return value;
}

/** One token of a JSON pointer (RFC 6901 §3), escaped. */
export function pointerToken(key: string | number): string {
	return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Visits every string leaf with its JSON pointer. Keys are not leaves. */
export function walkStrings(
	value: JsonValue | undefined,
	visit: (text: string, pointer: string) => void,
	at = '',
): void {
	if (typeof value === 'string') {
		visit(value, at);
	} else if (isJsonArray(value)) {
		value.forEach((item, index) => {
			walkStrings(item, visit, `${at}/${String(index)}`);
		});
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			walkStrings(item, visit, `${at}/${pointerToken(key)}`);
		}
	}
}

/** A copy with every string leaf replaced by what `map` returns; shares what did not change. */
export function mapStrings(value: JsonValue, map: (text: string, pointer: string) => string, at = ''): JsonValue {
	if (typeof value === 'string') {
		return map(value, at);
	}
	if (isJsonArray(value)) {
		const items = value.map((item, index) => mapStrings(item, map, `${at}/${String(index)}`));
		return items.every((item, index) => item === value[index]) ? value : items;
	}
	if (isJsonObject(value)) {
		const entries = Object.entries(value).map(
			([key, item]) =>
				[key, item === undefined ? item : mapStrings(item, map, `${at}/${pointerToken(key)}`)] as const,
		);
		return entries.every(([key, item]) => item === value[key]) ? value : Object.fromEntries(entries);
	}
	return value;
}
