import { phrase } from '../base/phrase';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { readPlaces } from './entryLine';
import { type IndexShelf } from './indexShelf';
import { type ShelfRow } from './shelfPages';

/** The entries of these rows by shelf and row. Rejects where a shelf of the cache says wrongly where they stand. */
export async function entriesByRow(
	rows: readonly ShelfRow[],
): Promise<ReadonlyMap<IndexShelf, ReadonlyMap<number, AuditEntry>>> {
	const found = new Map<IndexShelf, ReadonlyMap<number, AuditEntry>>();
	for (const shelf of new Set(rows.map(row => row.shelf))) {
		const ids = rows.filter(row => row.shelf === shelf).map(({ id }) => id);
		const entries = await readPlaces(await shelf.places(ids));
		if (shelf.closable && ids.some(id => !entries.has(id))) {
			throw shelf.spoil(phrase('it does not say where the entries stand'));
		}
		found.set(shelf, entries);
	}
	return found;
}

/** The entries of these rows, in their order; without those that are no longer where they were. */
export async function entriesOf(rows: readonly ShelfRow[]): Promise<readonly AuditEntry[]> {
	const found = await entriesByRow(rows);
	return rows.map(({ shelf, id }) => found.get(shelf)?.get(id)).filter(entry => entry !== undefined);
}
