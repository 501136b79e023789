import { type Clock } from '../../base/clock';
import { type Disposable, toDisposable } from '../../base/disposable';
import { isJsonObject, type JsonObject } from '../../base/json';
import { encodeMessage } from './encode';

/** Milliseconds between two notes that a request waits for a person. */
export const NOTE_EVERY_MS = 5000;
/**
 * How far each note is ahead of the one before. Progress must rise (MCP 2025-11-25 basic/utilities/progress), and what the
 * server itself reports later starts at 0 or above: steps this small stay below all but its very first word.
 */
const STEP = 1e-6;

/**
 * `notifications/progress` of our own for one request, while a person thinks: a client that resets its timeout on progress
 * does not give up. `last` is the greatest progress that the client was told.
 */
export class WaitingNotes {
	private last: number | undefined;
	private sending: Promise<unknown> = Promise.resolve();

	constructor(
		private readonly token: string | number,
		private readonly clock: Clock,
		private readonly send: (bytes: Uint8Array, value: JsonObject) => Promise<unknown>,
	) {}

	/** Sends one note at once and then one every {@link NOTE_EVERY_MS}, until the result is disposed. */
	start(message: string): Disposable {
		let timer: Disposable | undefined;
		let over = false;
		const note = () => {
			if (over) {
				return;
			}
			this.last = this.last === undefined ? 0 : this.last + STEP;
			const value = {
				jsonrpc: '2.0',
				method: 'notifications/progress',
				params: { progressToken: this.token, progress: this.last, message },
			};
			this.sending = this.sending.then(() => this.send(encodeMessage(value), value)).catch(() => undefined);
			timer = this.clock.schedule(NOTE_EVERY_MS, note);
		};
		note();
		return toDisposable(() => {
			over = true;
			timer?.dispose();
		});
	}

	/** Resolves when all notes are handed over: no answer may overtake them. Never rejects. */
	get sent(): Promise<unknown> {
		return this.sending;
	}

	/** False for progress of the server that would not rise above what we said ourselves: the client must not see it. */
	admits(notification: JsonObject): boolean {
		const progress = isJsonObject(notification.params) ? notification.params.progress : undefined;
		return this.last === undefined || typeof progress !== 'number' || progress > this.last;
	}
}
