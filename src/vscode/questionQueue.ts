import { type Clock } from '../base/clock';
import { Emitter, type Event } from '../base/event';

/** How a question ends without a word of the person. */
export type Silence = 'dismissed' | 'timeout' | 'cancelled';

/** The person put a question away without an answer: its turn ends, and it waits on. */
export type Aside = 'aside';

/** One question to the person, and what waits for its answer. */
export interface QueuedQuestion<Answer extends string> {
	/** Shows it. Rejecting is `dismissed`. `over` aborts when the answer is not wanted any more; then it is ignored. */
	readonly show: (over: AbortSignal) => Promise<Answer | Silence | Aside>;
	/** An answer that was given elsewhere: the question ends with it, whether it is shown or not. */
	readonly onDidAnswer?: Event<Answer>;
	/** The person wants to see it (again): it is shown before all others that wait, unless it is shown already. */
	readonly onDidRecall?: Event<void>;
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
	/** True where something was on the screen that took the keyboard or the mouse, and is gone. */
	readonly run: () => Promise<boolean>;
	calls: number;
	shown: boolean;
}

/**
 * One question at a time, in the order of arrival. A modal cannot be taken back, so a turn lasts until the person has closed
 * it, also when the call has ended before; a question whose call has ended is not shown at all. One that was put aside stays
 * open until it is recalled, answered elsewhere, or ends.
 */
export class QuestionQueue {
	private readonly open = new Set<Entry>();
	private readonly queue: Entry[] = [];
	private readonly changed = new Emitter<number>();
	private busy = false;

	/** Fires with the number of calls that wait for a person. */
	readonly onDidChangeWaiting = this.changed.event;

	/** `restMs`: how long nothing is shown after the person closed a question: a second click was not meant for the next one. */
	constructor(
		private readonly clock: Clock,
		private readonly restMs = 0,
	) {}

	/** Calls that wait for a person, those that share a question included. */
	get waiting(): number {
		const entries = [...this.open];
		const single = entries.filter(({ aboutAll }) => !aboutAll).reduce((sum, { calls }) => sum + calls, 0);
		const paused = entries.filter(({ aboutAll }) => aboutAll).map(({ calls }) => calls);
		return Math.max(single, ...paused);
	}

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
				followed.forEach(each => each?.dispose());
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
				shown: false,
				run: async () => {
					if (over.signal.aborted) {
						return false;
					}
					entry.shown = true;
					const answer = await shown(question, over.signal);
					entry.shown = false;
					if (answer === 'aside') {
						return false;
					}
					end(answer);
					return true;
				},
			};
			const deadline = this.clock.schedule(question.timeoutMs, () => {
				end('timeout');
			});
			const followed = [
				question.onDidChangeCalls?.(calls => {
					entry.calls = calls;
					this.tell();
				}),
				question.onDidAnswer?.(end),
				question.onDidRecall?.(() => {
					if (!entry.shown) {
						this.bringForward(entry);
					}
				}),
			];
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

	private bringForward(entry: Entry): void {
		const at = this.queue.indexOf(entry);
		if (at >= 0) {
			this.queue.splice(at, 1);
		}
		const behind = this.queue.findIndex(({ aboutAll }) => !aboutAll);
		this.queue.splice(behind < 0 ? this.queue.length : behind, 0, entry);
		void this.pump();
	}

	private async pump(): Promise<void> {
		if (this.busy) {
			return;
		}
		this.busy = true;
		for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
			const wasClosed = await next.run();
			if (wasClosed && this.restMs > 0) {
				await new Promise<void>(resolve => this.clock.schedule(this.restMs, resolve));
			}
			// An answer to all of them ends the others a moment later: they must not come up in between.
			await new Promise<void>(resolve => setImmediate(resolve));
		}
		this.busy = false;
	}

	private tell(): void {
		this.changed.fire(this.waiting);
	}
}

async function shown<Answer extends string>(
	{ show }: QueuedQuestion<Answer>,
	over: AbortSignal,
): Promise<Answer | Silence | Aside> {
	try {
		return await show(over);
	} catch {
		return 'dismissed';
	}
}
