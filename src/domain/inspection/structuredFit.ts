import {
	isJsonArray,
	isJsonObject,
	pointerToken,
	pointerTokens,
	type JsonObject,
	type JsonValue,
} from '../../base/json';
import { matchesSchema } from '../registry/outputSchema';
import { schemaPattern, type StepBudget, take } from '../registry/schemaPattern';
import { detectInstructions } from './detectInstructions';
import { WITHHELD } from './quarantine';

/** Stands in structured content for a text that its schema leaves no room to quote. */
export const PLACEHOLDER = '[withheld by MCP Firewall: see content]';

/** What fits the formats that JSON Schema names (2020-12 validation §7.3). */
const BY_FORMAT: Readonly<Record<string, string>> = {
	'date-time': '1970-01-01T00:00:00Z',
	date: '1970-01-01',
	time: '00:00:00Z',
	duration: 'PT0S',
	email: 'withheld@mcp-firewall.invalid',
	'idn-email': 'withheld@mcp-firewall.invalid',
	hostname: 'mcp-firewall.invalid',
	'idn-hostname': 'mcp-firewall.invalid',
	ipv4: '0.0.0.0',
	ipv6: '::',
	uri: 'mcp-firewall:quarantined',
	'uri-reference': 'mcp-firewall:quarantined',
	iri: 'mcp-firewall:quarantined',
	'iri-reference': 'mcp-firewall:quarantined',
	uuid: '00000000-0000-0000-0000-000000000000',
	'json-pointer': '',
	regex: 'withheld',
};

const SHORT = [PLACEHOLDER, 'withheld', '', '0', '-', 'x'];
/** Schemas looked at for one leaf; steps down references and choices. */
const MAX_SHAPES = 64;
const MAX_DEPTH = 8;
/** Leaves that a value is looked for one by one; beyond that all is withheld. */
const MAX_LEAVES = 200;
/** Texts of a schema's own that are tried for one leaf, and the longest of them. */
const MAX_OFFERED = 64;
const LONGEST_OFFERED = 1_024;
/** Characters of a text that are counted; a schema that admits more admits all. */
const MAX_COUNTED = 100_000;
/** Looks at schemas for all leaves together; some tenths of a second at most. */
const MAX_STEPS = 200_000;
/** Steps that a pattern counts that is compiled, or a text of the schema that is looked at. */
const PER_PATTERN = 1_000;

/** A schema, and what is left to be done with it. */
interface Fitting {
	readonly root: JsonObject;
	readonly budget: StepBudget;
	/** Compiled patterns by their source; undefined for what is not run. */
	readonly patterns: Map<string, ReturnType<typeof schemaPattern>>;
	/** What the schema offers, and whether that reads harmless. */
	readonly harmless: Map<string, boolean>;
}

/**
 * Structured content whose offending leaves (at `pointers`, in `quoted` replaced by evidence) fit their schema (MCP
 * 2025-11-25 server/tools#output-schema): where the schema leaves no room for the evidence, a short value that fits, else
 * the member is left out. Undefined where neither does, or where that takes too many steps to tell: then the structured
 * content is to be withheld as a whole. Content and schema are attacker-controlled; time is bounded.
 */
export function fitStructured(
	quoted: JsonObject,
	pointers: readonly string[],
	schema: JsonObject,
): JsonObject | undefined {
	if (pointers.length > MAX_LEAVES) {
		return undefined;
	}
	const fitting = { root: schema, budget: { left: MAX_STEPS }, patterns: new Map(), harmless: new Map() };
	try {
		const fitted = withValues(quoted, valuesFor(quoted, pointers, fitting), '') ?? null;
		return [fitted, withoutWithheld(fitted)]
			.filter(isJsonObject)
			.find(each => matchesSchema(each, schema) === 'valid');
	} catch (error) {
		if (error instanceof RangeError) {
			return undefined;
		}
		throw error;
	}
}

