import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import {
	type AuditFacets,
	type AuditFilter,
	type AuditOverview,
	type AuditPage,
	type AuditStats,
	FACETS,
} from '../domain/audit/auditFilter';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type AuditUse, type IndexQuery, indexQuery } from './auditQuery';
import { Breath } from './breath';
import { auditRow, readPlaces } from './entryLine';
import { markOf } from './indexRow';
import { newestEntries, tailPage } from './journalTail';
import { type Counted } from './shelfHead';
import { newestFirst, pageOf, type ShelfRow } from './shelfPages';
import { SHELF_BYTES } from './shelfPlan';
import { type OnProgress } from './readShelfFiles';
import { entriesByRow, entriesOf } from './shelfEntries';
import { ShelfRoom } from './shelfRoom';
import { MOST_VALUES } from './shelfWriter';
import { overviewOf, statsOf } from './auditSums';
import { SqliteEngine } from './sqlite';
import { systemClock } from './system';
import { needleOf } from './textSearch';

/** How an index works. */
export interface AuditIndexOptions {
	/** A folder of the caller's for what can be made anew from the journals at any time; without it all stays in memory. */
	readonly cacheDir?: string;
	/** Bytes of databases that are open at a time, about. */
	readonly memoryBytes?: number;
	/** Bytes of journal that one database is made of, about. */
	readonly shelfBytes?: number;
	readonly clock?: Pick<Clock, 'now' | 'monotonic'>;
}

/** Milliseconds after which a page is given as far as it is known. */
const PAGE_MS = 120;
/** The same for the first rows, of which there is nothing yet. */
const FIRST_MS = 200;
const MEMORY_BYTES = 176 * 1024 * 1024;

/**
 * The journals of one directory, of all windows, as SQLite databases. It is derived: the journals are the truth, bodies are read from
 * them, and nothing here says that they are unaltered. Lines that are no entries are passed over. Before the first {@link refresh} is through, and
 * while it goes on, pages are those of what is known, newest first, and say so (`more`).
 */
export class AuditIndex implements Disposable {
	private room: Promise<ShelfRoom> | undefined;
	private current: ShelfRoom | undefined;
	private refreshing: Promise<void> = Promise.resolve();
	private facets: { readonly of: readonly unknown[]; readonly facets: AuditFacets } | undefined;
	private isDisposed = false;

	private constructor(
		private readonly dir: string,
		private readonly loadWasm: () => Promise<Uint8Array>,
		private readonly options: AuditIndexOptions,
	) {}

	/** An index that knows nothing yet. `loadWasm` gives sql.js's `sql-wasm.wasm`; it is called once something asks for more than the newest. */
	static open(
		dir: string,
		loadWasm: () => Promise<Uint8Array>,
		options: AuditIndexOptions = {},
	): Promise<AuditIndex> {
		return Promise.resolve(new AuditIndex(dir, loadWasm, options));
	}

	/**
	 * Reads what was appended since the last time, and makes what is missing of the index, newest first. Calls queue up, so an entry
	 * that stood in a file before the call is found after it. Rejects with `journal-unreadable` or `aborted`; what was read until then
	 * stays, and the next call goes on.
	 */
	refresh(signal?: AbortSignal, onProgress?: OnProgress): Promise<void> {
		const run = this.refreshing.then(async () => (await this.shelfRoom()).refresh(signal, onProgress));
		this.refreshing = run.catch(() => undefined);
		return run;
	}

	/** A page of what matches, newest first, in bounded time: with `more`, ask again. `facets` are those of the whole trail. */
	async query(filter: AuditFilter, offset: number, limit: number): Promise<AuditPage> {
		const from = Math.max(0, Math.trunc(offset));
		const most = Math.max(0, Math.trunc(limit));
		if (this.current?.isReady !== true) {
			const page = await tailPage(this.dir, filter, from + most, this.breath(FIRST_MS));
			return { ...page, rows: page.rows.slice(from) };
		}
		return this.ask(filter, async (room, query) => {
			await room.follow();
			const { rows, total, whole } = await pageOf(room.shelves, query, from, most, this.breath());
			const entries = await entriesOf(rows);
			return {
				rows: entries.map(auditRow),
				total,
				...(!(whole && room.isWhole) && { more: true as const }),
				facets: this.facetsOf(room),
			};
		});
	}

	/** What matches as a whole, as far as the index is made. */
	overview(filter: AuditFilter, signal?: AbortSignal): Promise<AuditOverview> {
		return this.ask(filter, async (room, query) => {
			await this.searchAll(room, query, signal);
			return overviewOf(room.shelves, query, this.pause());
		});
	}

	/** Sums of what matches, as far as the index is made. Latencies to three digits. */
	stats(filter: AuditFilter, signal?: AbortSignal): Promise<AuditStats> {
		return this.ask(filter, async (room, query) => {
			await this.searchAll(room, query, signal);
			return statsOf(room.shelves, query, this.pause());
		});
	}

	/** Entries of a session, oldest first, as far as the index is made. */
	session(id: string, limit: number): Promise<readonly AuditEntry[]> {
		return this.ask({ session: id }, async (room, query) => {
			const rows: ShelfRow[] = [];
			for (const shelf of [...newestFirst(room.shelves)].reverse().filter(each => each.mayHold(asLine(id)))) {
				const keys = await shelf.keys(query, Number.MAX_SAFE_INTEGER, limit, 0, 'ASC');
				rows.push(...keys.map(key => ({ ...key, shelf })));
			}
			const sorted = rows.sort((a, b) => a.time - b.time);
			return entriesOf(sorted.slice(0, limit));
		});
	}

