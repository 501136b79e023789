import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';

/** A JSON object with the required arguments of a tool, empty values in their types. The schema is attacker-controlled. */
export function argumentsTemplate(schema: JsonObject | undefined): string {
	const required = isJsonArray(schema?.required) ? schema.required.filter(name => typeof name === 'string') : [];
	const properties = isJsonObject(schema?.properties) ? schema.properties : {};
	const entries = required.slice(0, 20).map(name => [name, emptyOf(properties[name])] as const);
	return JSON.stringify(Object.fromEntries(entries));
}

/** One empty value per JSON Schema type; a text where there is no plain type. */
const EMPTY: Readonly<Record<string, JsonValue>> = { number: 0, integer: 0, boolean: false, array: [], object: {} };

function emptyOf(schema: JsonValue | undefined): JsonValue {
	const type = isJsonObject(schema) ? schema.type : undefined;
	return typeof type === 'string' && Object.hasOwn(EMPTY, type) ? (EMPTY[type] ?? '') : '';
}
