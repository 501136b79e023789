import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { undeclared } from '../domain/registry/undeclared';
import { aboveCeiling, crossing } from './ceiling';
import { type Draft, type Ending, refused } from './ending';
import { type WireMessage } from './message';
import { type Held, narrowMessage } from './narrowMessage';
import { type PathContext } from './pathContext';
import { redacted } from './redact';
import { heldRoots } from './toldRoots';

/** Reserved for the protocol itself (MCP 2025-11-25 basic#_meta). */
const PROTOCOL_KEY = /^io\.modelcontextprotocol\/[\w.-]{1,64}$/;
/** A trace's id alone (W3C Trace Context §3.2): its companions `tracestate` and `baggage` carry anything. */
const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Who a client is, as far as a server needs to know it. */
const CLIENT_INFO = new Set(['name', 'title', 'version']);
/** MCP 2025-11-25 basic/utilities/tasks: what a request may say of the task that it becomes. */
const TASK_MEMBERS = new Set(['ttl']);

/**
 * C4 for a request of the client to a reviewed server: the message without what the server has no need of. Undefined when its
 * schema is too large to tell; then nothing may cross. A server without an entry of the registry gets what the client says.
 */
export function narrowRequest(
	context: PathContext,
	entry: ServerEntry | undefined,
	message: WireMessage,
	draft: Draft,
): WireMessage | undefined {
	const { method, params } = message.value;
	if (entry === undefined || !isJsonObject(params)) {
		return message;
	}
	const arguments_ = heldArguments(entry, method, params);
	if (arguments_ === undefined) {
		return undefined;
	}
	const held: readonly Held[] = [
		...heldMeta(params, ['params']),
		...arguments_,
		...(isJsonObject(params.clientInfo)
			? heldMembers(params.clientInfo, ['params', 'clientInfo'], CLIENT_INFO)
			: []),
		...heldResponses(context, entry, params.inputResponses),
	];
	const narrowed = narrowMessage(message, held, draft);
	if (narrowed !== message) {
		draft.received = draft.digest ?? context.ports.digest(message.bytes);
		draft.digest = context.ports.digest(narrowed.bytes);
	}
	return narrowed;
}

/**
 * A request of the client as it may cross where no policy speaks of it: narrowed, redacted where the policy says so, and no more sensitive than the server's
 * ceiling; else the way out.
 */
export async function outbound(
	context: PathContext,
	entry: ServerEntry | undefined,
	message: WireMessage,
	draft: Draft,
): Promise<WireMessage | Ending> {
	const narrowed = narrowRequest(context, entry, message, draft);
	if (narrowed === undefined) {
		return refused('arguments_unjudgeable');
	}
	const sent = await redacted(context, entry, narrowed, 'params', draft);
	return (await aboveCeiling(context, entry, crossing(paramsOf(sent)), draft)) ?? sent;
}

/** The parameters of a request; empty where there are none. */
export function paramsOf({ value }: WireMessage): JsonObject {
	return isJsonObject(value.params) ? value.params : {};
}

/** The same for an answer of the client to a request of the server. */
export function narrowReply(
	context: PathContext,
	entry: ServerEntry | undefined,
	message: WireMessage,
	draft: Draft,
): WireMessage {
	const { result } = message.value;
	if (entry === undefined || !isJsonObject(result)) {
		return message;
	}
	const held = [...heldMeta(result, ['result']), ...heldRoots(context, entry, result, ['result'])];
	return narrowMessage(message, held, draft);
}

/** The same for a notification of the client. */
export function narrowNotification(entry: ServerEntry | undefined, message: WireMessage, draft: Draft): WireMessage {
	const { params } = message.value;
	return entry === undefined || !isJsonObject(params)
		? message
		: narrowMessage(message, heldMeta(params, ['params']), draft);
}

function heldArguments(
	entry: ServerEntry,
	method: JsonValue | undefined,
	params: JsonObject,
): readonly Held[] | undefined {
	const { name, task } = params;
	const given = isJsonObject(params.arguments) ? params.arguments : {};
	if (method === 'tools/call') {
		const pin = entry.tools.find(tool => tool.name === name);
		const outcome = undeclared(given, pin?.reviewed.inputSchema);
		return outcome.ok
			? [
					...outcome.paths.map(
						path => ({ path: ['params', 'arguments', ...path], why: 'undeclared' }) as const,
					),
					...(isJsonObject(task) ? heldMembers(task, ['params', 'task'], TASK_MEMBERS, 'undeclared') : []),
				]
			: undefined;
	}
	if (method === 'prompts/get') {
		const declared = entry.surface.prompts.find(prompt => prompt.key === name)?.reviewed.arguments;
		const names = (isJsonArray(declared) ? declared : []).map(each => (isJsonObject(each) ? each.name : undefined));
		const known = new Set(names.filter(each => typeof each === 'string'));
		return heldMembers(given, ['params', 'arguments'], known, 'undeclared');
	}
	return [];
}

function heldMembers(
	value: JsonObject,
	at: readonly string[],
	known: ReadonlySet<string>,
	why: Held['why'] = 'client-info',
): readonly Held[] {
	return Object.keys(value).flatMap(key => (known.has(key) ? [] : [{ path: [...at, key], why }]));
}

function heldMeta(holder: JsonObject, at: readonly string[]): readonly Held[] {
	const { _meta: meta } = holder;
	return isJsonObject(meta)
		? Object.entries(meta).flatMap(([key, value]) =>
				isNeeded(key, value) ? [] : [{ path: [...at, '_meta', key], why: 'meta' } as const],
			)
		: [];
}

function isNeeded(key: string, value: JsonValue | undefined): boolean {
	return (
		key === 'progressToken' ||
		PROTOCOL_KEY.test(key) ||
		(key === 'traceparent' && typeof value === 'string' && TRACE_PARENT.test(value))
	);
}

/** What a client answers within its next request (MCP 2026-07-28 basic/patterns/mrtr). */
function heldResponses(context: PathContext, entry: ServerEntry, responses: JsonValue | undefined): readonly Held[] {
	return isJsonObject(responses)
		? Object.entries(responses).flatMap(([key, response]) => {
				const at = ['params', 'inputResponses', key];
				return isJsonObject(response)
					? [...heldMeta(response, at), ...heldRoots(context, entry, response, at)]
					: [];
			})
		: [];
}
