import { type IncomingMessage } from 'node:http';
import { type Clock } from '../../base/clock';
import { errorText, FirewallError } from '../../base/errors';
import { Emitter, type Event } from '../../base/event';
import { isJsonObject, type JsonObject } from '../../base/json';
import { errorResponse, isRpcId, type RpcId, RPC_INTERNAL_ERROR } from '../../firewall/message';
import { encodeMessage } from '../relay/encode';
import { discard } from './httpBody';
import { HttpCall } from './httpCall';
import { HttpLink } from './httpLink';
import { HttpServerStream } from './httpServerStream';
import { checkTarget, type HttpTarget } from './httpTarget';
import { LegacySse } from './legacySse';
import { LAST_WORD_MS, MAX_SESSION_ID_CHARS, MAX_UPSTREAM_CALLS, UPSTREAM_ACCEPT_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { readMessage } from '../relay/readMessage';
import { GENTLE_STOP, type StopGraces, type Upstream, type UpstreamEnd, type UpstreamListener } from './upstream';
import { isSessionless, UpstreamHeaders } from './upstreamHeaders';
import { type UpstreamSignIn } from './upstreamSignIn';
import { TROUBLE } from './troubleWords';

interface OutgoingCall {
	readonly bytes: Uint8Array;
	readonly value: JsonObject;
	readonly id: RpcId;
	readonly extra: Readonly<Record<string, string>> | undefined;
}

/**
 * An MCP server that is reached by URL: Streamable HTTP with sessions (MCP 2025-11-25) or without (2026-07-28), or HTTP+SSE of
 * 2024-11-05 where the server knows nothing newer. A session that the server has lost ends this upstream: what it knew of the
 * client, subscriptions and roots is gone, so the client itself has to initialise anew (transports#session-management).
 */
export class HttpUpstream implements Upstream {
	private readonly log = new Emitter<string>();
	private readonly calls = new Map<RpcId, HttpCall>();
	private readonly abort = new AbortController();
	private readonly ended = new OneShot<UpstreamEnd>();
	private readonly headers = new UpstreamHeaders();
	private readonly link: HttpLink;
	private listener: UpstreamListener | undefined;
	private legacy: LegacySse | undefined;
	private streaming = false;
	private stopping: Promise<void> | undefined;
	private last = '';

	/** One plain sentence for each trouble that no request tells. */
	readonly onStderr: Event<string> = this.log.event;

	/** Throws `config-invalid` for an address or header that cannot be used. */
	constructor(target: HttpTarget, clock: Clock, signIn?: UpstreamSignIn) {
		this.link = new HttpLink(checkTarget(target), clock, signIn);
	}

	/** Nothing is sent before the first message. */
	start(listener: UpstreamListener): Promise<void> {
		if (this.stopping !== undefined) {
			return Promise.reject(new FirewallError('upstream-failed', 'Stopped before it was started.'));
		}
		this.listener = listener;
		void this.ended.promise.then(end => listener.end(end));
		return Promise.resolve();
	}

	async send(bytes: Uint8Array, value?: JsonObject, extra?: Readonly<Record<string, string>>): Promise<void> {
		if (this.over) {
			throw new FirewallError('upstream-failed', 'The session with the server is over.');
		}
		const id = value !== undefined && isRpcId(value.id) ? value.id : undefined;
		if (this.legacy !== undefined) {
			return this.legacy.send(bytes, id);
		}
		if (value === undefined || id === undefined) {
			return this.cancels(value) ? undefined : this.note(bytes, value);
		}
		const before = this.calls.get(id);
		if (before?.settled === true) {
			before.stop();
		} else if (before !== undefined || this.calls.size >= MAX_UPSTREAM_CALLS) {
			this.fail(id, TROUBLE.tooMany.text);
			return;
		}
		await this.call({ bytes, value, id, extra });
	}

	pause(): void {
		this.link.flow.pause();
	}

	resume(): void {
		this.link.flow.resume();
	}

	stderrText(): string {
		return this.last;
	}

	stop(graces: StopGraces = GENTLE_STOP): Promise<void> {
		this.stopping ??= this.shutDown(graces);
		return this.stopping;
	}

	private get over(): boolean {
		return this.stopping !== undefined || this.ended.value !== undefined;
	}

	private async call({ bytes, value, id, extra }: OutgoingCall): Promise<void> {
		const method = typeof value.method === 'string' ? value.method : '';
		const headers = isSessionless(value) ? this.headers.of(value) : undefined;
		const call = new HttpCall({ id, method, bytes, headers, extra }, this.link, {
			line: line => {
				if (method === 'initialize' || (headers !== undefined && method === 'tools/list')) {
					this.learn(method, id, line);
				}
				return this.line(line, id);
			},
			runaway: () => {},
			accepted: response => {
				this.listener?.head?.(id, response.rawHeaders);
				if (method === 'initialize') {
					this.openSession(response, id);
				}
			},
			sessionLost: () => this.sessionLost(),
			otherTransport: () => this.speakLegacy(bytes, id),
		});
		this.calls.set(id, call);
		void call.run().finally(() => {
			if (this.calls.get(id) === call) {
				this.calls.delete(id);
			}
			if (method === 'initialize' && this.link.revision === undefined && this.legacy === undefined) {
				this.finish({ stopped: false });
			}
		});
		await call.sent;
	}

	/** What belongs to no answer: a notification, or a response. Resolves when the server has taken it; never rejects. */
	private async note(bytes: Uint8Array, value: JsonObject | undefined): Promise<void> {
		const headers = value !== undefined && isSessionless(value) ? this.headers.of(value) : undefined;
		const outcome = await this.link.post(bytes, headers, {
			signal: this.abort.signal,
			sessionless: headers !== undefined,
			headMs: UPSTREAM_ACCEPT_MS,
		});
		if (!outcome.ok) {
			this.tell(`A message was not delivered: ${outcome.text}`);
			return;
		}
		discard(outcome.response, this.link);
		if (outcome.status === 404 && outcome.session !== undefined) {
			this.sessionLost();
		} else if (outcome.status >= 300) {
			this.tell(`A message was not taken: HTTP ${String(outcome.status)}.`);
		}
		if (value?.method === 'notifications/initialized' && headers === undefined) {
			// What the server says because of the next message must find the stream there.
			await this.openServerStream();
		}
	}

	/** A cancellation reaches the call; true when that is all it takes. */
	private cancels(value: JsonObject | undefined): boolean {
		if (value?.method !== 'notifications/cancelled' || !isJsonObject(value.params)) {
			return false;
		}
		const { requestId } = value.params;
		const call = isRpcId(requestId) ? this.calls.get(requestId) : undefined;
		call?.cancel();
		return call?.sessionless ?? false;
	}

	private openSession(response: IncomingMessage, id: RpcId): void {
		const session = response.headers['mcp-session-id'];
		if (session === undefined) {
			return;
		}
		// 2025-11-25 transports#session-management: visible ASCII only.
		if (typeof session === 'string' && session.length <= MAX_SESSION_ID_CHARS && /^[\x21-\x7e]+$/.test(session)) {
			this.link.session = session;
		} else {
			this.fail(id, TROUBLE.session.text);
		}
	}

	private learn(method: string, id: RpcId, line: Uint8Array): void {
		const read = readMessage(line, 'lenient');
		if (!read.ok || read.shape.kind !== 'response' || read.shape.id !== id) {
			return;
		}
		const { result } = read.message.value;
		if (method === 'tools/list') {
			this.headers.learn(result);
		} else if (isJsonObject(result)) {
			const revision = result.protocolVersion;
			this.link.revision =
				typeof revision === 'string' && /^[\w.-]{1,64}$/.test(revision) ? revision : '2025-03-26';
		}
	}

	private async openServerStream(): Promise<void> {
		if (this.streaming || this.over || this.link.revision === undefined) {
			return;
		}
		this.streaming = true;
		const events = {
			line: (bytes: Uint8Array) => this.line(bytes),
			oversize: (head: Uint8Array) => this.listener?.oversizeEnd(head),
			sessionLost: () => this.sessionLost(),
			log: (text: string) => this.tell(text),
		};
		const stream = new HttpServerStream(this.link, events, this.abort.signal);
		void stream.hold();
		await stream.requested;
	}

	/** 2025-11-25 transports#backwards-compatibility: the first POST was refused, so a stream is asked for. */
	private async speakLegacy(bytes: Uint8Array, id: RpcId): Promise<boolean> {
		const legacy = new LegacySse(
			this.link,
			{
				line: line => this.line(line),
				oversize: head => this.listener?.oversizeEnd(head),
				ended: () => this.legacy === legacy && this.finish({ stopped: false }),
			},
			this.abort.signal,
		);
		try {
			if (!(await legacy.open())) {
				return false;
			}
		} catch (error) {
			this.fail(id, errorText(error));
			return true;
		}
		this.legacy = legacy;
		await legacy.send(bytes, id);
		return true;
	}

	private sessionLost(): void {
		this.link.session = undefined;
		this.tell('The server has lost the session; the client has to start a new one.');
		this.finish({ stopped: false });
	}

	private line(bytes: Uint8Array, stream?: RpcId): RpcId | undefined {
		const answered = this.ended.value === undefined ? this.listener?.line(bytes, stream) : undefined;
		if (answered !== undefined) {
			this.calls.get(answered)?.settle();
		}
		return answered;
	}

	private fail(id: RpcId, text: string): void {
		this.line(encodeMessage(errorResponse(id, RPC_INTERNAL_ERROR, text)), id);
	}

	private tell(text: string): void {
		this.last = text;
		this.log.fire(text);
	}

	/** Everything that is open is closed; the listener hears of it once. */
	private finish(end: UpstreamEnd): void {
		this.ended.fire(end);
		this.abort.abort();
		this.calls.forEach(call => call.stop());
		this.link.dispose();
	}

	private async shutDown(graces: StopGraces): Promise<void> {
		if (this.ended.value !== undefined) {
			return;
		}
		if (this.link.session !== undefined && this.listener !== undefined) {
			await this.sayGoodbye(Math.max(graces.afterClose, LAST_WORD_MS));
		}
		this.finish({ stopped: true });
	}

	/** 2025-11-25 transports#session-management: a session that is not needed any more SHOULD be deleted. */
	private async sayGoodbye(ms: number): Promise<void> {
		const outcome = await this.link.request({
			method: 'DELETE',
			headers: {},
			signal: this.abort.signal,
			headMs: ms,
		});
		if (outcome.ok) {
			outcome.response.destroy();
		}
	}
}
