import { type Event } from '../../base/event';
import { isJsonObject, type JsonObject } from '../../base/json';
import { isRpcId, type RpcId } from '../../firewall/message';
import { isModern, metaOf } from '../../firewall/modern';
import { readMessage } from '../relay/readMessage';
import { type StopGraces, type Upstream, type UpstreamListener } from '../upstream/upstream';
import { CALLER_BADGE_HEADER, CALLER_BADGE_KEY, givesCaller, withMeta } from './callerMeta';
import { type ProcessIdentity } from './processIdentity';

/** What the upstream of one process is watched with. */
export interface DisclosingOptions {
	readonly identity: ProcessIdentity;
	readonly transport: 'stdio' | 'http';
	/** The badge of the caller for a `tools/call` that leaves now; undefined where none may go with it. Never rejects. */
	readonly callerBadge: () => Promise<string | undefined> | undefined;
	/** True where this very process is verified now. */
	readonly verified: () => boolean;
	/** It is being started; from here on it counts. */
	readonly started: () => void;
	/** It is gone, or could not be started. */
	readonly ended: () => void;
}

/**
 * A real upstream, seen by who it is: its answers to `initialize` and `server/discover` are read for what they disclose, and
 * questions of ours go to it whose answers nobody else sees. Whatever else is said passes byte for byte, but for credentials of
 * the caller. INVARIANT: those a client gives by itself reach verified servers only.
 */
export class DisclosingUpstream implements Upstream {
	readonly onStderr: Event<string>;
	/** Set while a message waits for something; what comes behind it waits too. */
	private tail: Promise<unknown> | undefined;

	constructor(
		private readonly inner: Upstream,
		private readonly options: DisclosingOptions,
	) {
		this.onStderr = inner.onStderr;
	}

	async start(listener: UpstreamListener): Promise<void> {
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
		const id = isRpcId(value.id) ? value.id : undefined;
		if (value.method === 'initialize' && id !== undefined) {
			this.options.identity.watch(id);
			return this.ahead(() => this.hello(bytes, value));
		}
		if (value.method === 'server/discover' && id !== undefined) {
			this.options.identity.watch(id);
		}
		const badge = value.method === 'tools/call' && id !== undefined ? this.options.callerBadge() : undefined;
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

	private async pass(bytes: Uint8Array, value: JsonObject, badge: string | undefined): Promise<void> {
		const { identity, transport, verified } = this.options;
		const add = badge !== undefined && transport === 'stdio' ? { [CALLER_BADGE_KEY]: badge } : {};
		const headers = badge !== undefined && transport === 'http' ? { [CALLER_BADGE_HEADER]: badge } : undefined;
		const rewrite = Object.keys(add).length > 0 || (givesCaller(value) && (badge !== undefined || !verified()));
		await this.inner.send(rewrite ? withMeta(bytes, value, add) : bytes, value, headers);
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
