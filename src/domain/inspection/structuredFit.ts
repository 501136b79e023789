import { isJsonArray, isJsonObject, pointerToken, type JsonObject, type JsonValue } from '../../base/json';
import { compilePattern } from '../policy/pattern';
import { matchesSchema } from '../registry/outputSchema';
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
/** Characters of a text that are counted; a schema that admits more admits all. */
const MAX_COUNTED = 100_000;
/** Longest pattern of a schema that is run. */
const MAX_PATTERN = 256;

/**
 * Structured content whose offending leaves (at `pointers`, in `quoted` replaced by evidence) fit their schema (MCP
 * 2025-11-25 server/tools#output-schema): where the schema leaves no room for the evidence, a short value that fits, else
 * the member is left out. Undefined where neither does: then the structured content is to be withheld as a whole. Content
 * and schema are attacker-controlled; time is bounded.
 */
export function fitStructured(
	quoted: JsonObject,
	pointers: readonly string[],
	schema: JsonObject,
): JsonObject | undefined {
	if (pointers.length > MAX_LEAVES) {
		return undefined;
	}
	const roots = reach(schema, schema);
	let fitted: JsonValue = quoted;
	for (const pointer of pointers) {
		const steps = pointer.split('/').slice(1).map(plain);
		const shapes = steps.reduce<readonly JsonObject[]>((at, step) => below(schema, at, step), roots);
		const evidence = valueAt(quoted, steps);
		if (typeof evidence === 'string' && !shapes.every(shape => fits(evidence, shape))) {
			const offers = candidates(shapes);
			const value =
				offers.find(each => shapes.every(shape => fits(each, shape))) ??
				// Of several choices one is enough.
				offers.find(each => shapes.some(shape => isNarrow(shape) && fits(each, shape)));
			fitted = withValue(fitted, steps, value) ?? fitted;
		}
	}
	return [fitted, withoutWithheld(fitted)].filter(isJsonObject).find(each => matchesSchema(each, schema) === 'valid');
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
function reach(root: JsonObject, schema: JsonValue | undefined, depth = 0): readonly JsonObject[] {
	if (!isJsonObject(schema) || depth > MAX_DEPTH) {
		return [];
	}
	const parts = [
		...(typeof schema.$ref === 'string' ? [referred(root, schema.$ref)] : []),
		...['allOf', 'anyOf', 'oneOf'].flatMap(key => {
			const list = schema[key];
			return isJsonArray(list) ? list : [];
		}),
	];
	return [schema, ...parts.flatMap(part => reach(root, part, depth + 1))].slice(0, MAX_SHAPES);
}

function referred(root: JsonObject, ref: string): JsonValue | undefined {
	return ref.startsWith('#') ? valueAt(root, ref.slice(1).split('/').slice(1).map(plain)) : undefined;
}

function below(root: JsonObject, shapes: readonly JsonObject[], step: string): readonly JsonObject[] {
	const next = shapes.flatMap(({ properties, additionalProperties, items, prefixItems }) => {
		const named = isJsonObject(properties) && Object.hasOwn(properties, step) ? properties[step] : undefined;
		const list = isJsonArray(prefixItems) ? prefixItems : isJsonArray(items) ? items : [];
		return [named ?? additionalProperties, list[Number(step)] ?? items];
	});
	return next.flatMap(schema => reach(root, schema)).slice(0, MAX_SHAPES);
}

/** As far as one leaf tells; the whole is held against the whole schema in the end. */
function fits(text: string, { enum: values, const: only, pattern, format, minLength, maxLength }: JsonObject): boolean {
	// JSON Schema counts code points (2020-12 validation §6.3).
	const length = Array.from(text.slice(0, MAX_COUNTED)).length;
	return (
		(!isJsonArray(values) || values.includes(text)) &&
		(only === undefined || only === text) &&
		(typeof maxLength !== 'number' || length <= maxLength) &&
		(typeof minLength !== 'number' || length >= minLength) &&
		(typeof format !== 'string' || !Object.hasOwn(BY_FORMAT, format) || BY_FORMAT[format] === text) &&
		(typeof pattern !== 'string' || matchesPattern(text, pattern))
	);
}

function matchesPattern(text: string, pattern: string): boolean {
	const compiled = pattern.length > MAX_PATTERN ? undefined : compilePattern(pattern);
	return compiled?.ok === true && compiled.pattern.finds(text);
}

/** Values that might fit; what the schema itself offers must not read like instructions. */
function candidates(shapes: readonly JsonObject[]): readonly string[] {
	const offered = shapes
		.flatMap(({ const: only, enum: values }) => [only, ...(isJsonArray(values) ? values.slice(0, 16) : [])])
		.filter(value => typeof value === 'string')
		.filter(value => detectInstructions(value).length === 0);
	const formats = shapes.flatMap(({ format }) =>
		typeof format === 'string' && Object.hasOwn(BY_FORMAT, format) ? [BY_FORMAT[format] ?? ''] : [],
	);
	const longest = Math.min(...shapes.flatMap(({ maxLength }) => (typeof maxLength === 'number' ? [maxLength] : [])));
	const least = Math.max(0, ...shapes.flatMap(({ minLength }) => (typeof minLength === 'number' ? [minLength] : [])));
	const padded = least > 0 && least <= 1024 ? ['-'.repeat(least), '0'.repeat(least)] : [];
	return [...offered, ...formats, ...SHORT, ...(longest >= 0 ? [PLACEHOLDER.slice(0, longest)] : []), ...padded];
}

function valueAt(value: JsonValue, steps: readonly string[]): JsonValue | undefined {
	let at: JsonValue | undefined = value;
	for (const step of steps) {
		at = isJsonArray(at) ? at[Number(step)] : isJsonObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
	}
	return at;
}

/** A copy with another value at a place; without a value, without the member or element. Undefined where nothing is there. */
function withValue(value: JsonValue, steps: readonly string[], put: JsonValue | undefined): JsonValue | undefined {
	const [step, ...rest] = steps;
	if (step === undefined) {
		return put;
	}
	if (isJsonArray(value)) {
		// An element that is left out would move the others, whose pointers come later.
		return value.map((item, index) => (String(index) === step ? (withValue(item, rest, put) ?? null) : item));
	}
	if (!isJsonObject(value)) {
		return value;
	}
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, item]) => {
			if (key !== step) {
				return [[key, item]];
			}
			const next = item === undefined ? undefined : withValue(item, rest, put);
			return next === undefined ? [] : [[key, next]];
		}),
	);
}

function plain(token: string): string {
	return token.replaceAll('~1', '/').replaceAll('~0', '~');
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
