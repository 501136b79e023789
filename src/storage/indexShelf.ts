import { type Disposable } from '../base/disposable';
import { errorText, FirewallError } from '../base/errors';
import { type Phrase, phrase } from '../base/phrase';
import { type IndexQuery, LAST_USES } from './auditQuery';
import { type Breath } from './breath';
import { countInHead, type ShelfHead } from './shelfHead';
import { placeOf, raiseTimes, readBytes, type ShelfKey, type ShelfPlace, type ShelfSource } from './shelfSource';
import { type WholeSums } from './keptSums';
import { valueCounts } from './shelfWriter';
import { type SqlCell, type Sqlite } from './sqlite';
import { blocksWith, hasBlock } from './textGrams';
import { type IndexedLine, linesWith, type Needle } from './textSearch';

/** How far a shelf was searched for a text. */
interface Search {
	readonly needle: Needle;
	readonly found: number[];
	/** The block that is next; they are looked through from the last to the first. */
	block: number;
	json?: string;
}

/** A part of the trail, some files of it, that can be asked. What it is asked for goes by rows, bodies stay in the journal. */
export class IndexShelf implements Disposable {
	/** Rows of verdicts whose outcome stands in another shelf. */
	private hidden: readonly number[] = [];
	/** Its cache is not what it should be. */
	isSpoilt = false;
	private opened: Sqlite | undefined;
	private opening: Promise<Sqlite> | undefined;
	private search: Search | undefined;
	private readonly counted = new Map<string, number>();
	private readonly kept = new Map<string, unknown>();
	/** By number of a file: time below which its stream had come further already. */
	private floors: ReadonlyMap<number, number> = new Map();

	constructor(
		public head: ShelfHead,
		private readonly source: ShelfSource,
	) {}

	/** Whether the database is in memory. */
	get isOpen(): boolean {
		return this.opened !== undefined;
	}

	get closable(): boolean {
		return this.source.closable;
	}

	/** Memory that it takes now, roughly. */
	get bytes(): number {
		return this.isOpen ? this.source.bytes + PAGES_BYTES : 0;
	}

	/** It has read more: what was known is counted anew. */
	grown(head: ShelfHead): void {
		this.head = head;
		this.search = undefined;
		this.counted.clear();
		this.kept.clear();
	}

	/** Does not list these rows. */
	async hide(rows: readonly number[]): Promise<void> {
		if (rows.length !== this.hidden.length) {
			this.hidden = rows;
			this.grown({ ...this.head, counts: valueCounts(await this.database(), new Set(rows)) });
		}
	}

	/** Sets how far the streams of its files had come before (AUD-07). */
	async raise(floors: ReadonlyMap<number, number>): Promise<void> {
		const late = this.head.files.filter(({ id, earliest }) => (floors.get(id) ?? 0) > earliest);
		this.floors = new Map(late.map(({ id }) => [id, floors.get(id) ?? 0]));
		if (late.length > 0) {
			raiseTimes(await this.database(), this.floors);
			const latest = Math.max(this.head.latest, ...this.floors.values());
			this.grown({ ...this.head, latest });
		}
	}

	async count(query: IndexQuery): Promise<number> {
		const known = this.counted.get(query.key) ?? countInHead(this.head, query, this.hidden.length > 0);
		if (known !== undefined) {
			return known;
		}
		const count = await this.countFrom(query, Number.MIN_SAFE_INTEGER);
		if (this.isSearched(query)) {
			this.counted.set(query.key, count);
		}
		return count;
	}

	/** How many match that count as written at this time or later. */
	async countFrom(query: IndexQuery, time: number): Promise<number> {
		const { sql, values } = this.condition(query);
		const rows = await this.select(`SELECT count(*) FROM entry WHERE ${sql} AND time >= ?`, [...values, time]);
		return Number(rows[0]?.[0]);
	}

	/** What matches and counts as written before this time, newest first, or oldest first. */
	async keys(
		query: IndexQuery,
		before: number,
		limit: number,
		offset: number,
		order: 'DESC' | 'ASC' = 'DESC',
	): Promise<readonly ShelfKey[]> {
		const { sql, values } = this.condition(query);
		const rows = await this.select(
			`SELECT id, time FROM entry WHERE ${sql} AND time < ? ORDER BY time ${order}, id ${order} LIMIT ? OFFSET ?`,
			[...values, before, limit, offset],
		);
		return rows.map(([id, time]) => ({ id: Number(id), time: Number(time) }));
	}

	/** Where the entries of these rows stand, in any order. */
	async places(ids: readonly number[]): Promise<readonly ShelfPlace[]> {
		const rows = await this.select(
			'SELECT id, file, start, length, mark FROM entry WHERE id IN (SELECT value FROM json_each(?))',
			[JSON.stringify(ids)],
		);
		return rows.map(row => placeOf(this.head.files, row));
	}

	/** Where entries stand whose id, or whose announced call's id, may have this mark. */
	async marked(mark: number, by: 'mark' | 'announces'): Promise<readonly ShelfPlace[]> {
		const rows = await this.select(`SELECT id, file, start, length, mark FROM entry WHERE ${by} = ?`, [mark]);
		return rows.map(row => placeOf(this.head.files, row));
	}

	/** Those of these marks that entries have. */
	async marks(wanted: readonly number[]): Promise<readonly number[]> {
		const sql =
			'SELECT value FROM json_each(?) AS wanted WHERE EXISTS (SELECT 1 FROM entry WHERE mark = wanted.value)';
		return (await this.select(sql, [JSON.stringify(wanted)])).map(([mark]) => Number(mark));
	}

