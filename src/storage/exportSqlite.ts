import { type AuditEntry } from '../domain/audit/auditRecord';
import { CSV_COLUMNS } from '../domain/audit/export/csvFormat';
import { cellText, type ExportItem } from '../domain/audit/export/trailFormat';
import { type SqlCell, Sqlite } from './sqlite';

/** Characters of rows in one database: it is held in memory, and once more as it is written. */
const MAX_UNITS = 128 * 1024 * 1024;

/** Rows that are put in at once. */
const BATCH = 500;

/** Columns that are numbers; the others are texts, and NULL where there is nothing. */
const NUMBERS: ReadonlySet<string> = new Set([
	...[
		'registry_revision',
		'rule_line',
		'approval_ms',
		'findings',
		'response_bytes',
		'response_is_error',
		'schema_valid',
	],
	...['masked', 'decide_ms', 'upstream_ms', 'screen_ms', 'write_ms', 'seq'],
]);

const COLUMNS = CSV_COLUMNS.map(([name]) => `"${name}"`);

/**
 * `entries`: the columns of the CSV form, times as ISO 8601 texts, true as 1, and `json`, the entry as the trail holds it.
 * `findings`: what inspection saw, one row each, `entry` leads to `entries.id`. There is one index: on the id of an entry.
 */
const SCHEMA = `
	CREATE TABLE entries (${CSV_COLUMNS.map(([name]) => `"${name}" ${NUMBERS.has(name) ? 'NUMERIC' : 'TEXT'}`).join(', ')}, json TEXT);
	CREATE TABLE findings (entry TEXT, rule TEXT, kind TEXT, family TEXT, severity TEXT, score REAL, pointer TEXT, advice TEXT);
	CREATE INDEX entries_id ON entries (id);
`;

const INSERT_ENTRY = `INSERT INTO entries VALUES (${[...COLUMNS, 'json'].map(() => '?').join(', ')})`;
const INSERT_FINDING = 'INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)';

/** What becomes of a database that is full, or the last. */
export type TakeDatabase = (bytes: Uint8Array) => Promise<void>;

/**
 * Puts what happened into SQLite databases for any tool: as many as it takes for none to outgrow the memory that sql.js has.
 * At least one, which may be empty.
 */
export class SqliteExport {
	private db: Sqlite | undefined;
	private units = 0;
	private batch: (readonly [sql: string, values: readonly SqlCell[]])[] = [];

	constructor(
		private readonly wasm: Uint8Array,
		private readonly take: TakeDatabase,
		private readonly maxUnits = MAX_UNITS,
	) {}

	/** Throws a RangeError for nesting that only a forger writes; nothing is put in then. */
	async add({ entry, entries }: ExportItem): Promise<void> {
		const own = entries.at(-1) ?? entry;
		const cells = CSV_COLUMNS.map(([, of]) => sqlCell(of(entry)));
		const json = JSON.stringify(own);
		this.batch.push([INSERT_ENTRY, [...cells, json]], ...findingRows(entry));
		this.units += json.length + cells.reduce<number>((sum, cell) => sum + String(cell).length, 0);
		if (this.units >= this.maxUnits) {
			await this.finish();
		} else if (this.batch.length >= BATCH) {
			await this.flush();
		}
	}

	/** Hands the last one over. */
	async end(written: number): Promise<void> {
		if (this.units > 0 || written === 0) {
			await this.finish();
		}
	}

	dispose(): void {
		this.db?.dispose();
		this.db = undefined;
	}

	private async flush(): Promise<Sqlite> {
		const db = this.db ?? (await Sqlite.open(this.wasm));
		if (this.db === undefined) {
			this.db = db;
			db.script(SCHEMA);
		}
		const { batch } = this;
		this.batch = [];
		db.transaction(() => {
			for (const [sql, values] of batch) {
				db.run(sql, values);
			}
		});
		return db;
	}

	private async finish(): Promise<void> {
		const db = await this.flush();
		const bytes = db.bytes();
		this.dispose();
		this.units = 0;
		await this.take(bytes);
	}
}

function sqlCell(value: unknown): SqlCell {
	if (typeof value === 'number') {
		return Number.isFinite(value) ? value : null;
	}
	if (typeof value === 'boolean') {
		return value ? 1 : 0;
	}
	return value === undefined || value === null ? null : cellText(value);
}

function findingRows({ id, findings = [] }: AuditEntry): (readonly [string, readonly SqlCell[]])[] {
	return findings.map(({ rule, kind, family, severity, score, pointer, advice }) => [
		INSERT_FINDING,
		[id, rule, kind, family, severity, score, pointer, advice].map(sqlCell),
	]);
}