/** What is to stand at each of these places instead of the evidence; undefined: nothing. Throws RangeError where it takes too long. */
function valuesFor(quoted: JsonObject, pointers: readonly string[], fitting: Fitting): Map<string, string | undefined> {
	const roots = reach(fitting, fitting.root);
	const values = new Map<string, string | undefined>();
	for (const pointer of pointers) {
		const steps = pointerTokens(pointer);
		const shapes = steps.reduce<readonly JsonObject[]>((at, step) => below(fitting, at, step), roots);
		const evidence = valueAt(quoted, steps);
		if (typeof evidence === 'string' && !shapes.every(shape => fits(evidence, shape, fitting))) {
			const offers = candidates(shapes, fitting);
			const value =
				offers.find(each => shapes.every(shape => fits(each, shape, fitting))) ??
				// Of several choices one is enough.
				offers.find(each => shapes.some(shape => isNarrow(shape) && fits(each, shape, fitting)));
			values.set(pointer, value);
		}
	}
	return values;
}

function isNarrow({ enum: values, const: only, pattern, format, maxLength }: JsonObject): boolean {
	return [values, only, pattern, format, maxLength].some(each => each !== undefined);
}

/** The schema may admit no other names: then the members that quote an offending one go, too. */
function withoutWithheld(value: JsonValue): JsonValue {
	if (isJsonArray(value)) {
		return value.map(withoutWithheld);
	}
	return isJsonObject(value)
		? Object.fromEntries(
				Object.entries(value).flatMap(([key, item]) =>
					item === undefined || key.startsWith(WITHHELD) ? [] : [[key, withoutWithheld(item)]],
				),
			)
		: value;
}

/** A schema with those that it refers to and that hold as well; choices are left to {@link fits}. */
function reach(fitting: Fitting, schema: JsonValue | undefined): readonly JsonObject[] {
	const found: JsonObject[] = [];
	const add = (each: JsonValue | undefined, depth: number): void => {
		take(fitting.budget, 1);
		if (!isJsonObject(each) || depth > MAX_DEPTH || found.length >= MAX_SHAPES) {
			return;
		}
		found.push(each);
		if (typeof each.$ref === 'string') {
			add(referred(fitting.root, each.$ref), depth + 1);
		}
		for (const key of ['allOf', 'anyOf', 'oneOf']) {
			const list = each[key];
			for (const part of isJsonArray(list) ? list : []) {
				add(part, depth + 1);
			}
		}
	};
	add(schema, 0);
	return found;
}

function referred(root: JsonObject, ref: string): JsonValue | undefined {
	return ref.startsWith('#') ? valueAt(root, pointerTokens(ref.slice(1))) : undefined;
}

function below(fitting: Fitting, shapes: readonly JsonObject[], step: string): readonly JsonObject[] {
	const next = shapes.flatMap(({ properties, additionalProperties, items, prefixItems }) => {
		const named = isJsonObject(properties) && Object.hasOwn(properties, step) ? properties[step] : undefined;
		const list = isJsonArray(prefixItems) ? prefixItems : isJsonArray(items) ? items : [];
		return [named ?? additionalProperties, list[Number(step)] ?? items];
	});
	return next.flatMap(schema => reach(fitting, schema)).slice(0, MAX_SHAPES);
}

/** As far as one leaf tells; the whole is held against the whole schema in the end. */
function fits(text: string, shape: JsonObject, fitting: Fitting): boolean {
	const { enum: values, const: only, pattern, format, minLength, maxLength } = shape;
	const counted = text.slice(0, MAX_COUNTED);
	take(fitting.budget, 1 + Math.ceil(counted.length / 1_000) + (isJsonArray(values) ? values.length / 100 : 0));
	// JSON Schema counts code points (2020-12 validation §6.3).
	const length = Array.from(counted).length;
	return (
		(!isJsonArray(values) || values.includes(text)) &&
		(only === undefined || only === text) &&
		(typeof maxLength !== 'number' || length <= maxLength) &&
		(typeof minLength !== 'number' || length >= minLength) &&
		(typeof format !== 'string' || !Object.hasOwn(BY_FORMAT, format) || BY_FORMAT[format] === text) &&
		(typeof pattern !== 'string' || matchesPattern(text, pattern, fitting))
	);
}

