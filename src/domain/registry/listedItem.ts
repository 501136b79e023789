import { type JsonObject, type JsonValue, isJsonArray, isJsonObject } from '../../base/json';
import { type ListedItem } from './surface';

/** The kinds of things besides tools that a server lists and a person reviews. */
export type ItemKind = 'prompt' | 'template';

/** Where each kind stands in the answer to its list, which member names it, and which members are reviewed. */
export const ITEM_SHAPES: Readonly<
	Record<ItemKind, { readonly list: string; readonly key: string; readonly reviewed: readonly string[] }>
> = {
	prompt: { list: 'prompts', key: 'name', reviewed: ['name', 'title', 'description', 'arguments'] },
	template: {
		list: 'resourceTemplates',
		key: 'uriTemplate',
		reviewed: ['uriTemplate', 'name', 'title', 'description', 'mimeType', 'annotations'],
	},
};

/** UTF-16 units of the name of a prompt, or of a URI template. */
const MAX_KEY = 2048;

/**
 * Reads one element of `prompts/list` or `resources/templates/list` (MCP 2025-11-25 server/prompts, server/resources).
 * Undefined when it has no usable name, or when a member that is reviewed has another type than MCP says: what cannot be
 * shown and pinned must not reach a model. Attacker-controlled.
 */
export function readItem(kind: ItemKind, value: JsonValue | undefined): ListedItem | undefined {
	const { key: name, reviewed } = ITEM_SHAPES[kind];
	const key = isJsonObject(value) ? value[name] : undefined;
	if (!isJsonObject(value) || typeof key !== 'string' || key === '' || key.includes('\0') || key.length > MAX_KEY) {
		return undefined;
	}
	const text = Object.fromEntries(
		reviewed.flatMap(member => (value[member] === undefined ? [] : [[member, value[member]] as const])),
	);
	return Object.entries(text).every(([member, part]) => hasItsType(member, part)) ? { key, text } : undefined;
}

/** Reads a whole answer, skipping what is no such thing and what has the name of an earlier one. */
export function readItems(kind: ItemKind, result: JsonObject): readonly ListedItem[] {
	const items = result[ITEM_SHAPES[kind].list];
	const found = new Map<string, ListedItem>();
	for (const item of isJsonArray(items) ? items : []) {
		const read = readItem(kind, item);
		if (read !== undefined && !found.has(read.key)) {
			found.set(read.key, read);
		}
	}
	return [...found.values()];
}

function hasItsType(member: string, value: JsonValue | undefined): boolean {
	switch (member) {
		case 'arguments':
			return isJsonArray(value) && value.every(item => isJsonObject(item) && typeof item.name === 'string');
		case 'annotations':
			return isJsonObject(value);
		default:
			return typeof value === 'string';
	}
}
