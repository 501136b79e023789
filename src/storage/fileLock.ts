import { setTimeout as pause } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { errorText } from '../base/errors';
import { isBusy } from './pastBusy';

/** A lock that was not touched for so long was left behind by a process that is gone, ms. */
const STALE_MS = 3_000;
/** How long a lock is waited for: longer than one that was left behind can stand in the way, ms. */
const WAIT_MS = 5_000;
/** Waits between two tries are random, so that processes do not keep meeting, ms. */
const LEAST_PAUSE_MS = 4;
const MORE_PAUSE_MS = 20;

/** What came of a turn with the lock. */
export type LockOutcome<T> =
	| { readonly kind: 'ran'; readonly value: T }
	/** One sentence without its full stop; `run` was not called. */
	| { readonly kind: 'problem'; readonly problem: string };

/** The machine that is locked on. */
export interface LockHost {
	readonly platform: NodeJS.Platform;
	readonly lock: typeof lock;
}

const HERE: LockHost = { platform: process.platform, lock };

/**
 * Runs something while no other process of this machine does so with the same file, which need not exist: a folder
 * `FILE.lock` beside it says so. `holds` tells whether the lock is still ours for sure: a process that hung for seconds may
 * have lost it, and must not write then. Rejects only with what `run` rejects with.
 */
export async function withFileLock<T>(
	file: string,
	run: (holds: () => boolean) => Promise<T>,
	waitMs = WAIT_MS,
	host: LockHost = HERE,
): Promise<LockOutcome<T>> {
	const asked = performance.now();
	for (;;) {
		const taken = await take(file, host);
		if (taken.kind === 'taken') {
			try {
				return { kind: 'ran', value: await run(taken.holds) };
			} finally {
				// One that was lost is not ours to release; one that cannot be removed goes stale.
				await taken.release().catch(() => undefined);
			}
		}
		if (taken.kind === 'problem' || performance.now() - asked > waitMs) {
			return { kind: 'problem', problem: taken.problem };
		}
		await pause(LEAST_PAUSE_MS + Math.random() * MORE_PAUSE_MS);
	}
}

type Taken =
	| { readonly kind: 'taken'; readonly holds: () => boolean; readonly release: () => Promise<void> }
	/** `problem` is what is said where it stays so. */
	| { readonly kind: 'busy' | 'problem'; readonly problem: string };

async function take(file: string, host: LockHost): Promise<Taken> {
	let lost = false;
	const began = performance.now();
	try {
		const release = await host.lock(file, {
			...{ realpath: false, retries: 0, stale: STALE_MS, update: STALE_MS / 3 },
			onCompromised: () => {
				lost = true;
			},
		});
		return { kind: 'taken', release, holds: () => !lost && performance.now() - began < STALE_MS };
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ELOCKED') {
			return { kind: 'busy', problem: 'another process is writing it and does not come to an end' };
		}
		// A folder that is just being removed, Windows refuses to make anew until it is gone.
		return { kind: isBusy(error, host.platform) ? 'busy' : 'problem', problem: errorText(error) };
	}
}