	/** The whole entry with this id; the newest where several say they have it. */
	get(id: string): Promise<AuditEntry | undefined> {
		return this.find(id, 'mark', entry => entry.id === id);
	}

	/** The entry that was written before the call with this id was handed on, which holds what its verdict rested on. */
	verdictOf(callId: string): Promise<AuditEntry | undefined> {
		return this.find(callId, 'announces', ({ kind, callId: of }) => kind === 'verdict' && of === callId);
	}

	/** When each tool, prompt and resource of each server was last used, as far as the index is made. */
	lastUses(): Promise<readonly AuditUse[]> {
		return this.ask({}, async room => {
			const newest = new Map<string, { readonly row: ShelfRow; readonly use: Omit<AuditUse, 'entryId'> }>();
			const pause = this.pause();
			for (const shelf of room.shelves) {
				for (const [server, kind, name, at, id] of await shelf.uses()) {
					const key = JSON.stringify([server, kind, name]);
					const known = newest.get(key);
					if (known === undefined || known.use.at <= Number(at)) {
						const use = {
							server: String(server),
							kind: kind as AuditUse['kind'],
							name: String(name),
							at: Number(at),
						};
						newest.set(key, { row: { id: Number(id), time: Number(at), shelf }, use });
					}
				}
				await pause();
			}
			const uses = [...newest.values()];
			const entries = await entriesByRow(uses.map(({ row }) => row));
			return uses.flatMap(({ row, use }) => {
				const entry = entries.get(row.shelf)?.get(row.id);
				return entry === undefined ? [] : [{ ...use, entryId: entry.id }];
			});
		});
	}

	/** The newest entry that fits, of those with this id in a column; of what no shelf has yet, the newest are looked through. */
	private async find(
		id: string,
		by: 'mark' | 'announces',
		fits: (entry: AuditEntry) => boolean,
	): Promise<AuditEntry | undefined> {
		const found = await this.ask({}, async room => {
			for (const shelf of newestFirst(room.shelves)) {
				if (shelf.mayHold(asLine(id))) {
					const places = [...(await shelf.marked(markOf(id), by))].sort((a, b) => b.id - a.id);
					const entries = await readPlaces(places);
					const entry = places.map(place => entries.get(place.id)).find(each => each && fits(each));
					if (entry !== undefined) {
						return entry;
					}
				}
			}
			return undefined;
		});
		if (found !== undefined || this.current?.isWhole === true) {
			return found;
		}
		const breath = this.breath(LOOK_MS);
		for await (const entry of newestEntries(this.dir)) {
			const isIt = fits(entry);
			if (isIt || breath.isOver) {
				return isIt ? entry : undefined;
			}
			await breath.take();
		}
		return undefined;
	}

	dispose(): void {
		this.isDisposed = true;
		void this.room?.then(room => {
			room.dispose();
		});
	}

	/** A shelf that cannot be asked is thrown away, and the question put once more to the rest: the cache is no truth. */
	private async ask<T>(filter: AuditFilter, work: (room: ShelfRoom, query: IndexQuery) => Promise<T>): Promise<T> {
		const room = await this.shelfRoom();
		const query = indexQuery(filter);
		for (;;) {
			try {
				return await work(room, query);
			} catch (error) {
				const spoilt = room.shelves.filter(({ isSpoilt }) => isSpoilt);
				if (spoilt.length === 0 || this.isDisposed) {
					throw error;
				}
				for (const shelf of spoilt) {
					await room.drop(shelf);
				}
			} finally {
				room.trim();
			}
		}
	}

	private shelfRoom(): Promise<ShelfRoom> {
		this.room ??= this.loadWasm()
			.then(wasm => SqliteEngine.load(wasm))
			.then(engine => {
				const { cacheDir, clock = systemClock } = this.options;
				const { memoryBytes = MEMORY_BYTES, shelfBytes = SHELF_BYTES } = this.options;
				this.current = new ShelfRoom({
					dir: this.dir,
					engine,
					cacheDir,
					memoryBytes,
					shelfBytes,
					now: () => clock.now(),
				});
				return this.current;
			});
		this.room.catch(() => {
			this.room = undefined;
		});
		return this.room;
	}

	private async searchAll(room: ShelfRoom, query: IndexQuery, signal: AbortSignal | undefined): Promise<void> {
		for (const shelf of room.shelves) {
			await shelf.searchOn(query, this.breath(Infinity, signal));
		}
	}

	private facetsOf({ shelves }: ShelfRoom): AuditFacets {
		const of = shelves.map(({ head }) => head.counts);
		if (this.facets?.of.length !== of.length || of.some((counts, index) => counts !== this.facets?.of[index])) {
			const named = (name: Counted) =>
				[...new Set(of.flatMap(counts => Object.keys(counts[name])))].sort().slice(0, MOST_VALUES);
			const values = FACETS.map(
				facet =>
					[facet, facet === 'verdict' ? [...named('effect'), ...named('outcome')] : named(facet)] as const,
			);
			this.facets = { of, facets: Object.fromEntries(values) as unknown as AuditFacets };
		}
		return this.facets.facets;
	}

	private breath(budgetMs = PAGE_MS, signal?: AbortSignal): Breath {
		const { clock = systemClock } = this.options;
		return new Breath(() => clock.monotonic(), budgetMs, signal);
	}

	private pause(): () => Promise<void> {
		const breath = this.breath();
		return () => breath.take();
	}
}

/** How an id stands in a line, in lower case: it may be anything. */
function asLine(id: string): string {
	return needleOf(id)?.raw ?? '';
}

/** Milliseconds that are spent on an entry that no shelf has. */
const LOOK_MS = 2000;
