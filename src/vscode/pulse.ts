import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';

/** Runs at once when beaten, then at most once in a pause; a beat within the pause counts at its end. */
export class Pulse implements Disposable {
	private pause: Disposable | undefined;
	private again = false;

	constructor(
		private readonly clock: Clock,
		private readonly pauseMs: number,
		private readonly run: () => void,
	) {}

	/** Something has happened. */
	beat(): void {
		if (this.pause !== undefined) {
			this.again = true;
			return;
		}
		this.again = false;
		this.pause = this.clock.schedule(this.pauseMs, () => {
			this.pause = undefined;
			if (this.again) {
				this.beat();
			}
		});
		this.run();
	}

	dispose(): void {
		this.pause?.dispose();
		this.again = false;
	}
}
