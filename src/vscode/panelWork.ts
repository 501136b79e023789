import { type Clock } from '../base/clock';
import { FirewallError } from '../base/errors';

/** Work that may take long: stops when the signal says so, and tells how much of it is done (0 to 1). */
export type Job<T> = (signal: AbortSignal, onProgress: (done: number) => void) => Promise<T>;

/** Nobody is told of what takes less. */
const QUIET_MS = 1000;
const BETWEEN_MS = 200;

/** What the panel waits for: whatever takes longer than a second is told, and a person can stop all of it. */
export class PanelWork {
	private readonly running = new Set<AbortController>();

	/** `say` gets a few words of ours and how much is done; 1 ends it. */
	constructor(
		private readonly clock: Clock,
		private readonly say: (what: string, done: number) => void,
	) {}

	/** Runs a job; rejects with what it rejects with. */
	async run<T>(what: string, job: Job<T>): Promise<T> {
		const stop = new AbortController();
		this.running.add(stop);
		let done = 0;
		let saidAt: number | undefined;
		const tell = () => {
			saidAt = this.clock.monotonic();
			this.say(what, done);
		};
		const timer = this.clock.schedule(QUIET_MS, tell);
		try {
			return await job(stop.signal, part => {
				done = Number.isFinite(part) ? Math.min(Math.max(part, 0), 0.99) : done;
				if (saidAt !== undefined && this.clock.monotonic() - saidAt >= BETWEEN_MS) {
					tell();
				}
			});
		} finally {
			timer.dispose();
			this.running.delete(stop);
			if (saidAt !== undefined) {
				this.say(what, 1);
			}
		}
	}

	/** Stops all that runs. */
	cancel(): void {
		for (const stop of this.running) {
			stop.abort();
		}
	}
}

/** True for what a stopped job rejects with. */
export function isAborted(error: unknown): boolean {
	return error instanceof FirewallError && error.code === 'aborted';
}
