import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { isRpcId, RPC_INVALID_REQUEST, type RpcId } from '../../firewall/message';
import { META_LOG_LEVEL, META_SUBSCRIPTION, metaOf } from '../../firewall/modern';
import { type Entrance } from './closedDoor';
import { cancelledMessage, encodeMessage, isToken } from '../relay/encode';
import { STATELESS_IDLE_MS } from '../limits';
import { LISTEN, type Reply } from '../relay/openRequest';
import { readMessage, type ReadableMessage } from '../relay/readMessage';
import { type ClientPort } from '../relay/clientPort';
import { type Relay } from '../relay/relay';
import { type StopGraces } from '../upstream/upstream';

/** A request that has a place in a session: nothing else may use its id or its token meanwhile. */
interface Place {
	readonly id: RpcId;
	readonly token: string | number | undefined;
	readonly method: string;
	/** The client wants log messages of it. */
	readonly logs: boolean;
	over: boolean;
}

/**
 * One process of a server that serves requests of a revision without sessions (MCP 2026-07-28), of whatever clients came by
 * the same entrance. INVARIANT: what a client gets is the answer to its own request and what belongs to that: ids and progress
 * tokens are unique among the requests that the server may still speak of, and what cannot be told to belong to one request
 * is given to nobody.
 */
export class StatelessSession implements ClientPort {
	private readonly places = new Map<string, Place>();
	private relay: Relay | undefined;
	private openPosts = 0;
	private idle: Disposable | undefined;
	/** It has answered something: it speaks this revision. */
	private answered = false;
	private ended = false;
	private retired = false;
	/** Revision of the review that it began under; set when it is started. */
	revision: number | undefined;
	/** Monotonic milliseconds of the last sign of life. */
	lastUsed: number;

	constructor(
		readonly id: string,
		readonly serverId: string,
		readonly entrance: Entrance,
		private readonly clock: Clock,
		/** Called when nobody has asked it anything for a while. */
		private readonly onIdle: () => void,
	) {
		this.lastUsed = clock.monotonic();
	}

	/** Resolves when its upstream runs; rejects with `upstream-failed`. Set once, at once. */
	starting: Promise<unknown> = Promise.resolve();

	/** The relay and the session need each other; called once, before the upstream is started. */
	attach(relay: Relay): void {
		this.relay = relay;
	}

	/** True while a client waits for something. */
	get busy(): boolean {
		return this.openPosts > 0;
	}

	/** True once it takes no more requests. */
	get closed(): boolean {
		return this.ended || this.retired;
	}

	/** It takes no new requests from now on, and ends once nothing is in flight any more. */
	retire(): void {
		this.retired = true;
		if (this.openPosts === 0 && !this.ended) {
			this.onIdle();
		}
	}

	/** The input schema of a tool, where it is known. Attacker-controlled. */
	schemaOf(tool: string): JsonObject | undefined {
		return this.relay?.schemaOf(tool);
	}

	/**
	 * Takes a place for a request, at once, so that of two that come together only one has it. False when another request has
	 * its id or its progress token, or had it and the server has not said its last word about that one.
	 */
	reserve({ shape }: ReadableMessage): boolean {
		if (this.closed) {
			return false;
		}
		if (shape.kind !== 'request') {
			return true;
		}
		this.forget();
		const meta = metaOf(shape.params);
		const token = isToken(meta.progressToken) ? meta.progressToken : undefined;
		const taken = [...this.places.values()].some(
			place => same(place.id, shape.id) || (token !== undefined && same(place.token, token)),
		);
		if (!taken) {
			const logs = meta[META_LOG_LEVEL] !== undefined;
			this.places.set(keyOf(shape.id), { id: shape.id, token, method: shape.method, logs, over: false });
			this.idle?.dispose();
			this.openPosts++;
		}
		return !taken;
	}