function matchesPattern(text: string, pattern: string, { budget, patterns }: Fitting): boolean {
	if (!patterns.has(pattern)) {
		take(budget, PER_PATTERN);
		patterns.set(pattern, schemaPattern(pattern, budget));
	}
	return patterns.get(pattern)?.(text) === true;
}

/** Values that might fit; what the schema itself offers must not read like instructions. */
function candidates(shapes: readonly JsonObject[], { harmless, budget }: Fitting): readonly string[] {
	const offered = new Set<string>();
	for (const { const: only, enum: values } of shapes) {
		for (const value of [only, ...(isJsonArray(values) ? values.slice(0, 16) : [])]) {
			if (typeof value === 'string' && value.length <= LONGEST_OFFERED && offered.size < MAX_OFFERED) {
				offered.add(value);
			}
		}
	}
	const isHarmless = (text: string): boolean => {
		const known = harmless.get(text);
		if (known !== undefined) {
			return known;
		}
		take(budget, PER_PATTERN);
		const fresh = detectInstructions(text).length === 0;
		harmless.set(text, fresh);
		return fresh;
	};
	const formats = shapes.flatMap(({ format }) =>
		typeof format === 'string' && Object.hasOwn(BY_FORMAT, format) ? [BY_FORMAT[format] ?? ''] : [],
	);
	const longest = Math.min(...shapes.flatMap(({ maxLength }) => (typeof maxLength === 'number' ? [maxLength] : [])));
	const least = Math.max(0, ...shapes.flatMap(({ minLength }) => (typeof minLength === 'number' ? [minLength] : [])));
	const padded = least > 0 && least <= 1024 ? ['-'.repeat(least), '0'.repeat(least)] : [];
	return [
		...[...offered].filter(isHarmless),
		...new Set(formats),
		...SHORT,
		...(longest >= 0 ? [PLACEHOLDER.slice(0, longest)] : []),
		...padded,
	];
}

/** What stands at this place, own members only; undefined where nothing does. */
export function valueAt(value: JsonValue | undefined, steps: readonly string[]): JsonValue | undefined {
	let at: JsonValue | undefined = value;
	for (const step of steps) {
		at = isJsonArray(at) ? at[Number(step)] : isJsonObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
	}
	return at;
}

/** A copy with other values at these places; where there is none, without the member, or null in its place in a list. */
function withValues(
	value: JsonValue,
	values: ReadonlyMap<string, string | undefined>,
	at: string,
): JsonValue | undefined {
	if (values.has(at)) {
		return values.get(at);
	}
	if (values.size === 0) {
		return value;
	}
	if (isJsonArray(value)) {
		// An element that is left out would move the others.
		return value.map((item, index) => withValues(item, values, `${at}/${String(index)}`) ?? null);
	}
	if (!isJsonObject(value)) {
		return value;
	}
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, item]) => {
			const next = item === undefined ? undefined : withValues(item, values, `${at}/${pointerToken(key)}`);
			return next === undefined ? [] : [[key, next]];
		}),
	);
}

/** Pointers of the leaves below a member that a replacement changed. */
export function changedLeaves(before: JsonValue, after: JsonValue | undefined, pointer = ''): readonly string[] {
	if (before === after) {
		return [];
	}
	if (isJsonArray(before) && isJsonArray(after)) {
		return before.flatMap((item, index) => changedLeaves(item, after[index], `${pointer}/${String(index)}`));
	}
	if (isJsonObject(before) && isJsonObject(after)) {
		return Object.entries(before).flatMap(([key, item]) =>
			item === undefined ? [] : changedLeaves(item, after[key], `${pointer}/${pointerToken(key)}`),
		);
	}
	return [pointer];
}
