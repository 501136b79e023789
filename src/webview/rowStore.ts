import { type AuditFacets, type AuditFilter, type AuditRow, NO_FACETS } from '../shared/auditView';
import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';

/** Rows asked for at once. */
export const PAGE_ROWS = 100;

const CACHE_ROWS = 4000;

/** What a page did to the list: `by` rows came in at the top, so what stood at index i stands at i + by. */
export type RowChange = { readonly kind: 'replaced' } | { readonly kind: 'updated'; readonly by: number };

type Page = Extract<PanelMessage, { kind: 'page' }>;

/**
 * The rows that the panel has seen of one filtered list, newest first, and the queries that are open. It asks for pages as
 * they are needed; since the trail only grows, rows keep their place counted from the end and need no second reading.
 */
export class RowStore {
	/** Undefined until the first page is here. */
	total: number | undefined;
	facets: AuditFacets = NO_FACETS;
	/** Older segments are still being looked through: {@link total} may grow at its end. */
	more = false;
	filter: AuditFilter = {};

	private rows = new Map<number, AuditRow>();
	private readonly fresh = new Set<number>();
	private readonly open = new Map<number, { readonly page: number; readonly replace: boolean }>();
	private lastQuery = 0;
	private again = false;
	private stalled = false;

	constructor(private readonly send: (request: PanelRequest) => void) {}

	/** True while a new filter waits for its first page. */
	get replacing(): boolean {
		return [...this.open.values()].some(query => query.replace);
	}

	/** Asks for the newest rows under another filter; the rows shown stay until those are here. */
	setFilter(filter: AuditFilter): void {
		this.filter = filter;
		this.open.clear();
		this.more = false;
		this.again = false;
		this.stalled = false;
		this.ask(0, true);
	}

	/** New entries stand in the trail. Never more than one refresh is open. */
	grown(): void {
		this.stalled = false;
		if (this.isOpen(0)) {
			this.again = true;
		} else {
			this.ask(0, this.total === undefined);
		}
	}

	/** Asks for the pages of a range (inclusive) that are missing or may be out of date. */
	need(first: number, last: number): void {
		if (this.stalled || this.total === undefined || this.replacing) {
			return;
		}
		this.trim(first, last);
		const end = Math.min(last, this.total - 1);
		for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS <= end; page++) {
			if (!this.fresh.has(page) && !this.isOpen(page)) {
				this.ask(page, false);
			}
		}
	}

	/** Takes in a page. Undefined when nobody waits for it any more. */
	receive(page: Page): RowChange | undefined {
		const query = this.open.get(page.query);
		if (query === undefined) {
			return undefined;
		}
		const { replace } = query;
		if (page.more === true) {
			// The same page will come again, with more behind it.
			this.open.set(page.query, { ...query, replace: false });
		} else {
			this.open.delete(page.query);
		}
		const by = replace || this.total === undefined ? 0 : this.shiftOf(page);
		if (replace || by < 0) {
			this.rows.clear();
			this.fresh.clear();
		} else if (by > 0 || query.page === 0) {
			this.rows = new Map([...this.rows].map(([index, row]) => [index + by, row]));
			this.fresh.clear();
		}
		this.take(page);
		this.fresh.add(query.page);
		if (this.again && query.page === 0 && page.more !== true) {
			this.again = false;
			this.ask(0, false);
		}
		return replace ? { kind: 'replaced' } : { kind: 'updated', by };
	}

	/** The host could not answer: nothing is asked again until {@link retry}, a new filter or growth. */
	failed(): void {
		this.open.clear();
		this.again = false;
		this.stalled = true;
	}

	retry(): void {
		this.setFilter(this.filter);
	}

	/** The person does not want to wait for older segments: what was found stays. */
	cancelled(): void {
		if (this.more) {
			this.open.clear();
			this.more = false;
		}
	}

	/** The row at an index, if it has been loaded. */
	at(index: number): AuditRow | undefined {
		return this.rows.get(index);
	}

	/** Where an entry stands among the loaded rows. */
	indexOf(id: string): number | undefined {
		for (const [index, row] of this.rows) {
			if (row.id === id) {
				return index;
			}
		}
		return undefined;
	}

	/** How far the rows moved down: by a row that was known before; by the number of rows where none of the page was. */
	private shiftOf(page: Page): number {
		const known = new Map([...this.rows].map(([index, { id }]) => [id, index]));
		for (const [at, { id }] of page.rows.entries()) {
			const before = known.get(id);
			if (before !== undefined) {
				return page.offset + at - before;
			}
		}
		return this.more || page.more === true ? 0 : page.total - (this.total ?? 0);
	}

	private take(page: Page): void {
		this.total = page.total;
		this.facets = page.facets;
		this.more = page.more === true;
		page.rows.forEach((row, at) => this.rows.set(page.offset + at, row));
		for (const index of this.rows.keys()) {
			if (index >= page.total) {
				this.rows.delete(index);
			}
		}
	}

	private isOpen(page: number): boolean {
		return [...this.open.values()].some(query => query.page === page);
	}

	private ask(page: number, replace: boolean): void {
		this.lastQuery++;
		this.open.set(this.lastQuery, { page, replace });
		const { filter, lastQuery: query } = this;
		this.send({ kind: 'query', query, filter, offset: page * PAGE_ROWS, limit: PAGE_ROWS });
	}

	private trim(first: number, last: number): void {
		if (this.rows.size <= CACHE_ROWS) {
			return;
		}
		const [low, high] = [first - CACHE_ROWS / 4, last + CACHE_ROWS / 4];
		for (const index of [...this.rows.keys()]) {
			if (index < low || index > high) {
				this.rows.delete(index);
				this.fresh.delete(Math.floor(index / PAGE_ROWS));
			}
		}
	}
}
