import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FirewallError } from '../base/errors';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { readEntry } from '../domain/audit/readEntry';
import { readSegmentName } from '../domain/audit/segmentName';
import { type Folded, VerdictFold } from '../domain/audit/verdictFold';
import { isWanted } from '../storage/eachEntry';
import { printable } from './printable';
import { journalFiles, readEntries } from '../storage/trailReader';

/** Where a command's lines go. Lines come without a newline. */
export interface CommandOutput {
	stdout(line: string): void;
	stderr(line: string): void;
}

/** What `audit logs` shows. */
export interface LogsOptions {
	/** One JSON object per line instead of a table. */
	readonly json: boolean;
	readonly filter: AuditFilter;
	/** The newest so many; all without it, and then a few numbers of each are held in memory. */
	readonly limit?: number;
}

/** Exit codes of the audit commands: all well; nothing to look at or unreadable; the trail is not what was written. */
const AUDIT_EXIT = { ok: 0, unusable: 2, invalid: 3 } as const;

/** `audit logs DIR`: entries newest first, as the panel shows them. Does not verify. */
export function auditLogs(dir: string, options: LogsOptions, out: CommandOutput): Promise<number> {
	return withTrail('audit logs', dir, out, async () => {
		const places = await newestFirst(dir, options);
		if (!options.json) {
			out.stdout(HEADER);
		}
		for await (const line of linesAt(places)) {
			const reading = readEntry(line);
			if (options.json) {
				out.stdout(printable(line));
			} else if (reading.ok) {
				out.stdout(tableRow(reading.entry));
			}
		}
		return AUDIT_EXIT.ok;
	});
}

/** Runs a command over a trail; says on stderr, with exit code 2, that there is none or that it cannot be read or written. */
export async function withTrail(
	command: string,
	dir: string,
	out: CommandOutput,
	run: () => Promise<number>,
): Promise<number> {
	try {
		if ((await journalFiles(dir)).length === 0) {
			out.stderr(printable(`${command}: no journal files (*.ndjson) in ${dir} or its folder trail`));
			return AUDIT_EXIT.unusable;
		}
		return await run();
	} catch (error) {
		if (error instanceof FirewallError) {
			out.stderr(printable(`${command}: ${error.message}`));
			return AUDIT_EXIT.unusable;
		}
		throw error;
	}
}

/** Where an entry stands: a few numbers instead of the entry, so that a long trail fits in memory. */
interface Place {
	readonly file: string;
	readonly start: number;
	readonly end: number;
	readonly time: number;
}

interface Placed {
	readonly entry: AuditEntry;
	readonly place: Place;
}

async function newestFirst(dir: string, { filter, limit }: LogsOptions): Promise<readonly Place[]> {
	const newest = new Newest(limit);
	const fold = new VerdictFold<Placed>();
	const keep = (found: Iterable<Folded<Placed>>) => {
		for (const { entry, item } of found) {
			if (isWanted(entry, filter)) {
				newest.add(item.place);
			}
		}
	};
	const clocks = new Map<string, number>();
	for (const file of await filesSince(dir, filter.from)) {
		const stream = readSegmentName(basename(file))?.stream ?? file;
		let time = clocks.get(stream) ?? 0;
		for await (const batch of readEntries(file)) {
			for (const { entry, at } of batch) {
				if (entry !== undefined) {
					time = Math.max(time, Date.parse(entry.at)); // within a stream the order is that of seq (AUD-07)
					keep(fold.add({ entry, place: { file, start: at.start, end: at.end, time } }));
				}
			}
		}
		clocks.set(stream, time);
	}
	keep(fold.rest());
	return newest.places();
}

/** Half of what happened may have been written so long (ms) before the other. */
const SLACK_MS = 24 * 60 * 60 * 1000;

/** The files that may hold entries of this time: one that was last written before it has none. */
async function filesSince(dir: string, from: string | undefined): Promise<readonly string[]> {
	const files = await journalFiles(dir);
	if (from === undefined) {
		return files;
	}
	const since = Date.parse(from) - SLACK_MS;
	const dated = await Promise.all(files.map(async file => ({ file, written: (await stat(file)).mtimeMs })));
	return dated.filter(({ written }) => written >= since).map(({ file }) => file);
}

/** The newest places, not many more than were asked for. */
class Newest {
	private kept: Place[] = [];

	constructor(private readonly limit: number | undefined) {}

	add(place: Place): void {
		this.kept.push(place);
		if (this.limit !== undefined && this.kept.length > 2 * this.limit + 1_000) {
			this.kept = [...this.places()];
		}
	}

	places(): readonly Place[] {
		return this.kept.sort(newerFirst).slice(0, this.limit);
	}
}

function newerFirst(a: Place, b: Place): number {
	return b.time - a.time || (a.file === b.file ? b.start - a.start : a.file < b.file ? 1 : -1);
}

/** The lines at these places; one file is open at a time. */
async function* linesAt(places: readonly Place[]): AsyncGenerator<string> {
	let current: { readonly file: string; readonly handle: FileHandle } | undefined;
	try {
		for (const { file, start, end } of places) {
			if (current?.file !== file) {
				await current?.handle.close();
				current = undefined;
				current = { file, handle: await open(file, 'r') };
			}
			const bytes = Buffer.alloc(end - start - 1);
			await current.handle.read(bytes, 0, bytes.length, start);
			yield bytes.toString('utf8');
		}
	} finally {
		await current?.handle.close();
	}
}

const HEADER = columns('TIME', 'VERDICT', 'OUTCOME', 'SERVER', 'WHAT', 'WHY', 'EVIDENCE');

function tableRow(entry: AuditEntry): string {
	const { verdict, approval } = entry;
	const why = [
		verdict?.rule && `${verdict.rule.id} (${verdict.rule.file}:${verdict.rule.line})`,
		verdict?.reason,
		approval && `approval: ${approval.outcome}`,
		entry.kind === 'verdict' ? 'no outcome recorded' : undefined,
		entry.labels?.join(' '),
		entry.detail,
	];
	return columns(
		entry.at,
		verdict?.effect ?? '-',
		entry.outcome,
		entry.server?.name ?? '-',
		entry.tool ?? entry.method ?? entry.event ?? entry.kind,
		why.filter(part => part !== undefined && part !== '').join(', ') || '-',
		entry.id,
	);
}

function columns(
	at: string,
	verdict: string,
	outcome: string,
	server: string,
	what: string,
	...rest: string[]
): string {
	const cells = [at.padEnd(24), verdict.padEnd(16), outcome.padEnd(11), server.padEnd(16), what.padEnd(24), ...rest];
	return cells.map(printable).join('  ');
}
