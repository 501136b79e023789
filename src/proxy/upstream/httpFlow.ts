import { type Readable } from 'node:stream';

/** All responses of one upstream that are being read; they stop and go on together. */
export class HttpFlow {
	private readonly open = new Set<Readable>();
	private stopped = false;

	get paused(): boolean {
		return this.stopped;
	}

	/** Takes part until it closes. Its listener for `data` must be there already. */
	join(response: Readable): void {
		this.open.add(response);
		response.once('close', () => this.open.delete(response));
		if (this.stopped) {
			response.pause();
		}
	}

	pause(): void {
		this.stopped = true;
		this.open.forEach(response => response.pause());
	}

	resume(): void {
		this.stopped = false;
		this.open.forEach(response => response.resume());
	}
}
