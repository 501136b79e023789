import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Phrase, phrase } from '../../base/phrase';
import { isExact } from './argMatch';
import { type Entry, type PolicyReader } from './policyReader';
import { below, notMapping, notUsable } from './problemWords';
import { type ScalarValue } from './ruleConditions';

/** What a check of one value says: nothing, or one clause about what is wrong. */
export type ValueCheck = (text: string) => { readonly ok: true } | { readonly ok: false; readonly why: Phrase };

/** A check that may also say all of the sentence. */
export type SentenceCheck = (text: string) => ReturnType<ValueCheck> | { readonly ok: false; readonly said: Phrase };

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
	const name = entry.key ?? '';
	if (node === null || (isScalar(node) && node.value === null)) {
		reader.error('empty-value', phrase("'{0}' is empty; write a number.", name), node ?? entry.keyNode);
	} else if (typeof value !== 'number' || !Number.isFinite(value)) {
		reader.error('wrong-type', phrase("'{0}' must be a number, without quotes.", name), node);
	} else if (!isExact(value)) {
		const said = phrase("'{0}' is beyond 2^53, where numbers run into each other.", name);
		reader.error('invalid-value', said, node);
	} else if (value < min || value > max || (whole === true && !Number.isSafeInteger(value))) {
		const kind = whole === true ? phrase('a whole number') : phrase('a number');
		const said = Number.isFinite(max)
			? phrase("'{0}' must be {1} from {2} to {3}.", name, kind, min, max)
			: phrase("'{0}' must be {1} of at least {2}.", name, kind, min);
		reader.error('invalid-value', said, node);
	} else {
		return value;
	}
	return undefined;
}

/** One text or a list of them, each accepted by the check; undefined when the key is absent or empty. */
export function readTexts(
	entry: Entry | undefined,
	reader: PolicyReader,
	check: SentenceCheck,
	what: Phrase,
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
				reader.error(code, 'said' in outcome ? outcome.said : notUsable(text, what, outcome.why), node);
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
	const said = phrase("'{0}' must name 1 to {1} patterns.", entry.key ?? '', MAX_ITEMS);
	reader.error('empty-value', said, entry.value);
	return undefined;
}

/** The entries of a nested mapping with a closed set of keys; undefined after reporting anything else, as `otherwise` says it. */
export function readMapping(
	entry: Entry | undefined,
	reader: PolicyReader,
	keys: readonly string[],
	otherwise?: Phrase,
): ReadonlyMap<string, Entry> | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const node = entry.value;
	if (!isMap(node) || node.items.length === 0) {
		const code =
			node === null || isMap(node) || (isScalar(node) && node.value === null) ? 'empty-value' : 'wrong-type';
		reader.error(code, otherwise ?? notMapping(entry.key ?? '', keys), node ?? entry.keyNode);
		return undefined;
	}
	return reader.entries(node.items, keys, below(entry.key ?? ''));
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
	const said = phrase("'{0}' takes texts, numbers up to 2^53, true, false and null.", name);
	reader.error('wrong-type', said, node);
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
		phrase("'{0}' must be a text of 1 to 1024 characters; put it in quotes if it is one.", name),
		node,
	);
	return undefined;
}
