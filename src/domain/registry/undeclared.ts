import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { compilePattern, MAX_PATTERN_TEXT, type Pattern } from '../policy/pattern';
import { SchemaView } from './schemaView';

/** Keywords by which a schema says what members an object has. */
const SAYS_MEMBERS = ['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties'];

/** The members of attacker-controlled arguments that a tool's reviewed schema does not declare. */
export type Undeclared =
	| { readonly ok: true; readonly paths: readonly (readonly string[])[] }
	/** The schema is too large to be held against these arguments. */
	| { readonly ok: false };

/**
 * Where arguments have members that the pinned `inputSchema` does not declare (C4): neither among `properties` nor
 * `patternProperties`, of an object whose schema does not admit others by an `additionalProperties` that is `true` or a
 * schema. A parameter whose own schema says nothing of members (`{type: object}`) is declared as a whole. The arguments
 * themselves are not: a tool without declared parameters is sent none. Paths of member names and indexes, the outermost
 * member only.
 */
export function undeclared(args: JsonObject, schema: JsonObject | undefined): Undeclared {
	const paths: (readonly string[])[] = [];
	const view = new SchemaView(schema ?? {});
	const patterns = new Map<string, Pattern | undefined>();
	const isSpent = () => view.spent;
	const walk = (value: JsonValue | undefined, schemas: readonly JsonObject[], at: readonly string[]): void => {
		if (view.spent || (at.length > 0 && schemas.length === 0)) {
			return;
		}
		if (isJsonArray(value)) {
			for (const [index, item] of value.entries()) {
				// Only what has members can have one too many; of numbers there may be millions.
				if (isJsonArray(item) || isJsonObject(item)) {
					walk(item, view.all(schemas.flatMap(each => ofItem(each, index))), [...at, String(index)]);
				}
				if (isSpent()) {
					return;
				}
			}
		} else if (isJsonObject(value) && (at.length === 0 || schemas.some(saysMembers))) {
			for (const [key, child] of Object.entries(value)) {
				const declared = schemas.flatMap(each => ofMember(each, key, patterns));
				if (declared.length === 0) {
					paths.push([...at, key]);
				} else {
					walk(child, view.all(declared), [...at, key]);
				}
			}
		}
	};
	walk(args, view.all([schema]), []);
	return view.spent ? { ok: false } : { ok: true, paths };
}

function saysMembers(schema: JsonObject): boolean {
	return SAYS_MEMBERS.some(key => schema[key] !== undefined);
}

/** The schemas that declare one member; empty where none does. */
function ofMember(schema: JsonObject, key: string, patterns: Map<string, Pattern | undefined>): readonly JsonValue[] {
	const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema;
	const own = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : false;
	// What `false` stands for may not be there at all.
	const named = own === undefined || own === false ? [] : [own];
	const matched = isJsonObject(patternProperties)
		? Object.entries(patternProperties).flatMap(([pattern, each]) =>
				each !== undefined && each !== false && finds(pattern, key, patterns) ? [each] : [],
			)
		: [];
	if (named.length + matched.length > 0) {
		return [...named, ...matched];
	}
	return [additionalProperties, unevaluatedProperties].flatMap(rest =>
		rest === true || isJsonObject(rest) ? [rest] : [],
	);
}

/** INVARIANT: a pattern of a server is never run by an engine that backtracks. One that RE2 cannot read declares nothing. */
function finds(source: string, key: string, patterns: Map<string, Pattern | undefined>): boolean {
	if (!patterns.has(source)) {
		const outcome = compilePattern(source);
		patterns.set(source, outcome.ok ? outcome.pattern : undefined);
	}
	return key.length <= MAX_PATTERN_TEXT && patterns.get(source)?.finds(key) === true;
}

function ofItem({ items, prefixItems, additionalItems, unevaluatedItems }: JsonObject, index: number): JsonValue[] {
	// `items` was a list of schemas by place until 2019-09; then what follows it was `additionalItems`.
	const places = isJsonArray(prefixItems) ? prefixItems : isJsonArray(items) ? items : [];
	if (index < places.length) {
		return [places[index] ?? {}];
	}
	return [isJsonArray(items) ? additionalItems : items, unevaluatedItems].filter(each => each !== undefined);
}
