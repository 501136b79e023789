import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';

/** A JSON object with the required arguments of a tool, empty values in their types. The schema is attacker-controlled. */
export function argumentsTemplate(schema: JsonObject | undefined): string {
	const required = isJsonArray(schema?.required) ? schema.required.filter(name => typeof name === 'string') : [];
	const properties = isJsonObject(schema?.properties) ? schema.properties : {};
	const entries = required.slice(0, 20).map(name => [name, emptyOf(properties[name])] as const);
	return JSON.stringify(Object.fromEntries(entries));
}

function emptyOf(schema: JsonValue | undefined): JsonValue {
	switch (isJsonObject(schema) ? schema.type : undefined) {
		case 'number':
		case 'integer':
			return 0;
		case 'boolean':
			return false;
		case 'array':
			return [];
		case 'object':
			return {};
		default:
			return '';
	}
}
