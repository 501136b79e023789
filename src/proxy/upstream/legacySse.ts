import { FirewallError } from '../../base/errors';
import { urlOf } from '../../base/urlOf';
import { errorResponse, type RpcId, RPC_INTERNAL_ERROR } from '../../firewall/message';
import { encodeMessage } from '../relay/encode';
import { bodyKind, discard, readEvents } from './httpBody';
import { type HttpLink } from './httpLink';
import { type ServerStreamEvents } from './httpServerStream';
import { statusText } from './httpTrouble';
import { UPSTREAM_ACCEPT_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { TROUBLE } from './troubleWords';

/** What the transport tells its upstream. */
export type LegacySseEvents = Pick<ServerStreamEvents, 'line' | 'oversize'> & {
	/** The stream is over, and with it the session. */
	ended(): void;
};

/**
 * The transport of MCP 2024-11-05 (basic/transports#http-with-sse): one stream on which all answers come, and an address, told
 * by the server as its first event, to which messages are posted.
 */
export class LegacySse {
	private readonly endpoint = new OneShot<URL | 'elsewhere' | 'none'>();
	private over = false;

	constructor(
		private readonly link: HttpLink,
		private readonly events: LegacySseEvents,
		private readonly signal: AbortSignal,
	) {}

	/** Opens the stream; false when there is none. Rejects with `upstream-failed` when the stream cannot be used. */
	async open(): Promise<boolean> {
		const outcome = await this.link.request({
			method: 'GET',
			headers: { accept: 'text/event-stream' },
			signal: this.signal,
			headMs: UPSTREAM_ACCEPT_MS,
		});
		if (!outcome.ok) {
			return false;
		}
		const { status, response } = outcome;
		if (status !== 200 || bodyKind(response) !== 'events') {
			response.destroy();
			return false;
		}
		const over = readEvents(
			response,
			this.link,
			{
				event: (data, type) => this.take(data, type),
				oversize: this.events.oversize,
				runaway: () => response.destroy(),
				retry: () => {},
			},
			false,
		);
		void over.then(() => {
			this.over = true;
			this.endpoint.fire('none');
			this.events.ended();
		});
		await this.endpoint.within(UPSTREAM_ACCEPT_MS, this.link.clock);
		if (this.endpoint.value instanceof URL) {
			return true;
		}
		response.destroy();
		throw new FirewallError(
			'upstream-failed',
			this.endpoint.value === 'elsewhere' ? TROUBLE.otherOrigin : TROUBLE.noAddress,
		);
	}

	/** Posts one message. A request that cannot be delivered gets an error as its answer. Never rejects. */
	async send(bytes: Uint8Array, id: RpcId | undefined): Promise<void> {
		const url = this.endpoint.value;
		if (!(url instanceof URL)) {
			return;
		}
		if (this.over) {
			// It ended before anybody listened: no answer can come.
			this.events.ended();
			return;
		}
		const outcome = await this.link.request({
			method: 'POST',
			url,
			headers: { 'content-type': 'application/json', 'content-length': String(bytes.length) },
			body: bytes,
			signal: this.signal,
			headMs: UPSTREAM_ACCEPT_MS,
		});
		if (outcome.ok) {
			discard(outcome.response, this.link);
		}
		const text = !outcome.ok ? outcome.text : outcome.status >= 300 ? statusText(outcome.status) : undefined;
		if (text !== undefined && id !== undefined && !this.signal.aborted) {
			this.events.line(encodeMessage(errorResponse(id, RPC_INTERNAL_ERROR, text)));
		}
	}

	private take(data: Uint8Array, type: string): void {
		if (type === 'endpoint') {
			this.endpoint.fire(this.endpointOf(Buffer.from(data).toString('utf8').trim()));
		} else if (type === '' || type === 'message') {
			this.events.line(data);
		}
	}

	/** INVARIANT: credentials go to the origin that was named, whatever the server says. */
	private endpointOf(text: string): URL | 'elsewhere' {
		const { url } = this.link.target;
		const target = urlOf(text, url);
		return target?.origin === url.origin && target.username === '' && target.password === '' ? target : 'elsewhere';
	}
}
