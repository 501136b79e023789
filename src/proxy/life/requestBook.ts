import { isJsonObject, type JsonObject } from '../../base/json';
import { type RpcId } from '../../firewall/message';
import { type Splice, spanOf, splice, textAt } from './jsonSplice';

/** A message for one session, with its own ids. `to` is absent when the session has gone. */
export interface Addressed<V> {
	readonly to: V | undefined;
	readonly bytes: Uint8Array;
	readonly method: string;
	/** The id that the session knows the request by. */
	readonly id: RpcId;
}

interface Sent<V> {
	view: V | undefined;
	readonly id: RpcId;
	readonly idText: string;
	readonly method: string;
	readonly token: string | undefined;
	readonly tokenText: string;
}

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const ID = ['id'];
const TOKEN = ['params', '_meta', 'progressToken'];

/**
 * Requests of several sessions under ids that differ. Ids and progress tokens get names of ours, spliced into the original
 * bytes, and are put back, as they were written, into whatever belongs to the request.
 */
export class RequestBook<V> {
	private readonly sent = new Map<RpcId, Sent<V>>();
	private readonly tokens = new Map<RpcId, Sent<V>>();
	private count = 0;

	/** An id that no session's request has. */
	nextId(): number {
		return ++this.count;
	}

	/** Enters a request; returns what is sent in its place. */
	enter(view: V, bytes: Uint8Array, method: string, id: RpcId): Uint8Array {
		const [idSpan, tokenSpan] = [spanOf(bytes, ID), spanOf(bytes, TOKEN)];
		const own = this.nextId();
		const token = tokenSpan && `mcp-firewall-${String(own)}`;
		const tokenText = tokenSpan === undefined ? '' : textAt(bytes, tokenSpan);
		const idText = idSpan === undefined ? JSON.stringify(id) : textAt(bytes, idSpan);
		const entry: Sent<V> = { view, id, idText, method, token, tokenText };
		this.sent.set(own, entry);
		const changes: Splice[] = idSpan === undefined ? [] : [{ span: idSpan, text: String(own) }];
		if (tokenSpan !== undefined && token !== undefined) {
			this.tokens.set(token, entry);
			changes.push({ span: tokenSpan, text: JSON.stringify(token) });
		}
		return splice(bytes, changes);
	}

	/** True while a request waits under this id of ours. */
	has(own: RpcId): boolean {
		return this.sent.has(own);
	}

	/** The answer to a request, which is settled by it; undefined when there is no such request. */
	answer(own: RpcId, bytes: Uint8Array): Addressed<V> | undefined {
		const entry = this.sent.get(own);
		if (entry === undefined) {
			return undefined;
		}
		this.sent.delete(own);
		if (entry.token !== undefined) {
			this.tokens.delete(entry.token);
		}
		return addressed(entry, bytes, ID, entry.idText);
	}

	/** A note that names a request by progress token or subscription id; undefined when it names none that waits. */
	note(bytes: Uint8Array, params: JsonObject): Addressed<V> | undefined {
		const { progressToken } = params;
		if (typeof progressToken === 'string') {
			const entry = this.tokens.get(progressToken);
			return entry && addressed(entry, bytes, ['params', 'progressToken'], entry.tokenText);
		}
		const own = isJsonObject(params._meta) ? params._meta[SUBSCRIPTION] : undefined;
		const entry = typeof own === 'number' ? this.sent.get(own) : undefined;
		return entry && addressed(entry, bytes, ['params', '_meta', SUBSCRIPTION], entry.idText);
	}

	/** A cancellation of a session's own request; undefined when it has none with that id. */
	cancel(view: V, bytes: Uint8Array, id: unknown): Uint8Array | undefined {
		const own = [...this.sent].find(([, entry]) => entry.view === view && entry.id === id)?.[0];
		const span = spanOf(bytes, ['params', 'requestId']);
		return own === undefined || span === undefined ? undefined : splice(bytes, [{ span, text: String(own) }]);
	}

	/** A session has gone. Its answers are for nobody; returns the ids of ours that may be cancelled. */
	leave(view: V): readonly RpcId[] {
		const own: RpcId[] = [];
		for (const [id, entry] of this.sent) {
			if (entry.view === view) {
				entry.view = undefined;
				if (entry.method !== 'initialize') {
					own.push(id);
				}
			}
		}
		return own;
	}

	/** The session that waits for something, when it is the only one. */
	onlyBusy(): V | undefined {
		const busy = new Set<V>();
		for (const { view } of this.sent.values()) {
			if (view !== undefined) {
				busy.add(view);
			}
		}
		return busy.size === 1 ? [...busy][0] : undefined;
	}

	clear(): void {
		this.sent.clear();
		this.tokens.clear();
	}
}

function addressed<V>(entry: Sent<V>, bytes: Uint8Array, path: readonly string[], text: string): Addressed<V> {
	const span = spanOf(bytes, path);
	const told = span === undefined ? bytes : splice(bytes, [{ span, text }]);
	return { to: entry.view, bytes: told, method: entry.method, id: entry.id };
}
