import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { compileGuard, type CompiledGuard } from './compiledGuard';
import { type CallerExtra, readCredential, withCaller, withoutCredential } from './callerCredential';
import { evaluate } from './evaluateToolAccess';
import {
	type Gate,
	GatedTransport,
	type GateWay,
	type MessageInfo,
	type TransportLike,
	type WireMessage,
} from './gatedTransport';
import { type GuardConfig } from './guardConfig';
import { type GuardResult } from './guardResult';
import { ServerIdentity, type ServerIdentityOptions } from './serverIdentity';
import { type RegisterTool } from './toolTypes';

/** The part of the MCP SDK's `McpServer` that is needed. */
export interface McpServerLike {
	readonly server: { connect(transport: never): Promise<void> };
	connect(transport: never): Promise<void>;
	close(): Promise<void>;
	registerTool(name: string, config: never, handler: never): unknown;
}

/** What all tools of a server ask of who calls, and who the server is. */
export interface GuardedServerOptions extends Omit<GuardConfig, 'toolName'> {
	/** What the server discloses about itself; absent: nothing. */
	readonly identity?: ServerIdentity | ServerIdentityOptions;
}

/** An `McpServer` whose calls are guarded, whichever way its tools were registered. */
export interface GuardedServer<S extends McpServerLike> {
	/** The server that was given; its resources and prompts are registered there. */
	readonly mcp: S;
	readonly identity: ServerIdentity | undefined;
	/** As `McpServer.registerTool`, with what this tool asks beside the rest: `minTrustLevel`, `requireBadge`, `trustedIssuers` … */
	readonly registerTool: RegisterTool<ReturnType<S['registerTool']>>;
	connect(transport: TransportLike): Promise<void>;
	close(): Promise<void>;
}

/**
 * Guards an `McpServer` of the MCP SDK (RFC-006) and discloses its identity (RFC-007): in the `_meta` of `initialize` results,
 * with answers to challenges there and on `ping`. Every `tools/call` is decided before the SDK looks at it, so that tools that
 * were registered on the server itself are guarded by the options too, and calls that do not fit leave evidence. From here on
 * the server speaks through the guard only. Throws a GuardConfigError.
 *
 * ```ts
 * const server = guardedServer(new McpServer({ name: 'notes', version: '1.0.0' }), {
 * 	trustedIssuers: ['https://registry.capisc.io'],
 * 	identity: { privateKeyPem, renewBadge },
 * });
 * server.registerTool('write_note', { inputSchema: { text: z.string() }, minTrustLevel: 2 }, async ({ text }) => …);
 * await server.connect(new StdioServerTransport());
 * ```
 */
export function guardedServer<S extends McpServerLike>(mcp: S, options: GuardedServerOptions = {}): GuardedServer<S> {
	const { identity: given, ...config } = options;
	const identity = given === undefined || given instanceof ServerIdentity ? given : new ServerIdentity(given);
	const audience = config.audience ?? identity?.did;
	const base = compileGuard({ ...config, ...(audience !== undefined && { audience }) });
	const tools = new Map<string, CompiledGuard>();
	const connect = mcp.server.connect.bind(mcp.server) as (transport: unknown) => Promise<void>;
	// INVARIANT: also who connects the server by itself comes through the gate.
	mcp.server.connect = transport => connect(new GatedTransport(transport, new ServerGate(base, tools, identity)));
	return {
		...{ mcp, identity },
		registerTool: (name: string, toolConfig: object, handler: unknown) => {
			const { own, rest } = splitConfig(toolConfig);
			tools.set(name, compileGuard(own, process.env, base));
			return mcp.registerTool(name, rest as never, handler as never) as never;
		},
		connect: transport => mcp.connect(transport as never),
		close: () => mcp.close(),
	};
}

/** What one connection passes. */
class ServerGate implements Gate {
	/** What of our answers is to be added to, by the id of its request. */
	private readonly asked = new Map<
		string | number,
		{ readonly method: string; readonly meta: JsonValue | undefined }
	>();
	/** Calls that are being decided; false once cancelled. */
	private readonly deciding = new Map<string | number, boolean>();

	constructor(
		private readonly base: CompiledGuard,
		private readonly tools: ReadonlyMap<string, CompiledGuard>,
		private readonly identity: ServerIdentity | undefined,
	) {}

