import { type IncomingMessage } from 'node:http';
import { type Disposable } from '../../base/disposable';
import { errorResponse, type RpcId, RPC_INTERNAL_ERROR } from '../../firewall/message';
import { encodeMessage } from '../relay/encode';
import { bodyKind, discard, readEvents, readWhole } from './httpBody';
import { type HttpLink, type LinkOutcome } from './httpLink';
import {
	CANCELLED_LINGER_MS,
	MAX_BUSY_RETRIES,
	MAX_EMPTY_RECONNECTS,
	STREAM_LINGER_MS,
	UPSTREAM_ACCEPT_MS,
} from '../limits';
import { ENDS, errorIn, OTHER_TRANSPORT, REPEATABLE, retryAfter, statusText } from './httpTrouble';
import { OneShot } from '../relay/oneShot';
import { reconnectDelay } from './reconnect';
import { TROUBLE } from './troubleWords';

/** One request on its way to an HTTP upstream. */
export interface CallMessage {
	readonly id: RpcId;
	readonly method: string;
	readonly bytes: Uint8Array;
	/** Of a revision without sessions: these headers repeat its body. */
	readonly headers: Readonly<Record<string, string>> | undefined;
	/** Headers that go with this request alone. */
	readonly extra?: Readonly<Record<string, string>> | undefined;
}

/** What a call tells its upstream. */
export interface CallEvents {
	/** A message came in the response; returns the id that it answers. */
	line(bytes: Uint8Array, stream: RpcId): RpcId | undefined;
	/** A stream holds a message over the cap that does not end. */
	runaway(): void;
	/** The head of the first good response, before its body. */
	accepted(response: IncomingMessage): void;
	/** The server does not know the session any more. */
	sessionLost(): void;
	/** The server refused the first message as one of another transport would; true when it will be sent that way. */
	otherTransport(status: number): Promise<boolean>;
}

/**
 * One POST with one request, to its answer (MCP 2025-11-25 transports#sending-messages-to-the-server). Whatever the server
 * does, the request gets exactly one answer: its own, or an error with a sentence of ours.
 */
export class HttpCall {
	private readonly abort = new AbortController();
	private readonly taken = new OneShot<true>();
	private readonly timers: Disposable[] = [];
	private answered = false;
	private cancelled = false;

	constructor(
		private readonly message: CallMessage,
		private readonly link: HttpLink,
		private readonly events: CallEvents,
	) {}

	/** Resolves when the request has been handed over, or will never be. */
	get sent(): Promise<true> {
		return this.taken.promise;
	}

	get sessionless(): boolean {
		return this.message.headers !== undefined;
	}

	/**
	 * Nobody waits for the answer any more. A sessionless request is cancelled by closing its stream (2026-07-28
	 * transports/streamable-http#cancellation); otherwise the server has been told, and may still close the stream itself.
	 */
	cancel(): void {
		this.cancelled = true;
		if (this.sessionless) {
			this.stop();
		} else {
			this.stopIn(CANCELLED_LINGER_MS);
		}
	}

	/** True when it has its answer, and only its stream may still be open. */
	get settled(): boolean {
		return this.answered;
	}

	/** The answer came, on whatever stream. */
	settle(): void {
		if (!this.answered) {
			this.answered = true;
			this.stopIn(STREAM_LINGER_MS);
		}
	}

	/** Ends it without an answer. */
	stop(): void {
		this.abort.abort();
	}

	/** Carries the request to its answer. Never rejects. */
	async run(): Promise<void> {
		try {
			await this.exchange();
		} finally {
			this.taken.fire(true);
			this.timers.splice(0).forEach(timer => timer.dispose());
		}
	}

	private async exchange(): Promise<void> {
		let again = 0;
		for (let busy = 0; ;) {
			const outcome = await this.post();
			if (!outcome.ok) {
				if (
					outcome.why === 'broken' &&
					outcome.reused &&
					again++ === 0 &&
					REPEATABLE.has(this.message.method)
				) {
					continue;
				}
				this.fail(outcome.text);
				return;
			}
			const { status, response } = outcome;
			// A gateway may say 503 of a call that the server behind it has acted on: approved once, it is made once.
			const mayRepeat = busy < MAX_BUSY_RETRIES && (status === 429 || REPEATABLE.has(this.message.method));
			const wait = mayRepeat ? retryAfter(status, response, this.link.clock.now()) : undefined;
			if (wait === undefined) {
				await (status >= 200 && status < 300 ? this.success(response) : this.trouble(outcome));
				return;
			}
			busy++;
			discard(response, this.link);
			if (!(await this.pause(wait))) {
				return;
			}
		}
	}

