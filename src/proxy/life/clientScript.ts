import { digestJson } from '../../base/digest';
import { isJsonArray, isJsonObject, type JsonObject } from '../../base/json';
import { withoutIdentity } from '../../domain/identity/disclosure';
import { isRpcId, type RpcId } from '../../firewall/message';

/** The `initialize` of a session. */
export interface Hello {
	readonly id: RpcId;
	readonly bytes: Uint8Array;
	readonly params: JsonObject;
}

/** What was said in a session so far, as far as a process that takes over needs it. */
export type Said = Readonly<Pick<ClientScript, 'hello' | 'initialized' | 'level' | 'welcome' | 'tools'>>;

/**
 * What a client said that a process which takes over in the middle of a session has to hear, what it was told and counts
 * on, and whether something is lost that nobody but the client could say again.
 */
export class ClientScript {
	hello: Hello | undefined;
	/** `notifications/initialized`, once it was sent. */
	initialized: Uint8Array | undefined;
	/** The parameters of the last `logging/setLevel`. */
	level: JsonObject | undefined;
	/** The result of `initialize` that the client has. */
	welcome: JsonObject | undefined;
	/** Digest of the result of `tools/list` that the client has. */
	tools: string | undefined;
	/** Subscriptions, tasks, a list in pages: a new process would not know of them. */
	stateful = false;

	/** Notes a message on its way to the server. */
	note(bytes: Uint8Array, value: JsonObject): void {
		const params = isJsonObject(value.params) ? value.params : {};
		const method = typeof value.method === 'string' ? value.method : '';
		switch (method) {
			case 'initialize':
				if (isRpcId(value.id)) {
					this.hello ??= { id: value.id, bytes, params };
				}
				return;
			case 'notifications/initialized':
				this.initialized ??= bytes;
				return;
			case 'logging/setLevel':
				this.level = params;
				return;
			case 'tools/list':
				this.stateful ||= params.cursor !== undefined;
				return;
			case 'resources/subscribe':
			case 'subscriptions/listen':
				this.stateful = true;
				return;
			default:
				this.stateful ||= params.task !== undefined;
		}
	}

	/**
	 * The client has got this list. One in pages, or one that has no canonical form, is not remembered; then the session
	 * cannot go on with another process.
	 */
	told(result: JsonObject): void {
		const more = result.nextCursor !== undefined && result.nextCursor !== null;
		this.tools = more ? undefined : listDigest(result);
		this.stateful ||= this.tools === undefined;
	}

	/** What a process that takes over now has to hear and say. */
	snapshot(): Said {
		const { hello, initialized, level, welcome, tools } = this;
		return { hello, initialized, level, welcome, tools };
	}

	/** True when a new process can take over. */
	get canGoOn(): boolean {
		return this.hello !== undefined && this.welcome !== undefined && !this.stateful;
	}
}

/** Digest of a result of `tools/list`, whatever the order of the tools; undefined for what has no canonical form. */
export function listDigest(result: JsonObject): string | undefined {
	try {
		const { tools, ...rest } = withoutIdentity(result);
		return digestJson({ ...rest, tools: isJsonArray(tools) ? tools.map(digestJson).sort() : (tools ?? null) });
	} catch {
		return undefined;
	}
}

/** True for a `tools/list` that asks for the first page. */
export function asksForTools(value: JsonObject): boolean {
	const cursor = isJsonObject(value.params) ? value.params.cursor : undefined;
	return value.method === 'tools/list' && cursor === undefined;
}
