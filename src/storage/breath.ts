/** Milliseconds of work after which others get a turn. */
const SLICE_MS = 12;

/** Work in slices: others get a turn after each, and there is an end to it. Milliseconds of a monotonic clock. */
export class Breath {
	private turn: number;
	private readonly end: number;

	constructor(
		private readonly now: () => number,
		budgetMs: number,
		private readonly signal?: AbortSignal,
	) {
		this.turn = now();
		this.end = this.turn + budgetMs;
	}

	/** No time is left, or nobody waits any more. */
	get isOver(): boolean {
		return this.signal?.aborted === true || this.now() >= this.end;
	}

	/** Resolves at once, or after a turn of the event loop where this slice is over. */
	async take(): Promise<void> {
		if (this.now() - this.turn >= SLICE_MS) {
			await new Promise(resolve => {
				setImmediate(resolve);
			});
			this.turn = this.now();
		}
	}
}
