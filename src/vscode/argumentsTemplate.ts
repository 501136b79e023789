import { kindOfKey, namedBySchema } from '../domain/policy/pathKeys';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';

/**
 * A JSON object with the required arguments of a tool, empty values in their types; where one is a path, `path` if it is given. The
 * schema is attacker-controlled.
 */
export function argumentsTemplate(schema: JsonObject | undefined, path = ''): string {
	const required = isJsonArray(schema?.required) ? schema.required.filter(name => typeof name === 'string') : [];
	const properties = isJsonObject(schema?.properties) ? schema.properties : {};
	const entries = required.slice(0, 20).map(name => [name, exampleOf(name, properties[name], path)] as const);
	return JSON.stringify(Object.fromEntries(entries));
}

/** One empty value per JSON Schema type; a text where there is no plain type. */
const EMPTY: Readonly<Record<string, JsonValue>> = { number: 0, integer: 0, boolean: false, array: [], object: {} };

/** Where typing goes on in a template: in the first empty text, or at the end of the first one. Undefined where there is none. */
export function placeToType(template: string): number | undefined {
	const empty = template.indexOf(':""');
	const end = template.search(/"[,}]/);
	return empty >= 0 ? empty + 2 : end >= 0 ? end : undefined;
}

function exampleOf(name: string, schema: JsonValue | undefined, path: string): JsonValue {
	const empty = emptyOf(schema);
	return empty === '' && (kindOfKey(name).named || namedBySchema(schema)) ? path : empty;
}

function emptyOf(schema: JsonValue | undefined): JsonValue {
	const type = isJsonObject(schema) ? schema.type : undefined;
	return typeof type === 'string' && Object.hasOwn(EMPTY, type) ? (EMPTY[type] ?? '') : '';
}
