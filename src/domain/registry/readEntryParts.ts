import { digestJson, sha256Hex } from '../../base/digest';
import { type JsonObject, type JsonValue, isJsonObject } from '../../base/json';
import { type CredentialKind, type CredentialReference } from './credential';
import { Invalid, listAt, objectAt, oneOf, stringAt, timeAt } from './entryFields';
import { type PinnedFile, type ServerSource, type SourceKind, type SupplyPin } from './supplyPin';
import { type ItemPin, type SurfacePins } from './surfacePin';

const CREDENTIALS: readonly CredentialKind[] = ['env', 'header', 'variable', 'oauth'];
const SOURCES: readonly SourceKind[] = ['npm', 'pypi', 'oci', 'path', 'url', 'unknown'];
const ROLES: readonly PinnedFile['role'][] = [
	...(['executable', 'entry', 'manifest', 'lockfile', 'package', 'dependencies', 'registry'] as const),
];

/** Reads the `credentials` of a stored entry. Throws {@link Invalid}. */
export function readCredentials(value: JsonValue | undefined, at: string): readonly CredentialReference[] {
	const read = listAt(value, at).map((item, index) => readCredential(item, `${at}/${index}`));
	if (new Set(read.map(({ kind, name }) => `${kind} ${name}`)).size !== read.length) {
		throw new Invalid(at, 'names a credential twice');
	}
	return read;
}

function readCredential(value: JsonValue, at: string): CredentialReference {
	const fields = objectAt(value, at, ['kind', 'name', 'storedAt', 'revoked']);
	return {
		kind: oneOf(CREDENTIALS, fields.kind, `${at}/kind`),
		name: stringAt(fields.name, `${at}/name`),
		storedAt: timeAt(fields.storedAt, `${at}/storedAt`),
		...trueAt(fields, 'revoked', at),
	};
}

/** Reads the `supply` of a stored entry. Throws {@link Invalid}. */
export function readSupply(value: JsonValue | undefined, at: string): SupplyPin {
	const fields = objectAt(value, at, ['source', 'files', 'integrity', 'installScripts', 'publisher', 'gaps']);
	const { installScripts } = fields;
	if (installScripts !== undefined && typeof installScripts !== 'boolean') {
		throw new Invalid(`${at}/installScripts`, 'must be true or false');
	}
	return {
		source: readSource(fields.source, `${at}/source`),
		files: listAt(fields.files, `${at}/files`).map((file, index) => readFile(file, `${at}/files/${index}`)),
		...textAt(fields, 'integrity', at),
		...(installScripts !== undefined && { installScripts }),
		...textAt(fields, 'publisher', at),
		gaps: listAt(fields.gaps, `${at}/gaps`).map((gap, index) => stringAt(gap, `${at}/gaps/${index}`)),
	};
}

function readSource(value: JsonValue | undefined, at: string): ServerSource {
	const fields = objectAt(value, at, ['kind', 'name', 'version']);
	const kind = oneOf(SOURCES, fields.kind, `${at}/kind`);
	return { kind, name: stringAt(fields.name, `${at}/name`), ...textAt(fields, 'version', at) };
}

function readFile(value: JsonValue, at: string): PinnedFile {
	const { role, path, digest } = objectAt(value, at, ['role', 'path', 'digest']);
	if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) {
		throw new Invalid(`${at}/digest`, 'must be a SHA-256 in lower-case hex');
	}
	return { role: oneOf(ROLES, role, `${at}/role`), path: stringAt(path, `${at}/path`), digest };
}

/** Reads the `surface` of a stored entry; every digest must be that of the reviewed text. Throws {@link Invalid}. */
export function readSurface(value: JsonValue | undefined, at: string): SurfacePins {
	const fields = objectAt(value, at, ['prompts', 'resourceTemplates', 'instructions']);
	return {
		prompts: readItems(fields.prompts, `${at}/prompts`),
		resourceTemplates: readItems(fields.resourceTemplates, `${at}/resourceTemplates`),
		...(fields.instructions !== undefined && {
			instructions: readInstructions(fields.instructions, `${at}/instructions`),
		}),
	};
}

function readItems(value: JsonValue | undefined, at: string): readonly ItemPin[] {
	const read = listAt(value, at).map((item, index) => readItem(item, `${at}/${index}`));
	if (new Set(read.map(({ key }) => key)).size !== read.length) {
		throw new Invalid(at, 'has two items of the same key');
	}
	return read;
}

function readItem(value: JsonValue, at: string): ItemPin {
	const { key, digest, reviewed } = objectAt(value, at, ['key', 'digest', 'reviewed']);
	if (!isJsonObject(reviewed)) {
		throw new Invalid(`${at}/reviewed`, 'must be an object');
	}
	if (digest !== digestJson(reviewed)) {
		throw new Invalid(`${at}/digest`, 'is not the digest of the reviewed item');
	}
	return { key: stringAt(key, `${at}/key`), digest, reviewed };
}

function readInstructions(value: JsonValue, at: string): NonNullable<SurfacePins['instructions']> {
	const { digest, reviewed } = objectAt(value, at, ['digest', 'reviewed']);
	if (typeof reviewed !== 'string') {
		throw new Invalid(`${at}/reviewed`, 'must be a text');
	}
	if (digest !== sha256Hex(reviewed)) {
		throw new Invalid(`${at}/digest`, 'is not the digest of the reviewed instructions');
	}
	return { digest, reviewed };
}

function textAt<K extends string>(fields: JsonObject, key: K, at: string): { readonly [key in K]?: string } {
	return fields[key] === undefined
		? {}
		: ({ [key]: stringAt(fields[key], `${at}/${key}`) } as { readonly [key in K]: string });
}

function trueAt<K extends string>(fields: JsonObject, key: K, at: string): { readonly [key in K]?: true } {
	if (fields[key] !== undefined && fields[key] !== true) {
		throw new Invalid(`${at}/${key}`, 'must be true or absent');
	}
	return fields[key] === true ? ({ [key]: true } as { readonly [key in K]: true }) : {};
}
