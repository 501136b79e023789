import { FirewallError } from '../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { type Phrase, phrase } from '../base/phrase';
import { errorResponse, type RpcId, RPC_METHOD_NOT_FOUND } from '../firewall/message';
import { MAX_QUOTED_CHARS } from './limits';
import { encodeMessage, requestMessage } from './relay/encode';
import { OneShot } from './relay/oneShot';
import { quote } from './relay/quote';
import { readMessage } from './relay/readMessage';
import { TROUBLE, troublePhrase } from './upstream/troubleWords';
import { type Upstream } from './upstream/upstream';

type Reply =
	| { readonly kind: 'result'; readonly result: JsonValue }
	| { readonly kind: 'failed'; readonly why: string; readonly code?: number };

/** Notifications that make a list another one. */
const LIST_CHANGES: readonly string[] = ['tools', 'prompts', 'resources'].map(of => `notifications/${of}/list_changed`);

/** A minimal client of one server, for one purpose. Nothing of the person's is given away. */
export class Inspection {
	private readonly waiting = new Map<RpcId, OneShot<Reply>>();
	private failure: FirewallError | undefined;
	private changes = 0;
	private count = 0;

	constructor(private readonly upstream: Upstream) {}

	/** How often the server has said that a list of it changed. */
	get listChanges(): number {
		return this.changes;
	}

	/** Starts the server. Rejects with `upstream-failed`. */
	async start(): Promise<void> {
		await this.upstream.start({
			line: bytes => this.take(bytes),
			oversize: () => this.fail('upstream-failed', TROUBLE.tooLarge),
			oversizeEnd: () => {},
			runaway: () => {},
			end: () => this.fail('upstream-failed', this.endText()),
		});
	}

	/** Ends the inspection; what is waited for fails. */
	fail(code: 'aborted' | 'deadline-exceeded' | 'upstream-failed', message: Phrase): void {
		const failure = new FirewallError(code, message);
		this.failure ??= failure;
		for (const reply of this.waiting.values()) {
			reply.fire({ kind: 'failed', why: failure.message });
		}
	}

	/** The result of a request. Rejects with `upstream-failed` when the server refuses it, or as {@link fail} says. */
	async request(method: string, params: JsonObject): Promise<JsonObject> {
		return resultOf(method, await this.ask(method, params));
	}

	/** The same, undefined for a method that the server does not have. */
	async requestIfKnown(method: string, params: JsonObject): Promise<JsonObject | undefined> {
		const answer = await this.ask(method, params);
		return answer.kind === 'failed' && answer.code === RPC_METHOD_NOT_FOUND ? undefined : resultOf(method, answer);
	}

	/** Sends a message that nobody answers. */
	async send(value: JsonObject): Promise<void> {
		await this.upstream.send(encodeMessage(value), value.method === undefined ? undefined : value);
	}

	private async ask(method: string, params: JsonObject): Promise<Reply> {
		const id = ++this.count;
		const reply = new OneShot<Reply>();
		this.waiting.set(id, reply);
		try {
			this.throwIfFailed();
			await this.send(requestMessage(id, method, params));
			const answer = await reply.promise;
			// An end that followed the answer says less than the answer.
			if (answer.kind === 'failed' && this.failure?.message === answer.why) {
				throw this.failure;
			}
			return answer;
		} finally {
			this.waiting.delete(id);
		}
	}

	private endText(): Phrase {
		const log = this.upstream.stderrText().trim();
		return log === ''
			? phrase('The server ended.')
			: phrase('The server ended. Its log ends with: {0}', quote(log.slice(-MAX_QUOTED_CHARS)));
	}

	private throwIfFailed(): void {
		if (this.failure !== undefined) {
			throw this.failure;
		}
	}

	private take(bytes: Uint8Array): RpcId | undefined {
		const read = readMessage(bytes, 'lenient');
		if (!read.ok) {
			return undefined;
		}
		const { shape, message } = read;
		switch (shape.kind) {
			case 'notification':
				this.changes += LIST_CHANGES.includes(shape.method) ? 1 : 0;
				return undefined;
			case 'request':
				void this.send(answerTo(shape.id, shape.method)).catch(() => {});
				return undefined;
			case 'response':
				this.waiting.get(shape.id)?.fire(replyOf(message.value));
				return shape.id;
		}
	}
}

function resultOf(method: string, answer: Reply): JsonObject {
	if (answer.kind === 'failed') {
		throw new FirewallError('upstream-failed', phrase('The server refused {0}: {1}', method, quoted(answer.why)));
	}
	return isJsonObject(answer.result) ? answer.result : {};
}

/** Data in quotes; what our own end of an HTTP connection says stands in them as a phrase. */
function quoted(why: string): Phrase | string {
	const ours = troublePhrase(why);
	return ours === undefined ? quote(why) : { text: '"{0}"', args: [ours] };
}

function replyOf({ error, result }: JsonObject): Reply {
	if (result !== undefined) {
		return { kind: 'result', result };
	}
	const why = isJsonObject(error) && typeof error.message === 'string' ? error.message : 'no result';
	const code = isJsonObject(error) && typeof error.code === 'number' ? { code: error.code } : {};
	return { kind: 'failed', why, ...code };
}

/** Nothing of the person's is given away before the server is reviewed. */
function answerTo(id: RpcId, method: string): JsonObject {
	switch (method) {
		case 'ping':
			return { jsonrpc: '2.0', id, result: {} };
		case 'roots/list':
			return { jsonrpc: '2.0', id, result: { roots: [] } };
		case 'elicitation/create':
			return { jsonrpc: '2.0', id, result: { action: 'decline' } };
		default:
			return errorResponse(id, RPC_METHOD_NOT_FOUND, 'not available before this server is reviewed');
	}
}
