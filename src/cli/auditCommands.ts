import { type FileHandle, open } from 'node:fs/promises';
import { FirewallError } from '../base/errors';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { readEntry } from '../domain/audit/readEntry';
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
	/** Exact name of a server. */
	readonly server?: string;
	/** Exact name of a tool. */
	readonly tool?: string;
	/** The newest so many; all without it. */
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
		for await (const line of linesAt(places.slice(0, options.limit))) {
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

async function withTrail(
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

async function newestFirst(dir: string, options: LogsOptions): Promise<readonly Place[]> {
	const places: Place[] = [];
	for (const file of await journalFiles(dir)) {
		const pending = new Map<string, Place>();
		let time = 0;
		for await (const batch of readEntries(file)) {
			for (const { entry, at } of batch) {
				if (entry === undefined) {
					continue;
				}
				time = Math.max(time, Date.parse(entry.at)); // within a file the order is that of seq (AUD-07)
				pending.delete(entry.id);
				const place = { file, start: at.start, end: at.end, time };
				if (!matches(entry, options)) {
					continue;
				}
				if (entry.kind === 'verdict' && entry.callId !== undefined) {
					pending.set(entry.callId, place);
				} else {
					places.push(place);
				}
			}
		}
		for (const place of pending.values()) {
			places.push(place);
		}
	}
	return places.sort((a, b) => b.time - a.time || (a.file === b.file ? b.start - a.start : a.file < b.file ? 1 : -1));
}

function matches(entry: AuditEntry, { server, tool }: LogsOptions): boolean {
	return (server === undefined || entry.server?.name === server) && (tool === undefined || entry.tool === tool);
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
