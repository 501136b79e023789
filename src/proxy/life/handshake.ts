import { type Clock, type IdSource } from '../../base/clock';
import { FirewallError } from '../../base/errors';
import { isJsonObject, type JsonObject } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { withoutIdentity } from '../../domain/identity/disclosure';
import { type RpcId } from '../../firewall/message';
import { listDigest, type Said } from './clientScript';
import { encodeMessage, requestMessage } from '../relay/encode';
import { LIST_AGAIN_MS, LIST_ROUNDS, REQUEST_DEADLINE_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { readMessage } from '../relay/readMessage';
import { type Upstream } from '../upstream/upstream';

type Outcome = { readonly result: JsonObject } | { readonly problem: FirewallError };

/**
 * Brings a process that takes over in the middle of a session to where the client is: the client's own `initialize` and
 * `notifications/initialized`, byte for byte and in order, its log level, and a `tools/list` of ours. What it answers must
 * be what the client has; the client sees none of it.
 */
export class Handshake {
	private readonly awaited = new Map<RpcId, OneShot<Outcome>>();
	private readonly gone = new OneShot<true>();
	private problem: FirewallError | undefined;

	constructor(
		private readonly upstream: Upstream,
		private readonly said: Said,
		private readonly clock: Clock,
		private readonly ids: IdSource,
	) {}

	/** Rejects with `upstream-failed` (it ended or does not answer) or `message-invalid` (it answers otherwise than before). */
	async run(): Promise<void> {
		const { hello, welcome, initialized, level, tools } = this.said;
		if (hello === undefined) {
			throw new FirewallError('upstream-failed', 'The session has not begun.');
		}
		const answer = await this.ask(hello.id, hello.bytes);
		if (welcome === undefined || !sameJson(withoutIdentity(answer), withoutIdentity(welcome))) {
			throw new FirewallError('message-invalid', 'The server does not introduce itself as it did before.');
		}
		if (initialized !== undefined) {
			await this.upstream.send(initialized, { jsonrpc: '2.0', method: 'notifications/initialized' });
		}
		if (level !== undefined) {
			// Whatever it says to that, it said it to the client before.
			await this.request('logging/setLevel', level).catch(() => {
				this.throwIfFailed();
			});
		}
		if (tools !== undefined) {
			await this.list(tools);
		}
	}

	/** Takes a line of the server; true when it answers a request of ours, and then nobody else may see it. */
	take(bytes: Uint8Array): boolean {
		const read = readMessage(bytes, 'lenient');
		if (!read.ok) {
			const known = read.answers.filter(id => this.awaited.has(id));
			known.forEach(id => this.settle(id, undefined));
			return known.length > 0;
		}
		if (read.shape.kind !== 'response' || !this.awaited.has(read.shape.id)) {
			return false;
		}
		const { result } = read.message.value;
		this.settle(read.shape.id, isJsonObject(result) ? result : undefined);
		return true;
	}

	/** The process is gone, or is not wanted any more. */
	fail(why: string): void {
		this.problem ??= new FirewallError('upstream-failed', why);
		this.gone.fire(true);
		for (const answer of this.awaited.values()) {
			answer.fire({ problem: this.problem });
		}
	}

	/** Some servers add tools a moment after `notifications/initialized`. */
	private async list(tools: string): Promise<void> {
		for (let round = 0; !sameList(await this.request('tools/list', {}), tools); round++) {
			if (round === LIST_ROUNDS) {
				throw new FirewallError('message-invalid', 'The server does not list the tools that it listed before.');
			}
			await this.gone.within(LIST_AGAIN_MS, this.clock);
		}
	}

	private throwIfFailed(): void {
		if (this.problem !== undefined) {
			throw this.problem;
		}
	}

	private settle(id: RpcId, result: JsonObject | undefined): void {
		const problem = new FirewallError('message-invalid', 'The server refuses what it took before.');
		this.awaited.get(id)?.fire(result === undefined ? { problem } : { result });
	}

	/** An id that no client can have chosen. */
	private request(method: string, params: JsonObject): Promise<JsonObject> {
		const id = `mcp-firewall-${this.ids.token()}`;
		const value = requestMessage(id, method, params);
		return this.ask(id, encodeMessage(value), value);
	}

	private async ask(id: RpcId, bytes: Uint8Array, value?: JsonObject): Promise<JsonObject> {
		this.throwIfFailed();
		const answer = new OneShot<Outcome>();
		this.awaited.set(id, answer);
		const late = { problem: new FirewallError('upstream-failed', 'The server does not answer after its start.') };
		const timer = this.clock.schedule(REQUEST_DEADLINE_MS, () => answer.fire(late));
		try {
			const { params } = this.said.hello ?? {};
			await this.upstream.send(bytes, value ?? requestMessage(id, 'initialize', params ?? {}));
			const outcome = await answer.promise;
			if ('problem' in outcome) {
				throw outcome.problem;
			}
			return outcome.result;
		} finally {
			timer.dispose();
			this.awaited.delete(id);
		}
	}
}

function sameList(listed: JsonObject, digest: string): boolean {
	return listDigest(listed) === digest;
}
