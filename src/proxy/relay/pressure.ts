import { HIGH_WATER_BYTES, MIN_MESSAGE_COST } from '../limits';

/** Counts what one peer sent and the other has not taken yet, and says when to stop and resume reading the first. */
export class Pressure {
	private held = 0;
	private full = false;

	constructor(
		private readonly onChange: (full: boolean) => void,
		private readonly limit = HIGH_WATER_BYTES,
	) {}

	/** Counts a message while `work` runs. */
	async during<T>(bytes: number, work: Promise<T>): Promise<T> {
		const cost = Math.max(bytes, MIN_MESSAGE_COST);
		this.add(cost);
		try {
			return await work;
		} finally {
			this.add(-cost);
		}
	}

	private add(cost: number): void {
		this.held += cost;
		const full = this.full ? this.held > this.limit / 2 : this.held > this.limit;
		if (full !== this.full) {
			this.full = full;
			this.onChange(full);
		}
	}
}
