import { type Clock } from '../base/clock';
import { Emitter, type Event } from '../base/event';

/** How a question ends without a word of the person. */
export type Silence = 'dismissed' | 'timeout' | 'cancelled';

/** One question to the person, and what waits for its answer. */
export interface QueuedQuestion<Answer extends string> {
	/** Shows it. Rejecting is `dismissed`. `over` aborts when the answer is not wanted any more; then it is ignored. */
	readonly show: (over: AbortSignal) => Promise<Answer | Silence>;
	/** Milliseconds from now until no answer becomes `timeout`, also while other questions are shown. */
	readonly timeoutMs: number;
	/** Calls that wait for the answer. */
	readonly calls: number;
	readonly onDidChangeCalls?: Event<number>;
	/** Shown before everything that only waits to be shown, and about those calls: they are not counted twice. */
	readonly aboutAll?: boolean;
}

interface Entry {
	readonly aboutAll: boolean;
	readonly run: () => Promise<void>;
	calls: number;
}

/**
 * One question at a time, in the order of arrival. A modal cannot be taken back, so a turn lasts until the person has closed
 * it, also when the call has ended before; a question whose call has ended is not shown at all.
 */
export class QuestionQueue {
	private readonly open = new Set<Entry>();
	private readonly queue: Entry[] = [];
	private readonly changed = new Emitter<number>();
	private busy = false;

	/** Fires with the number of calls that wait for a person. */
	readonly onDidChangeWaiting = this.changed.event;

	constructor(private readonly clock: Clock) {}

	/** Resolves with the person's answer, or with how it came that there is none. Never rejects. */
	ask<Answer extends string>(question: QueuedQuestion<Answer>, signal: AbortSignal): Promise<Answer | Silence> {
		return new Promise(resolve => {
			const over = new AbortController();
			const end = (answer: Answer | Silence) => {
				if (over.signal.aborted) {
					return;
				}
				over.abort();
				deadline.dispose();
				repeats?.dispose();
				signal.removeEventListener('abort', cancel);
				this.open.delete(entry);
				this.tell();
				resolve(answer);
			};
			const cancel = () => {
				end('cancelled');
			};
			const entry: Entry = {
				aboutAll: question.aboutAll ?? false,
				calls: question.calls,
				run: async () => {
					if (!over.signal.aborted) {
						end(await shown(question, over.signal));
					}
				},
			};
			const deadline = this.clock.schedule(question.timeoutMs, () => {
				end('timeout');
			});
			const repeats = question.onDidChangeCalls?.(calls => {
				entry.calls = calls;
				this.tell();
			});
			this.open.add(entry);
			this.tell();
			signal.addEventListener('abort', cancel);
			if (signal.aborted) {
				cancel();
			}
			if (entry.aboutAll) {
				this.queue.unshift(entry);
			} else {
				this.queue.push(entry);
			}
			void this.pump();
		});
	}

	private async pump(): Promise<void> {
		if (this.busy) {
			return;
		}
		this.busy = true;
		for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
			await next.run();
			// An answer to all of them ends the others a moment later: they must not come up in between.
			await new Promise<void>(resolve => setImmediate(resolve));
		}
		this.busy = false;
	}

	private tell(): void {
		const entries = [...this.open];
		const single = entries.filter(({ aboutAll }) => !aboutAll).reduce((sum, { calls }) => sum + calls, 0);
		const paused = entries.filter(({ aboutAll }) => aboutAll).map(({ calls }) => calls);
		this.changed.fire(Math.max(single, ...paused));
	}
}

async function shown<Answer extends string>(
	{ show }: QueuedQuestion<Answer>,
	over: AbortSignal,
): Promise<Answer | Silence> {
	try {
		return await show(over);
	} catch {
		return 'dismissed';
	}
}
