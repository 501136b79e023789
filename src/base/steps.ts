/**
 * A computation that can be taken in slices: every `yield` is a place where something else may run. A slice takes well under
 * ten milliseconds.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs a computation to its end without a pause. */
export function runSteps<T>(steps: Steps<T>): T {
	for (;;) {
		const step = steps.next();
		if (step.done === true) {
			return step.value;
		}
	}
}

/** Longest time between two pauses, milliseconds. */
const SLICE_MS = 8;

/**
 * Runs a computation and pauses as soon as it has held the thread for {@link SLICE_MS}. `breathe` resolves after whatever
 * else waits had its turn; without it there is no pause. Rejects with what the computation throws.
 */
export async function inSlices<T>(
	steps: Steps<T>,
	monotonic: () => number,
	breathe: (() => Promise<void>) | undefined,
): Promise<T> {
	let since = monotonic();
	for (;;) {
		const step = steps.next();
		if (step.done === true) {
			return step.value;
		}
		if (breathe !== undefined && monotonic() - since >= SLICE_MS) {
			await breathe();
			since = monotonic();
		}
	}
}
