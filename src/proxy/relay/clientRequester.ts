import { type IdSource } from '../../base/clock';
import { type JsonObject, type JsonValue } from '../../base/json';
import { type RpcId, type WireMessage } from '../../firewall/message';
import { cancelledMessage, encodeMessage, requestMessage } from './encode';
import { OneShot } from './oneShot';

/** What came of a request that the proxy itself sent to the client. The result is attacker-controlled. */
export type ClientReply =
	| { readonly kind: 'result'; readonly result: JsonValue }
	| { readonly kind: 'failed'; readonly why: 'error' | 'aborted' | 'unreachable' };

/**
 * Requests of the proxy's own to the client of one session, such as an elicitation. Their ids begin with a random
 * token that the server never sees, so no request of the server can collide with them.
 */
export class ClientRequester {
	private readonly waiting = new Map<RpcId, OneShot<ClientReply>>();
	private readonly prefix: string;
	private count = 0;
	private offered: JsonObject | undefined;

	constructor(
		ids: IdSource,
		private readonly send: (bytes: Uint8Array, value: JsonObject) => Promise<boolean>,
	) {
		this.prefix = `mcp-firewall-${ids.token()}-`;
	}

	/** What the client offered in `initialize`; undefined before. Attacker-controlled. */
	get capabilities(): JsonObject | undefined {
		return this.offered;
	}

	/** Called by the relay with the capabilities of the client's `initialize`. */
	learn(capabilities: JsonObject): void {
		this.offered ??= capabilities;
	}

	/**
	 * Sends a request and waits until it is answered, cannot be sent, or `signal` aborts; the caller brings the
	 * deadline.
	 */
	async request(method: string, params: JsonObject, signal: AbortSignal): Promise<ClientReply> {
		const id = `${this.prefix}${String(++this.count)}`;
		const reply = new OneShot<ClientReply>();
		const abort = () => reply.fire({ kind: 'failed', why: 'aborted' });
		if (signal.aborted) {
			return { kind: 'failed', why: 'aborted' };
		}
		signal.addEventListener('abort', abort, { once: true });
		this.waiting.set(id, reply);
		try {
			const value = requestMessage(id, method, params);
			void this.send(encodeMessage(value), value).then(
				sent => sent || reply.fire({ kind: 'failed', why: 'unreachable' }),
			);
			const result = await reply.promise;
			if (result.kind === 'failed' && result.why === 'aborted') {
				const cancelled = cancelledMessage(id, 'no longer needed');
				await this.send(encodeMessage(cancelled), cancelled);
			}
			return result;
		} finally {
			this.waiting.delete(id);
			signal.removeEventListener('abort', abort);
		}
	}

	/** Takes a response of the client if it answers one of our requests. Late ones are taken and dropped. */
	accept(id: RpcId, message: WireMessage): boolean {
		if (typeof id !== 'string' || !id.startsWith(this.prefix)) {
			return false;
		}
		const { result } = message.value;
		this.waiting
			.get(id)
			?.fire(result === undefined ? { kind: 'failed', why: 'error' } : { kind: 'result', result });
		return true;
	}

	/** The client is gone. */
	close(): void {
		for (const reply of this.waiting.values()) {
			reply.fire({ kind: 'failed', why: 'unreachable' });
		}
	}
}
