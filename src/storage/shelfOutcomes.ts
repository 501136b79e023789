import { type IndexShelf } from './indexShelf';
import { streamFloors } from './shelfPlan';

/** What shelves have to know of each other: how far their streams had come before, and outcomes that stand elsewhere. */
export class ShelfOutcomes {
	/** Which marks of open verdicts a shelf was asked for, and whether an entry of it has them. */
	private readonly asked = new WeakMap<IndexShelf, Map<number, boolean>>();

	/** Tells the shelves; `changed` are those that are new, or have read more. */
	async settle(shelves: readonly IndexShelf[], changed: readonly IndexShelf[]): Promise<void> {
		const floors = streamFloors(shelves.flatMap(({ head }) => head.files));
		for (const shelf of shelves) {
			await shelf.raise(new Map(shelf.head.files.map(({ id, path }) => [id, floors.get(path) ?? 0])));
		}
		const open = shelves.flatMap(shelf => shelf.head.open.map(verdict => ({ shelf, ...verdict })));
		for (const shelf of changed) {
			// A shelf in memory may have read on: what it did not have then it may have now.
			const known = (shelf.closable ? this.asked.get(shelf) : undefined) ?? new Map<number, boolean>();
			this.asked.set(shelf, known);
			const marks = open
				.filter(({ shelf: own, mark, time }) => own !== shelf && !known.has(mark) && time <= shelf.head.latest)
				.map(({ mark }) => mark);
			const found = new Set(marks.length === 0 ? [] : await shelf.marks(marks));
			marks.forEach(mark => known.set(mark, found.has(mark)));
		}
		const isElsewhere = (own: IndexShelf, mark: number) =>
			shelves.some(shelf => shelf !== own && this.asked.get(shelf)?.get(mark) === true);
		for (const shelf of shelves) {
			await shelf.hide(shelf.head.open.filter(({ mark }) => isElsewhere(shelf, mark)).map(({ id }) => id));
		}
	}
}
