import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';

/**
 * A timer for looks at something that changes, which knows how late its looks came: while a machine stands still nobody can be
 * told from somebody who writes.
 */
export class LookTimer implements Disposable {
	private timer: Disposable | undefined;
	private dueAt = 0;
	private lateMs = 0;
	private lastLateMs = 0;

	/** @param mostMs milliseconds of lateness that are counted at most, so that no load makes a term endless */
	constructor(
		private readonly clock: Clock,
		private readonly mostMs: number,
		private readonly look: () => void,
	) {}

	/** True while a look is ahead. */
	get isSet(): boolean {
		return this.timer !== undefined;
	}

	/** Milliseconds by which the looks since {@link restart} came too late, together. */
	get late(): number {
		return this.lateMs;
	}

	/**
	 * Milliseconds for which the next look may be put off so that it comes within `leftMs` from now, if it comes as late as the last
	 * one; below 1 there is no next one in time.
	 */
	within(leftMs: number): number {
		return leftMs - this.lastLateMs;
	}

	/** The first look of a row, after so many milliseconds. */
	restart(delayMs: number): void {
		this.lateMs = 0;
		this.next(delayMs);
	}

	/** The next look of the row, after so many milliseconds; takes the place of one that is ahead. */
	next(delayMs: number): void {
		this.timer?.dispose();
		this.dueAt = this.clock.monotonic() + delayMs;
		this.timer = this.clock.schedule(delayMs, () => {
			this.timer = undefined;
			const late = Math.max(this.clock.monotonic() - this.dueAt, 0);
			this.lastLateMs = Math.min(late, this.mostMs);
			this.lateMs = Math.min(this.lateMs + late, this.mostMs);
			this.look();
		});
	}

	dispose(): void {
		this.timer?.dispose();
		this.timer = undefined;
	}
}
