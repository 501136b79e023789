import { type IndexQuery } from './auditQuery';
import { type Breath } from './breath';
import { type IndexShelf, type ShelfKey } from './indexShelf';

/** A row of one of several shelves. */
export interface ShelfRow extends ShelfKey {
	readonly shelf: IndexShelf;
}

/** Rows of a page, and how many match as far as there was time to count. */
export interface ShelfPage {
	readonly rows: readonly ShelfRow[];
	readonly total: number;
	/** False where shelves are left that were not counted, or not searched to their end. */
	readonly whole: boolean;
}

/** Keys that are fetched from a shelf at a time. */
const FETCH = 1000;

/** A page of what matches in several shelves, newest first, in the order of their `time`. Shelves may overlap in time. */
export async function pageOf(
	shelves: readonly IndexShelf[],
	query: IndexQuery,
	offset: number,
	limit: number,
	breath: Breath,
): Promise<ShelfPage> {
	const sorted = [...shelves].sort((a, b) => b.head.latest - a.head.latest);
	const counted: { readonly shelf: IndexShelf; readonly count: number }[] = [];
	let whole = true;
	for (const shelf of sorted) {
		if (breath.isOver) {
			whole = false;
			break;
		}
		await shelf.searchOn(query, breath);
		whole &&= shelf.isSearched(query);
		counted.push({ shelf, count: await shelf.count(query) });
		await breath.take();
	}
	const holding = counted.filter(({ count }) => count > 0);
	const total = holding.reduce((sum, { count }) => sum + count, 0);
	const rows = limit === 0 || offset >= total ? [] : await rowsOf(holding, query, offset, limit);
	return { rows, total, whole };
}

interface CountedShelf {
	readonly shelf: IndexShelf;
	readonly count: number;
}

async function rowsOf(shelves: readonly CountedShelf[], query: IndexQuery, offset: number, limit: number) {
	const { before, passed } = await startOf(shelves, query, offset);
	return merge(shelves, query, before, offset - passed, limit);
}

/** The time before which the page begins, so that few rows are left to pass over, and how many stand before that. */
async function startOf(shelves: readonly CountedShelf[], query: IndexQuery, offset: number) {
	const times = [...new Set(shelves.map(({ shelf }) => shelf.head.earliest))].sort((a, b) => b - a);
	let best = { before: Number.MAX_SAFE_INTEGER, passed: 0 };
	let low = 0;
	let high = times.length - 1;
	while (low <= high) {
		const middle = (low + high) >> 1;
		const before = times[middle] as number;
		let passed = 0;
		for (const { shelf, count } of shelves) {
			const { earliest, latest } = shelf.head;
			passed += earliest >= before ? count : latest < before ? 0 : await shelf.countFrom(query, before);
		}
		if (passed <= offset) {
			best = { before, passed };
			low = middle + 1;
		} else {
			high = middle - 1;
		}
	}
	return best;
}

/** The rows of one shelf, fetched as they are wanted. */
class Cursor {
	private keys: readonly ShelfKey[] = [];
	private at = 0;
	private fetched = 0;
	private done = false;

	constructor(
		readonly shelf: IndexShelf,
		private readonly query: IndexQuery,
		private readonly before: number,
		private readonly chunk: number,
		skip: number,
	) {
		this.fetched = skip;
	}

	async peek(): Promise<ShelfKey | undefined> {
		if (this.at === this.keys.length && !this.done) {
			this.keys = await this.shelf.keys(this.query, this.before, this.chunk, this.fetched);
			this.at = 0;
			this.fetched += this.keys.length;
			this.done = this.keys.length < this.chunk;
		}
		return this.keys[this.at];
	}

	pass(): void {
		this.at++;
	}
}

async function merge(
	shelves: readonly CountedShelf[],
	query: IndexQuery,
	before: number,
	skip: number,
	limit: number,
): Promise<ShelfRow[]> {
	const waiting = shelves.map(({ shelf }) => shelf).filter(({ head }) => head.earliest < before);
	const open: Cursor[] = [];
	const rows: ShelfRow[] = [];
	let left = skip;
	// Where one shelf alone holds all that is to be passed over, SQLite passes over it.
	const [newest, next] = waiting;
	if (newest !== undefined && (next === undefined || next.head.latest < newest.head.earliest)) {
		open.push(new Cursor(newest, query, before, limit, left));
		waiting.shift();
		left = 0;
	}
	while (rows.length < limit) {
		let best: { readonly cursor: Cursor; readonly key: ShelfKey } | undefined;
		for (const cursor of open) {
			const key = await cursor.peek();
			if (key !== undefined && (best === undefined || key.time > best.key.time)) {
				best = { cursor, key };
			}
		}
		const [shelf] = waiting;
		if (shelf !== undefined && (best === undefined || Math.min(shelf.head.latest, before - 1) >= best.key.time)) {
			waiting.shift();
			open.push(new Cursor(shelf, query, before, Math.min(FETCH, left + limit), 0));
			continue;
		}
		if (best === undefined) {
			break;
		}
		best.cursor.pass();
		if (left > 0) {
			left--;
		} else {
			rows.push({ ...best.key, shelf: best.cursor.shelf });
		}
	}
	return rows;
}