	/** Runs a query of the caller's: `of` makes it from the condition that a row must meet. */
	rows(query: IndexQuery, of: (condition: string) => string): Promise<readonly (readonly SqlCell[])[]> {
		const { sql, values } = this.condition(query);
		return this.select(of(sql), values);
	}

	/** When what was last used (`LAST_USES`). */
	uses(): Promise<readonly (readonly SqlCell[])[]> {
		return this.keep('uses', async () => {
			const whole = this.floors.size > 0 ? undefined : await this.whole();
			return whole?.uses ?? this.select(LAST_USES, []);
		});
	}

	/** What is kept of the shelf as a whole beside its database; undefined where nothing is, or it does not count what is hidden. */
	async whole(): Promise<WholeSums | undefined> {
		return this.hidden.length > 0 ? undefined : this.keep('whole', async () => this.source.whole?.());
	}

	/** What `make` gave for this key the last time, as long as the shelf stays what it is. */
	async keep<T>(key: string, make: () => Promise<T>): Promise<T> {
		if (this.kept.has(key)) {
			return this.kept.get(key) as T;
		}
		const made = await make();
		if (this.kept.size >= MOST_KEPT) {
			this.kept.clear();
		}
		this.kept.set(key, made);
		return made;
	}

	/** Whether all that matches is known: the text of the query was looked for to the end. */
	isSearched({ needle }: IndexQuery): boolean {
		return needle === undefined || (this.search?.needle.text === needle.text && this.search.block < 0);
	}

	/** Looks for the text of the query, newest first, until there is no time left; what was found stays. */
	async searchOn({ needle }: IndexQuery, breath: Breath): Promise<void> {
		if (needle === undefined) {
			return;
		}
		if (this.search?.needle.text !== needle.text) {
			this.search = { needle, found: [], block: this.head.blocks.length - 1 };
		}
		const { search } = this;
		const { blocks } = this.head;
		const holding = search.block < 0 ? undefined : this.blocksWith(needle.raw);
		for (; search.block >= 0 && !breath.isOver; search.block--) {
			if (holding === undefined || hasBlock(holding, search.block)) {
				const first = blocks[search.block] ?? 1;
				search.found.push(...(await this.searchRows(needle, first, blocks[search.block + 1] ?? Infinity)));
				delete search.json;
				await breath.take();
			}
		}
	}

	/** Lets the memory of the database go, where it can be opened again. */
	close(): void {
		if (this.closable) {
			this.opened?.dispose();
			this.opened = undefined;
			this.opening = undefined;
		}
	}

	dispose(): void {
		this.opened?.dispose();
		this.opened = undefined;
		this.source.dispose();
	}

	/** Whether an entry may be in it that has this text (lower case) in its line. */
	mayHold(text: string): boolean {
		const blocks = this.blocksWith(text);
		return blocks === undefined || blocks.some(bits => bits !== 0);
	}

	/** What it says cannot be used: `ask` it no more. */
	spoil(why: string | Phrase): FirewallError {
		this.isSpoilt = this.closable;
		return new FirewallError('journal-unreadable', phrase('the index of the audit trail is made anew: {0}', why));
	}

	private blocksWith(text: string): Uint8Array | undefined {
		try {
			return blocksWith(text, this.head.gramRows, this.source.grams);
		} catch (error) {
			throw this.spoil(errorText(error));
		}
	}

	private async select(sql: string, values: readonly SqlCell[]): Promise<readonly (readonly SqlCell[])[]> {
		try {
			for (;;) {
				const db = await this.database();
				// It may have been closed for its memory meanwhile.
				if (db === this.opened) {
					return db.all(sql, values);
				}
			}
		} catch (error) {
			throw this.spoil(errorText(error));
		}
	}

	private database(): Promise<Sqlite> {
		this.opening ??= this.source.open().then(db => {
			raiseTimes(db, this.floors);
			this.opened = db;
			return db;
		});
		return this.opening;
	}

	private condition(query: IndexQuery): { readonly sql: string; readonly values: readonly SqlCell[] } {
		const terms = [query.sql];
		const values = [...query.values];
		if (this.hidden.length > 0) {
			terms.push('id NOT IN (SELECT value FROM json_each(?))');
			values.push(JSON.stringify(this.hidden));
		}
		if (query.needle !== undefined) {
			const { search } = this;
			terms.push('id IN (SELECT value FROM json_each(?))');
			values.push(search === undefined ? '[]' : (search.json ??= JSON.stringify(search.found)));
		}
		return { sql: terms.join(' AND '), values };
	}

	private async searchRows(needle: Needle, first: number, end: number): Promise<readonly number[]> {
		const sql = `SELECT id, file, start, length, mark, odd FROM entry WHERE id >= ? AND id < ? AND kind <> 2`;
		const rows = await this.select(sql, [first, Number.isFinite(end) ? end : Number.MAX_SAFE_INTEGER]);
		const files = new Map<string, IndexedLine[]>();
		for (const row of rows) {
			const { id, path, start, length } = placeOf(this.head.files, row);
			const lines = files.get(path) ?? [];
			lines.push({ id, start, length, odd: row[5] === 1 });
			files.set(path, lines);
		}
		const found: number[] = [];
		for (const [path, lines] of files) {
			const base = lines[0]?.start ?? 0;
			const last = lines.at(-1) ?? { start: 0, length: 0 };
			found.push(...linesWith(needle, await readBytes(path, base, last.start + last.length - base), base, lines));
		}
		return found;
	}
}

/** What SQLite keeps of a database that it has open. */
const PAGES_BYTES = 512 * 1024;

/** Sums of so many filters are kept. */
const MOST_KEPT = 24;
