import { basename } from 'node:path';
import { FirewallError, isMissing } from '../base/errors';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { matchesFilter } from '../domain/audit/matchesFilter';
import { readSegmentName } from '../domain/audit/segmentName';
import { journalFiles, readEntries } from './trailReader';

/** The files of one stream, in the order of their numbers; a file whose name is no segment's stands alone. */
interface StreamFiles {
	/** Milliseconds: nothing in it is older, if the clock was right. */
	readonly from: number;
	readonly files: string[];
}

/** A stream that is being read. */
interface Reading {
	readonly entries: AsyncGenerator<AuditEntry, void>;
	next: AuditEntry;
	/** The latest time so far, so that a clock that steps back does not change the order within a stream (AUD-07). */
	time: number;
}

/**
 * Every entry of a trail that matches, oldest first over all streams, read from the journals themselves as it goes: memory does
 * not grow with the trail. Within a stream the order is that of the file, whatever the clock did. Gives `verdict` entries too,
 * also those whose outcome follows. Lines that are no entries, and files that are removed meanwhile, are passed over. Throws
 * `journal-unreadable`, `aborted`.
 */
export async function* eachEntry(
	dir: string,
	filter: AuditFilter = {},
	signal?: AbortSignal,
): AsyncGenerator<AuditEntry, void> {
	const waiting = streamsOf(await journalFiles(dir));
	const open: Reading[] = [];
	try {
		for (;;) {
			for (let next = waiting[0]; next !== undefined && next.from <= earliest(open); next = waiting[0]) {
				waiting.shift();
				const reading = await begin(next.files, signal);
				if (reading !== undefined) {
					open.push(reading);
				}
			}
			const oldest = first(open);
			if (oldest === undefined) {
				if (waiting.length === 0) {
					return;
				}
				continue;
			}
			if (isWanted(oldest.next, filter)) {
				yield oldest.next;
			}
			await advance(oldest, open);
		}
	} finally {
		for (const { entries } of open) {
			await entries.return();
		}
	}
}

function streamsOf(paths: readonly string[]): StreamFiles[] {
	const streams = new Map<string, StreamFiles>();
	const names = paths.map(path => ({ path, name: readSegmentName(basename(path)) }));
	for (const { path, name } of names.sort((a, b) => (a.name?.number ?? 0) - (b.name?.number ?? 0))) {
		const key = name?.stream ?? path;
		const known = streams.get(key) ?? { from: dayOf(name?.day), files: [] };
		known.files.push(path);
		streams.set(key, known);
	}
	return [...streams.values()].sort((a, b) => a.from - b.from);
}

/** Start of a day that a name tells; a name may tell of a day that there is not. */
function dayOf(day = ''): number {
	const time = Date.parse(day);
	return Number.isNaN(time) ? -Infinity : time;
}

async function begin(files: readonly string[], signal: AbortSignal | undefined): Promise<Reading | undefined> {
	const entries = entriesOf(files, signal);
	const { value } = await entries.next();
	return value === undefined ? undefined : { entries, next: value, time: Date.parse(value.at) };
}

async function advance(reading: Reading, open: Reading[]): Promise<void> {
	const { value } = await reading.entries.next();
	if (value === undefined) {
		open.splice(open.indexOf(reading), 1);
		return;
	}
	reading.next = value;
	reading.time = Math.max(reading.time, Date.parse(value.at));
}

async function* entriesOf(files: readonly string[], signal: AbortSignal | undefined): AsyncGenerator<AuditEntry, void> {
	for (const file of files) {
		try {
			for await (const batch of readEntries(file, undefined, signal)) {
				for (const { entry } of batch) {
					if (entry !== undefined) {
						yield entry;
					}
				}
			}
		} catch (error) {
			if (!isGone(error)) {
				throw error;
			}
		}
	}
}

/** {@link matchesFilter}; false for nesting that only a forger writes, which cannot be searched. */
export function isWanted(entry: AuditEntry, filter: AuditFilter): boolean {
	try {
		return matchesFilter(entry, filter);
	} catch (error) {
		if (error instanceof RangeError) {
			return false;
		}
		throw error;
	}
}

/** Whether a file could not be read because it is not there any more: retention may remove segments at any time. */
export function isGone(error: unknown): boolean {
	return isMissing(error instanceof FirewallError ? error.cause : error);
}

function first(open: readonly Reading[]): Reading | undefined {
	let oldest = open[0];
	for (const reading of open) {
		if (oldest !== undefined && reading.time < oldest.time) {
			oldest = reading;
		}
	}
	return oldest;
}

function earliest(open: readonly Reading[]): number {
	return first(open)?.time ?? Infinity;
}
