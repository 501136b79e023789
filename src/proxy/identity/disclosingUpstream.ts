import { type Event } from '../../base/event';
import { isJsonObject, type JsonObject } from '../../base/json';
import { errorResponse, isRpcId, RPC_INTERNAL_ERROR, type RpcId } from '../../firewall/message';
import { isModern, metaOf } from '../../firewall/modern';
import { encodeMessage } from '../relay/encode';
import { readMessage } from '../relay/readMessage';
import { type StopGraces, type Upstream, type UpstreamListener } from '../upstream/upstream';
import { CALLER_BADGE_HEADER, CALLER_BADGE_KEY, givesCaller, sentId, withMeta } from './callerMeta';
import { type ProcessIdentity } from './processIdentity';

/** A badge of the caller. */
export interface CallerBadge {
	readonly token: string;
	readonly jti: string;
}

/** What the upstream of one process is watched with. */
export interface DisclosingOptions {
	readonly identity: ProcessIdentity;
	readonly transport: 'stdio' | 'http';
	/** The badge of the caller for a `tools/call` that leaves now; undefined where none may go with it. Never rejects. */
	readonly callerBadge: () => Promise<CallerBadge | undefined> | undefined;
	/** One goes with this message. */
	readonly attached: (sent: JsonObject, badge: CallerBadge) => void;
	/** True where this very process is verified now. */
	readonly verified: () => boolean;
	/** It is being started; from here on it counts. */
	readonly started: () => void;
	/** It is gone, or could not be started. */
	readonly ended: () => void;
}

/** What does nothing, and is asked while it is not known yet who answers. */
const HARMLESS: ReadonlySet<unknown> = new Set([
	...['initialize', 'server/discover', 'ping', 'tools/list', 'prompts/list', 'resources/list'],
	...['resources/templates/list', 'logging/setLevel', 'subscriptions/listen'],
]);

/** A process that sessions share knows a request by another id than its session: the one that leaves counts. */
function idOf(bytes: Uint8Array, asked: RpcId): RpcId {
	return sentId(bytes) ?? asked;
}

const IMPOSTOR = 'MCP Firewall: the identity of this server failed, so that the request was not passed on.';

/**
 * A real upstream, seen by who it is: its answers to `initialize` and `server/discover` are read for what they disclose, and
 * questions of ours go to it whose answers nobody else sees. Whatever else is said passes byte for byte, but for credentials of
 * the caller. INVARIANT: those a client gives by itself reach verified servers only.
 */
export class DisclosingUpstream implements Upstream {
	readonly onStderr: Event<string>;
	/** Set while a message waits for something; what comes behind it waits too. */
	private tail: Promise<unknown> | undefined;
	private listener: UpstreamListener | undefined;

	constructor(
		private readonly inner: Upstream,
		private readonly options: DisclosingOptions,
	) {
		this.onStderr = inner.onStderr;
	}

	async start(listener: UpstreamListener): Promise<void> {
		this.listener = listener;
		const { identity, started, ended } = this.options;
		started();
		try {
			await this.inner.start({
				...listener,
				line: (bytes, stream) => this.line(listener, bytes, stream),
				oversize: head => listener.oversize(head),
				oversizeEnd: head => listener.oversizeEnd(head),
				runaway: () => listener.runaway(),
				head: (id, headers) => identity.head(id, headers),
				end: end => {
					ended();
					listener.end(end);
				},
			});
		} catch (error) {
			ended();
			throw error;
		}
	}

	send(bytes: Uint8Array, value?: JsonObject): Promise<void> {
		if (value === undefined) {
			return this.behind(() => this.inner.send(bytes));
		}
		const { identity, callerBadge } = this.options;
		if (!isRpcId(value.id)) {
			return this.behind(() => this.pass(bytes, value, undefined));
		}
		if (value.method === 'initialize' || value.method === 'server/discover') {
			identity.watch(idOf(bytes, value.id));
		}
		if (value.method === 'initialize') {
			return this.ahead(() => this.hello(bytes, value));
		}
		if (!HARMLESS.has(value.method) && identity.principal.pending === true) {
			const id = idOf(bytes, value.id);
			return this.ahead(() => this.cleared(bytes, value, id));
		}
		const badge = value.method === 'tools/call' ? callerBadge() : undefined;
		return badge === undefined
			? this.behind(() => this.pass(bytes, value, undefined))
			: this.ahead(async () => this.pass(bytes, value, await badge));
	}

