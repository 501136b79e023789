import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, FirewallError } from '../base/errors';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type ChainBreak, ChainChecker } from '../domain/audit/chain';
import { readEntry } from '../domain/audit/readEntry';
import { type JournalLine, type JournalOffset, LineSplitter } from './lineSplitter';
import { nodeSha256 } from './system';

/** A break and the file it is in. */
export interface TrailBreak extends ChainBreak {
	readonly file: string;
}

/** What a verification found. `ok` is false only for breaks; a torn last line is what an honest crash leaves. */
export interface TrailReport {
	readonly files: number;
	/** Entries that stand where they were written, over all files. */
	readonly entries: number;
	readonly ok: boolean;
	/** The first break of each broken file. */
	readonly breaks: readonly TrailBreak[];
	/** Files whose last line is incomplete: a write was cut short, or is under way. */
	readonly torn: readonly { readonly file: string; readonly line: number }[];
}

const CHUNK_BYTES = 256 * 1024;

/**
 * The journal files of a trail's directory, or of `trail` in a data directory; paths that begin with `dir`, oldest name
 * first. Links and special files are passed over. Rejects with `journal-unreadable` when `dir` cannot be listed.
 */
export async function journalFiles(dir: string): Promise<readonly string[]> {
	const own = await list(dir);
	if (own === undefined) {
		throw new FirewallError('journal-unreadable', `${dir} does not exist`);
	}
	const names = [...own, ...((await list(join(dir, 'trail'))) ?? [])];
	return names.sort();
}

async function list(dir: string): Promise<readonly string[] | undefined> {
	try {
		const found = await readdir(dir, { withFileTypes: true });
		return found.filter(item => item.isFile() && item.name.endsWith('.ndjson')).map(item => join(dir, item.name));
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
			return undefined;
		}
		throw new FirewallError('journal-unreadable', `${dir} cannot be listed: ${errorText(error)}`, { cause: error });
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

/** Verifies every journal file of a trail; streams, and only reads (AUD-03, AUD-13). Rejects when it cannot be read. */
export async function verifyTrail(dir: string, signal?: AbortSignal): Promise<TrailReport> {
	const files = await journalFiles(dir);
	const breaks: TrailBreak[] = [];
	const torn: { file: string; line: number }[] = [];
	let entries = 0;
	for (const file of files) {
		const checker = new ChainChecker(nodeSha256);
		for await (const lines of readLines(file, undefined, signal)) {
			for (const { text, line, terminated } of lines) {
				if (terminated) {
					checker.feed(text, line);
				} else if (checker.feedUnterminated(text, line) === 'torn') {
					torn.push({ file, line });
				}
			}
			if (checker.broken !== undefined) {
				breaks.push({ file, ...checker.broken });
				break;
			}
		}
		entries += checker.entries;
	}
	return { files: files.length, entries, ok: breaks.length === 0, breaks, torn };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted === true) {
		throw new FirewallError('aborted', 'reading the audit trail was cancelled');
	}
}

async function openForReading(file: string): ReturnType<typeof open> {
	try {
		return await open(file, 'r');
	} catch (error) {
		throw new FirewallError('journal-unreadable', `${file} cannot be read: ${errorText(error)}`, { cause: error });
	}
}
