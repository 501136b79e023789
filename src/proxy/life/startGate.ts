import { FirewallError } from '../../base/errors';

/** Lets nothing start that was asked for before a stop: what a launch needs (secrets, a person) may come long after it. */
export class StartGate {
	private stops = 0;

	/** What is being opened now is not let through. */
	stop(): void {
		this.stops++;
	}

	/** Opens something that has not started yet. Rejects with `upstream-failed` when there was a stop meanwhile. */
	async pass<T>(open: () => Promise<T>): Promise<T> {
		const { stops } = this;
		const opened = await open();
		if (stops !== this.stops) {
			throw new FirewallError('upstream-failed', 'Stopped before it was started.');
		}
		return opened;
	}
}
