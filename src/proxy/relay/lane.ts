import { toDisposable } from '../../base/disposable';
import { isJsonObject } from '../../base/json';
import { errorText } from '../../base/errors';
import {
	errorResponse,
	type RpcId,
	RPC_INTERNAL_ERROR,
	RPC_INVALID_REQUEST,
	type Shape,
	type WireMessage,
} from '../../firewall/message';
import { type Answer, type Forward, type ForwardOutcome, type Passage, type Waiting } from '../../firewall/ports';
import { cancelledMessage, encodeMessage, isToken } from './encode';
import { type LaneEnds } from './laneEnds';
import { MAX_ABANDONED_IDS, MAX_REQUEST_BYTES } from '../limits';
import { OneShot } from './oneShot';
import { isUsableResponse, LISTEN, type OpenRequest, type Reply } from './openRequest';
import { WaitingNotes } from './waitingNotes';

type RequestShape = Extract<Shape, { kind: 'request' }>;

/**
 * Requests and notifications of one side of a session on their way to the other. Requests run side by side;
 * notifications keep their order, and no request overtakes a notification that was sent before it.
 */
export class Lane {
	private readonly open = new Map<RpcId, OpenRequest>();
	private readonly tokens = new Map<string | number, OpenRequest>();
	private readonly abandoned = new Set<RpcId>();
	private openBytes = 0;
	private farGone: 'exited' | 'unavailable' | undefined;
	/** Resolves when every notification that arrived so far has been dealt with. Never rejects. */
	notes: Promise<void> = Promise.resolve();

	constructor(private readonly ends: LaneEnds) {}

	/** Carries a request to its answer. Resolves when the answer is handed over; never rejects. */
	async request(message: WireMessage, shape: RequestShape, reply: Reply): Promise<void> {
		const { id } = shape;
		const size = message.bytes.length;
		if (this.open.has(id) || this.abandoned.has(id)) {
			return this.refuse(id, reply, RPC_INVALID_REQUEST, 'request id is already in use');
		}
		if (this.open.size >= this.ends.limit || this.openBytes + size > MAX_REQUEST_BYTES) {
			return this.refuse(id, reply, RPC_INTERNAL_ERROR, 'too many requests in flight');
		}
		const entry = this.enter(shape, reply);
		this.openBytes += size;
		const notes = this.notes;
		const forward: Forward = (signal, sent = message) => this.forward(entry, sent, notes, signal);
		const answer = await this.judge(entry, message, forward);
		await entry.after;
		await entry.notes?.sent;
		this.openBytes -= size;
		this.leave(entry);
		if (entry.cancelled || answer.kind === 'none') {
			reply.none();
		} else {
			const value = answer.kind === 'original' ? answer.message.value : answer.value;
			const bytes = answer.kind === 'original' ? answer.message.bytes : encodeMessage(value);
			await this.ends.pressure.during(bytes.length, reply.answer(bytes, value));
		}
	}

	/** Carries a notification. Resolves when it is handed over or dropped; never rejects. */
	notification(message: WireMessage): Promise<void> {
		return this.queue(message, this.ends.judgeNotification(message), () => true);
	}

	/**
	 * `notifications/cancelled` of the side whose requests these are: stops the request, and passes only if that is
	 * of use.
	 */
	cancel(message: WireMessage, id: RpcId | undefined): Promise<void> {
		const entry = id === undefined ? undefined : this.open.get(id);
		const ofUse = entry?.outcome !== undefined && entry.outcome.value === undefined;
		const passage = this.ends.judgeNotification(message);
		if (entry !== undefined && entry.method !== 'initialize') {
			entry.cancelled = true;
			entry.abort.abort();
		}
		return this.queue(message, passage, () => ofUse);
	}

	/** An answer from the far side; without a message, one that cannot be used. False when nobody waits for it. */
	settle(id: RpcId, message: WireMessage | undefined, after: Promise<void>): boolean {
		const entry = this.open.get(id);
		if (entry?.outcome === undefined || entry.outcome.value !== undefined) {
			return this.abandoned.delete(id);
		}
		entry.after = after;
		entry.outcome.fire(
			message !== undefined && isUsableResponse(message.value)
				? { kind: 'answered', message }
				: { kind: 'failed', why: 'invalid-response' },
		);
		return true;
	}

	/** True when the far side was handed a request with this id and has not answered it, whether or not we still care. */
	awaits(id: RpcId): boolean {
		const outcome = this.open.get(id)?.outcome;
		return (outcome !== undefined && outcome.value === undefined) || this.abandoned.has(id);
	}

	/** The open request that asked for progress under this token; its deadline starts anew. */
	progressed(token: string | number): OpenRequest | undefined {
		const entry = this.tokens.get(token);
		entry?.touch();
		return entry;
	}

	/** The open request with this id. */
	find(id: RpcId | undefined): OpenRequest | undefined {
		return id === undefined ? undefined : this.open.get(id);
	}

	/** The far side ends a request that stays open for its notifications: there is no answer. False where it is none. */
	ended(id: RpcId | undefined): boolean {
		const entry = this.find(id);
		if (entry?.method !== LISTEN) {
			return false;
		}
		entry.cancelled = true;
		entry.abort.abort();
		return true;
	}

	/** The open request, when there is exactly one. */
	only(): OpenRequest | undefined {
		return this.open.size === 1 ? [...this.open.values()][0] : undefined;
	}

	/** The far side is gone: what it was asked fails, what it will be asked cannot be had. */
	farEnded(): void {
		this.farGone = 'unavailable';
		this.farLost();
	}

	/** What the far side was asked fails at once; it may be asked again. */
	farLost(): void {
		this.abandoned.clear();
		for (const entry of this.open.values()) {
			entry.outcome?.fire({ kind: 'failed', why: 'exited' });
		}
	}

