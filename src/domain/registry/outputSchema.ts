import { dereference, format, type Schema, type SchemaDraft, validate } from '@cfworker/json-schema';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { schemaPattern, type StepBudget, take } from './schemaPattern';

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
/** Different `pattern`s and `patternProperties` of one schema that are looked at. */
const MAX_PATTERNS = 256;
/** Different names of members within one result up to which it is told which of them a `patternProperties` means. */
const MAX_NAMES = 512;
/** Lists up to this length are told to hold no item twice; the validator holds each item against each other. */
const MAX_UNIQUE = 64;

/** Under these names, and a number, the validator finds patterns while it runs; it knows none but those of its table of formats. */
const PATTERN_FORMAT = 'mcp-firewall/pattern-';

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
 * `@cfworker/json-schema` over a copy of the schema that has only what can be judged in bounded time. Patterns are run by
 * RE2 alone, in linear time; one that it cannot run is left out, and so are `format`, and `uniqueItems` where a list is
 * long. Nothing is fetched. Never throws.
 */
export function matchesSchema(value: JsonValue, schema: JsonObject): SchemaVerdict {
	const patterns = new Map<string, (text: string) => boolean>();
	try {
		const budget = { left: MAX_STEPS };
		const shape = { names: new Set<string>(), longest: 0 };
		const instance = plainCopy(value, shape);
		const copy = new SchemaCopy(schema, budget, shape, patterns).whole();
		for (const [name, test] of patterns) {
			format[name] = test;
		}
		return validate(instance, copy, draftOf(schema), dereference(copy)).valid ? 'valid' : 'invalid';
	} catch {
		return 'unjudgeable';
	} finally {
		for (const name of patterns.keys()) {
			// eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the library's table is an object
			delete format[name];
		}
	}
}

/** What of the value decides how its schema is copied. */
interface ValueShape {
	/** Names of members, all levels. */
	readonly names: Set<string>;
	/** Length of the longest list. */
	longest: number;
}

/** A schema as the validator gets it. */
class SchemaCopy {
	private schemas = 0;
	private readonly bySource = new Map<string, string | undefined>();
	/** Where it is not looked at which members a pattern means, none may be called too many for want of it. */
	private readonly lenient: boolean;

	constructor(
		private readonly root: JsonObject,
		private readonly budget: StepBudget,
		private readonly shape: ValueShape,
		private readonly patterns: Map<string, (text: string) => boolean>,
	) {
		this.lenient = this.patternNames(root).some(source => this.named(source) === undefined);
	}

	whole(): Schema {
		return this.copy(this.root) as Schema;
	}

	private copy(value: JsonValue | undefined): Schema | boolean {
		if (!isJsonObject(value)) {
			return value !== false;
		}
		this.schemas++;
		if (this.schemas > MAX_SCHEMAS) {
			throw new RangeError('too many schemas');
		}
		const kept: Schema = {};
		for (const [key, child] of Object.entries(value)) {
			const many = isJsonArray(child);
			if (PLAINS.has(key) || (ONES.has(key) && !many && !(this.lenient && mayExclude(key)))) {
				kept[key] = PLAINS.has(key) ? child : this.copy(child);
			} else if (LISTS.has(key) && many) {
				kept[key] = child.map(each => this.copy(each));
			} else if (MAPS.has(key) && isJsonObject(child)) {
				kept[key] = Object.fromEntries(Object.entries(child).map(([name, each]) => [name, this.copy(each)]));
			} else if (key === 'pattern' && typeof child === 'string') {
				const format = this.formatOf(child);
				if (format !== undefined) {
					kept.format = format;
				}
			} else if (key === 'uniqueItems' && child === true && this.shape.longest <= MAX_UNIQUE) {
				kept.uniqueItems = true;
			}
		}
		this.addPatternProperties(value, kept);
		const cost = costOf(kept, this.shape.longest);
		// The validator reads this member of a schema whenever it looks at it: the one place where its steps can be counted.
		Object.defineProperty(kept, '$recursiveAnchor', {
			get: () => {
				take(this.budget, cost);
				return undefined;
			},
		});
		return kept;
	}

	/** `patternProperties` as `properties` by the names that the value has. */
	private addPatternProperties({ patternProperties }: JsonObject, kept: Schema): void {
		if (this.lenient || !isJsonObject(patternProperties)) {
			return;
		}
		const properties = new Map<string, Schema | boolean>(
			Object.entries((kept.properties ?? {}) as Record<string, Schema | boolean>),
		);
		for (const [source, each] of Object.entries(patternProperties)) {
			const schema = this.copy(each);
			for (const name of this.named(source) ?? []) {
				const other = properties.get(name);
				properties.set(name, other === undefined ? schema : { allOf: [other, schema] as Schema[] });
			}
		}
		kept.properties = Object.fromEntries(properties);
	}

	/** The names in the value that a pattern means; undefined where that is not told. */
	private named(source: string): readonly string[] | undefined {
		const format = this.shape.names.size > MAX_NAMES ? undefined : this.formatOf(source);
		const test = format === undefined ? undefined : this.patterns.get(format);
		return test === undefined ? undefined : [...this.shape.names].filter(test);
	}

	/** The format that stands for a pattern; undefined where the pattern is not run. */
	private formatOf(source: string): string | undefined {
		if (this.bySource.has(source)) {
			return this.bySource.get(source);
		}
		const test = this.patterns.size < MAX_PATTERNS ? schemaPattern(source, this.budget) : undefined;
		const format = test === undefined ? undefined : `${PATTERN_FORMAT}${String(this.patterns.size)}`;
		if (test !== undefined && format !== undefined) {
			this.patterns.set(format, test);
		}
		this.bySource.set(source, format);
		return format;
	}

	private patternNames(value: JsonValue | undefined): readonly string[] {
		if (isJsonArray(value)) {
			return value.flatMap(item => this.patternNames(item));
		}
		return isJsonObject(value)
			? Object.entries(value).flatMap(([key, child]) => [
					...(key === 'patternProperties' && isJsonObject(child) ? Object.keys(child) : []),
					...this.patternNames(child),
				])
			: [];
	}
}

function mayExclude(key: string): boolean {
	return key === 'additionalProperties' || key === 'unevaluatedProperties';
}

/** A look at a schema takes time for each of its names and values, too, and for each pair of items. */
function costOf(
	{ properties, required, enum: values, dependentRequired, uniqueItems }: Schema,
	longest: number,
): number {
	const size = (part: unknown) =>
		Array.isArray(part) ? part.length : isJsonObject(part) ? Object.keys(part).length : 0;
	const pairs = uniqueItems === true ? longest * longest : 0;
	return 1 + size(properties) + size(required) + size(values) + size(dependentRequired) + pairs;
}

/** The validator asks `key in value`: without a prototype only what is there is found. */
function plainCopy(value: JsonValue, shape: ValueShape): unknown {
	let left = MAX_VALUES;
	const copy = (item: JsonValue | undefined): unknown => {
		left--;
		if (left < 0) {
			throw new RangeError('too many values');
		}
		if (isJsonArray(item)) {
			shape.longest = Math.max(shape.longest, item.length);
			return item.map(copy);
		}
		if (!isJsonObject(item)) {
			return item;
		}
		const members = Object.create(null) as Record<string, unknown>;
		for (const [key, child] of Object.entries(item)) {
			shape.names.add(key);
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
