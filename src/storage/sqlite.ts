import { type Database, type SqlJsStatic, type SqlValue, type Statement } from 'sql.js';
import { type Disposable } from '../base/disposable';

/** What can be bound to a `?` of a statement, and what a column can hold here. */
export type SqlCell = string | number | null;

/** SQLite itself, loaded once for all databases of its owner. */
export class SqliteEngine {
	private constructor(private readonly engine: SqlJsStatic) {}

	/** `wasmBinary`: the bytes of sql.js's `sql-wasm.wasm`. Rejects where they are not. */
	static async load(wasmBinary: Uint8Array): Promise<SqliteEngine> {
		const { default: initSqlJs } = await import('sql.js');
		return new SqliteEngine(await initSqlJs({ wasmBinary: new Uint8Array(wasmBinary).buffer }));
	}

	/** An empty database in memory, or the one that a file's bytes are (copied; whoever can write the file controls them). */
	open(bytes?: Uint8Array): Sqlite {
		return new Sqlite(new this.engine.Database(bytes));
	}
}

/** An SQLite database in memory. Statements are prepared once and kept; values are bound, never spliced into SQL. */
export class Sqlite implements Disposable {
	private readonly statements = new Map<string, Statement>();

	constructor(private readonly db: Database) {}

	/** Loads the engine and makes an empty database. `wasmBinary`: the bytes of sql.js's `sql-wasm.wasm`. */
	static async open(wasmBinary: Uint8Array): Promise<Sqlite> {
		return (await SqliteEngine.load(wasmBinary)).open();
	}

	/** Runs statements that take no values, such as a schema. */
	script(sql: string): void {
		this.db.run(sql);
	}

	/** Runs one statement for its effect. */
	run(sql: string, values: readonly SqlCell[] = []): void {
		this.prepare(sql).run([...values]);
	}

	/** All rows of one statement, cells in the order of its columns. */
	all(sql: string, values: readonly SqlCell[] = []): readonly (readonly SqlCell[])[] {
		const statement = this.prepare(sql);
		const rows: SqlCell[][] = [];
		try {
			statement.bind([...values]);
			while (statement.step()) {
				rows.push(statement.get().map(cell));
			}
		} finally {
			statement.reset();
		}
		return rows;
	}

	/** Runs `work` so that all of its changes happen, or none. */
	transaction(work: () => void): void {
		this.db.run('BEGIN');
		try {
			work();
			this.db.run('COMMIT');
		} catch (error) {
			this.db.run('ROLLBACK');
			throw error;
		}
	}

	/** The database as the bytes of an SQLite file. Not within a transaction. */
	bytes(): Uint8Array {
		this.statements.clear(); // `export` closes them
		return this.db.export();
	}

	dispose(): void {
		this.statements.clear();
		this.db.close();
	}

	private prepare(sql: string): Statement {
		const known = this.statements.get(sql) ?? this.db.prepare(sql);
		this.statements.set(sql, known);
		return known;
	}
}

function cell(value: SqlValue): SqlCell {
	return value instanceof Uint8Array ? null : value;
}
