import { setTimeout as delay } from 'node:timers/promises';

/** What Windows says while a scanner, an indexer or another window has a file open; a moment later it is free. */
const BUSY: ReadonlySet<unknown> = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Waits between the tries, ms; what is still refused after them is refused for good. */
const PAUSES_MS = [5, 10, 20, 40, 80, 160, 320];

/** The machine that files are changed on. */
export interface BusyHost {
	readonly platform: NodeJS.Platform;
	/** Resolves after so many milliseconds. */
	readonly pause: (ms: number) => Promise<unknown>;
}

const HERE: BusyHost = { platform: process.platform, pause: delay };

/** True for an error that on Windows may only mean that somebody has the file open. */
export function isBusy(error: unknown, platform: NodeJS.Platform): boolean {
	return platform === 'win32' && error instanceof Error && 'code' in error && BUSY.has(error.code);
}

/**
 * Runs something that puts a file into the place of another, or removes one; on Windows again, for less than a second, while the
 * file is in use. Everywhere else an error is an error at once. It must be safe to run anew after it failed.
 */
export async function pastBusy<T>(run: () => Promise<T>, { platform, pause }: BusyHost = HERE): Promise<T> {
	for (const ms of PAUSES_MS) {
		try {
			return await run();
		} catch (error) {
			if (!isBusy(error, platform)) {
				throw error;
			}
			await pause(ms);
		}
	}
	return run();
}
