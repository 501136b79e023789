import { isAbsolutePath } from '../base/absolutePath';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, isCount } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type DecisionService } from '../domain/identity/decisionService';
import { DECISION_KINDS } from '../domain/identity/readDecision';
import { readTrustSettings } from '../domain/identity/readTrustSettings';
import { type TrustSettings } from '../domain/identity/trustSettings';
import { type RecordedServerList } from '../domain/registry/serverLists';
import { isServerName } from '../domain/registry/serverName';

/** A guarded server as a window serves it. */
export interface ServedRecord {
	/** Digest of the launch. */
	readonly id: string;
	readonly name: string;
	/** Where: `unix://PATH#ROUTE`, `pipe:NAME#ROUTE` or `http://127.0.0.1:PORT/ROUTE`. */
	readonly uri: string;
	/** A secret: what stands behind `Bearer`. */
	readonly token: string;
}

/** One open window that guards servers. */
export interface WindowRecord {
	/** Random, 32 hexadecimal digits; also the file's name. */
	readonly id: string;
	/** The process that serves. */
	readonly pid: number;
	/** Milliseconds since the epoch. */
	readonly startedAt: number;
	readonly extensionVersion: string;
	/** Absolute paths of the open folders. */
	readonly folders: readonly string[];
	/** True where the person does not trust them (Restricted Mode). */
	readonly restricted: boolean;
	readonly servers: readonly ServedRecord[];
}

/** Which files make the policy while no window is open, and what of the workspaces the person trusted. */
export interface PolicyRecord {
	readonly base: string;
	readonly organisation: readonly string[];
	readonly required: readonly string[];
	readonly composition: string;
	/** Digest (SHA-256, lower-case hex) of the trusted text by absolute path; windows write it into a {@link FolderRecord}. */
	readonly trustedFiles: Readonly<Record<string, string>>;
}

/**
 * What a window leaves of one folder that it has open, for guarding in that folder without a window. INVARIANT: what a workspace
 * says holds for its own folder alone, and no window of another folder takes it back. Holds no secret.
 */
export interface FolderRecord {
	readonly dataDirectory: string;
	/** Absolute. */
	readonly folder: string;
	/** What the settings of its workspace add to VS Code's lists of servers: each only tightens. */
	readonly serverLists: readonly RecordedServerList[];
	/** As in {@link PolicyRecord}, of this folder. */
	readonly trustedFiles: Readonly<Record<string, string>>;
}

/** What guarding without a window needs. Holds no secret. */
export interface HomeRecord {
	/** Absolute; holds registry, trail and the emergency stop. */
	readonly dataDirectory: string;
	/** Absolute; holds `dist/`. */
	readonly extensionPath: string;
	readonly extensionVersion: string;
	/** Absolute; the program that shims in files of other clients are started with. Absent where an older version wrote. */
	readonly program?: string;
	/** Milliseconds since the epoch. */
	readonly updatedAt: number;
	readonly policy: PolicyRecord;
	/** Whom the person trusts; absent: nobody. Public keys and names alone. */
	readonly identity?: TrustSettings;
	/** The decision service of the settings; absent: none. */
	readonly decision?: DecisionService;
	/** VS Code's lists of servers that hold in every folder; absent: none. */
	readonly serverLists?: readonly RecordedServerList[];
}

/** No window and no home is larger, bytes. */
export const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_ITEMS = 1000;
const MAX_TEXT = 4096;