	/** Stops every open request. */
	abortAll(): void {
		for (const entry of this.open.values()) {
			entry.abort.abort();
		}
	}

	private async refuse(id: RpcId, reply: Reply, code: number, why: string): Promise<void> {
		const value = errorResponse(id, code, why);
		const bytes = encodeMessage(value);
		const told = Promise.all([this.ends.noise(why, id), reply.answer(bytes, value)]);
		await this.ends.pressure.during(bytes.length, told);
	}

	private enter(shape: RequestShape, reply: Reply): OpenRequest {
		const meta = shape.params._meta;
		const token = isJsonObject(meta) && isToken(meta.progressToken) ? meta.progressToken : undefined;
		const { id, method } = shape;
		const abort = new AbortController();
		const entry: OpenRequest = {
			id,
			method,
			reply,
			abort,
			token,
			forwarded: false,
			cancelled: false,
			touch: () => {},
		};
		this.open.set(id, entry);
		if (token !== undefined && !this.tokens.has(token)) {
			this.tokens.set(token, entry);
		}
		return entry;
	}

	private leave(entry: OpenRequest): void {
		this.open.delete(entry.id);
		if (entry.token !== undefined && this.tokens.get(entry.token) === entry) {
			this.tokens.delete(entry.token);
		}
	}

	private async judge(entry: OpenRequest, message: WireMessage, forward: Forward): Promise<Answer> {
		try {
			return await this.ends.judgeRequest(message, forward, entry.abort.signal, this.waitingOf(entry));
		} catch (error) {
			// INVARIANT: trouble in the path never turns into a passage.
			this.ends.logger.error(`The path failed on a ${this.ends.name} request: ${errorText(error)}`);
			const value = errorResponse(entry.id, RPC_INTERNAL_ERROR, 'MCP Firewall could not judge this request.');
			return { kind: 'rewritten', value };
		}
	}

	/** Only for the request that owns its token: notes under a token that two requests share would be taken for the other's. */
	private waitingOf(entry: OpenRequest): Waiting | undefined {
		const { noteTo, clock } = this.ends;
		const { token } = entry;
		if (noteTo === undefined || token === undefined || this.tokens.get(token) !== entry) {
			return undefined;
		}
		const notes = new WaitingNotes(token, clock, bytes => noteTo(entry, bytes));
		entry.notes = notes;
		return what => notes.start(what);
	}

	private async forward(
		entry: OpenRequest,
		message: WireMessage,
		notes: Promise<void>,
		signal: AbortSignal,
	): Promise<ForwardOutcome> {
		const again = entry.forwarded;
		entry.forwarded = true;
		await notes;
		if (again || this.farGone !== undefined) {
			return { kind: 'failed', why: 'unavailable' };
		}
		if (signal.aborted || entry.abort.signal.aborted) {
			return { kind: 'failed', why: 'cancelled' };
		}
		const outcome = new OneShot<ForwardOutcome>();
		entry.outcome = outcome;
		const fail = (why: 'timeout' | 'cancelled' | 'exited') => () => outcome.fire({ kind: 'failed', why });
		const cancelled = fail('cancelled');
		const untilLate = () =>
			entry.method === LISTEN
				? toDisposable(() => {})
				: this.ends.clock.schedule(this.ends.deadlineMs, fail('timeout'));
		let timer = untilLate();
		entry.touch = () => {
			timer.dispose();
			timer = untilLate();
		};
		if (signal !== entry.abort.signal) {
			signal.addEventListener('abort', cancelled, { once: true });
		}
		entry.abort.signal.addEventListener('abort', cancelled, { once: true });
		try {
			const delivering = this.ends.pressure.during(
				message.bytes.length,
				this.ends.deliver(message.bytes, message.value, message),
			);
			void delivering.then(delivered => delivered || fail('exited')());
			const result = await outcome.promise;
			if (result.kind === 'failed' && (result.why === 'timeout' || result.why === 'cancelled')) {
				this.abandon(entry, result.why);
			}
			return result;
		} finally {
			timer.dispose();
			entry.touch = () => {};
			signal.removeEventListener('abort', cancelled);
			entry.abort.signal.removeEventListener('abort', cancelled);
		}
	}

	/** The far side may still answer: until it does, or too many wait, the id is not free. It is told to stop. */
	private abandon(entry: OpenRequest, why: 'timeout' | 'cancelled'): void {
		const [oldest] = this.abandoned;
		if (oldest !== undefined && this.abandoned.size >= MAX_ABANDONED_IDS) {
			this.abandoned.delete(oldest);
		}
		this.abandoned.add(entry.id);
		if (!entry.cancelled && entry.method !== 'initialize') {
			const value = cancelledMessage(
				entry.id,
				why === 'timeout' ? 'no answer in time' : 'stopped by MCP Firewall',
			);
			void this.ends.deliver(encodeMessage(value), value);
		}
	}

	private queue(message: WireMessage, passage: Promise<Passage>, admit: () => boolean): Promise<void> {
		const before = this.notes;
		const run = async () => {
			try {
				const verdict = await passage;
				await before;
				if (verdict.kind !== 'drop' && admit()) {
					const value = verdict.kind === 'pass' ? message.value : verdict.value;
					const bytes = verdict.kind === 'pass' ? message.bytes : encodeMessage(value);
					await this.ends.deliver(bytes, value, message);
				}
			} catch (error) {
				await before;
				this.ends.logger.error(`The path failed on a ${this.ends.name} notification: ${errorText(error)}`);
			}
		};
		this.notes = this.ends.pressure.during(message.bytes.length, run());
		return this.notes;
	}
}
