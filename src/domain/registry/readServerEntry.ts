import { isAbsolutePath } from '../../base/absolutePath';
import { type JsonValue, isJsonArray, isJsonObject } from '../../base/json';
import { inEnglish } from '../../base/phrase';
import { Invalid, listAt, objectAt, oneOf, stringAt, timeAt } from './entryFields';
import { isCapability, UNKNOWN_CAPABILITY } from '../policy/capabilityName';
import { type HttpLaunch, type Launch, serverIdOf } from './launch';
import { isEnvName } from './envName';
import { type ToolPin, toolDigest } from './pin';
import { keptOrigin } from './originPlaces';
import { PROBLEM_WORDS } from './problemWords';
import { readCredentials, readSupply, readSurface } from './readEntryParts';
import {
	type Ceiling,
	ORIGIN_KINDS,
	type ServerEntry,
	type ServerIdentity,
	type ServerOrigin,
	type ServerStatus,
} from './serverEntry';
import { isServerName, serverNameKey } from './serverName';
import { readTool } from './toolDescriptor';

/** Why a stored entry is not accepted: a JSON pointer (RFC 6901) into the value that was read, and one sentence. */
export interface EntryProblem {
	readonly pointer: string;
	readonly message: string;
}

/** What reading stored entries gives: all of them, or the first problem. */
export type EntriesOutcome =
	| { readonly kind: 'read'; readonly entries: readonly ServerEntry[] }
	| { readonly kind: 'problem'; readonly problem: EntryProblem };

const STATUSES: readonly ServerStatus[] = ['pending-review', 'approved', 'suspended', 'revoked'];
const CEILINGS: readonly Ceiling[] = ['public', 'internal', 'secret'];

/** True for what a pin may hold: `resource.action`, or `unknown`, which no allow covers. */
export function isPinnedCapability(text: unknown): text is string {
	return typeof text === 'string' && text.length <= 128 && (text === UNKNOWN_CAPABILITY || isCapability(text));
}

/**
 * Validates one stored entry in full: the id must be that of the launch and every pin that of its reviewed tool, so that a
 * registry edited by hand in one place only is found out. Unknown fields are refused: a newer version wrote them.
 */
export function readServerEntry(value: JsonValue | undefined, at = ''): ServerEntry | EntryProblem {
	try {
		return readEntry(value, at);
	} catch (error) {
		if (error instanceof Invalid) {
			return { pointer: error.pointer, message: error.message };
		}
		throw error;
	}
}

/** True for a field name of HTTP (RFC 9110 §5.1). */
export function isHeaderName(name: unknown): name is string {
	return typeof name === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name);
}

/** Validates the whole stored registry: `{ version: 2, servers: [...] }`, ids and names unique. */
export function readServerEntries(value: JsonValue): EntriesOutcome {
	const failed = (pointer: string, message: string): EntriesOutcome => ({
		kind: 'problem',
		problem: { pointer, message },
	});
	if (!isJsonObject(value) || !isJsonArray(value.servers)) {
		return failed('', 'the registry must be an object with a list "servers"');
	}
	if (value.version !== 2) {
		return failed('/version', 'this version of the registry is not known');
	}
	const entries: ServerEntry[] = [];
	for (const [index, item] of value.servers.entries()) {
		const at = `/servers/${index}`;
		const entry = readServerEntry(item, at);
		if ('pointer' in entry) {
			return { kind: 'problem', problem: entry };
		}
		const clash = clashOf(entries, entry);
		if (clash !== undefined) {
			return failed(`${at}/${clash}`, inEnglish(PROBLEM_WORDS.clash(clash)));
		}
		entries.push(entry);
	}
	return { kind: 'read', entries };
}

/** Which field of an entry another one has already; names that look alike are the same name. */
export function clashOf(
	entries: readonly Pick<ServerEntry, 'id' | 'name'>[],
	entry: Pick<ServerEntry, 'id' | 'name'>,
): 'id' | 'name' | undefined {
	if (entries.some(({ id }) => id === entry.id)) {
		return 'id';
	}
	const key = serverNameKey(entry.name);
	return entries.some(({ name }) => serverNameKey(name) === key) ? 'name' : undefined;
}

const FIELDS = [
	...[
		'id',
		'name',
		'revision',
		'launch',
		'origin',
		'boundTo',
		'pinnedFrom',
		'owner',
		'status',
		'statusReason',
		'ceiling',
		'roots',
		'credentials',
	],
	...['identity', 'protocolVersion', 'supply', 'tools', 'surface', 'reviewedAt', 'reviewedBy', 'signedBy', 'shared'],
];

