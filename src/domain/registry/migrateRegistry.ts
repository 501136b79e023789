import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { phrase } from '../../base/phrase';
import { type CredentialReference } from './credential';
import { toolDigest } from './pin';
import { type ServerEntry } from './serverEntry';
import { readTool } from './toolDescriptor';

/** What a migrated entry says of itself. */
export const REVIEWED_EARLIER = phrase('reviewed by an earlier version').text;

const NOT_PINNED = 'It was reviewed by a version that did not look at what is started.';
const UNKNOWN = 'unknown';
const FIELDS = ['id', 'name', 'launch', 'origin', 'status', 'tools', 'reviewedAt', 'shared'];

/**
 * A stored registry of version 1 as one of version 2, for the strict reader; any other value as it is. What was approved or
 * suspended waits for a review, because nobody has seen what version 2 pins; what was revoked stays so. The pins are kept, so
 * that the review can show what changed since. An entry that version 1 could not have written is left alone, and the reader
 * refuses it.
 */
export function migrateRegistry(value: JsonValue): JsonValue {
	return isVersionOne(value) && isJsonArray(value.servers)
		? { version: 2, servers: value.servers.map(migrateEntry) }
		: value;
}

/** True for an entry that version 1 left and nobody has reviewed since: its owner and its ceiling are nobody's choice. */
export function isMigrated({ owner, reviewedBy }: Pick<ServerEntry, 'owner' | 'reviewedBy'>): boolean {
	return owner === UNKNOWN && reviewedBy === UNKNOWN;
}

/** True for a stored registry of version 1. */
export function isVersionOne(value: JsonValue): value is JsonObject {
	return isJsonObject(value) && value.version === 1;
}

function migrateEntry(entry: JsonValue): JsonValue {
	if (!isJsonObject(entry) || Object.keys(entry).some(key => !FIELDS.includes(key))) {
		return entry;
	}
	const { launch, status, tools, reviewedAt, ...rest } = entry;
	const waits = status === 'approved' || status === 'suspended';
	return {
		...{ ...rest, launch, revision: 1, owner: UNKNOWN, status: waits ? 'pending-review' : status },
		...(waits && { statusReason: REVIEWED_EARLIER }),
		// The tightest: whoever reviews it chooses anew.
		ceiling: 'public',
		credentials: credentialsOf(launch, reviewedAt).map(reference => ({ ...reference })),
		supply: { source: { kind: UNKNOWN, name: nameOf(launch) }, files: [], gaps: [NOT_PINNED] },
		tools: isJsonArray(tools) ? tools.map(migratePin) : tools,
		surface: { prompts: [], resourceTemplates: [] },
		...{ reviewedAt, reviewedBy: UNKNOWN },
	};
}

/** What counts as the digest of a tool may differ between versions; the reviewed text is what is kept. */
function migratePin(pin: JsonValue): JsonValue {
	const reviewed = isJsonObject(pin) ? readTool(pin.reviewed) : undefined;
	return isJsonObject(pin) && reviewed !== undefined ? { ...pin, digest: toolDigest(reviewed) } : pin;
}

/** Version 1 kept the value of every variable and header as a secret. */
function credentialsOf(launch: JsonValue | undefined, storedAt: JsonValue | undefined): readonly CredentialReference[] {
	if (!isJsonObject(launch) || typeof storedAt !== 'string') {
		return [];
	}
	const [kind, names] =
		launch.kind === 'http' ? (['header', launch.headers] as const) : (['env', launch.env] as const);
	const known = isJsonArray(names) ? names.filter(name => typeof name === 'string') : [];
	return [...new Set(known)].map(name => ({ kind, name, storedAt }));
}

function nameOf(launch: JsonValue | undefined): string {
	const name = isJsonObject(launch) ? (launch.kind === 'http' ? launch.url : launch.command) : undefined;
	return typeof name === 'string' && name !== '' ? name : UNKNOWN;
}
