import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../base/digest';
import { isJsonArray, isJsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { isMissing } from './originFile';
import { writePrivateFile } from './privateFile';

/** One removal of a server from its file, with what it takes to undo it. Holds the file's text, so it may hold secrets. */
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
}

const TEXTS = [
	'id',
	'serverId',
	'name',
	'file',
	'within',
	'takenAt',
	'before',
	'beforeDigest',
	'afterDigest',
	'property',
] as const;

/** Keeps a record, on the disk before it resolves (0600). */
export async function writeOriginRecord(directory: string, record: OriginRecord): Promise<void> {
	await writePrivateFile(fileOf(directory, record), `${JSON.stringify(record)}\n`);
}

/** Forgets a record that was undone. */
export async function removeOriginRecord(directory: string, record: OriginRecord): Promise<void> {
	await rm(fileOf(directory, record), { force: true });
}

/** Reads every record. A malformed one is named, never guessed at. */
export async function readOriginRecords(directory: string): Promise<OriginRecords> {
	const records: OriginRecord[] = [];
	const problems: string[] = [];
	for (const name of (await list(directory)).filter(file => file.endsWith('.json'))) {
		const path = join(directory, name);
		const record = readRecord(await readFile(path, 'utf8'));
		if (record === undefined || `${record.id}.json` !== name) {
			problems.push(path);
		} else {
			records.push(record);
		}
	}
	records.sort((a, b) => compare(a.takenAt, b.takenAt) || compare(a.id, b.id));
	return { records, problems };
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

function readRecord(text: string): OriginRecord | undefined {
	const parsed = parseJson(text, 'strict');
	const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
	if (value?.version !== 1 || TEXTS.some(key => typeof value[key] !== 'string')) {
		return undefined;
	}
	const { at = [], instead = '' } = value;
	if (!isJsonArray(at) || at.some(key => typeof key !== 'string') || typeof instead !== 'string') {
		return undefined;
	}
	const record = value as unknown as OriginRecord;
	return /^[0-9A-Za-z-]{1,64}$/.test(record.id) && sha256Hex(record.before) === record.beforeDigest
		? record
		: undefined;
}

function fileOf(directory: string, record: OriginRecord): string {
	return join(directory, `${record.id}.json`);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
