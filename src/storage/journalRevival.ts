import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { type Journal } from './journal';

/** Milliseconds until the first try to write again, and between two of them at the most. */
const FIRST_TRY_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;

/**
 * Opens the trail anew after it failed (a full disk, a folder that was away), at longer and longer intervals until it can be
 * written. INVARIANT 8 stands meanwhile: nothing is forwarded. The journal logs each failure.
 */
export function reviveJournal(
	journal: Pick<Journal, 'onDidFail' | 'onDidOpen' | 'reopen'>,
	clock: Pick<Clock, 'schedule'>,
): Disposable {
	let waitMs = FIRST_TRY_MS;
	let planned: Disposable | undefined;
	const plan = () => {
		planned ??= clock.schedule(waitMs, () => {
			planned = undefined;
			waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
			journal.reopen().catch(plan);
		});
	};
	const heard = [
		journal.onDidFail(plan),
		journal.onDidOpen(() => {
			waitMs = FIRST_TRY_MS;
		}),
	];
	return {
		dispose: () => {
			planned?.dispose();
			heard.forEach(each => each.dispose());
		},
	};
}
