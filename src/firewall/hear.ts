import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { withoutIdentity } from '../domain/identity/disclosure';
import { type Draft, type Ending, isSuspect } from './ending';
import { withoutState } from './inputRequired';
import { type WireMessage } from './message';
import { markOf, type PathContext } from './pathContext';
import { type ForwardOutcome } from './ports';

/** Answers that say what there is or how a thing goes on, and hold no data that a model asked for. */
const NAMES: ReadonlySet<string> = new Set([
	'initialize',
	'server/discover',
	'subscriptions/listen',
	'ping',
	'logging/setLevel',
	'tools/list',
	'prompts/list',
	'resources/list',
	'resources/templates/list',
	'resources/subscribe',
	'resources/unsubscribe',
	'completion/complete',
	'tasks/get',
	'tasks/list',
	'tasks/cancel',
	'tasks/update',
]);

/** True for an answer with data that somebody asked for, not with what there is or how a thing goes on. */
export function bringsData(method: string, result: JsonValue | undefined): boolean {
	return !NAMES.has(method) || (method === 'tasks/get' && isJsonObject(result) && holdsOutcome(result));
}

function holdsOutcome(task: JsonObject): boolean {
	return task.result !== undefined || task.error !== undefined;
}

/**
 * Lets the window's memory hear an answer of the server that no verdict stands behind: labels and bytes count whatever
 * method brought them. The result of a task is recorded under its call's capability. Returns the ending as it is.
 */
export function hear(
	context: PathContext,
	request: { readonly method: string; readonly params?: JsonObject },
	outcome: ForwardOutcome,
	ending: Ending,
	draft: Draft,
): Ending {
	if (outcome.kind !== 'answered') {
		return ending;
	}
	const { memory, ports, server } = context;
	const { value, bytes } = outcome.message;
	const { method, params } = request;
	const result = isJsonObject(value.result) ? heardOf(method, value.result) : value.result;
	// `tasks/get` brings the result itself where tasks are an extension (SEP-2663).
	const brings =
		method === 'tasks/result' || (method === 'tasks/get' && isJsonObject(result) && holdsOutcome(result));
	const taskId = brings && typeof params?.taskId === 'string' ? params.taskId : undefined;
	const task = taskId === undefined ? undefined : memory.taskOf(server.name, taskId);
	if (task !== undefined) {
		draft.capability = task.capability;
	}
	memory.heard(
		{
			server: server.name,
			method,
			gives: NAMES.has(method) && !brings ? 'names' : 'data',
			...(taskId !== undefined && { taskId }),
		},
		ports.host(),
		{
			value: value.error ?? result,
			bytes: bytes.length,
			// What could not be screened is withheld, and trusted as little.
			instructionShaped: isSuspect(ending, draft),
		},
		markOf(context, draft),
	);
	return ending;
}

/** A result without what the firewall itself asked for or reads: a server's badge is no secret that somebody read. */
function heardOf(method: string, result: JsonObject): JsonObject {
	const plain = withoutState(result);
	return method === 'initialize' || method === 'server/discover' ? withoutIdentity(plain) : plain;
}

/** The same for a task that the server tells of by itself, where it brings the result along (SEP-2663). */
export function hearTask(
	{ memory, ports, server }: PathContext,
	params: JsonObject,
	message: WireMessage,
	instructionShaped: boolean,
	draft: Draft,
): void {
	const { taskId } = params;
	memory.heard(
		{
			server: server.name,
			method: 'notifications/tasks',
			gives: holdsOutcome(params) ? 'data' : 'names',
			...(typeof taskId === 'string' && { taskId }),
		},
		ports.host(),
		{ value: params, bytes: message.bytes.length, instructionShaped },
		markOf({ ports }, draft),
	);
}
