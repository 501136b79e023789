import { basename } from 'node:path';
import { readSegmentName } from '../domain/audit/segmentName';
import { type ShelfFile } from './shelfHead';

/** A journal file as it is now. */
export interface JournalFile {
	readonly path: string;
	readonly size: number;
	/** Milliseconds since 1970. */
	readonly changedAt: number;
}

/** Bytes of journal that one shelf is made of, about: one full segment, or many small ones. */
export const SHELF_BYTES = 34 * 1024 * 1024;
/** Less than this is kept in memory, and read anew in the next session. */
const WORTH_A_SHELF = 4 * 1024 * 1024;
/** What nobody has written to for so long is taken for finished. */
const QUIET_MS = 600_000;

/** The files that nobody writes any more, of these: a later segment of their stream is there, or they have been quiet for long. */
export function settledFiles(files: readonly JournalFile[], now: number): readonly JournalFile[] {
	const last = new Map<string, number>();
	for (const { path } of files) {
		const name = readSegmentName(basename(path));
		if (name !== undefined) {
			last.set(name.stream, Math.max(name.number, last.get(name.stream) ?? 0));
		}
	}
	return files.filter(({ path, changedAt }) => {
		const name = readSegmentName(basename(path));
		return (name !== undefined && name.number < (last.get(name.stream) ?? 0)) || now - changedAt > QUIET_MS;
	});
}

/** Groups of files that make one shelf each, newest group first; none where all of them together are not worth one. */
export function shelfGroups(files: readonly JournalFile[]): readonly (readonly JournalFile[])[] {
	const groups: JournalFile[][] = [];
	let bytes = 0;
	for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
		const group = groups.at(-1);
		if (group === undefined || bytes + file.size > SHELF_BYTES) {
			groups.push([file]);
			bytes = file.size;
		} else {
			group.push(file);
			bytes += file.size;
		}
	}
	const total = files.reduce((sum, { size }) => sum + size, 0);
	return total < WORTH_A_SHELF ? [] : groups.reverse();
}

/** How far each stream had come before each of its files: the greatest time of those before it (AUD-07). By path. */
export function streamFloors(files: readonly ShelfFile[]): ReadonlyMap<string, number> {
	const streams = new Map<string, { readonly file: ShelfFile; readonly number: number }[]>();
	for (const file of files) {
		const name = readSegmentName(basename(file.path));
		if (name !== undefined) {
			const stream = streams.get(name.stream) ?? [];
			stream.push({ file, number: name.number });
			streams.set(name.stream, stream);
		}
	}
	const floors = new Map<string, number>();
	for (const stream of streams.values()) {
		let latest = 0;
		for (const { file } of stream.sort((a, b) => a.number - b.number)) {
			floors.set(file.path, latest);
			latest = Math.max(latest, file.latest);
		}
	}
	return floors;
}