const WINDOW_ID = /^[0-9a-f]{32}$/;
const SERVER_ID = /^[0-9a-f]{64}$/;
const TOKEN = /^[A-Za-z0-9._~+/-]{16,256}=*$/;
const URI = /^(?:unix:\/\/\/[^#]+#|pipe:[^#]+#|http:\/\/127\.0\.0\.1:\d{1,5})\/servers\/[A-Za-z0-9_-]{1,128}\/mcp$/;

/** Reads a window's file. Undefined for anything that is not exactly one: the file may be anybody's. */
export function readWindowRecord(text: string, id: string): WindowRecord | undefined {
	const value = readObject(text);
	if (value === undefined || value.id !== id || !WINDOW_ID.test(id)) {
		return undefined;
	}
	const { pid, startedAt, extensionVersion, restricted } = value;
	const folders = listOf(value.folders, isPath);
	const servers = listOf(value.servers, isServed);
	if (!isCount(pid) || pid === 0 || !isCount(startedAt) || !isText(extensionVersion)) {
		return undefined;
	}
	return folders && servers && typeof restricted === 'boolean'
		? { id, pid, startedAt, extensionVersion, folders, restricted, servers }
		: undefined;
}

/** Reads what guarding without a window needs. Undefined for anything that is not exactly that. */
export function readHomeRecord(text: string): HomeRecord | undefined {
	const value = readObject(text);
	if (value === undefined || !isJsonObject(value.policy)) {
		return undefined;
	}
	const { dataDirectory, extensionPath, extensionVersion, updatedAt, program } = value;
	const { base, composition, trustedFiles } = value.policy;
	const organisation = listOf(value.policy.organisation, isPath);
	const required = listOf(value.policy.required, isPath);
	const decision = value.decision === undefined ? undefined : readDecisionService(value.decision);
	if (!isPath(dataDirectory) || !isPath(extensionPath) || !isText(extensionVersion) || !isCount(updatedAt)) {
		return undefined;
	}
	// INVARIANT: what cannot be read is not the same as no decision service.
	if (value.decision !== undefined && decision === undefined) {
		return undefined;
	}
	const serverLists = value.serverLists === undefined ? undefined : listOf(value.serverLists, isServerList);
	if (value.serverLists !== undefined && serverLists === undefined) {
		return undefined;
	}
	// A base that is no path is what stands in the settings: a policy that is missing, and that denies.
	return isText(base) && isPath(composition) && organisation && required && isDigests(trustedFiles)
		? {
				...{ dataDirectory, extensionPath, extensionVersion, updatedAt },
				...(isPath(program) && { program }),
				policy: { base, composition, organisation, required, trustedFiles },
				...(value.identity !== undefined && { identity: readTrustSettings(value.identity).settings }),
				...(decision !== undefined && { decision }),
				...(serverLists !== undefined && { serverLists }),
			}
		: undefined;
}

/** Reads what a window left of a folder. Undefined for anything that is not exactly that. */
export function readFolderRecord(text: string): FolderRecord | undefined {
	const { dataDirectory, folder, trustedFiles, ...value } = readObject(text) ?? {};
	const serverLists = listOf(value.serverLists, isServerList);
	return isPath(dataDirectory) && isPath(folder) && serverLists && isDigests(trustedFiles)
		? { dataDirectory, folder, serverLists, trustedFiles }
		: undefined;
}

/** The text of a record's file. */
export function writeRecord(record: WindowRecord | HomeRecord | FolderRecord): string {
	return `${JSON.stringify({ version: 1, ...record }, undefined, '\t')}\n`;
}

function readDecisionService(value: JsonValue): DecisionService | undefined {
	const { url, hasHeader, kind: said } = isJsonObject(value) ? value : {};
	const kind = DECISION_KINDS.find(one => one === said);
	return isText(url) && kind !== undefined && typeof hasHeader === 'boolean' ? { url, kind, hasHeader } : undefined;
}

function readObject(text: string): JsonObject | undefined {
	const parsed = text.length > MAX_RECORD_BYTES ? undefined : parseJson(text, 'strict');
	return parsed?.ok === true && isJsonObject(parsed.value) && parsed.value.version === 1 ? parsed.value : undefined;
}

function listOf<T extends JsonValue | ServedRecord | RecordedServerList>(
	value: JsonValue | undefined,
	is: (item: unknown) => item is T,
): readonly T[] | undefined {
	if (value === undefined || !isJsonArray(value) || value.length > MAX_ITEMS) {
		return undefined;
	}
	const items: readonly unknown[] = value;
	return items.every(is) ? items : undefined;
}

function isServerList(item: unknown): item is RecordedServerList {
	const { source, access } = isJsonObject(item) ? item : {};
	return isText(source) && (access === undefined || access === 'none' || access === 'registry');
}

function isServed(item: unknown): item is ServedRecord {
	const value = item as Partial<Record<keyof ServedRecord, unknown>> | null;
	return (
		typeof value === 'object' &&
		value !== null &&
		matches(value.id, SERVER_ID) &&
		matches(value.token, TOKEN) &&
		matches(value.uri, URI) &&
		typeof value.name === 'string' &&
		isServerName(value.name)
	);
}

function isDigests(value: JsonValue | undefined): value is Readonly<Record<string, string>> {
	return (
		value !== undefined &&
		isJsonObject(value) &&
		Object.keys(value).length <= MAX_ITEMS &&
		Object.entries(value).every(([path, digest]) => isPath(path) && matches(digest, SERVER_ID))
	);
}

function matches(value: unknown, pattern: RegExp): value is string {
	return isText(value) && pattern.test(value);
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value.length <= MAX_TEXT && !value.includes('\0');
}

function isPath(value: unknown): value is string {
	return isText(value) && isAbsolutePath(value);
}
