import { closeSync, openSync, readSync } from 'node:fs';
import { FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { INDEX_SCHEMA } from './indexRow';
import { readBytes, type ShelfSource } from './shelfSource';
import { writePrivateFile } from './privateFile';
import { readShelfHead, type ShelfFile, type ShelfHead } from './shelfHead';
import { readSums, type WholeSums, writeSums } from './keptSums';
import { type ShelfWriter } from './shelfWriter';
import { type Sqlite, type SqliteEngine } from './sqlite';
import { nodeSha256 } from './system';

/** Changes with whatever a file of the cache means. */
const VERSION = 'mcp-firewall/index/3';
const HEAD_BYTES = 16;
const ROW_BYTES = 32;

/** A shelf as the cache keeps it: what it is of, and where its parts begin in the file. */
export interface ShelfCache {
	readonly path: string;
	readonly head: ShelfHead;
	readonly databaseAt: number;
	readonly databaseBytes: number;
	readonly gramsBytes: number;
	readonly sumsBytes: number;
}

interface FileHead {
	readonly version: string;
	readonly head: ShelfHead;
	/** Of the end of each file, in the order of the files. */
	readonly ends: readonly string[];
	readonly databaseBytes: number;
	readonly gramsBytes: number;
	readonly sumsBytes: number;
}

/** Bytes at the end of what was read of a journal, by which it is known again: the hashes of its last entries stand there. */
const END_BYTES = 2048;

/**
 * Writes a shelf to the cache, whole or not at all (mode 0600): length of the head, head as JSON, database, search table, sums.
 * Throws what the file system throws.
 */
export async function writeShelf(path: string, writer: ShelfWriter, whole: WholeSums): Promise<ShelfCache> {
	const head = writer.head();
	const database = writer.db.bytes();
	const ends = await Promise.all(head.files.map(endOf));
	const grams = writer.grams.bytes;
	const sums = Buffer.from(writeSums(whole));
	const sizes = { databaseBytes: database.length, gramsBytes: grams.length, sumsBytes: sums.length };
	const content: FileHead = { version: VERSION, head, ends, ...sizes };
	const text = Buffer.from(JSON.stringify(content));
	const size = Buffer.from(String(text.length).padStart(HEAD_BYTES, ' '));
	await writePrivateFile(path, Buffer.concat([size, text, database, grams, sums]));
	return { path, head, databaseAt: HEAD_BYTES + text.length, ...sizes };
}

/** Reads the head of a cache file. Undefined where it is none, of another version, or of journals that have changed. */
export async function readShelf(path: string): Promise<ShelfCache | undefined> {
	try {
		const length = Number((await readBytes(path, 0, HEAD_BYTES)).toString('latin1'));
		if (!Number.isSafeInteger(length) || length > MOST_HEAD_BYTES) {
			return undefined;
		}
		const content = JSON.parse((await readBytes(path, HEAD_BYTES, length)).toString('utf8')) as Partial<FileHead>;
		const head = readShelfHead(content.head);
		const { ends, databaseBytes = -1, gramsBytes = -1, sumsBytes = -1 } = content;
		const sizes = [databaseBytes, gramsBytes, sumsBytes].every(isSize);
		if (content.version !== VERSION || head === undefined || !sizes) {
			return undefined;
		}
		for (const [index, file] of head.files.entries()) {
			if (ends?.[index] !== (await endOf(file))) {
				return undefined;
			}
		}
		return { path, head, databaseAt: HEAD_BYTES + length, databaseBytes, gramsBytes, sumsBytes };
	} catch {
		return undefined;
	}
}

const MOST_HEAD_BYTES = 16 * 1024 * 1024;
/** Several times what a shelf takes; so much memory is asked for before anything is read. */
const MOST_DATABASE_BYTES = 256 * 1024 * 1024;

function isSize(bytes: number): boolean {
	return Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= MOST_DATABASE_BYTES;
}
const MOST_SUMS_BYTES = 16 * 1024 * 1024;

async function endOf({ path, offset }: Pick<ShelfFile, 'path' | 'offset'>): Promise<string> {
	const length = Math.min(END_BYTES, offset);
	return nodeSha256(await readBytes(path, offset - length, length));
}

/** The parts of a shelf in its cache file. */
export class ShelfCacheSource implements ShelfSource {
	readonly closable = true;
	readonly bytes: number;
	private file: number | undefined;

	constructor(
		private readonly engine: SqliteEngine,
		private readonly cache: ShelfCache,
	) {
		this.bytes = cache.databaseBytes;
	}

	async open(): Promise<Sqlite> {
		const { path, databaseAt, databaseBytes } = this.cache;
		const bytes = await readBytes(path, databaseAt, databaseBytes);
		if (bytes.length !== databaseBytes) {
			throw spoilt(path);
		}
		const db = this.engine.open(bytes);
		try {
			db.script('PRAGMA cache_size = -512');
			// Whoever can write the file could have put a view, or a trigger, in the place of a table.
			const schema = db
				.all('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid')
				.map(([sql]) => sql);
			if (JSON.stringify(schema) !== JSON.stringify(INDEX_SCHEMA)) {
				throw spoilt(path);
			}
			return db;
		} catch (error) {
			db.dispose();
			throw error;
		}
	}

	/** Some bytes, read while the caller waits: they are few, and in the memory of the operating system after the first time. */
	readonly grams = (offset: number): Uint8Array => {
		const { path, databaseAt, databaseBytes } = this.cache;
		this.file ??= openSync(path, 'r');
		const row = new Uint8Array(ROW_BYTES).fill(0xff);
		readSync(this.file, row, 0, ROW_BYTES, databaseAt + databaseBytes + offset);
		return row;
	};

	/** Read anew each time: who asks keeps what they make of it. */
	async whole(): Promise<WholeSums | undefined> {
		const { path, databaseAt, databaseBytes, gramsBytes, sumsBytes } = this.cache;
		if (sumsBytes > MOST_SUMS_BYTES) {
			return undefined;
		}
		try {
			return readSums(
				(await readBytes(path, databaseAt + databaseBytes + gramsBytes, sumsBytes)).toString('utf8'),
			);
		} catch {
			return undefined;
		}
	}

	dispose(): void {
		if (this.file !== undefined) {
			closeSync(this.file);
			this.file = undefined;
		}
	}
}

function spoilt(path: string): FirewallError {
	return new FirewallError(
		'journal-unreadable',
		phrase('{0} is no index of the audit trail: delete it, it is made anew', path),
	);
}
