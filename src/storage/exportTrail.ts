import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type ExportFormat, type ExportItem, type TextFormat } from '../domain/audit/export/trailFormat';
import { trailWriter } from '../domain/audit/export/trailWriter';
import { type Folded, VerdictFold } from '../domain/audit/verdictFold';
import { eachEntry, isWanted } from './eachEntry';
import { ExportFile } from './exportFile';
import { SqliteExport, type TakeDatabase } from './exportSqlite';
import { journalFiles } from './trailReader';

/** What is to be given away, in which form, and where to. */
export interface ExportOptions {
	/** A trail's directory, or a data directory that holds it. */
	readonly dir: string;
	readonly filter: AuditFilter;
	readonly format: ExportFormat;
	/** A file that is not there yet, in a folder that is; or what takes the text piece by piece (not for `sqlite`). */
	readonly out: string | ((text: string) => void | Promise<void>);
	/** The file may be there, and is replaced. */
	readonly overwrite?: boolean;
	readonly signal?: AbortSignal;
	/** Gives the bytes of sql.js's `sql-wasm.wasm`; asked for by `sqlite` alone, which needs it. */
	readonly loadWasm?: () => Promise<Uint8Array>;
	/** Called now and then with how many entries were written so far. */
	readonly onProgress?: (done: number) => void;
}

/** What an export came to. */
export interface ExportResult {
	/** What happened and matched; a call and its verdict count once. */
	readonly entries: number;
	/** Entries that nobody can write down: nested deeper than any of ours. */
	readonly skipped: number;
	/** What was written: one file, or several numbered ones where `sqlite` would outgrow the memory; none where `out` took it. */
	readonly files: readonly string[];
}

/** A verdict, or its outcome, may be so far (ms) outside of the time that is asked for. */
const SLACK_MS = 24 * 60 * 60 * 1000;

const PROGRESS_EVERY = 1_000;

/**
 * Writes what matches into one file: a stream of entries, oldest first within each stream of the trail, verdicts joined with
 * their outcomes. The file appears whole (0600) or not at all, and replaces none unless `overwrite` says so. Does not verify.
 * Rejects with `journal-unreadable`, `export-failed` or `aborted`.
 */
export async function exportTrail(options: ExportOptions): Promise<ExportResult> {
	const { dir, format, out, overwrite = false } = options;
	if (typeof out !== 'string') {
		if (format === 'sqlite') {
			throw new FirewallError('export-failed', 'an SQLite database is a file; it cannot be written as text');
		}
		return { ...(await writeText(options, format, out)), files: [] };
	}
	await refuseAmongJournals(dir, out);
	if (format === 'sqlite') {
		await refuseOtherPart(numbered(out, 1));
	}
	const files: ExportFile[] = [];
	const next = async () => {
		const file = await ExportFile.open(numbered(out, files.length), overwrite && files.length === 0);
		files.push(file);
		return file;
	};
	try {
		let result;
		if (format === 'sqlite') {
			result = await writeSqlite(options, async bytes => (await next()).write(bytes));
		} else {
			const file = await next();
			result = await writeText(options, format, text => file.write(text));
		}
		for (const file of files) {
			await file.keep();
		}
		return { ...result, files: files.map(({ path }) => path) };
	} catch (error) {
		for (const file of files) {
			await file.discard();
		}
		throw error;
	}
}

/** `trail.sqlite`, `trail-2.sqlite`, … */
function numbered(path: string, index: number): string {
	const { dir, name, ext } = parse(path);
	return index === 0 ? path : join(dir, `${name}-${String(index + 1)}${ext}`);
}

async function writeSqlite(options: ExportOptions, take: TakeDatabase): Promise<Counts> {
	if (options.loadWasm === undefined) {
		throw new FirewallError('export-failed', 'SQLite is not part of this program');
	}
	const databases = new SqliteExport(await options.loadWasm(), take);
	try {
		const counts = await writeEach(options, item => databases.add(item));
		await databases.end(counts.entries);
		return counts;
	} finally {
		databases.dispose();
	}
}

type Counts = Omit<ExportResult, 'files'>;

async function writeText(
	options: ExportOptions,
	format: TextFormat,
	write: (text: string) => void | Promise<void>,
): Promise<Counts> {
	const writer = trailWriter(format);
	await write(writer.begin());
	const counts = await writeEach(options, async item => {
		const text = writer.add(item);
		if (text !== '') {
			await write(text);
		}
	});
	await write(writer.end());
	return counts;
}

async function writeEach(options: ExportOptions, write: (item: ExportItem) => Promise<void>): Promise<Counts> {
	let entries = 0;
	let skipped = 0;
	for await (const item of exportedItems(options)) {
		try {
			await write(item);
			entries++;
		} catch (error) {
			// Nested too deep to be written: the stack ends.
			if (!(error instanceof RangeError)) {
				throw error;
			}
			skipped++;
		}
		if (entries % PROGRESS_EVERY === 0) {
			options.onProgress?.(entries);
		}
	}
	return { entries, skipped };
}

/** What matches, each thing that happened once. */
export async function* exportedItems({
	dir,
	filter,
	signal,
}: Pick<ExportOptions, 'dir' | 'filter' | 'signal'>): AsyncGenerator<ExportItem> {
	const fold = new VerdictFold<{ readonly entry: AuditEntry }>();
	// A filter may ask for what stands in the verdict alone (labels of the session), so it is asked after they are joined.
	for await (const entry of eachEntry(dir, widened(filter), signal)) {
		for (const folded of fold.add({ entry })) {
			if (isWanted(folded.entry, filter)) {
				yield asItem(folded);
			}
		}
	}
	for (const folded of fold.rest()) {
		if (isWanted(folded.entry, filter)) {
			yield asItem(folded);
		}
	}
}

function asItem({ entry, item, verdict }: Folded<{ readonly entry: AuditEntry }>): ExportItem {
	return { entry, entries: verdict === undefined ? [item.entry] : [verdict.entry, item.entry] };
}

/** The time alone, with room for the other half of what happened at its edges. */
function widened({ from, to }: AuditFilter): AuditFilter {
	return {
		...(from !== undefined && { from: shifted(from, -SLACK_MS) }),
		...(to !== undefined && { to: shifted(to, SLACK_MS) }),
	};
}

function shifted(time: string, ms: number): string {
	return new Date(Date.parse(time) + ms).toISOString();
}

/** Nobody was asked about files of further numbers, and one of an earlier export would be taken for a part of this one. */
async function refuseOtherPart(second: string): Promise<void> {
	const isThere = await lstat(second).then(
		() => true,
		() => false,
	);
	if (isThere) {
		throw new FirewallError(
			'export-failed',
			phrase(
				'{0} is there, and would be taken for the second part of this export; move it away, or name another file',
				second,
			),
		);
	}
}

/** INVARIANT: nothing but the trail's one writer makes a file among its segments. */
async function refuseAmongJournals(dir: string, out: string): Promise<void> {
	const folders = new Set((await journalFiles(dir)).map(file => dirname(file)));
	const place = await realOr(dirname(resolve(out)));
	for (const folder of folders) {
		if ((await realOr(resolve(folder))) === place) {
			throw new FirewallError(
				'export-failed',
				phrase('{0} would stand among the files of the trail; name another folder', out),
			);
		}
	}
}

async function realOr(path: string): Promise<string> {
	return realpath(path).catch(() => path);
}
