import { stat } from 'node:fs/promises';
import { FirewallError } from '../base/errors';
import { PROBLEM_WORDS } from '../domain/registry/problemWords';
import { isGone } from './eachEntry';
import { type JournalFile } from './shelfPlan';
import { type ShelfWriter } from './shelfWriter';
import { readEntries } from './trailReader';

/** Told how much of something is done. */
export type OnProgress = (done: number) => void;

/** Takes in what a file has beyond what was read of it; nothing where it is gone. Others get a turn in between. */
export async function readInto(
	writer: ShelfWriter,
	path: string,
	signal: AbortSignal | undefined,
	onOffset: OnProgress = () => {},
): Promise<void> {
	try {
		const { offset, lines } = writer.file(path);
		for await (const batch of readEntries(path, { offset, lines }, signal)) {
			for (let from = 0; from < batch.length; from += BATCH) {
				writer.append(path, batch.slice(from, from + BATCH));
				await new Promise(resolve => {
					setImmediate(resolve);
				});
			}
			onOffset(writer.file(path).offset);
		}
	} catch (error) {
		if (!isGone(error)) {
			throw error;
		}
	}
}

/** Lines that are taken in before others get a turn. */
const BATCH = 250;

/** Sizes and times of those files that are there. */
export async function statAll(paths: readonly string[]): Promise<readonly JournalFile[]> {
	const found: JournalFile[] = [];
	for (let from = 0; from < paths.length; from += 32) {
		const some = paths.slice(from, from + 32).map(async path => {
			try {
				const { size, mtimeMs } = await stat(path);
				return { path, size, changedAt: mtimeMs };
			} catch (error) {
				if (isGone(error)) {
					return undefined;
				}
				throw new FirewallError('journal-unreadable', PROBLEM_WORDS.unreadable(path), { cause: error });
			}
		});
		found.push(...(await Promise.all(some)).filter(file => file !== undefined));
	}
	return found;
}
