import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';

/** More alternatives than this at one place are not in our schema. */
const MAX_SHAPES = 64;

/** A value or key of the schema with what the schema says of it. */
export interface SchemaWord {
	readonly word: string;
	/** The schema's own description, where it has one; backticks mean code. */
	readonly description?: string;
	/** What a key takes. */
	readonly takes?: 'list' | 'mapping' | 'value';
}

/**
 * The parts of a JSON Schema (draft 7, as far as policies/policy.schema.json uses it) that hold at a path, `$ref`s and
 * `oneOf`s followed. Empty where the schema says nothing.
 */
export function shapesAt(schema: JsonObject, path: readonly (string | number)[]): readonly JsonObject[] {
	let shapes = alternatives(schema, schema);
	for (const step of path) {
		shapes = shapes.flatMap(shape => below(schema, shape, step)).slice(0, MAX_SHAPES);
	}
	return shapes;
}

/** The keys that a mapping at a path may have. */
export function keysAt(schema: JsonObject, path: readonly (string | number)[]): readonly SchemaWord[] {
	return shapesAt(schema, path).flatMap(shape =>
		Object.entries(isJsonObject(shape.properties) ? shape.properties : {}).map(([word, value]) => {
			const shapes = isJsonObject(value) ? alternatives(schema, value) : [];
			const types = new Set(shapes.flatMap(each => typesOf(each.type)));
			const takes = types.has('object') ? 'mapping' : types.has('array') ? 'list' : 'value';
			return { word, takes, ...described(shapes) };
		}),
	);
}

/** The words that a value, or an item of a list, at a path may be: enumerations, truth values, and small ranges of numbers. */
export function wordsAt(schema: JsonObject, path: readonly (string | number)[]): readonly string[] {
	const words = shapesAt(schema, path).flatMap(shape => {
		const { minimum, maximum } = shape;
		if (isJsonArray(shape.enum)) {
			return shape.enum.filter(each => typeof each === 'string');
		}
		if (shape.type === 'boolean') {
			return ['true', 'false'];
		}
		const few = typeof minimum === 'number' && typeof maximum === 'number' && maximum - minimum < 10;
		return few ? Array.from({ length: maximum - minimum + 1 }, (_, index) => String(minimum + index)) : [];
	});
	return [...new Set(words)];
}

/** What the schema says of a place. */
export function descriptionAt(schema: JsonObject, path: readonly (string | number)[]): string | undefined {
	return described(shapesAt(schema, path)).description;
}

function described(shapes: readonly JsonObject[]): { readonly description?: string } {
	const description = shapes.map(shape => shape.description).find(text => typeof text === 'string');
	return description === undefined ? {} : { description };
}

/** A shape and, where it refers to others or chooses among them, those as well. */
function alternatives(schema: JsonObject, shape: JsonObject, depth = 0): readonly JsonObject[] {
	if (depth > 8) {
		return [];
	}
	const name = typeof shape.$ref === 'string' ? shape.$ref.replace('#/definitions/', '') : undefined;
	const definitions = isJsonObject(schema.definitions) ? schema.definitions : {};
	const referred = name !== undefined && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
	const others = [referred, ...(isJsonArray(shape.oneOf) ? shape.oneOf : [])].filter(each => isJsonObject(each));
	return [shape, ...others.flatMap(each => alternatives(schema, each, depth + 1))];
}

function below(schema: JsonObject, shape: JsonObject, step: string | number): readonly JsonObject[] {
	const next = typeof step === 'number' ? shape.items : member(shape, step);
	return isJsonObject(next) ? alternatives(schema, next) : [];
}

function member(shape: JsonObject, key: string): JsonValue | undefined {
	const { properties, additionalProperties } = shape;
	return isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
}

function typesOf(type: JsonValue | undefined): readonly JsonValue[] {
	return isJsonArray(type) ? type : type === undefined ? [] : [type];
}
