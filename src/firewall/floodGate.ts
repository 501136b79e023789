import { type Clock, type IdSource } from '../base/clock';
import { Emitter } from '../base/event';
import {
	type ApprovalOutcome,
	type PausedCalls,
	type PauseOutcome,
	type PauseRequest,
} from '../domain/approval/approval';
import { type Approver } from './ports';

/** A call that waits for a person. */
export interface WaitingCall {
	readonly server: { readonly id: string; readonly name: string };
	readonly tool: string;
	readonly capability: string;
}

/** Its turn to be asked about, or how it ended without. */
export type Turn =
	| {
			readonly kind: 'go';
			/** Aborts when the person denies everything that waits. */
			readonly denied: AbortSignal;
			/** Called with the outcome once it is asked. */
			done(outcome: ApprovalOutcome): void;
	  }
	| { readonly kind: 'ended'; readonly outcome: ApprovalOutcome };

/** Questions open at once; one more and there is a pause. */
export const MAX_OPEN = 8;
/** Questions within a minute; one more and there is a pause. */
export const MAX_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const MAX_ROWS = 32;

interface Held {
	readonly call: WaitingCall;
	end(turn: Turn): void;
}

/**
 * Keeps a person from a flood of questions. Too many at once, or within a minute, and the calls that come are held while
 * one question asks what to do: review them one by one, or deny all that waits. Where nobody can be asked that, questions
 * go on in turn, a few at once.
 */
export class FloodGate {
	private readonly waiting = new Set<WaitingCall>();
	private readonly changed = new Emitter<number>();
	private open = new Set<AbortController>();
	private recent: number[] = [];
	private held: Held[] = [];
	/** Questions at once while held calls are worked off; undefined when none are. */
	private pace: number | undefined;
	private pause: AbortController | undefined;

	constructor(
		private readonly clock: Clock,
		private readonly ids: IdSource,
		private readonly onPaused: (outcome: PauseOutcome, calls: readonly WaitingCall[]) => void,
	) {}

	/** Counts a call among those that wait; the result takes it out. */
	enter(call: WaitingCall): () => void {
		const own = { ...call };
		this.waiting.add(own);
		this.tell();
		return () => {
			this.waiting.delete(own);
			this.tell();
		};
	}

	private tell(): void {
		try {
			this.changed.fire(this.waiting.size);
		} catch {
			// Somebody's counter; the calls go on without it.
		}
	}

	/** Resolves when the call may be asked about, or has ended. A held call ends with its own timeout. Never rejects. */
	async turn(
		call: WaitingCall & { readonly approver: Approver; readonly timeoutMs: number },
		signal: AbortSignal,
	): Promise<Turn> {
		if (this.pace === undefined && this.pause === undefined) {
			const why = this.floodedBy();
			if (why === undefined) {
				return this.go();
			}
			const turn = this.hold(call, signal);
			void this.askPause(call.approver, why, call.timeoutMs);
			return turn;
		}
		return this.hold(call, signal);
	}

	private floodedBy(): PauseRequest['why'] | undefined {
		const now = this.clock.monotonic();
		this.recent = this.recent.filter(time => now - time < MINUTE_MS);
		return this.open.size >= MAX_OPEN ? 'waiting' : this.recent.length >= MAX_PER_MINUTE ? 'rate' : undefined;
	}

	private go(): Turn {
		const denied = new AbortController();
		this.open.add(denied);
		this.recent.push(this.clock.monotonic());
		return {
			kind: 'go',
			denied: denied.signal,
			done: outcome => {
				this.open.delete(denied);
				if (outcome === 'timeout' && this.pace !== undefined) {
					// The person is not there: what is held is not asked for in vain, one timeout after the other.
					this.endHeld({ kind: 'ended', outcome });
				}
				this.workOff();
			},
		};
	}

	private hold(call: WaitingCall & { readonly timeoutMs: number }, signal: AbortSignal): Promise<Turn> {
		return new Promise(resolve => {
			const held: Held = {
				call,
				end: turn => {
					this.held = this.held.filter(other => other !== held);
					deadline.dispose();
					signal.removeEventListener('abort', cancel);
					resolve(turn);
				},
			};
			const leave = (outcome: ApprovalOutcome) => {
				held.end({ kind: 'ended', outcome });
				if (this.held.length === 0) {
					this.pause?.abort();
				}
			};
			const cancel = () => {
				leave('cancelled');
			};
			const deadline = this.clock.schedule(call.timeoutMs, () => {
				// While they are worked off, each question before has its own timeout, which ends this one too.
				if (this.pace === undefined) {
					leave('timeout');
				}
			});
			this.held.push(held);
			signal.addEventListener('abort', cancel);
			if (signal.aborted) {
				cancel();
			}
		});
	}

	private async askPause(approver: Approver, why: PauseRequest['why'], timeoutMs: number): Promise<void> {
		if (approver.pause === undefined) {
			this.pace = MAX_OPEN;
			this.workOff();
			return;
		}
		const pause = new AbortController();
		this.pause = pause;
		const outcome = await this.answerOf(approver, why, timeoutMs, pause.signal);
		this.pause = undefined;
		const met = [...this.waiting];
		switch (outcome) {
			case 'review':
				this.pace = 1;
				this.recent = [];
				break;
			case 'deny-all':
				this.recent = [];
				this.endHeld({ kind: 'ended', outcome: 'denied' });
				for (const denied of [...this.open]) {
					denied.abort();
				}
				break;
			case 'dismissed':
			case 'timeout':
			case 'cancelled':
			case 'unavailable':
				this.endHeld({ kind: 'ended', outcome });
		}
		this.onPaused(outcome, met);
		this.workOff();
	}

	/** INVARIANT: only the bound answer to this very pause counts, and none is no. */
	private async answerOf(
		approver: Approver,
		why: PauseRequest['why'],
		timeoutMs: number,
		signal: AbortSignal,
	): Promise<PauseOutcome> {
		const request: PauseRequest = {
			...{ kind: 'pause', id: this.ids.uuid(), why, waiting: this.waiting.size, calls: rowsOf(this.waiting) },
			...{ onDidChangeWaiting: this.changed.event, timeoutMs },
		};
		return new Promise(resolve => {
			const deadline = this.clock.schedule(timeoutMs, () => resolve('timeout'));
			signal.addEventListener('abort', () => resolve('cancelled'));
			void Promise.resolve(approver.pause?.(request, signal))
				.then(answer => (answer?.requestId === request.id ? answer.outcome : 'unavailable'))
				.catch(() => 'unavailable' as const)
				.then(outcome => {
					deadline.dispose();
					resolve(outcome);
				});
		});
	}

	/** Lets held calls go on, as many at once as the pace says; when none is left, all is as it was before. */
	private workOff(): void {
		while (this.pace !== undefined && this.held.length > 0 && this.open.size < this.pace) {
			this.held[0]?.end(this.go());
		}
		if (this.held.length === 0 && this.pause === undefined && this.open.size < MAX_OPEN) {
			this.pace = undefined;
		}
	}

	private endHeld(turn: Turn): void {
		for (const held of [...this.held]) {
			held.end(turn);
		}
	}
}

function rowsOf(calls: Iterable<WaitingCall>): readonly PausedCalls[] {
	const rows = new Map<string, PausedCalls>();
	for (const { server, tool, capability } of calls) {
		const key = JSON.stringify([server.id, tool, capability]);
		rows.set(key, { server, tool, capability, count: (rows.get(key)?.count ?? 0) + 1 });
	}
	return [...rows.values()].sort((left, right) => right.count - left.count).slice(0, MAX_ROWS);
}
