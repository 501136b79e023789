import { type IncomingMessage } from 'node:http';
import { type RpcId } from '../../firewall/message';
import { bodyKind, discard, readEvents } from './httpBody';
import { type HttpLink } from './httpLink';
import { UPSTREAM_ACCEPT_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { reconnectDelay } from './reconnect';

/** What the stream tells its upstream. */
export interface ServerStreamEvents {
	line(bytes: Uint8Array): RpcId | undefined;
	/** A message over the cap: its first bytes. */
	oversize(head: Uint8Array): void;
	sessionLost(): void;
	log(text: string): void;
}

/** How one opening of the stream went. */
type Opening = 'over' | 'empty' | 'brought';

/**
 * The stream on which the server of a session speaks first (MCP 2025-11-25 transports#listening-for-messages-from-the-server).
 * Held open and opened again for as long as the session lasts; a server without one says 405.
 */
export class HttpServerStream {
	private lastEventId: string | undefined;
	private retryMs: number | undefined;
	private readonly asked = new OneShot<true>();

	constructor(
		private readonly link: HttpLink,
		private readonly events: ServerStreamEvents,
		private readonly signal: AbortSignal,
	) {}

	/** Resolves when the server has been asked for the stream, or cannot be. */
	get requested(): Promise<true> {
		return this.asked.promise;
	}

	/** Resolves when the stream is not opened again. Never rejects. */
	async hold(): Promise<void> {
		const stopped = new OneShot<true>();
		this.signal.addEventListener('abort', () => stopped.fire(true), { once: true });
		for (let empty = 1; !this.signal.aborted; empty++) {
			const went = await this.openOnce();
			this.asked.fire(true);
			if (went === 'over') {
				return;
			}
			empty = went === 'brought' ? 0 : empty;
			await stopped.within(reconnectDelay(this.retryMs, empty), this.link.clock);
		}
	}

	private async openOnce(): Promise<Opening> {
		const { lastEventId } = this;
		const outcome = await this.link.request({
			method: 'GET',
			headers: {
				accept: 'text/event-stream',
				...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
			},
			signal: this.signal,
			headMs: UPSTREAM_ACCEPT_MS,
			onSent: () => this.asked.fire(true),
		});
		if (!outcome.ok) {
			if (outcome.why === 'refused' || outcome.why === 'redirected' || outcome.why === 'untrusted') {
				this.events.log(`The stream of the server cannot be opened: ${outcome.text}`);
				return 'over';
			}
			return 'empty';
		}
		const { status, response, session } = outcome;
		if (status === 200 && bodyKind(response) === 'events') {
			return this.read(response);
		}
		discard(response, this.link);
		if (status === 404 && session !== undefined) {
			this.events.sessionLost();
		} else if (status !== 405 && status < 500) {
			this.events.log(`The server opens no stream of its own (HTTP ${String(status)}).`);
		}
		return status < 500 ? 'over' : 'empty';
	}

	private async read(response: IncomingMessage): Promise<Opening> {
		const state: { went: Opening } = { went: 'empty' };
		const { lastEventId } = await readEvents(
			response,
			this.link,
			{
				event: (data, type) => {
					state.went = 'brought';
					if (type === '' || type === 'message') {
						this.events.line(data);
					}
				},
				oversize: head => this.events.oversize(head),
				runaway: () => response.destroy(),
				retry: ms => (this.retryMs = ms),
			},
			false,
		);
		this.lastEventId = lastEventId ?? this.lastEventId;
		return state.went;
	}
}
