import { type AuditFacets, type AuditFilter, type AuditRow, NO_FACETS } from '../domain/audit/auditFilter';
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
		this.open.delete(page.query);
		const by = query.replace || this.total === undefined ? 0 : page.total - this.total;
		if (query.replace || by < 0) {
			this.rows.clear();
			this.fresh.clear();
		} else if (by > 0 || query.page === 0) {
			this.rows = new Map([...this.rows].map(([index, row]) => [index + by, row]));
			this.fresh.clear();
		}
		this.total = page.total;
		this.facets = page.facets;
		page.rows.forEach((row, at) => this.rows.set(page.offset + at, row));
		this.fresh.add(query.page);
		if (this.again && query.page === 0) {
			this.again = false;
			this.ask(0, false);
		}
		return query.replace ? { kind: 'replaced' } : { kind: 'updated', by };
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
