import { type AuditEntry } from '../domain/audit/auditRecord';
import { INDEX_SCHEMA, INSERT_ROW, rowOf, type Words } from './indexRow';
import { type JournalLine } from './lineSplitter';
import { COUNTED, type Counted, type ShelfFile, type ShelfHead, type ValueCounts } from './shelfHead';
import { type Sqlite, type SqliteEngine } from './sqlite';
import { GRAM_BLOCK_BYTES, GRAM_BLOCKS, gramRows, GramTable } from './textGrams';
import { isOdd } from './textSearch';

/** A line of a journal, and the entry that it is. */
export interface ReadLine {
	readonly at: JournalLine;
	readonly entry: AuditEntry | undefined;
}

/** Lines shorter than this cannot nest so deep that walking them fails. */
const FLAT_UNITS = 4096;

/** A shelf that is being written: a database, its search table, and what it has read of which files. */
export class ShelfWriter implements Words {
	readonly db: Sqlite;
	readonly grams: GramTable;
	readonly gramRows: number;
	private readonly files = new Map<string, ShelfFile>();
	private readonly words = { word: new Map<string, number>(), list: new Map<string, number>() };
	private readonly blocks: number[] = [1];
	/** Rows of verdicts whose outcome is missing, by what they announce. */
	private readonly open = new Map<number, { readonly id: number; readonly time: number }>();
	private rows = 0;
	private bytes = 0;
	private nextFile = 1;

	/** For about so many bytes of journal; more is slower to search. */
	constructor(engine: SqliteEngine, journalBytes: number) {
		this.db = engine.open();
		for (const statement of INDEX_SCHEMA) {
			this.db.script(statement);
		}
		this.gramRows = gramRows(journalBytes);
		this.grams = new GramTable(this.gramRows);
	}

	/** What was read of a file; an empty beginning where nothing was. */
	file(path: string): ShelfFile {
		const known = this.files.get(path);
		if (known !== undefined) {
			return known;
		}
		const fresh = { id: this.nextFile++, path, offset: 0, lines: 0, earliest: Infinity, latest: -Infinity };
		this.files.set(path, fresh);
		return fresh;
	}

	has(path: string): boolean {
		return this.files.has(path);
	}

	get paths(): readonly string[] {
		return [...this.files.keys()];
	}

	/** Takes in lines of a file that follow those that it has; all, or none where it throws. */
	append(path: string, lines: readonly ReadLine[]): void {
		const last = lines.at(-1)?.at;
		if (last === undefined) {
			return;
		}
		const file = this.file(path);
		this.db.transaction(() => {
			for (const { at, entry } of lines) {
				if (entry !== undefined && typeof at.text === 'string' && !isTooDeep(at.text, entry)) {
					this.insert(file, at, at.text, entry);
				}
			}
		});
		this.grams.settle();
		file.offset = last.end;
		file.lines = last.line;
	}

	/** Forgets a file and its rows. */
	forget(path: string): void {
		const file = this.files.get(path);
		if (file !== undefined) {
			this.db.run('DELETE FROM entry WHERE file = ?', [file.id]);
			this.files.delete(path);
			for (const [mark, { id }] of this.open) {
				if (this.db.all('SELECT 1 FROM entry WHERE id = ?', [id]).length === 0) {
					this.open.delete(mark);
				}
			}
		}
	}

	/** What is to be known of it without opening it, as it is now. */
	head(counts = valueCounts(this.db)): ShelfHead {
		const files = [...this.files.values()].map(file => ({ ...file })).filter(({ latest }) => latest > -Infinity);
		const [listed] = this.db.all('SELECT count(*) FROM entry WHERE shown = 1 AND kind <> 2')[0] ?? [];
		return {
			files: [...this.files.values()].map(file => ({
				...file,
				...(file.latest === -Infinity && { earliest: 0, latest: 0 }),
			})),
			rows: this.rows,
			listed: Number(listed),
			earliest: files.reduce((least, { earliest }) => Math.min(least, earliest), Number.MAX_SAFE_INTEGER),
			latest: files.reduce((most, { latest }) => Math.max(most, latest), 0),
			blocks: [...this.blocks],
			gramRows: this.gramRows,
			open: [...this.open].map(([mark, { id, time }]) => ({ id, mark, time })),
			counts,
		};
	}

