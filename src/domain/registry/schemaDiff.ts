import { canonicalJson, isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownMember } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { type ReviewSubject } from './reviewSubject';
import { surfaceChange, type SurfaceChange, type SurfaceChangeKind } from './surfaceChange';
import { valueChange } from './textChange';

/** Schemas deeper than this are compared as a whole. */
const MAX_DEPTH = 12;

/** Members that hold words for a reader and do not decide what is valid. */
const WORDS = ['title', 'description', '$comment'] as const;

/** Members of which a smaller figure lets less through, and those of which a larger one does. */
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const LIMITS = [...UPPER, ...LOWER];

/** Members that are looked at one by one. */
const KNOWN = [...WORDS, ...LIMITS, 'type', 'enum', 'required', 'properties', 'items', 'additionalProperties'];

/**
 * What differs between two schemas of a tool's arguments (JSON Schema 2020-12, MCP 2025-11-25 Tool.inputSchema), parameter by
 * parameter. Both are attacker-controlled. Schemas that are not equal give at least one change.
 */
export function schemaDiff(
	subject: ReviewSubject,
	before: JsonObject | undefined,
	after: JsonObject | undefined,
): readonly SurfaceChange[] {
	if (sameJson(before, after)) {
		return [];
	}
	const changes = compare(subject, before ?? {}, after ?? {}, '', 0);
	return changes.length > 0 ? changes : [surfaceChange('schema-changed', subject)];
}

function compare(
	subject: ReviewSubject,
	before: JsonObject,
	after: JsonObject,
	at: string,
	depth: number,
): readonly SurfaceChange[] {
	if (sameJson(before, after)) {
		return [];
	}
	const change = (kind: SurfaceChangeKind, where = at) =>
		surfaceChange(kind, subject, where === '' ? undefined : where);
	if (depth > MAX_DEPTH) {
		return [change('schema-changed')];
	}
	const others = new Set([...Object.keys(before), ...Object.keys(after)].filter(key => !KNOWN.includes(key)));
	const kinds = [
		...WORDS.map(key => valueChange(ownMember(before, key), ownMember(after, key), 'wording')),
		...[...others].map(key =>
			notWording(valueChange(ownMember(before, key), ownMember(after, key), 'schema-changed')),
		),
		...reachOf(before, after),
	].filter(kind => kind !== undefined);
	const changed = [
		...[...new Set(kinds)].map(kind => change(kind)),
		...parameters(subject, before, after, at, depth),
		...compareShapes(subject, before.items, after.items, `${at}[]`, depth),
	];
	return changed.length > 0 ? changed : [change('schema-changed')];
}

/** A member that decides what is valid has no mere wording. */
function notWording(kind: SurfaceChangeKind | undefined): SurfaceChangeKind | undefined {
	return kind === 'wording' || kind === 'whitespace' ? 'schema-changed' : kind;
}

/** Whether more or less is let through by type, list of values and limits. */
function reachOf(before: JsonObject, after: JsonObject): readonly SurfaceChangeKind[] {
	const kinds = [
		typeReach(before.type, after.type),
		listReach(before.enum, after.enum),
		...UPPER.map(key => limitReach(before[key], after[key], 1)),
		...LOWER.map(key => limitReach(before[key], after[key], -1)),
		openReach(before.additionalProperties, after.additionalProperties),
	];
	return [...new Set(kinds.filter(kind => kind !== undefined))];
}

function typeReach(before: JsonValue | undefined, after: JsonValue | undefined): SurfaceChangeKind | undefined {
	if (sameJson(before, after)) {
		return undefined;
	}
	const types = (value: JsonValue | undefined) =>
		value === undefined
			? undefined
			: new Set((isJsonArray(value) ? value : [value]).map(type => JSON.stringify(type)));
	const [was, is] = [types(before), types(after)];
	if (was === undefined || is === undefined) {
		return is === undefined ? 'type-widened' : 'type-narrowed';
	}
	const covers = (large: ReadonlySet<string>, small: ReadonlySet<string>) =>
		[...small].every(type => large.has(type) || (type === '"integer"' && large.has('"number"')));
	return covers(is, was)
		? covers(was, is)
			? 'schema-changed'
			: 'type-widened'
		: covers(was, is)
			? 'type-narrowed'
			: 'type-changed';
}

