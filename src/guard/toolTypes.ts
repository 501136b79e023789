import { type CallerExtra } from './callerCredential';
import { type GuardConfig } from './guardConfig';

/** What a tool asks beside what its server does. */
export type ToolTrust = Pick<
	GuardConfig,
	| 'minTrustLevel'
	| 'requireBadge'
	| 'trustedIssuers'
	| 'acceptLevelZero'
	| 'trustedKeys'
	| 'allowedTools'
	| 'policyVersion'
	| 'evidence'
	| 'decisionService'
>;

/** What a schema of zod, in its 3rd or 4th edition, makes of what it is given. */
export type SchemaOutput<S> = S extends { readonly _zod: { readonly output: infer O } }
	? O
	: S extends { readonly _output: infer O }
		? O
		: unknown;

type MayBeAbsent<I> = { [K in keyof I]: undefined extends SchemaOutput<I[K]> ? K : never }[keyof I];

/** Arguments of a tool, from its `inputSchema`: a schema, or an object of schemas. */
export type ToolArguments<I> = I extends { readonly _zod: unknown } | { readonly _output: unknown }
	? SchemaOutput<I>
	: { [K in Exclude<keyof I, MayBeAbsent<I>>]: SchemaOutput<I[K]> } & {
			[K in MayBeAbsent<I>]?: SchemaOutput<I[K]>;
		};

/** What the MCP SDK hands to a tool beside its arguments; more is there, see `RequestHandlerExtra` there. */
export interface ToolExtra extends CallerExtra {
	readonly signal: AbortSignal;
	readonly requestId: string | number;
	readonly sessionId?: string;
	readonly authInfo?: unknown;
	sendNotification(notification: object): Promise<void>;
}

/** Result of a tool (MCP `CallToolResult`). */
export interface ToolResult {
	readonly content: readonly object[];
	readonly structuredContent?: Readonly<Record<string, unknown>>;
	readonly isError?: boolean;
	readonly _meta?: Readonly<Record<string, unknown>>;
}

/** Members of a tool's definition (MCP `Tool`). */
export interface ToolDefinition {
	readonly title?: string;
	readonly description?: string;
	readonly outputSchema?: object;
	readonly annotations?: object;
	readonly _meta?: Readonly<Record<string, unknown>>;
}

/** `McpServer.registerTool`, with what the tool asks of who calls it. `T`: what it returns there. */
export interface RegisterTool<T> {
	<I extends object>(
		name: string,
		config: ToolDefinition & ToolTrust & { readonly inputSchema: I },
		handler: (args: ToolArguments<I>, extra: ToolExtra) => ToolResult | Promise<ToolResult>,
	): T;
	(
		name: string,
		config: ToolDefinition & ToolTrust & { readonly inputSchema?: undefined },
		handler: (extra: ToolExtra) => ToolResult | Promise<ToolResult>,
	): T;
}
