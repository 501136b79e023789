import { dereference, type Schema, type SchemaDraft, validate } from '@cfworker/json-schema';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';

/**
 * `unjudgeable`: the schema refers to another document, contradicts itself, or is too large to be held against this value.
 */
export type SchemaVerdict = 'valid' | 'invalid' | 'unjudgeable';

/** Looks at a schema for one value; about a second at most. */
const MAX_STEPS = 1_000_000;
/** Schemas within one schema. */
const MAX_SCHEMAS = 20_000;
/** Values within one result. */
const MAX_VALUES = 1_000_000;

/** Keywords that hold one schema, a list of schemas, or schemas by name (JSON Schema 2020-12 core §10, and older drafts). */
const ONE =
	'not if then else additionalProperties propertyNames items additionalItems contains unevaluatedItems unevaluatedProperties';
const LIST = 'allOf anyOf oneOf prefixItems items';
const MAP = '$defs definitions properties dependentSchemas';
const PLAIN =
	'type const enum required minProperties maxProperties dependentRequired minContains maxContains minItems maxItems ' +
	'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength $ref $anchor';
const [ONES, LISTS, MAPS, PLAINS] = [ONE, LIST, MAP, PLAIN].map(words => new Set(words.split(' '))) as [
	Set<string>,
	Set<string>,
	Set<string>,
	Set<string>,
];

/**
 * Holds an attacker-controlled value against a reviewed schema (MCP 2025-11-25 server/tools#output-schema), by
 * `@cfworker/json-schema` over a copy of the schema that has only what can be judged in bounded time: `pattern`,
 * `patternProperties`, `format` and `uniqueItems` are left out, so that no expression of a server is ever run, and nothing
 * is fetched. Never throws.
 */
export function matchesSchema(value: JsonValue, schema: JsonObject): SchemaVerdict {
	try {
		const steps = { left: MAX_STEPS };
		const copy = copyOf(schema, steps);
		return validate(plainCopy(value), copy, draftOf(schema), dereference(copy)).valid ? 'valid' : 'invalid';
	} catch {
		return 'unjudgeable';
	}
}

function copyOf(root: JsonObject, steps: { left: number }): Schema {
	let schemas = 0;
	// What members match a pattern is not looked at, so none may be called too many for want of it.
	const lenient = JSON.stringify(root).includes('"patternProperties"');
	const copy = (value: JsonValue | undefined): Schema | boolean => {
		if (!isJsonObject(value)) {
			return value !== false;
		}
		schemas++;
		if (schemas > MAX_SCHEMAS) {
			throw new RangeError('too many schemas');
		}
		const kept: Schema = {};
		for (const [key, child] of Object.entries(value)) {
			const many = isJsonArray(child);
			if (PLAINS.has(key) || (ONES.has(key) && !many && !(lenient && mayExclude(key)))) {
				kept[key] = PLAINS.has(key) ? child : copy(child);
			} else if (LISTS.has(key) && many) {
				kept[key] = child.map(copy);
			} else if (MAPS.has(key) && isJsonObject(child)) {
				kept[key] = Object.fromEntries(Object.entries(child).map(([name, each]) => [name, copy(each)]));
			}
		}
		const cost = costOf(value);
		// The validator reads this member of a schema whenever it looks at it: the one place where its steps can be counted.
		Object.defineProperty(kept, '$recursiveAnchor', {
			get: () => {
				steps.left -= cost;
				if (steps.left < 0) {
					throw new RangeError('too many steps');
				}
				return undefined;
			},
		});
		return kept;
	};
	return copy(root) as Schema;
}

function mayExclude(key: string): boolean {
	return key === 'additionalProperties' || key === 'unevaluatedProperties';
}

/** A look at a schema takes time for each of its names and values, too. */
function costOf({ properties, required, enum: values, dependentRequired }: JsonObject): number {
	const size = (part: JsonValue | undefined) =>
		isJsonArray(part) ? part.length : isJsonObject(part) ? Object.keys(part).length : 0;
	return 1 + size(properties) + size(required) + size(values) + size(dependentRequired);
}

/** The validator asks `key in value`: without a prototype only what is there is found. */
function plainCopy(value: JsonValue): unknown {
	let left = MAX_VALUES;
	const copy = (item: JsonValue | undefined): unknown => {
		left--;
		if (left < 0) {
			throw new RangeError('too many values');
		}
		if (isJsonArray(item)) {
			return item.map(copy);
		}
		if (!isJsonObject(item)) {
			return item;
		}
		const members = Object.create(null) as Record<string, unknown>;
		for (const [key, child] of Object.entries(item)) {
			members[key] = copy(child);
		}
		return members;
	};
	return copy(value);
}

function draftOf({ $schema }: JsonObject): SchemaDraft {
	const named = typeof $schema === 'string' ? /draft-0?([47])\b/.exec($schema)?.[1] : undefined;
	return named === '4' || named === '7' ? named : '2020-12';
}
