import { pathToFileURL } from 'node:url';
import { type Clock, type IdSource } from '../../base/clock';
import { FirewallError } from '../../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { silentLogger } from '../../base/logger';
import { phrase } from '../../base/phrase';
import { readTools, type ToolDescriptor } from '../../domain/registry/toolDescriptor';
import {
	errorResponse,
	RPC_INTERNAL_ERROR,
	RPC_METHOD_NOT_FOUND,
	type RpcId,
	type WireMessage,
} from '../../firewall/message';
import { type Answer, type Forward, type Passage, type SessionPath } from '../../firewall/ports';
import { MAX_INSPECT_PAGES, MAX_INSPECT_ITEMS, PROBE_CALL_MS } from '../limits';
import { encodeMessage, requestMessage } from '../relay/encode';
import { readMessage } from '../relay/readMessage';
import { Relay } from '../relay/relay';
import { type Upstream } from '../upstream/upstream';

/** How one call of a probe ended. */
export type CallOutcome = 'answered' | 'tool-error' | 'failed';

/**
 * A client of one server for the time of a probe, over the relay that all clients go through. No policy and no approval lies
 * between, because a person chose each call; what the server asks of its client is declined, but for the folder of the probe.
 */
export class ProbeSession {
	private readonly relay: Relay;
	private count = 0;

	constructor(
		upstream: Upstream,
		private readonly parts: {
			readonly clock: Clock;
			readonly ids: IdSource;
			readonly clientInfo: { readonly name: string; readonly version: string };
			/** Absolute; the only root that the server is told of. */
			readonly folder: string;
		},
	) {
		const { clock, ids, folder } = parts;
		this.relay = new Relay({
			client: { send: () => Promise.resolve(true), pressure: () => {} },
			upstream,
			openPath: () => new ProbePath(folder),
			...{ clock, ids, logger: silentLogger, deadlineMs: PROBE_CALL_MS },
		});
	}

	/** Starts the server and lists its tools. Throws `upstream-failed` or `aborted`. */
	async open(): Promise<readonly ToolDescriptor[]> {
		await this.relay.start();
		const hello = await this.request('initialize', {
			protocolVersion: '2025-11-25',
			capabilities: { roots: {} },
			clientInfo: this.parts.clientInfo,
		});
		if (hello.result === undefined) {
			throw new FirewallError('upstream-failed', phrase('The server did not start a session.'));
		}
		await this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
		return this.tools();
	}

	/** Makes one call. Never rejects. */
	async call(tool: string, args: JsonObject): Promise<CallOutcome> {
		try {
			const { result } = await this.request('tools/call', { name: tool, arguments: args });
			return result === undefined
				? 'failed'
				: isJsonObject(result) && result.isError === true
					? 'tool-error'
					: 'answered';
		} catch {
			return 'failed';
		}
	}

	/** Ends the session and the server. Never rejects. */
	close(): Promise<void> {
		return this.relay.close();
	}

	private async tools(): Promise<readonly ToolDescriptor[]> {
		const tools: ToolDescriptor[] = [];
		let cursor: JsonValue | undefined;
		for (let page = 0; page < MAX_INSPECT_PAGES && tools.length < MAX_INSPECT_ITEMS; page++) {
			const { result } = await this.request('tools/list', cursor === undefined ? {} : { cursor });
			const list = isJsonObject(result) ? result : {};
			tools.push(...readTools(list));
			cursor = list.nextCursor;
			if (cursor === undefined || cursor === null) {
				break;
			}
		}
		return tools;
	}

	private async request(method: string, params: JsonObject): Promise<JsonObject> {
		const answer = await this.send(requestMessage(++this.count, method, params));
		if (answer === undefined) {
			throw new FirewallError('aborted', 'The probe ended without an answer.');
		}
		return answer;
	}

	private async send(message: JsonObject): Promise<JsonObject | undefined> {
		let answer: Uint8Array | undefined;
		await this.relay.fromClient(readMessage(encodeMessage(message), 'strict'), {
			answer: bytes => {
				answer = bytes;
				return Promise.resolve();
			},
			none: () => {},
			related: () => Promise.resolve(true),
		});
		const value = answer && (JSON.parse(new TextDecoder().decode(answer)) as unknown);
		return isJsonObject(value) ? value : undefined;
	}
}

/** The path of a probe: what the person chose passes, what the server asks for is declined. */
class ProbePath implements SessionPath {
	readonly id = 'probe';

	constructor(private readonly folder: string) {}

	async clientRequest(message: WireMessage, forward: Forward, signal: AbortSignal): Promise<Answer> {
		const outcome = await forward(signal);
		return outcome.kind === 'answered'
			? { kind: 'original', message: outcome.message }
			: {
					kind: 'rewritten',
					value: errorResponse(message.value.id as RpcId, RPC_INTERNAL_ERROR, `no answer: ${outcome.why}`),
				};
	}

	serverRequest(message: WireMessage): Promise<Answer> {
		const id = message.value.id as RpcId;
		return Promise.resolve({ kind: 'rewritten', value: this.answerTo(id, message.value.method) });
	}

	clientNotification(): Promise<Passage> {
		return Promise.resolve({ kind: 'pass' });
	}

	serverNotification(): Promise<Passage> {
		return Promise.resolve({ kind: 'drop' });
	}

	noteMalformed(): Promise<void> {
		return Promise.resolve();
	}

	dispose(): void {}

	private answerTo(id: RpcId, method: JsonValue | undefined): JsonObject {
		if (method === 'ping') {
			return { jsonrpc: '2.0', id, result: {} };
		}
		if (method === 'roots/list') {
			return { jsonrpc: '2.0', id, result: { roots: [{ uri: pathToFileURL(this.folder).href, name: 'probe' }] } };
		}
		return method === 'elicitation/create'
			? { jsonrpc: '2.0', id, result: { action: 'decline' } }
			: errorResponse(id, RPC_METHOD_NOT_FOUND, 'not available in a probe');
	}
}
