import { type Clock } from '../base/clock';
import { FirewallError } from '../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { readTools, type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type ServerSurface } from '../domain/registry/surface';
import { errorResponse, type RpcId, RPC_METHOD_NOT_FOUND } from '../firewall/message';
import { encodeMessage, requestMessage } from './relay/encode';
import {
	INSPECT_DEADLINE_MS,
	MAX_INSPECT_PAGES,
	MAX_INSPECT_ROUNDS,
	MAX_INSPECT_TOOLS,
	MAX_QUOTED_CHARS,
} from './limits';
import { OneShot } from './relay/oneShot';
import { quote } from './relay/quote';
import { readMessage } from './relay/readMessage';
import { openUpstream, type UpstreamLaunch } from './upstream/openUpstream';
import { type Upstream } from './upstream/upstream';

/** How a server is asked. */
export interface InspectOptions {
	readonly clock: Clock;
	/** The name under which we introduce ourselves. */
	readonly clientInfo: { readonly name: string; readonly version: string };
	/** For the whole inspection; `INSPECT_DEADLINE_MS` when absent. */
	readonly deadlineMs?: number;
	readonly onStderr?: (line: string) => void;
}

/** What VS Code offers (spec/editor.md §5): a server that lists tools by capability must list the same ones to us. */
const EDITOR_CAPABILITIES: JsonObject = {
	roots: { listChanged: true },
	sampling: {},
	elicitation: { form: {}, url: {} },
	tasks: { list: {}, cancel: {}, requests: { sampling: { createMessage: {} }, elicitation: { create: {} } } },
};

type Reply =
	{ readonly kind: 'result'; readonly result: JsonValue } | { readonly kind: 'failed'; readonly why: string };

/**
 * Starts a server, reads its tools and stops it, for review before it is registered. Throws `upstream-failed` with
 * the end of the server's own log, `deadline-exceeded`, or `aborted`.
 */
export async function listTools(
	launch: UpstreamLaunch,
	options: InspectOptions,
	signal: AbortSignal,
): Promise<ServerSurface> {
	const upstream = openUpstream(launch, options.clock);
	upstream.onStderr(line => options.onStderr?.(line));
	const inspection = new Inspection(upstream);
	const deadlineMs = options.deadlineMs ?? INSPECT_DEADLINE_MS;
	const abort = () => inspection.fail('aborted', 'The inspection was cancelled.');
	const timer = options.clock.schedule(deadlineMs, () =>
		inspection.fail(
			'deadline-exceeded',
			`The server did not list its tools within ${String(deadlineMs / 1000)} s.`,
		),
	);
	signal.addEventListener('abort', abort, { once: true });
	try {
		if (signal.aborted) {
			abort();
		}
		return await inspection.run(options.clientInfo);
	} finally {
		timer.dispose();
		signal.removeEventListener('abort', abort);
		await upstream.stop();
	}
}

/** A minimal client of one server, for one purpose. */
class Inspection {
	private readonly waiting = new Map<RpcId, OneShot<Reply>>();
	private failure: FirewallError | undefined;
	private listChanges = 0;
	private count = 0;

	constructor(private readonly upstream: Upstream) {}

	/** Ends the inspection; what is waited for fails. */
	fail(code: 'aborted' | 'deadline-exceeded' | 'upstream-failed', message: string): void {
		this.failure ??= new FirewallError(code, message);
		for (const reply of this.waiting.values()) {
			reply.fire({ kind: 'failed', why: message });
		}
	}

	async run(clientInfo: { readonly name: string; readonly version: string }): Promise<ServerSurface> {
		await this.upstream.start({
			line: bytes => this.take(bytes),
			oversize: () => this.fail('upstream-failed', 'The server sent a message over the size limit.'),
			oversizeEnd: () => {},
			runaway: () => {},
			end: () => this.fail('upstream-failed', this.endText()),
		});
		const hello = await this.request('initialize', {
			protocolVersion: '2025-11-25',
			capabilities: EDITOR_CAPABILITIES,
			clientInfo,
		});
		await this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
		const tools = await this.settledTools();
		return {
			serverInfo: serverInfoOf(hello.serverInfo),
			protocolVersion: typeof hello.protocolVersion === 'string' ? hello.protocolVersion : '',
			tools,
			prompts: [],
			resourceTemplates: [],
			...(typeof hello.instructions === 'string' && { instructions: hello.instructions }),
		};
	}

	/** Servers may add tools right after `initialized`; a list that changed while it was read is read again. */
	private async settledTools(): Promise<readonly ToolDescriptor[]> {
		let tools: readonly ToolDescriptor[] = [];
		for (let round = 0; round < MAX_INSPECT_ROUNDS; round++) {
			const before = this.listChanges;
			tools = await this.allTools();
			await this.request('ping', {});
			if (this.listChanges === before) {
				break;
			}
		}
		return tools;
	}

	private async allTools(): Promise<readonly ToolDescriptor[]> {
		const tools: ToolDescriptor[] = [];
		let cursor: JsonValue | undefined;
		for (let page = 0; page < MAX_INSPECT_PAGES; page++) {
			const result = await this.request('tools/list', cursor === undefined ? {} : { cursor });
			tools.push(...readTools(result));
			cursor = result.nextCursor;
			if (cursor === undefined || cursor === null) {
				return tools;
			}
			if (tools.length > MAX_INSPECT_TOOLS) {
				break;
			}
		}
		throw new FirewallError('upstream-failed', 'The server lists more tools than can be reviewed.');
	}

	private async request(method: string, params: JsonObject): Promise<JsonObject> {
		const id = ++this.count;
		const reply = new OneShot<Reply>();
		this.waiting.set(id, reply);
		try {
			this.throwIfFailed();
			await this.send(requestMessage(id, method, params));
			const answer = await reply.promise;
			if (answer.kind === 'result') {
				return isJsonObject(answer.result) ? answer.result : {};
			}
			// An end that followed the answer says less than the answer.
			if (this.failure?.message === answer.why) {
				throw this.failure;
			}
			throw new FirewallError('upstream-failed', `The server refused ${method}: ${quote(answer.why)}`);
		} finally {
			this.waiting.delete(id);
		}
	}

	private endText(): string {
		const log = this.upstream.stderrText().trim();
		return log === ''
			? 'The server ended.'
			: `The server ended. Its log ends with: ${quote(log.slice(-MAX_QUOTED_CHARS))}`;
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
				this.listChanges += shape.method === 'notifications/tools/list_changed' ? 1 : 0;
				return undefined;
			case 'request':
				void this.send(this.answerTo(shape.id, shape.method)).catch(() => {});
				return undefined;
			case 'response': {
				const { error, result } = message.value;
				const why = isJsonObject(error) && typeof error.message === 'string' ? error.message : 'no result';
				this.waiting
					.get(shape.id)
					?.fire(result === undefined ? { kind: 'failed', why } : { kind: 'result', result });
				return shape.id;
			}
		}
	}

	/** Nothing of the person's is given away before the server is reviewed. */
	private answerTo(id: RpcId, method: string): JsonObject {
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

	private async send(value: JsonObject): Promise<void> {
		await this.upstream.send(encodeMessage(value), value.method === undefined ? undefined : value);
	}
}

function serverInfoOf(value: JsonValue | undefined): ServerSurface['serverInfo'] {
	const text = (part: JsonValue | undefined) => (typeof part === 'string' ? part : '');
	return isJsonObject(value) ? { name: text(value.name), version: text(value.version) } : { name: '', version: '' };
}
