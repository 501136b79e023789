import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, FirewallError, isMissing } from '../base/errors';
import { phrase } from '../base/phrase';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { SEGMENT_ENDING, TOMBSTONE_ENDING } from '../domain/audit/segmentName';
import { readEntry } from '../domain/audit/readEntry';
import { type JournalLine, type JournalOffset, LineSplitter } from './lineSplitter';
import { READ_AT_ONCE } from './system';

const CHUNK_BYTES = 256 * 1024;

/**
 * The journal files of a trail's directory, or of `trail` in a data directory; paths that begin with `dir`, oldest name
 * first. Links and special files are passed over. Rejects with `journal-unreadable` when `dir` cannot be listed.
 */
export function journalFiles(dir: string): Promise<readonly string[]> {
	return filesEnding(dir, SEGMENT_ENDING);
}

/** What retention left of segments (`SegmentTombstone`) in the same places as {@link journalFiles}, and like them. */
export function tombstoneFiles(dir: string): Promise<readonly string[]> {
	return filesEnding(dir, TOMBSTONE_ENDING);
}

async function filesEnding(dir: string, ending: string): Promise<readonly string[]> {
	const own = await list(dir, ending);
	if (own === undefined) {
		throw new FirewallError('journal-unreadable', phrase('{0} does not exist', dir));
	}
	const names = [...own, ...((await list(join(dir, 'trail'), ending)) ?? [])];
	return names.sort();
}

async function list(dir: string, ending: string): Promise<readonly string[] | undefined> {
	try {
		const found = await readdir(dir, { withFileTypes: true });
		return found.filter(item => item.isFile() && item.name.endsWith(ending)).map(item => join(dir, item.name));
	} catch (error) {
		if (isMissing(error)) {
			return undefined;
		}
		throw new FirewallError('journal-unreadable', phrase('{0} cannot be listed: {1}', dir, errorText(error)), {
			cause: error,
		});
	}
}

/** Streams the lines of a journal file in batches; memory is bounded by the longest line that a journal may have. */
export async function* readLines(
	file: string,
	from: JournalOffset = { offset: 0, lines: 0 },
	signal?: AbortSignal,
): AsyncGenerator<readonly JournalLine[]> {
	const splitter = new LineSplitter(from);
	const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
	const handle = await openForReading(file);
	try {
		for (let at = from.offset; ;) {
			throwIfAborted(signal);
			const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at);
			if (bytesRead === 0) {
				break;
			}
			at += bytesRead;
			yield splitter.push(buffer.subarray(0, bytesRead));
		}
		yield splitter.end();
	} finally {
		await handle.close();
	}
}

/** Streams what can be read as entries, complete lines only, in the order of the file. Says nothing about the chain. */
export async function* readEntries(
	file: string,
	from?: JournalOffset,
	signal?: AbortSignal,
): AsyncGenerator<readonly { readonly at: JournalLine; readonly entry: AuditEntry | undefined }[]> {
	for await (const lines of readLines(file, from, signal)) {
		yield lines
			.filter(line => line.terminated)
			.map(at => {
				const reading = typeof at.text === 'string' ? readEntry(at.text) : undefined;
				return { at, entry: reading?.ok === true ? reading.entry : undefined };
			});
	}
}

/** Throws `aborted` when the reader does not want to go on. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted === true) {
		throw new FirewallError('aborted', 'reading the audit trail was cancelled');
	}
}

/** Opens a file of the trail, without waiting where a pipe has come into its place; rejects with `journal-unreadable`. */
export async function openForReading(file: string): ReturnType<typeof open> {
	try {
		return await open(file, READ_AT_ONCE);
	} catch (error) {
		throw new FirewallError('journal-unreadable', phrase('{0} cannot be read: {1}', file, errorText(error)), {
			cause: error,
		});
	}
}
