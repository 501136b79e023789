import { open } from 'node:fs/promises';
import { type Disposable } from '../base/disposable';
import { type ShelfFile } from './shelfHead';
import { type WholeSums } from './keptSums';
import { type SqlCell, type Sqlite } from './sqlite';
import { READ_AT_ONCE } from './system';
import { type ReadGrams } from './textGrams';

/** Where a shelf's parts are. */
export interface ShelfSource extends Disposable {
	/** The database; rejects where the cache holds none that can be used. */
	open(): Promise<Sqlite>;
	/** Whether `open` can give another one once the first is closed. */
	readonly closable: boolean;
	/** Memory that the database takes, roughly. */
	readonly bytes: number;
	readonly grams: ReadGrams;
	/** What was summed up when the shelf was finished. */
	whole?(): Promise<WholeSums | undefined>;
}

/** A row in the order of the trail. */
export interface ShelfKey {
	readonly id: number;
	readonly time: number;
}

/** Where a row's entry stands. */
export interface ShelfPlace {
	readonly id: number;
	readonly path: string;
	readonly start: number;
	readonly length: number;
	readonly mark: number;
}

/** Bytes of a file; fewer where it has become shorter. Rejects where it is gone. */
export async function readBytes(path: string, start: number, length: number): Promise<Buffer> {
	const handle = await open(path, READ_AT_ONCE);
	try {
		const buffer = Buffer.allocUnsafe(length);
		const { bytesRead } = await handle.read(buffer, 0, length, start);
		return buffer.subarray(0, bytesRead);
	} finally {
		await handle.close();
	}
}

/** Sets the time of what was written by a clock that had stepped back, by number of the file. */
export function raiseTimes(db: Sqlite, floors: ReadonlyMap<number, number>): void {
	for (const [file, floor] of floors) {
		db.run('UPDATE entry SET at = coalesce(at, time), time = ? WHERE file = ? AND time < ?', [floor, file, floor]);
	}
}

/** Where a row's entry stands: its id, file, start, length and mark. */
export function placeOf(files: readonly ShelfFile[], [id, file, start, length, mark]: readonly SqlCell[]): ShelfPlace {
	const path = files.find(each => each.id === file)?.path ?? '';
	return { id: Number(id), path, start: Number(start), length: Number(length), mark: Number(mark) };
}