	/**
	 * Carries a message that has its place; resolves when it is dealt with. `left` aborts when its client goes away. Rejects
	 * with `upstream-failed` when the upstream cannot be started.
	 */
	async post(read: ReadableMessage, reply: Reply, left: AbortSignal): Promise<void> {
		const id = read.shape.kind === 'request' ? read.shape.id : undefined;
		// MCP 2026-07-28 streamable-http#cancellation: a closed response stream is the cancellation.
		const cancel = () => {
			if (id !== undefined) {
				const value = cancelledMessage(id, 'the client closed its stream');
				void this.relay?.fromClient(readMessage(encodeMessage(value), 'strict'), NOBODY);
			}
		};
		try {
			await this.starting;
			if (left.aborted) {
				return;
			}
			left.addEventListener('abort', cancel, { once: true });
			await this.relay?.fromClient(read, this.watched(reply));
		} finally {
			left.removeEventListener('abort', cancel);
			this.done(id, left.aborted);
		}
	}

	/** Notes a message that was refused before it got here, so that the trail has it. */
	note(why: string, id: RpcId | undefined): void {
		const refused = { ok: false, code: RPC_INVALID_REQUEST, why, id, answers: [] } as const;
		void this.relay?.fromClient(refused, NOBODY);
	}

	/** The one open request that a message of the server can belong to. */
	readonly ownerOf = (value: JsonObject): RpcId | undefined => {
		const params = isJsonObject(value.params) ? value.params : {};
		const subscription = metaOf(params)[META_SUBSCRIPTION];
		if (subscription !== undefined) {
			return this.only(({ id, method }) => method === LISTEN && same(id, subscription));
		}
		if (value.method === 'notifications/progress') {
			return this.only(({ token }) => same(token, params.progressToken));
		}
		return value.method === 'notifications/message' ? this.only(({ logs }) => logs) : undefined;
	};

	/** There is no stream beside those of the requests. */
	send(): Promise<boolean> {
		return Promise.resolve(false);
	}

	/** Each POST waits for its own answer; there is no common input to stop. */
	pressure(): void {}

	/** Ends it. Requests in flight get their refusal first. */
	async close(graces?: StopGraces): Promise<void> {
		this.ended = true;
		this.idle?.dispose();
		await this.relay?.close(graces);
	}

	private watched(reply: Reply): Reply {
		return {
			answer: (bytes, value) => {
				this.answered ||= value?.result !== undefined;
				return reply.answer(bytes, value);
			},
			none: () => reply.none(),
			related: bytes => reply.related(bytes),
		};
	}

	/** The single place that fits; a request that is over but not answered by the server still counts, and then nobody gets it. */
	private only(fits: (place: Place) => boolean): RpcId | undefined {
		this.forget();
		const [first, ...others] = [...this.places.values()].filter(fits);
		return others.length > 0 || first?.over !== false ? undefined : first.id;
	}

	private done(id: RpcId | undefined, left: boolean): void {
		this.lastUsed = this.clock.monotonic();
		if (id === undefined) {
			return;
		}
		const place = this.places.get(keyOf(id));
		if (place !== undefined) {
			place.over = true;
		}
		this.openPosts--;
		this.forget();
		if (this.openPosts === 0 && !this.ended) {
			// One that only ever refused does not speak this revision, or does not run: there is nothing to keep. A client that
			// left before the answer says nothing of the server.
			const keep = (this.answered || left) && !this.retired;
			this.idle = this.clock.schedule(keep ? STATELESS_IDLE_MS : 0, () => this.onIdle());
		}
	}

	private forget(): void {
		for (const [key, place] of this.places) {
			if (place.over && this.relay?.awaits(place.id) !== true) {
				this.places.delete(key);
			}
		}
	}
}

/** `1` and `"1"` are two ids to us, but not to every server. */
function keyOf(id: RpcId): string {
	return String(id);
}

function same(left: RpcId | undefined, right: JsonValue | undefined): boolean {
	return left !== undefined && isRpcId(right) ? keyOf(left) === keyOf(right) : false;
}

const NOBODY: Reply = { answer: () => Promise.resolve(), none: () => {}, related: () => Promise.resolve(false) };
