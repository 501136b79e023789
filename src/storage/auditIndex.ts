import { stat } from 'node:fs/promises';
import { type Disposable } from '../base/disposable';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { findingCounts } from '../domain/audit/findingCounts';
import {
	type AuditFacets,
	type AuditFilter,
	type AuditPage,
	type AuditRow,
	NO_FACETS,
} from '../domain/audit/auditFilter';
import { type AuditUse, indexSchema, lastUsesQuery, whereOf } from './auditQuery';
import { type SqlCell, Sqlite } from './sqlite';
import { journalFiles, readEntries } from './trailReader';

/** What the index knows of one journal file. */
interface IndexedFile {
	readonly id: number;
	/** Bytes and lines read so far. */
	offset: number;
	lines: number;
	/** Latest time so far, so that within a file the order is that of `seq` even when a clock steps back (AUD-07). */
	latest: number;
}

/**
 * The journals of one directory, of all windows, as an SQLite index in memory. It is derived: the journals are the
 * truth, and nothing here says that they are unaltered. Lines that are no entries are passed over.
 */
export class AuditIndex implements Disposable {
	private readonly files = new Map<string, IndexedFile>();
	private nextFile = 0;
	private refreshing: Promise<void> = Promise.resolve();
	private facets: AuditFacets | undefined;

	private constructor(
		private readonly dir: string,
		private readonly db: Sqlite,
	) {
		db.script(indexSchema);
	}

	/** An empty index; the first {@link refresh} fills it. `wasmBinary`: the bytes of sql.js's `sql-wasm.wasm`. */
	static async open(dir: string, wasmBinary: Uint8Array): Promise<AuditIndex> {
		return new AuditIndex(dir, await Sqlite.open(wasmBinary));
	}

	/**
	 * Reads what was appended since the last time. Calls queue up, so an entry that stood in a file before the call is
	 * found after it. Rejects with `journal-unreadable` or `aborted`; what was read until then stays.
	 */
	refresh(signal?: AbortSignal): Promise<void> {
		const run = this.refreshing.then(() => this.readAll(signal));
		this.refreshing = run.catch(() => undefined);
		return run;
	}

	/** A page of what matches, newest first; `total` counts all that match, `facets` are those of the whole trail. */
	query(filter: AuditFilter, offset: number, limit: number): AuditPage {
		const { sql, values } = whereOf(filter);
		const rows = this.db.all(
			`SELECT body FROM entry WHERE ${sql} ORDER BY time DESC, file DESC, seq DESC LIMIT ? OFFSET ?`,
			[...values, Math.max(0, Math.trunc(limit)), Math.max(0, Math.trunc(offset))],
		);
		const total = this.db.all(`SELECT count(*) FROM entry WHERE ${sql}`, values)[0]?.[0];
		this.facets ??= this.readFacets();
		return { rows: rows.map(([body]) => toRow(String(body))), total: Number(total), facets: this.facets };
	}

	/** The whole entry with this id. */
	get(id: string): AuditEntry | undefined {
		const found = this.db.all('SELECT body, prev, hash FROM entry WHERE id = ? ORDER BY time DESC LIMIT 1', [
			id,
		])[0];
		if (found === undefined) {
			return undefined;
		}
		const [body, prev, hash] = found;
		return { ...(JSON.parse(String(body)) as AuditEntry), prev: String(prev), hash: String(hash) };
	}

	/** When each tool, prompt and resource of each server was last used, as far as the trail goes back. */
	lastUses(): readonly AuditUse[] {
		return this.db.all(lastUsesQuery).flatMap(([server, kind, name, at, entryId]) => {
			const known = (['tool', 'prompt', 'resource'] as const).find(each => each === kind);
			return known === undefined
				? []
				: [
						{
							server: String(server),
							kind: known,
							name: String(name),
							at: Number(at),
							entryId: String(entryId),
						},
					];
		});
	}

	dispose(): void {
		this.db.dispose();
	}

	private async readAll(signal: AbortSignal | undefined): Promise<void> {
		const present = await journalFiles(this.dir);
		for (const path of [...this.files.keys()].filter(known => !present.includes(known))) {
			this.forget(path);
		}
		for (const path of present) {
			await this.readFile(path, signal);
		}
	}