function listReach(before: JsonValue | undefined, after: JsonValue | undefined): SurfaceChangeKind | undefined {
	if (sameJson(before, after)) {
		return undefined;
	}
	if (!isJsonArray(before) || !isJsonArray(after)) {
		return after === undefined ? 'type-widened' : before === undefined ? 'type-narrowed' : 'type-changed';
	}
	const [was, is] = [new Set(before.map(canonicalJson)), new Set(after.map(canonicalJson))];
	const more = [...is].some(value => !was.has(value));
	const less = [...was].some(value => !is.has(value));
	return more && less ? 'type-changed' : more ? 'type-widened' : less ? 'type-narrowed' : 'schema-changed';
}

function limitReach(
	before: JsonValue | undefined,
	after: JsonValue | undefined,
	direction: 1 | -1,
): SurfaceChangeKind | undefined {
	if (sameJson(before, after)) {
		return undefined;
	}
	if (before === undefined || after === undefined) {
		return after === undefined ? 'type-widened' : 'type-narrowed';
	}
	if (typeof before !== 'number' || typeof after !== 'number') {
		return 'schema-changed';
	}
	return (after - before) * direction > 0 ? 'type-widened' : 'type-narrowed';
}

/** Undeclared members: forbidden (`false`), of one shape, or anything (`true`, or nothing said). */
function openReach(before: JsonValue | undefined, after: JsonValue | undefined): SurfaceChangeKind | undefined {
	if (sameJson(before, after)) {
		return undefined;
	}
	const openness = (value: JsonValue | undefined) => (value === false ? 0 : isJsonObject(value) ? 1 : 2);
	const [was, is] = [openness(before), openness(after)];
	return is > was ? 'type-widened' : is < was ? 'type-narrowed' : 'schema-changed';
}

function parameters(
	subject: ReviewSubject,
	before: JsonObject,
	after: JsonObject,
	at: string,
	depth: number,
): readonly SurfaceChange[] {
	const [was, is] = [shapesOf(before.properties), shapesOf(after.properties)];
	const [needed, needs] = [namesIn(before.required), namesIn(after.required)];
	const oddly =
		sameJson(before.properties, after.properties) || (isOpen(before.properties) && isOpen(after.properties))
			? []
			: [surfaceChange('schema-changed', subject, at === '' ? undefined : at)];
	const changes = [...new Set([...was.keys(), ...is.keys(), ...needed, ...needs])].flatMap(name => {
		const where = at === '' ? name : `${at}.${name}`;
		const [old, now] = [was.get(name), is.get(name)];
		if (old === undefined && now !== undefined) {
			return [surfaceChange('parameter-added', subject, where)];
		}
		if (old !== undefined && now === undefined) {
			return [surfaceChange('parameter-removed', subject, where)];
		}
		const duty = needed.has(name) === needs.has(name) ? [] : [needs.has(name)];
		return [
			...duty.map(required =>
				surfaceChange(required ? 'parameter-required' : 'parameter-optional', subject, where),
			),
			...compareShapes(subject, old, now, where, depth),
		];
	});
	return [...oddly, ...changes];
}

function compareShapes(
	subject: ReviewSubject,
	before: JsonValue | undefined,
	after: JsonValue | undefined,
	where: string,
	depth: number,
): readonly SurfaceChange[] {
	if (sameJson(before, after)) {
		return [];
	}
	if (isJsonObject(before) && isJsonObject(after)) {
		return compare(subject, before, after, where, depth + 1);
	}
	return [surfaceChange(after === undefined || after === true ? 'type-widened' : 'type-changed', subject, where)];
}

function isOpen(value: JsonValue | undefined): boolean {
	return value === undefined || isJsonObject(value);
}

function shapesOf(value: JsonValue | undefined): ReadonlyMap<string, JsonValue> {
	const members = isJsonObject(value) ? Object.entries(value) : [];
	return new Map(members.flatMap(([name, shape]) => (shape === undefined ? [] : [[name, shape] as const])));
}

function namesIn(value: JsonValue | undefined): ReadonlySet<string> {
	return new Set(isJsonArray(value) ? value.filter(name => typeof name === 'string') : []);
}
