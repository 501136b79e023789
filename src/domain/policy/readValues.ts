import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { isExact } from './argMatch';
import { type Entry, type PolicyReader, shown } from './policyReader';
import { type ScalarValue } from './ruleConditions';

/** What a check of one value says: nothing, or one sentence about what is wrong. */
export type ValueCheck = (text: string) => { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Most entries of one list. */
const MAX_ITEMS = 256;

/** A finite number within bounds; undefined after reporting anything else. */
export function readNumber(
	entry: Entry | undefined,
	reader: PolicyReader,
	bounds: { readonly min?: number; readonly max?: number; readonly whole?: true } = {},
): number | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const node = entry.value;
	const value = isScalar(node) ? node.value : undefined;
	const { min = -Infinity, max = Infinity, whole } = bounds;
	if (node === null || (isScalar(node) && node.value === null)) {
		reader.error('empty-value', `'${entry.key ?? ''}' is empty; write a number.`, node ?? entry.keyNode);
	} else if (typeof value !== 'number' || !Number.isFinite(value)) {
		reader.error('wrong-type', `'${entry.key ?? ''}' must be a number, without quotes.`, node);
	} else if (!isExact(value)) {
		reader.error('invalid-value', `'${entry.key ?? ''}' is beyond 2^53, where numbers run into each other.`, node);
	} else if (value < min || value > max || (whole === true && !Number.isSafeInteger(value))) {
		const kind = whole === true ? 'a whole number' : 'a number';
		const range = Number.isFinite(max) ? `from ${String(min)} to ${String(max)}` : `of at least ${String(min)}`;
		reader.error('invalid-value', `'${entry.key ?? ''}' must be ${kind} ${range}.`, node);
	} else {
		return value;
	}
	return undefined;
}

/** One text or a list of them, each accepted by the check; undefined when the key is absent or empty. */
export function readTexts(
	entry: Entry | undefined,
	reader: PolicyReader,
	check: ValueCheck,
	what: string,
	code: 'invalid-pattern' | 'invalid-value' = 'invalid-pattern',
): readonly string[] | undefined {
	const texts: string[] = [];
	for (const node of itemsOf(entry, reader) ?? []) {
		const text = reader.line({ key: entry?.key, keyNode: entry?.keyNode ?? null, value: node }, 1024);
		if (text !== undefined) {
			const outcome = check(text);
			if (outcome.ok) {
				texts.push(text);
			} else {
				reader.error(code, `'${shown(text)}' is not a usable ${what}: ${outcome.why}.`, node);
			}
		}
	}
	return entry === undefined ? undefined : texts;
}

/** The items of a list, or a single value as a list of one; undefined after reporting an empty or endless one. */
export function itemsOf(entry: Entry | undefined, reader: PolicyReader): readonly (Node | null)[] | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const nodes = isSeq(entry.value) ? (entry.value.items as (Node | null)[]) : [entry.value];
	if (nodes.length > 0 && nodes.length <= MAX_ITEMS) {
		return nodes;
	}
	reader.error('empty-value', `'${entry.key ?? ''}' must name 1 to ${MAX_ITEMS} patterns.`, entry.value);
	return undefined;
}

/** The entries of a nested mapping with a closed set of keys; undefined after reporting anything else. */
export function readMapping(
	entry: Entry | undefined,
	reader: PolicyReader,
	keys: readonly string[],
): ReadonlyMap<string, Entry> | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const node = entry.value;
	if (!isMap(node) || node.items.length === 0) {
		const code =
			node === null || isMap(node) || (isScalar(node) && node.value === null) ? 'empty-value' : 'wrong-type';
		reader.error(code, `'${entry.key ?? ''}' must be a mapping with ${keys.join(', ')}.`, node ?? entry.keyNode);
		return undefined;
	}
	return reader.entries(node.items, keys, `'${shown(entry.key ?? '')}'`);
}

/** A text, number, truth value or null; undefined after reporting anything else. */
export function readScalar(node: Node | null, name: string, reader: PolicyReader): ScalarValue | undefined {
	const value: unknown = isScalar(node) ? node.value : node === null ? null : undefined;
	if (
		value === null ||
		typeof value === 'string' ||
		typeof value === 'boolean' ||
		(typeof value === 'number' && isExact(value))
	) {
		return value;
	}
	reader.error('wrong-type', `'${name}' takes texts, numbers up to 2^53, true, false and null.`, node);
	return undefined;
}

/** A non-empty text that may have several lines; undefined after reporting anything else. */
export function readText(node: Node | null, name: string, reader: PolicyReader): string | undefined {
	const value: unknown = isScalar(node) ? node.value : undefined;
	if (typeof value === 'string' && value !== '' && value.length <= 1024) {
		return value;
	}
	const empty = node === null || value === '' || value === null;
	reader.error(
		empty ? 'empty-value' : 'wrong-type',
		`'${name}' must be a text of 1 to 1024 characters; put it in quotes if it is one.`,
		node,
	);
	return undefined;
}
