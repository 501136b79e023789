import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';

/** What stands for the world in a probe. */
export interface SampleWorld {
	/** Absolute folder of the probe, with the files in it. */
	readonly folder: string;
	/** Absolute; is there and can be read. */
	readonly file: string;
	/** Absolute; is not there yet. */
	readonly newFile: string;
	/** An address that leads nowhere: its host ends in `.invalid` (RFC 2606 §2). */
	readonly url: string;
}

/** Optional arguments are left out; so many required ones are filled in, to such a depth. */
const MAX_ARGUMENTS = 20;
const MAX_DEPTH = 4;

/**
 * Harmless arguments for one call of a tool: what its schema requires, with paths of the probe where names ask for a path and
 * an address that leads nowhere where they ask for one. Only a proposal. The schema is attacker-controlled.
 */
export function sampleArguments(schema: JsonObject | undefined, world: SampleWorld, writes: boolean): JsonObject {
	return objectOf(schema, world, writes, 0);
}

function objectOf(schema: JsonValue | undefined, world: SampleWorld, writes: boolean, depth: number): JsonObject {
	const shape = isJsonObject(schema) ? schema : {};
	const properties = isJsonObject(shape.properties) ? shape.properties : {};
	const required = isJsonArray(shape.required) ? shape.required.filter(name => typeof name === 'string') : [];
	const entries = required
		.slice(0, MAX_ARGUMENTS)
		.map(name => [name, sampleOf(name, own(properties, name), world, writes, depth)] as const);
	return Object.fromEntries(entries);
}

function sampleOf(
	name: string,
	schema: JsonValue | undefined,
	world: SampleWorld,
	writes: boolean,
	depth: number,
): JsonValue {
	const shape = isJsonObject(schema) ? schema : {};
	const given = shape.const ?? (isJsonArray(shape.enum) ? shape.enum[0] : undefined) ?? shape.default;
	if (given !== undefined) {
		return given;
	}
	const said = isJsonArray(shape.type) ? shape.type[0] : shape.type;
	const type = typeof said === 'string' ? said : 'string';
	switch (type) {
		case 'integer':
		case 'number':
			return numberOf(shape);
		case 'boolean':
			return false;
		case 'array':
			return depth < MAX_DEPTH ? [sampleOf(name.replace(/s$/i, ''), shape.items, world, writes, depth + 1)] : [];
		case 'object':
			return depth < MAX_DEPTH ? objectOf(shape, world, writes, depth + 1) : {};
		case 'null':
			return null;
		default:
			return textOf(name, shape, world, writes);
	}
}

function numberOf({ minimum, exclusiveMinimum, maximum }: JsonObject): number {
	const least =
		typeof minimum === 'number' ? minimum : typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : 1;
	return typeof maximum === 'number' && maximum < least ? maximum : least;
}

function textOf(name: string, { format }: JsonObject, world: SampleWorld, writes: boolean): string {
	const word = name.toLowerCase();
	if (format === 'uri' || /ur[il]$|endpoint|webhook/.test(word)) {
		return world.url;
	}
	if (/dest|target|new_?path|^to$|output/.test(word)) {
		return world.newFile;
	}
	if (/dir|folder|cwd|root/.test(word)) {
		return world.folder;
	}
	if (/path|file/.test(word)) {
		return writes ? world.newFile : world.file;
	}
	if (/command|cmd|script/.test(word)) {
		return 'echo probe';
	}
	return 'probe';
}

function own(properties: JsonObject, name: string): JsonValue | undefined {
	return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