	pause(): void {
		this.inner.pause();
	}

	resume(): void {
		this.inner.resume();
	}

	stderrText(): string {
		return this.inner.stderrText();
	}

	async stop(graces?: StopGraces): Promise<void> {
		await this.inner.stop(graces);
	}

	/** In its turn. */
	private behind(run: () => Promise<void>): Promise<void> {
		return this.tail === undefined ? run() : this.ahead(run);
	}

	/** In its turn, and nothing overtakes it. */
	private ahead(run: () => Promise<void>): Promise<void> {
		const own = this.tail === undefined ? run() : this.tail.then(run);
		const settled = own
			.catch(() => undefined)
			.then(() => {
				if (this.tail === settled) {
					this.tail = undefined;
				}
			});
		this.tail = settled;
		return own;
	}

	private async hello(bytes: Uint8Array, value: JsonObject): Promise<void> {
		const add = await this.options.identity.helloMeta();
		const own = add === undefined && !givesCaller(value) ? bytes : withMeta(bytes, value, add ?? {});
		await this.inner.send(own, value);
	}

	/** INVARIANT: what was judged before this process was known reaches no impostor. */
	private async cleared(bytes: Uint8Array, value: JsonObject, id: RpcId): Promise<void> {
		const { identity, callerBadge } = this.options;
		this.begin(value);
		if (await identity.isCleared()) {
			const badge = value.method === 'tools/call' ? callerBadge() : undefined;
			return this.pass(bytes, value, await badge);
		}
		this.listener?.line(encodeMessage(errorResponse(id, RPC_INTERNAL_ERROR, IMPOSTOR)));
	}

	private async pass(bytes: Uint8Array, value: JsonObject, given: CallerBadge | undefined): Promise<void> {
		const { transport, verified, attached } = this.options;
		// It may be somebody else by now: whoever keeps the badges took a while.
		const badge = given !== undefined && verified() ? given.token : undefined;
		if (given !== undefined && badge !== undefined) {
			attached(value, given);
		}
		const add = badge !== undefined && transport === 'stdio' ? { [CALLER_BADGE_KEY]: badge } : {};
		const headers = badge !== undefined && transport === 'http' ? { [CALLER_BADGE_HEADER]: badge } : undefined;
		const rewrite = Object.keys(add).length > 0 || (givesCaller(value) && (badge !== undefined || !verified()));
		await this.inner.send(rewrite ? withMeta(bytes, value, add) : bytes, value, headers);
		this.begin(value);
	}

	/** Asks it who it is, once the client has greeted it. */
	private begin(value: JsonObject): void {
		const { identity } = this.options;
		const params = isJsonObject(value.params) ? value.params : {};
		if (isModern(params)) {
			identity.begin(metaOf(params));
		} else if (value.method !== 'ping' && value.method !== 'notifications/cancelled' && identity.greeted) {
			identity.begin(undefined);
		}
	}

	private line(listener: UpstreamListener, bytes: Uint8Array, stream: RpcId | undefined): RpcId | undefined {
		const { identity } = this.options;
		const own = identity.take(bytes);
		if (own !== undefined) {
			return own;
		}
		if (identity.greeted) {
			return listener.line(bytes, stream);
		}
		const read = readMessage(bytes, 'lenient');
		const answered = listener.line(bytes, stream);
		const ids = read.ok ? (read.shape.kind === 'response' ? [read.shape.id] : []) : read.answers;
		const result = read.ok ? read.message.value.result : undefined;
		ids.forEach(id => identity.answered(id, isJsonObject(result) ? result : undefined));
		return answered;
	}
}
