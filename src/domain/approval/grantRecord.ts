import { canonicalJson, isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type Grant, type GrantReach, MAX_GRANT_MS } from './grant';

/** A grant as it is stored: the grant and its HMAC-SHA-256 in lower-case hex. */
export interface GrantRecord {
	readonly grant: Grant;
	readonly mac: string;
}

/** The domain separator: a MAC over a grant is never one over anything else that this key may sign. */
const PURPOSE = 'mcp-firewall/workspace-grant/v2';

/**
 * The text that is signed: canonical JSON (RFC 8785) of the grant with its purpose and the mark of the file that it stands
 * in, so that it holds in no older and no newer one. Every member has its own name in it, so
 * no two grants have the same text, whatever their members hold (gateway.md APPR-10).
 */
export function signedText(grant: Grant, file: string): string {
	return canonicalJson({ purpose: PURPOSE, file, grant: grant as unknown as JsonObject });
}

/**
 * Reads one stored record; undefined when it is none of ours. A member too many, of another type or out of bounds makes it
 * unreadable: what was signed is what is read, nothing beside it.
 */
export function readGrantRecord(value: JsonValue | undefined): GrantRecord | undefined {
	if (!isJsonObject(value) || !hasExactly(value, ['grant', 'mac']) || !isText(value.mac, 64)) {
		return undefined;
	}
	const { grant, mac } = value;
	if (!isJsonObject(grant) || !hasExactly(grant, GRANT_MEMBERS) || grant.scope !== 'workspace') {
		return undefined;
	}
	const { id, binding, reach, madeAt, expiresAt, workspace } = grant;
	const bound =
		isJsonObject(binding) &&
		hasExactly(binding, BINDING_MEMBERS) &&
		BINDING_MEMBERS.every(key => isText(binding[key], MAX_TEXT));
	const timed = isTime(madeAt) && isTime(expiresAt) && expiresAt > madeAt && expiresAt - madeAt <= MAX_GRANT_MS;
	return isText(id, 64) && isText(workspace, 64) && bound && timed && isReach(reach)
		? { grant: grant as unknown as Grant, mac }
		: undefined;
}

const GRANT_MEMBERS = ['id', 'scope', 'binding', 'reach', 'madeAt', 'expiresAt', 'workspace'];
const BINDING_MEMBERS = [
	'serverId',
	'serverName',
	'tool',
	'capability',
	'toolDigest',
	'entryDigest',
	'policyDigest',
	'askedBy',
];
const MAX_TEXT = 1024;
const MAX_PLACE = 65_536;

function isReach(reach: JsonValue | undefined): reach is JsonObject & GrantReach {
	if (!isJsonObject(reach)) {
		return false;
	}
	return (
		(reach.kind === 'folders' && hasExactly(reach, ['kind', 'folders']) && isTexts(reach.folders)) ||
		(reach.kind === 'hosts' && hasExactly(reach, ['kind', 'hosts']) && isTexts(reach.hosts)) ||
		(reach.kind === 'call' && hasExactly(reach, ['kind', 'digest']) && isText(reach.digest, 64))
	);
}

function hasExactly(value: JsonObject, members: readonly string[]): boolean {
	const keys = Object.keys(value);
	return keys.length === members.length && members.every(member => Object.hasOwn(value, member));
}

function isTexts(value: JsonValue | undefined): boolean {
	return (
		isJsonArray(value) && value.length > 0 && value.length <= 256 && value.every(item => isText(item, MAX_PLACE))
	);
}

function isText(value: JsonValue | undefined, most: number): value is string {
	return typeof value === 'string' && value.length <= most;
}

function isTime(value: JsonValue | undefined): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
