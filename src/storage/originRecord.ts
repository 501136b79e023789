import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestJson, sha256Hex } from '../base/digest';
import { FirewallError, isMissing } from '../base/errors';
import { isJsonArray, isJsonObject, type JsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { removeFile, writePrivateFile } from './privateFile';
import { openSealed, sealText, type SealKey } from './sealedText';

/** Where records are kept, and what they are sealed with. */
export interface BackupPlace {
	/** Absolute, outside every workspace. */
	readonly directory: string;
	readonly key: SealKey;
}

/**
 * One removal of a server from its file, with what it takes to undo it. The file's text may hold secrets: INVARIANT: it lies on
 * the disk sealed, with a key that does not.
 */
export interface OriginRecord {
	readonly version: 1;
	/** UUIDv7; also the name of the record's file. */
	readonly id: string;
	/** The registry entry that came of it. */
	readonly serverId: string;
	/** The name in the file. */
	readonly name: string;
	readonly file: string;
	/** The directory that the file must not leave through links. */
	readonly within: string;
	/** ISO 8601. */
	readonly takenAt: string;
	/** The file before the removal: exact UTF-8 text, byte order mark included. */
	readonly before: string;
	/** SHA-256 of the bytes before and after the removal. */
	readonly beforeDigest: string;
	readonly afterDigest: string;
	/** The removed property as it was written. */
	readonly property: string;
	/** The keys that lead to the object it was a member of; absent: `servers`. */
	readonly at?: readonly string[];
	/** The property that was put in its place, where one was: the launch of our shim. */
	readonly instead?: string;
}

/** All records of a directory, oldest first, and the files that are none. Those stay where they are. */
export interface OriginRecords {
	readonly records: readonly OriginRecord[];
	readonly problems: readonly string[];
	/** The servers that those files say they are about, which nothing proves. */
	readonly unopened: readonly string[];
}

const PLAIN = ['id', 'serverId', 'name', 'file', 'within', 'takenAt', 'beforeDigest', 'afterDigest'] as const;
const SECRET = ['before', 'property'] as const;

/** Keeps a record, on the disk before it resolves (0600). Throws `config-invalid` where it cannot be sealed. */
export async function writeOriginRecord({ directory, key }: BackupPlace, record: OriginRecord): Promise<void> {
	const bytes = await key.get();
	if (bytes === undefined) {
		throw new FirewallError('config-invalid', 'the key that backups are sealed with cannot be had');
	}
	const { id, serverId, name, file, within, takenAt, beforeDigest, afterDigest } = record;
	const { before, property, at, instead } = record;
	const plain = { id, serverId, name, file, within, takenAt, beforeDigest, afterDigest };
	const sealed = sealText(bytes, JSON.stringify({ before, property, at, instead }), digestJson(plain));
	await writePrivateFile(fileOf(directory, record), `${JSON.stringify({ version: SEALED, ...plain, sealed })}\n`);
}

/** Forgets a record that was undone. */
export async function removeOriginRecord({ directory }: BackupPlace, record: OriginRecord): Promise<void> {
	await removeFile(fileOf(directory, record));
}

/** Reads every record. One that is malformed or cannot be opened is named, never guessed at. */
export async function readOriginRecords(place: BackupPlace): Promise<OriginRecords> {
	const { directory } = place;
	const key = await place.key.get();
	const records: OriginRecord[] = [];
	const problems: string[] = [];
	const unopened: string[] = [];
	for (const name of (await list(directory)).filter(file => file.endsWith('.json'))) {
		const path = join(directory, name);
		const text = await readFile(path, 'utf8').catch(() => '');
		const record = readRecord(text, key);
		if (record === undefined || `${record.id}.json` !== name) {
			problems.push(path);
			unopened.push(...serverIn(text));
		} else {
			records.push(record);
		}
	}
	records.sort((a, b) => compare(a.takenAt, b.takenAt) || compare(a.id, b.id));
	return { records, problems, unopened };
}

/** Seals the records that an earlier version left in plain text. Rejects when it cannot. */
export async function sealOriginRecords(place: BackupPlace): Promise<void> {
	for (const name of (await list(place.directory)).filter(file => file.endsWith('.json'))) {
		const record = readRecord(await readFile(join(place.directory, name), 'utf8'), undefined);
		if (record !== undefined && `${record.id}.json` === name) {
			await writeOriginRecord(place, record);
		}
	}
}

async function list(directory: string): Promise<readonly string[]> {
	try {
		return await readdir(directory);
	} catch (error) {
		if (isMissing(error)) {
			return [];
		}
		throw error;
	}
}

function serverIn(text: string): readonly string[] {
	const parsed = parseJson(text, 'strict');
	const id = parsed.ok && isJsonObject(parsed.value) ? parsed.value.serverId : undefined;
	return typeof id === 'string' ? [id] : [];
}

/** Version 1 of a file held the secret parts in plain text; it is read still. */
const SEALED = 2;

function readRecord(text: string, key: Uint8Array | undefined): OriginRecord | undefined {
	const parsed = parseJson(text, 'strict');
	const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
	const plain = value && textsOf(value, PLAIN);
	if (value === undefined || plain === undefined) {
		return undefined;
	}
	const opened = value.version === 1 ? value : value.version === SEALED ? openedParts(value, plain, key) : undefined;
	const secret = opened && textsOf(opened, SECRET);
	if (opened === undefined || secret === undefined || !/^[0-9A-Za-z-]{1,64}$/.test(plain.id)) {
		return undefined;
	}
	const { at, instead } = opened;
	const keys = isJsonArray(at) ? at.filter(each => typeof each === 'string') : [];
	const wrong = isJsonArray(at) ? keys.length !== at.length : at !== undefined;
	if (wrong || (instead !== undefined && typeof instead !== 'string')) {
		return undefined;
	}
	const place = { ...(at !== undefined && { at: keys }), ...(instead !== undefined && { instead }) };
	return sha256Hex(secret.before) === plain.beforeDigest ? { version: 1, ...plain, ...secret, ...place } : undefined;
}

/** What is sealed counts for the plain parts that it was sealed with alone: nobody moves a backup to another file. */
function openedParts(value: JsonObject, plain: JsonObject, key: Uint8Array | undefined): JsonObject | undefined {
	const text =
		key === undefined || typeof value.sealed !== 'string'
			? undefined
			: openSealed(key, value.sealed, digestJson(plain));
	const parsed = text === undefined ? undefined : parseJson(text, 'strict');
	return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : undefined;
}

function textsOf<K extends string>(value: JsonObject, keys: readonly K[]): Readonly<Record<K, string>> | undefined {
	const pairs = keys.flatMap(key => {
		const text = value[key];
		return typeof text === 'string' ? [[key, text] as const] : [];
	});
	return pairs.length === keys.length ? (Object.fromEntries(pairs) as Record<K, string>) : undefined;
}

function fileOf(directory: string, record: OriginRecord): string {
	return join(directory, `${record.id}.json`);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
