import { type Clock, type IdSource } from '../base/clock';
import { Emitter } from '../base/event';
import {
	type ApprovalAnswer,
	type ApprovalOutcome,
	type ApprovalRequest,
	isAllowed,
	type PauseOutcome,
} from '../domain/approval/approval';
import { FloodGate, type WaitingCall } from './floodGate';
import { type Approver } from './ports';

/** One call that needs an answer. */
export interface DeskCall extends WaitingCall {
	/** Equal exactly for identical calls under the same policy, whose questions are one. */
	readonly key: string;
	readonly approver: Approver;
	readonly timeoutMs: number;
	/** Told that a person is asked about this call, from now on. */
	readonly shown: () => void;
	/** Builds the question when it is this call's turn. */
	request(joined: Pick<ApprovalRequest, 'repeats' | 'onDidChangeRepeats'>): ApprovalRequest;
}

/** What came of it. */
export type DeskOutcome =
	/** The answer to this very call. Whoever gets it calls `done` when what is to be remembered of it is. */
	| { readonly kind: 'answered'; readonly answer: ApprovalAnswer; done(): void }
	/** A no to an identical call, which is a no to this one. `by` is the id of the question. */
	| { readonly kind: 'joined'; readonly outcome: ApprovalOutcome; readonly by: string }
	/** An identical call got a yes, or went away: look for a grant, then ask. */
	| { readonly kind: 'again'; readonly after?: 'allowed-once' }
	/** Too many wait already: nobody was asked. */
	| { readonly kind: 'flooded' };

interface Question {
	readonly repeats: Emitter<number>;
	readonly settled: Promise<DeskOutcome>;
	settle(outcome: DeskOutcome): void;
	count: number;
}

/** Calls that wait at once in one window, joined ones included; more are refused. */
export const MAX_WAITING = 512;

/**
 * Where the calls of a window wait for a person: identical ones join one question, and a flood of questions becomes one
 * pause. INVARIANT: a yes is for the very call that was asked about; a call that joined it goes by a grant or by its own yes.
 */
export class ApprovalDesk {
	private readonly questions = new Map<string, Question>();
	private readonly gate: FloodGate;
	private waiting = 0;

	constructor(
		private readonly clock: Clock,
		ids: IdSource,
		/** Told what was decided about a flood, and which calls it met. */
		onPaused: (outcome: PauseOutcome, calls: readonly WaitingCall[]) => void,
	) {
		this.gate = new FloodGate(clock, ids, onPaused);
	}

	/** Resolves when the call is answered, or ends; never later than its question's timeout. Never rejects. */
	async ask(call: DeskCall, signal: AbortSignal): Promise<DeskOutcome> {
		if (this.waiting >= MAX_WAITING) {
			return { kind: 'flooded' };
		}
		this.waiting++;
		try {
			const open = this.questions.get(call.key);
			return await (open === undefined ? this.lead(call, signal) : this.join(open, call, signal));
		} finally {
			this.waiting--;
		}
	}

	private async join(question: Question, call: DeskCall, signal: AbortSignal): Promise<DeskOutcome> {
		const left = abortOf(signal);
		const leave = this.gate.enter(call);
		count(question, 1);
		try {
			return await Promise.race([question.settled, left.then(() => ({ kind: 'again' }) as const)]);
		} finally {
			count(question, -1);
			leave();
			left.dispose();
		}
	}

	private async lead(call: DeskCall, signal: AbortSignal): Promise<DeskOutcome> {
		const question = newQuestion();
		this.questions.set(call.key, question);
		const done = (outcome: DeskOutcome) => {
			if (this.questions.get(call.key) === question) {
				this.questions.delete(call.key);
			}
			question.settle(outcome);
			question.repeats.dispose();
		};
		const leave = this.gate.enter(call);
		try {
			const answer = await this.answerTo(call, question, signal);
			const { outcome, requestId } = answer;
			if (signal.aborted || outcome === 'cancelled') {
				done({ kind: 'again' });
			} else if (!isAllowed(outcome)) {
				question.settle({ kind: 'joined', outcome, by: requestId });
			}
			return {
				kind: 'answered',
				answer,
				done: () => {
					done({ kind: 'again', ...(outcome === 'allowed-once' && { after: outcome }) });
				},
			};
		} catch (error) {
			done({ kind: 'again' });
			throw error;
		} finally {
			leave();
		}
	}

	private async answerTo(call: DeskCall, question: Question, signal: AbortSignal): Promise<ApprovalAnswer> {
		const turn = await this.gate.turn(call, signal);
		const request = call.request({ repeats: question.count, onDidChangeRepeats: question.repeats.event });
		if (turn.kind === 'ended') {
			return { requestId: request.id, digest: request.digest, outcome: turn.outcome };
		}
		let outcome: ApprovalOutcome = 'unavailable';
		try {
			call.shown();
			const answer = await this.answerInTime(call.approver, request, signal, turn.denied);
			outcome = answer.outcome;
			return answer;
		} finally {
			turn.done(outcome);
		}
	}

	/** INVARIANT: no answer is deny, also where an approver forgets its deadline or does not hear that the call ended. */
	private async answerInTime(
		approver: Approver,
		request: ApprovalRequest,
		signal: AbortSignal,
		denied: AbortSignal,
	): Promise<ApprovalAnswer> {
		const asked = approver.ask(request, AbortSignal.any([signal, denied]));
		return new Promise((resolve, reject) => {
			const end = (outcome: 'timeout' | 'cancelled' | 'denied') => () => {
				resolve({ requestId: request.id, digest: request.digest, outcome });
			};
			const [cancel, deny] = [end('cancelled'), end('denied')];
			const deadline = this.clock.schedule(request.timeoutMs, end('timeout'));
			signal.addEventListener('abort', cancel);
			denied.addEventListener('abort', deny);
			if (signal.aborted) {
				cancel();
			}
			void asked.then(resolve, reject).finally(() => {
				deadline.dispose();
				signal.removeEventListener('abort', cancel);
				denied.removeEventListener('abort', deny);
			});
		});
	}
}

function newQuestion(): Question {
	let settle: (outcome: DeskOutcome) => void = () => {};
	const settled = new Promise<DeskOutcome>(resolve => (settle = resolve));
	return { repeats: new Emitter<number>(), settled, settle, count: 1 };
}

function count(question: Question, step: number): void {
	question.count += step;
	try {
		question.repeats.fire(question.count);
	} catch {
		// Somebody's counter; the question goes on without it.
	}
}

/** A promise of the abort of a signal, which can be let go of. */
function abortOf(signal: AbortSignal): Promise<void> & { dispose(): void } {
	let stop = () => {};
	const promise = new Promise<void>(resolve => {
		const heard = () => resolve();
		signal.addEventListener('abort', heard);
		stop = () => {
			signal.removeEventListener('abort', heard);
		};
		if (signal.aborted) {
			resolve();
		}
	});
	return Object.assign(promise, { dispose: stop });
}
