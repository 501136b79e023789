import { type Clock } from '../../../src/base/clock';
import { type Disposable, toDisposable } from '../../../src/base/disposable';

/** A clock that only tests move. Timers run inside {@link ManualClock.advance}, in the order in which they are due. */
export class ManualClock implements Clock {
	private elapsed = 0;
	private timers: { readonly due: number; readonly run: () => void }[] = [];

	constructor(private wall = Date.UTC(2026, 9, 1, 12)) {}

	now(): number {
		return this.wall;
	}

	monotonic(): number {
		return this.elapsed;
	}

	schedule(delayMs: number, run: () => void): Disposable {
		const timer = { due: this.elapsed + delayMs, run };
		this.timers.push(timer);
		return toDisposable(() => {
			this.timers = this.timers.filter(other => other !== timer);
		});
	}

	/** Timers that wait now. */
	get waiting(): number {
		return this.timers.length;
	}

	/** Moves both clocks on and runs what falls due on the way. */
	advance(ms: number): void {
		const end = this.elapsed + ms;
		for (;;) {
			const next = this.timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
			if (next === undefined) {
				break;
			}
			this.timers = this.timers.filter(other => other !== next);
			this.wall += next.due - this.elapsed;
			this.elapsed = next.due;
			next.run();
		}
		this.wall += end - this.elapsed;
		this.elapsed = end;
	}

	/** Sets the wall clock alone, as an administrator or NTP may do. */
	setWall(ms: number): void {
		this.wall = ms;
	}
}