	private post(): Promise<LinkOutcome> {
		const { bytes, headers, extra } = this.message;
		return this.link.post(bytes, headers === undefined ? extra : { ...headers, ...extra }, {
			signal: this.abort.signal,
			sessionless: headers !== undefined || this.message.method === 'initialize',
			onSent: () => this.taken.fire(true),
		});
	}

	private async success(response: IncomingMessage): Promise<void> {
		this.events.accepted(response);
		switch (bodyKind(response)) {
			case 'json': {
				const { end, bytes } = await readWhole(response, this.link);
				if (end === 'complete') {
					this.take(bytes);
				}
				this.fail(end === 'complete' ? TROUBLE.other.text : ENDS[end]);
				return;
			}
			case 'events':
				await this.stream(response);
				return;
			case 'other':
				response.destroy();
				this.fail(TROUBLE.otherKind.text);
		}
	}

	/** Reads a stream to its end; one that a server closes early is taken up again (SEP-1699). */
	private async stream(first: IncomingMessage): Promise<void> {
		let retryMs: number | undefined;
		let lastEventId: string | undefined;
		let empty = 0;
		for (let response = first; ;) {
			const state = { brought: false };
			const read = await readEvents(
				response,
				this.link,
				{
					event: (data, type) => {
						state.brought = true;
						if (type === '' || type === 'message') {
							this.take(data);
						}
					},
					oversize: () => this.fail(TROUBLE.tooLarge.text),
					runaway: () => response.destroy(),
					retry: ms => (retryMs = ms),
				},
				!this.cancelled && this.message.method !== 'subscriptions/listen',
			);
			lastEventId = read.lastEventId ?? lastEventId;
			empty = state.brought ? 0 : empty + 1;
			if (this.answered || this.cancelled || this.abort.signal.aborted) {
				return;
			}
			if (
				lastEventId === undefined ||
				this.sessionless ||
				read.end === 'silent' ||
				empty > MAX_EMPTY_RECONNECTS
			) {
				this.fail(ENDS[read.end]);
				return;
			}
			if (!(await this.pause(reconnectDelay(retryMs, empty)))) {
				return;
			}
			const next = await this.resume(lastEventId);
			if (next === undefined) {
				return;
			}
			response = next;
		}
	}

	private async resume(lastEventId: string): Promise<IncomingMessage | undefined> {
		const outcome = await this.link.request({
			method: 'GET',
			headers: { accept: 'text/event-stream', 'last-event-id': lastEventId },
			signal: this.abort.signal,
			headMs: UPSTREAM_ACCEPT_MS,
		});
		if (!outcome.ok) {
			this.fail(outcome.text);
			return undefined;
		}
		if (outcome.status !== 200 || bodyKind(outcome.response) !== 'events') {
			await this.trouble(outcome);
			return undefined;
		}
		return outcome.response;
	}

	/** INVARIANT: nothing of a body that is no JSON-RPC error reaches the client. */
	private async trouble({ status, response, session }: Extract<LinkOutcome, { ok: true }>): Promise<void> {
		const clientError = status >= 400 && status < 500;
		if (clientError && bodyKind(response) === 'json') {
			const { end, bytes } = await readWhole(response, this.link);
			const error = end === 'complete' ? errorIn(bytes) : undefined;
			if (error !== undefined && !(status === 404 && session !== undefined && !this.sessionless)) {
				const own = error.id === this.message.id ? bytes : encodeMessage({ ...error, id: this.message.id });
				this.take(own);
				return;
			}
		} else {
			discard(response, this.link);
		}
		if (status === 404 && session !== undefined && !this.sessionless) {
			this.events.sessionLost();
			return;
		}
		if (this.message.method === 'initialize' && OTHER_TRANSPORT.has(status)) {
			if (await this.events.otherTransport(status)) {
				return;
			}
		}
		this.fail(statusText(status));
	}

	private take(bytes: Uint8Array): void {
		if (this.events.line(bytes, this.message.id) === this.message.id) {
			this.settle();
		}
	}

	/** The error that settles the request, unless it has its answer. */
	private fail(text: string): void {
		if (!this.answered && !this.abort.signal.aborted) {
			this.take(encodeMessage(errorResponse(this.message.id, RPC_INTERNAL_ERROR, text)));
		}
	}

	/** False when the call was stopped while it waited. */
	private async pause(ms: number): Promise<boolean> {
		const stopped = new OneShot<true>();
		const stop = () => stopped.fire(true);
		this.abort.signal.addEventListener('abort', stop, { once: true });
		await stopped.within(ms, this.link.clock);
		this.abort.signal.removeEventListener('abort', stop);
		return !this.abort.signal.aborted;
	}

	private stopIn(ms: number): void {
		this.timers.push(this.link.clock.schedule(ms, () => this.stop()));
	}
}
