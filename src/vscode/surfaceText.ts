import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { type ServerSurface } from '../domain/registry/surface';
import { visibleJson } from './quote';

/** A value as indented JSON with its keys in order, so that the order in which a server wrote them is no difference. */
export function orderedJson(value: JsonObject): string {
	return `${visibleJson(ordered(value))}\n`;
}

/** All that a server says and that is reviewed, as one document: everything that cannot be seen is escaped. */
export function surfaceText({ serverInfo, protocolVersion, instructions, ...lists }: ServerSurface): string {
	const byName = <T>(items: readonly T[], nameOf: (item: T) => string) =>
		Object.fromEntries(items.map(item => [nameOf(item), item] as const));
	return orderedJson({
		...{ serverInfo: { ...serverInfo }, protocolVersion },
		...(instructions !== undefined && { instructions: instructions.split('\n') }),
		tools: byName(
			lists.tools.map(tool => ({ ...tool })),
			({ name }) => name,
		),
		prompts: itemsByKey(lists.prompts),
		resourceTemplates: itemsByKey(lists.resourceTemplates),
	});
}

function itemsByKey(items: ServerSurface['prompts']): JsonObject {
	return Object.fromEntries(items.map(({ key, text }) => [key, text]));
}

function ordered(value: JsonValue): JsonValue {
	if (isJsonArray(value)) {
		return value.map(ordered);
	}
	if (!isJsonObject(value)) {
		return value;
	}
	const keys = Object.keys(value).sort();
	return Object.fromEntries(keys.flatMap(key => (value[key] === undefined ? [] : [[key, ordered(value[key])]])));
}
