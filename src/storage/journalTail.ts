import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type AuditFacets, type AuditFilter, type AuditPage, NO_FACETS } from '../domain/audit/auditFilter';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { readEntry } from '../domain/audit/readEntry';
import { readSegmentName } from '../domain/audit/segmentName';
import { type Breath } from './breath';
import { isGone, isWanted } from './eachEntry';
import { auditRow } from './entryLine';
import { journalFiles } from './trailReader';

const DAY_MS = 86_400_000;
const CHUNK_BYTES = 256 * 1024;
/** Entries that are looked at however long it takes: a busy machine shows its newest, too, and not an empty page. */
const LEAST_LOOKED = 256;
const NEWLINE = 0x0a;

interface Cursor {
	readonly entries: AsyncGenerator<AuditEntry, void>;
	next: AuditEntry;
	time: number;
}

/**
 * The entries of a trail newest first, read backwards from the ends of its files: what can be shown before there is any index. In
 * a stream the order is that of its files. Where a clock stepped back, streams may interleave otherwise than they do in the index.
 */
export async function* newestEntries(dir: string): AsyncGenerator<AuditEntry, void> {
	const waiting = streamsOf(await journalFiles(dir));
	const cursors: Cursor[] = [];
	try {
		for (;;) {
			for (let next = waiting[0]; next !== undefined && next.until >= latest(cursors); next = waiting[0]) {
				waiting.shift();
				const entries = backwards(next.files);
				const { value } = await entries.next();
				if (value !== undefined) {
					cursors.push({ entries, next: value, time: Date.parse(value.at) });
				}
			}
			const newest = first(cursors);
			if (newest === undefined) {
				if (waiting.length === 0) {
					return;
				}
				continue;
			}
			yield newest.next;
			const { value } = await newest.entries.next();
			if (value === undefined) {
				cursors.splice(cursors.indexOf(newest), 1);
			} else {
				newest.next = value;
				newest.time = Math.min(newest.time, Date.parse(value.at));
			}
		}
	} finally {
		for (const { entries } of cursors) {
			await entries.return();
		}
	}
}

/** The first page of what matches, as far as it is found in the time that there is; `more`, always. */
export async function tailPage(dir: string, filter: AuditFilter, limit: number, breath: Breath): Promise<AuditPage> {
	const rows: AuditEntry[] = [];
	const seen = new Set<string>();
	if (limit > 0) {
		for await (const entry of newestEntries(dir)) {
			const isOld = entry.kind === 'verdict' && entry.callId !== undefined && seen.has(entry.callId);
			seen.add(entry.id);
			if (!isOld && isWanted(entry, filter) && rows.push(entry) === limit) {
				break;
			}
			if (breath.isOver && seen.size >= LEAST_LOOKED) {
				break;
			}
			await breath.take();
		}
	}
	return { rows: rows.map(auditRow), total: rows.length, more: true, facets: facetsOf(rows) };
}

function facetsOf(entries: readonly AuditEntry[]): AuditFacets {
	const sorted = (of: (entry: AuditEntry) => string | undefined) =>
		[...new Set(entries.map(of).filter(value => value !== undefined))].sort();
	return {
		...NO_FACETS,
		server: sorted(({ server }) => server?.name),
		tool: sorted(({ tool }) => tool),
		capability: sorted(({ capability }) => capability),
		agent: sorted(({ client }) => client?.name),
		verdict: [...sorted(({ verdict }) => verdict?.effect), ...sorted(({ outcome }) => outcome)],
	};
}

function streamsOf(paths: readonly string[]): { readonly until: number; readonly files: readonly string[] }[] {
	const streams = new Map<string, { until: number; files: { path: string; number: number }[] }>();
	for (const path of paths) {
		const name = readSegmentName(basename(path));
		const day = Date.parse(name?.day ?? '');
		const stream = streams.get(name?.stream ?? path) ?? { until: -Infinity, files: [] };
		stream.until = Math.max(stream.until, Number.isNaN(day) ? Infinity : day + DAY_MS);
		stream.files.push({ path, number: name?.number ?? 0 });
		streams.set(name?.stream ?? path, stream);
	}
	return [...streams.values()]
		.map(({ until, files }) => ({
			until,
			files: files.sort((a, b) => b.number - a.number).map(({ path }) => path),
		}))
		.sort((a, b) => b.until - a.until);
}

async function* backwards(files: readonly string[]): AsyncGenerator<AuditEntry, void> {
	for (const file of files) {
		try {
			for await (const line of linesBackwards(file)) {
				const reading = readEntry(line);
				if (reading.ok) {
					yield reading.entry;
				}
			}
		} catch (error) {
			if (!isGone(error)) {
				throw error;
			}
		}
	}
}

/** Complete lines of a file, from its end. A line is held in memory whole, as many pieces as it takes. */
async function* linesBackwards(path: string): AsyncGenerator<string, void> {
	const handle = await open(path, 'r');
	try {
		// What stands behind the last newline is no line yet.
		let isWhole = false;
		let pieces: Buffer[] = [];
		for (let end = (await handle.stat()).size; end > 0;) {
			const length = Math.min(CHUNK_BYTES, end);
			const chunk = Buffer.allocUnsafe(length);
			await handle.read(chunk, 0, length, end - length);
			let to = length;
			for (
				let at = chunk.lastIndexOf(NEWLINE);
				at !== -1;
				at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)
			) {
				if (isWhole) {
					yield Buffer.concat([chunk.subarray(at + 1, to), ...pieces]).toString('utf8');
				}
				isWhole = true;
				pieces = [];
				to = at;
			}
			pieces.unshift(chunk.subarray(0, to));
			end -= length;
		}
		if (isWhole) {
			yield Buffer.concat(pieces).toString('utf8');
		}
	} finally {
		await handle.close();
	}
}

function first(cursors: readonly Cursor[]): Cursor | undefined {
	return cursors.reduce<Cursor | undefined>(
		(best, each) => (best && best.time >= each.time ? best : each),
		undefined,
	);
}

function latest(cursors: readonly Cursor[]): number {
	return first(cursors)?.time ?? -Infinity;
}