	private async readFile(path: string, signal: AbortSignal | undefined): Promise<void> {
		const { size } = await stat(path);
		if (size < (this.files.get(path)?.offset ?? 0)) {
			this.forget(path); // not append-only after all: read it anew, verification says the rest
		}
		const file = this.files.get(path) ?? { id: this.nextFile++, offset: 0, lines: 0, latest: 0 };
		this.files.set(path, file);
		if (size === file.offset) {
			return;
		}
		for await (const batch of readEntries(path, { offset: file.offset, lines: file.lines }, signal)) {
			const last = batch.at(-1)?.at;
			if (last === undefined) {
				continue;
			}
			this.facets = undefined;
			this.db.transaction(() => {
				for (const { entry } of batch) {
					if (entry !== undefined) {
						file.latest = Math.max(file.latest, Date.parse(entry.at));
						this.insert(file, entry);
					}
				}
			});
			file.offset = last.end;
			file.lines = last.line;
		}
	}

	private insert(file: IndexedFile, entry: AuditEntry): void {
		const body = bodyOf(entry);
		if (body === undefined) {
			return;
		}
		const announces = entry.kind === 'verdict' ? entry.callId : undefined;
		const values: Record<string, SqlCell> = {
			file: file.id,
			seq: entry.seq,
			time: file.latest,
			id: entry.id,
			callId: announces ?? null,
			outcome: entry.outcome,
			effect: entry.verdict?.effect ?? null,
			server: entry.server?.name ?? null,
			tool: entry.tool ?? null,
			shown: announces !== undefined && this.has(announces) ? 0 : 1,
			found: findingCounts(entry) === undefined ? 0 : 1,
			prev: entry.prev,
			hash: entry.hash,
			body,
			folded: isAscii(body) ? null : body.toLowerCase(),
		};
		const names = Object.keys(values);
		this.db.run(
			`INSERT INTO entry (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
			Object.values(values),
		);
		this.db.run('UPDATE entry SET shown = 0 WHERE callId = ?', [entry.id]);
	}

	private has(id: string): boolean {
		return this.db.all('SELECT 1 FROM entry WHERE id = ? LIMIT 1', [id]).length > 0;
	}

	private forget(path: string): void {
		this.db.run('DELETE FROM entry WHERE file = ?', [this.files.get(path)?.id ?? -1]);
		this.files.delete(path);
		this.facets = undefined;
	}

	private readFacets(): AuditFacets {
		const distinct = (column: 'server' | 'tool' | 'effect' | 'outcome') =>
			this.db
				.all(`SELECT DISTINCT ${column} FROM entry WHERE shown = 1 AND ${column} IS NOT NULL ORDER BY 1`)
				.map(([value]) => String(value));
		return {
			...NO_FACETS,
			server: distinct('server'),
			tool: distinct('tool'),
			verdict: [...distinct('effect'), ...distinct('outcome')],
		};
	}
}

/** The entry without its chain hashes, which no search should hit; undefined for nesting that only a forger writes. */
function bodyOf(entry: AuditEntry): string | undefined {
	try {
		return JSON.stringify({ ...entry, prev: undefined, hash: undefined });
	} catch {
		return undefined;
	}
}

function toRow(body: string): AuditRow {
	const entry = JSON.parse(body) as AuditEntry;
	const { id, at, kind, outcome, event, method, tool, capability, verdict, labels, server, approval, released } =
		entry;
	const detail = entry.detail ?? (kind === 'verdict' ? 'no outcome recorded' : undefined);
	const findings = findingCounts(entry);
	return {
		id,
		at,
		kind,
		outcome,
		...(event !== undefined && { event }),
		...(method !== undefined && { method }),
		...(tool !== undefined && { tool }),
		...(capability !== undefined && { capability }),
		...(verdict !== undefined && { verdict }),
		...(labels !== undefined && { labels }),
		...(detail !== undefined && { detail }),
		...(released !== undefined && { released }),
		serverName: server?.name,
		approval: approval?.outcome,
		...(findings !== undefined && { findings }),
	};
}

function isAscii(text: string): boolean {
	return !/[^\0-\x7f]/.test(text);
}