	word(value: string | undefined): number | null {
		return value === undefined ? null : this.number('word', value);
	}

	list(values: readonly string[]): number | null {
		return values.length === 0 ? null : this.number('list', JSON.stringify([...values].sort()));
	}

	private number(table: 'word' | 'list', value: string): number {
		const known = this.words[table].get(value);
		if (known !== undefined) {
			return known;
		}
		const id = this.words[table].size + 1;
		this.db.run(`INSERT INTO ${table} VALUES (?, ?)`, [id, value]);
		this.words[table].set(value, id);
		return id;
	}

	private insert(file: ShelfFile, at: JournalLine, text: string, entry: AuditEntry): void {
		const time = Math.max(file.latest, Date.parse(entry.at));
		const id = ++this.rows;
		const odd = isOdd(text);
		const place = { id, file: file.id, start: at.start, length: at.end - at.start - 1, time, odd };
		const row = rowOf(entry, place, this);
		this.db.run(INSERT_ROW, row);
		this.announce({ id, time }, row[MARK] as number, row[ANNOUNCES] as number | null);
		file.earliest = Math.min(file.earliest, time);
		file.latest = time;
		this.search(id, odd ? text.toLowerCase() : text);
	}

	private announce(
		row: { readonly id: number; readonly time: number },
		mark: number,
		announces: number | null,
	): void {
		const waits = this.open.get(mark);
		if (waits !== undefined) {
			this.db.run('UPDATE entry SET shown = 0 WHERE id = ?', [waits.id]);
			this.open.delete(mark);
		}
		if (announces === null) {
			return;
		}
		if (this.db.all('SELECT 1 FROM entry WHERE mark = ? LIMIT 1', [announces]).length > 0) {
			this.db.run('UPDATE entry SET shown = 0 WHERE id = ?', [row.id]);
		} else {
			this.open.set(announces, row);
		}
	}

	private search(row: number, line: string): void {
		const block = Math.min(GRAM_BLOCKS - 1, Math.floor(this.bytes / GRAM_BLOCK_BYTES));
		while (this.blocks.length <= block) {
			this.blocks.push(row);
		}
		this.grams.add(line, block);
		this.bytes += line.length + 1;
	}
}

/** Columns of a row, counted from 0. */
const MARK = 6;
const ANNOUNCES = 7;

/** Nesting that only a forger writes: nothing could walk it, or send it on. */
function isTooDeep(text: string, entry: AuditEntry): boolean {
	if (text.length < FLAT_UNITS) {
		return false;
	}
	try {
		JSON.stringify(entry);
		return false;
	} catch {
		return true;
	}
}

/** How often which value occurs, in entries that are listed and not among `without` (rows). */
export function valueCounts(db: Sqlite, without: ReadonlySet<number> = new Set()): ValueCounts {
	const hidden = JSON.stringify([...without]);
	const counts = COUNTED.map(name => {
		const found = new Map<string, number>();
		const isList = name === 'rule' || name === 'label';
		const column = isList ? `${name}s` : name;
		const rows = db.all(
			`SELECT (SELECT value FROM ${isList ? 'list' : 'word'} AS named WHERE named.id = ${column}), count(*) FROM entry
				WHERE shown = 1 AND kind <> 2 AND ${column} IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?))
				GROUP BY ${column}`,
			[hidden],
		);
		for (const [value, count] of rows) {
			for (const one of isList ? (JSON.parse(String(value)) as string[]) : [String(value)]) {
				if (found.has(one) || found.size <= MOST_VALUES) {
					found.set(one, (found.get(one) ?? 0) + Number(count));
				}
			}
		}
		return [name, Object.fromEntries(found)] as const;
	});
	return Object.fromEntries(counts) as Record<Counted, Record<string, number>>;
}

/** Values of one facet that are told of. */
export const MOST_VALUES = 500;