	incoming(message: WireMessage, info: MessageInfo | undefined, way: GateWay): void {
		const { id, method } = message;
		if (method === 'tools/call') {
			// One without id asks for no answer; nothing would say who was told that it ran.
			if (id !== undefined && id !== null) {
				this.call(message, id, info, way).catch(() => {
					this.deciding.delete(id);
					way.answer({
						jsonrpc: '2.0',
						id,
						error: { code: -32603, message: 'The call could not be decided.' },
					});
				});
			}
			return;
		}
		const params = isJsonObject(message.params) ? message.params : undefined;
		if (method === 'notifications/cancelled') {
			const cancelled = params?.requestId;
			if ((typeof cancelled === 'string' || typeof cancelled === 'number') && this.deciding.has(cancelled)) {
				this.deciding.set(cancelled, false);
				return;
			}
		}
		if (id !== undefined && id !== null && method !== undefined && DISCLOSING.has(method)) {
			// A client that lets its requests hang must not fill our memory.
			if (this.asked.size >= 1000) {
				this.asked.clear();
			}
			this.asked.set(id, { method, meta: params?._meta });
		}
		way.pass(message, info);
	}

	outgoing(message: WireMessage): WireMessage | Promise<WireMessage> {
		const { id } = message;
		const asked = id === undefined || id === null || message.method !== undefined ? undefined : this.asked.get(id);
		if (asked === undefined || id === undefined || id === null) {
			return message;
		}
		this.asked.delete(id);
		return isJsonObject(message.result) && this.identity !== undefined
			? this.disclose(message, message.result, asked, this.identity)
			: message;
	}

	private async disclose(
		message: WireMessage,
		result: JsonObject,
		asked: { readonly method: string; readonly meta: JsonValue | undefined },
		identity: ServerIdentity,
	): Promise<WireMessage> {
		const members = asked.method === 'ping' ? await identity.proofs(asked.meta) : await identity.meta(asked.meta);
		const own = Object.keys(members).length === 0 ? undefined : { ...objectOr(result._meta), ...members };
		return own === undefined ? message : { ...message, result: { ...result, _meta: own } };
	}

	private async call(
		message: WireMessage,
		id: string | number,
		info: MessageInfo | undefined,
		way: GateWay,
	): Promise<void> {
		const params = objectOr(message.params);
		const tool = typeof params.name === 'string' ? params.name : '';
		const extra: CallerExtra = { _meta: objectOr(params._meta), requestInfo: info?.requestInfo };
		const credential = readCredential(extra);
		this.deciding.set(id, true);
		const guard = this.tools.get(tool) ?? this.base;
		const { result, caller } = await evaluate(tool, params.arguments, { credential }, guard);
		const wanted = this.deciding.get(id) ?? false;
		this.deciding.delete(id);
		if (!wanted) {
			return;
		}
		if (result.decision !== 'ALLOW') {
			way.answer({ jsonrpc: '2.0', id, result: refusal(result) });
			return;
		}
		const { _meta, requestInfo } = withoutCredential(extra);
		const passed = { ...message, params: { ...params, ...(params._meta !== undefined && { _meta }) } };
		withCaller({ credential, caller }, () => way.pass(passed, info && { ...info, requestInfo }));
	}
}

const DISCLOSING: ReadonlySet<string> = new Set(['initialize', 'server/discover', 'ping']);

/** What the caller gets: the code and where to ask about it, and nothing about what would have sufficed. */
function refusal({ denyCode = 'UNSPECIFIED', evidenceId }: GuardResult): JsonObject {
	return {
		content: [{ type: 'text', text: `${denyCode} (evidence ${evidenceId})` }],
		isError: true,
		_meta: { capiscio_deny_reason: denyCode, capiscio_evidence_id: evidenceId },
	};
}

function objectOr(value: unknown): JsonObject {
	return isJsonObject(value) ? value : {};
}

const OWN: ReadonlySet<string> = new Set([
	...['minTrustLevel', 'requireBadge', 'trustedIssuers', 'acceptLevelZero', 'trustedKeys', 'allowedTools'],
	...['policyVersion', 'evidence', 'decisionService'],
]);

function splitConfig(config: object): { readonly own: GuardConfig; readonly rest: object } {
	const entries = Object.entries(config);
	return {
		own: Object.fromEntries(entries.filter(([key]) => OWN.has(key))),
		rest: Object.fromEntries(entries.filter(([key]) => !OWN.has(key))),
	};
}