function readEntry(value: JsonValue | undefined, at: string): ServerEntry {
	const fields = objectAt(value, at, FIELDS);
	const launch = readLaunch(fields.launch, `${at}/launch`);
	const { name, revision } = fields;
	if (!isServerName(name)) {
		throw new Invalid(`${at}/name`, 'must be a name that can be shown plainly');
	}
	const boundTo = fields.boundTo === undefined ? undefined : stringAt(fields.boundTo, `${at}/boundTo`);
	if (fields.id !== serverIdOf(launch, boundTo)) {
		throw new Invalid(`${at}/id`, 'is not the digest of the launch');
	}
	if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 1) {
		throw new Invalid(`${at}/revision`, 'must be a whole number from 1 on');
	}
	if (fields.shared !== undefined && fields.shared !== true) {
		throw new Invalid(`${at}/shared`, 'must be true or absent');
	}
	const tools = listAt(fields.tools, `${at}/tools`).map((tool, index) => readPin(tool, `${at}/tools/${index}`));
	if (new Set(tools.map(tool => tool.name)).size !== tools.length) {
		throw new Invalid(`${at}/tools`, 'has two tools of the same name');
	}
	const text = (key: 'pinnedFrom' | 'statusReason' | 'protocolVersion' | 'signedBy') =>
		fields[key] === undefined ? {} : { [key]: stringAt(fields[key], `${at}/${key}`) };
	return {
		...{ id: fields.id, name, revision, launch },
		origin: readOrigin(fields.origin, `${at}/origin`),
		...(boundTo !== undefined && { boundTo }),
		...text('pinnedFrom'),
		owner: stringAt(fields.owner, `${at}/owner`),
		status: oneOf(STATUSES, fields.status, `${at}/status`),
		...text('statusReason'),
		ceiling: oneOf(CEILINGS, fields.ceiling, `${at}/ceiling`),
		...(fields.roots !== undefined && {
			roots: listAt(fields.roots, `${at}/roots`).map((root, index) => stringAt(root, `${at}/roots/${index}`)),
		}),
		credentials: readCredentials(fields.credentials, `${at}/credentials`),
		...(fields.identity !== undefined && { identity: readIdentity(fields.identity, `${at}/identity`) }),
		...text('protocolVersion'),
		supply: readSupply(fields.supply, `${at}/supply`),
		tools,
		surface: readSurface(fields.surface, `${at}/surface`),
		reviewedAt: timeAt(fields.reviewedAt, `${at}/reviewedAt`),
		reviewedBy: stringAt(fields.reviewedBy, `${at}/reviewedBy`),
		...text('signedBy'),
		...(fields.shared === true && { shared: true }),
	};
}

function readIdentity(value: JsonValue | undefined, at: string): ServerIdentity {
	const { name, version } = objectAt(value, at, ['name', 'version']);
	if (typeof name !== 'string' || typeof version !== 'string') {
		throw new Invalid(at, 'must have the texts "name" and "version"');
	}
	return { name, version };
}

function readLaunch(value: JsonValue | undefined, at: string): Launch {
	if (isJsonObject(value) && value.kind === 'http') {
		return readHttpLaunch(value, at);
	}
	const fields = objectAt(value, at, ['kind', 'command', 'args', 'cwd', 'env']);
	oneOf(['stdio', 'http'], fields.kind, `${at}/kind`);
	const command = stringAt(fields.command, `${at}/command`);
	const args = listAt(fields.args, `${at}/args`).map((arg, index) => stringAt(arg, `${at}/args/${index}`));
	const env = listAt(fields.env, `${at}/env`).map((name, index) => {
		if (!isEnvName(name)) {
			throw new Invalid(`${at}/env/${index}`, 'must be the name of an environment variable');
		}
		return name;
	});
	const cwd = fields.cwd === undefined ? {} : { cwd: stringAt(fields.cwd, `${at}/cwd`) };
	return { kind: 'stdio', command, args, ...cwd, env };
}

function readHttpLaunch(value: JsonValue, at: string): HttpLaunch {
	const fields = objectAt(value, at, ['kind', 'url', 'headers']);
	const url = stringAt(fields.url, `${at}/url`);
	if (!/^https?:\/\//i.test(url)) {
		throw new Invalid(`${at}/url`, 'must be an http or https address');
	}
	const headers = listAt(fields.headers, `${at}/headers`).map((name, index) => {
		if (!isHeaderName(name)) {
			throw new Invalid(`${at}/headers/${index}`, 'must be the name of an HTTP header');
		}
		return name;
	});
	return { kind: 'http', url, headers };
}

function readOrigin(value: JsonValue | undefined, at: string): ServerOrigin {
	const fields = objectAt(value, at, ['kind', 'file', 'project']);
	const kind = oneOf(ORIGIN_KINDS, fields.kind, `${at}/kind`);
	const project = fields.project === undefined ? undefined : stringAt(fields.project, `${at}/project`);
	if (project !== undefined && (kind !== 'claude' || !isAbsolutePath(project))) {
		throw new Invalid(`${at}/project`, 'must be an absolute folder, of a file of Claude Code');
	}
	return keptOrigin({ kind, file: stringAt(fields.file, `${at}/file`), ...(project !== undefined && { project }) });
}

function readPin(value: JsonValue | undefined, at: string): ToolPin {
	const fields = objectAt(value, at, ['name', 'digest', 'capability', 'reviewed']);
	const reviewed = readTool(fields.reviewed);
	if (reviewed === undefined || reviewed.name !== fields.name) {
		throw new Invalid(`${at}/reviewed`, 'must be the reviewed tool of that name');
	}
	if (fields.digest !== toolDigest(reviewed)) {
		throw new Invalid(`${at}/digest`, 'is not the digest of the reviewed tool');
	}
	if (!isPinnedCapability(fields.capability)) {
		throw new Invalid(`${at}/capability`, 'must be "resource.action" or "unknown"');
	}
	return { name: reviewed.name, digest: fields.digest, capability: fields.capability, reviewed };
}
