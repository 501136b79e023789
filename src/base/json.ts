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

/** A whole number from zero on that a double holds exactly. */
export function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** A member of an object that has it itself: the other side may name one like what every object inherits (`toString`). */
export function ownMember(object: JsonObject | undefined, key: string): JsonValue | undefined {
	return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The text of RFC 8785 (JSON Canonicalization Scheme). Throws a TypeError for what JSON cannot say (NaN, undefined). */
export function canonicalJson(value: JsonValue): string {
	const ordered = inOrder(value);
	const text: string | undefined = ordered === UNORDERABLE ? canonicalize(value) : JSON.stringify(ordered);
	if (text === undefined) {
		throw new TypeError('value has no canonical JSON form');
	}
	return text;
}

const UNORDERABLE = Symbol('unorderable');
/**
 * The value with the keys of every object sorted, so that JSON.stringify, whose strings and numbers are those of RFC 8785
 * (§3.2.2), writes it canonically, several times as fast as writing it by hand. Shares what is in order.
 */
function inOrder(value: JsonValue | undefined): JsonValue | undefined | typeof UNORDERABLE {
	if (typeof value === 'number' && !Number.isFinite(value)) {
		throw new TypeError(`${String(value)} has no canonical JSON form`);
	}
	if (typeof value !== 'object' || value === null) {
		return value;
	}
	if ('toJSON' in value) {
		return UNORDERABLE;
	}
	return isJsonArray(value) ? itemsInOrder(value) : membersInOrder(value);
}

function itemsInOrder(value: readonly JsonValue[]): JsonValue | typeof UNORDERABLE {
	let copy: JsonValue[] | undefined;
	for (let index = 0; index < value.length; index++) {
		const item = value[index];
		const ordered = inOrder(item);
		if (ordered === UNORDERABLE) {
			return UNORDERABLE;
		}
		if (ordered !== item) {
			copy ??= value.slice();
			copy[index] = ordered as JsonValue;
		}
	}
	return copy ?? value;
}

function membersInOrder(value: JsonObject): JsonValue | typeof UNORDERABLE {
	const keys = Object.keys(value);
	let sorted = true;
	for (let index = 0; index < keys.length; index++) {
		const key = keys[index] as string;
		if (isStubborn(key)) {
			return UNORDERABLE;
		}
		sorted &&= index === 0 || (keys[index - 1] as string) < key;
	}
	let copy: Record<string, JsonValue | undefined> | undefined = sorted ? undefined : {};
	for (const key of sorted ? keys : keys.sort()) {
		const child = value[key];
		const ordered = inOrder(child);
		if (ordered === UNORDERABLE) {
			return UNORDERABLE;
		}
		if (copy !== undefined || ordered !== child) {
			copy ??= { ...value };
			copy[key] = ordered;
		}
	}
	return copy ?? value;
}

/** True for keys that no object keeps in the order they are given in (integers), or that set something else. */
function isStubborn(key: string): boolean {
	const first = key.charCodeAt(0);
	return (first >= 0x30 && first <= 0x39) || key === '__proto__';
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

/** The tokens of a JSON pointer (RFC 6901 §4) that begins with `/`, or is empty, as they read; what stands before the first `/` is none. */
export function pointerTokens(pointer: string): readonly string[] {
	return pointer
		.split('/')
		.slice(1)
		.map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'));
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
