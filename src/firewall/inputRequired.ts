import { deepFreeze, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { foldedKey } from './foldedKey';

/** Longest map of requests in one answer; no form for a person has so many. */
const MAX_REQUESTS = 32;

/** What an answer asks of the client before it can be completed (MCP 2026-07-28 basic/patterns/mrtr). Attacker-controlled. */
export interface InputRequired {
	readonly requests: readonly { readonly key: string; readonly method: string; readonly params: JsonObject }[];
	/** Opaque; goes back to the server as it is. */
	readonly state: string | undefined;
	/** The answer says that this is all that it is; of others the client gets a result as well. */
	readonly only: boolean;
}

const MEMBERS: ReadonlyMap<string, string> = new Map([
	['inputrequests', 'inputRequests'],
	['requeststate', 'requestState'],
	['resulttype', 'resultType'],
]);

/** True for an answer that asks for something, or that some client could read as if it did. */
export function asksForInput(result: JsonValue | undefined): result is JsonObject {
	return (
		isJsonObject(result) &&
		(result.resultType === 'input_required' ||
			result.status === 'input_required' ||
			Object.keys(result).some(key => {
				const member = MEMBERS.get(foldedKey(key));
				return member !== undefined && (member !== key || key === 'inputRequests');
			}))
	);
}

/** Reads what an answer asks for; undefined when it cannot be read for sure. Whatever stands in it is to be decided. */
export function readInputRequired(result: JsonObject): InputRequired | undefined {
	const { inputRequests = {}, requestState } = result;
	const lookAlike = Object.keys(result).some(key => (MEMBERS.get(foldedKey(key)) ?? key) !== key);
	if (
		lookAlike ||
		!isJsonObject(inputRequests) ||
		!(requestState === undefined || typeof requestState === 'string')
	) {
		return undefined;
	}
	const entries: readonly [string, JsonValue | undefined][] = Object.entries(inputRequests);
	const requests = entries.flatMap(([key, request]) => {
		const params = isJsonObject(request) ? (request.params ?? {}) : undefined;
		// What is decided is all that there is: a `Method` beside the `method` would be the request to some client.
		return isRequest(request) && isJsonObject(params) ? [{ key, method: request.method, params }] : [];
	});
	return requests.length === entries.length && entries.length <= MAX_REQUESTS
		? { requests, state: requestState, only: result.resultType === 'input_required' }
		: undefined;
}

function isRequest(value: JsonValue | undefined): value is JsonObject & { readonly method: string } {
	return (
		isJsonObject(value) &&
		typeof value.method === 'string' &&
		Object.keys(value).every(key => key === 'method' || key === 'params')
	);
}

/**
 * An answer without what is not text for the client's model: requests are labelled and decided as requests are, and the
 * opaque state may look like anything. State that comes with a complete answer stays: nothing says that it is opaque.
 */
export function withoutInput(result: JsonObject): JsonObject {
	return withoutState(omit(result, 'inputRequests'));
}

/** An answer as the window's memory hears it: sealed state is no secret that was read. */
export function withoutState(result: JsonObject): JsonObject {
	return result.resultType === 'input_required' ? omit(result, 'requestState') : result;
}

/** An object without some of its members. */
export function omit(value: JsonObject, ...names: string[]): JsonObject {
	return Object.fromEntries(Object.entries(value).filter(([key]) => !names.includes(key)));
}

/** Where the judged arguments have what a client answers to the requests of an earlier answer. */
export const INPUT_MEMBER = 'mcp-firewall/inputResponses';

/** What is wrong with the parameters of a request that may continue an earlier one; undefined when nothing is. */
export function wrongContinuation(params: JsonObject): string | undefined {
	const { inputResponses, requestState } = params;
	if (inputResponses !== undefined && !isJsonObject(inputResponses)) {
		return 'params.inputResponses must be an object';
	}
	return requestState === undefined || typeof requestState === 'string'
		? undefined
		: 'params.requestState must be a text';
}

/**
 * The arguments as they are judged, shown and recorded: with what the client answers to requests of the server, so that a
 * path or a secret in there counts like one in the arguments. Lists of roots, which name the client's own folders, are left
 * out. A text says why it cannot be done.
 */
export function judgedArguments(args: JsonObject, responses: JsonValue | undefined): JsonObject | string {
	if (!isJsonObject(responses)) {
		return args;
	}
	if (Object.hasOwn(args, INPUT_MEMBER)) {
		return `an argument may not be called ${INPUT_MEMBER}`;
	}
	const told = Object.entries(responses).filter(([, response]) => !isRoots(response));
	// Frozen like all that was parsed: what is known of it is remembered.
	return told.length === 0 ? args : deepFreeze({ ...args, [INPUT_MEMBER]: Object.fromEntries(told) });
}

/** A `ListRootsResult` and nothing beside it. */
function isRoots(response: JsonValue | undefined): boolean {
	const only = (value: JsonObject, ...keys: string[]) => Object.keys(value).every(key => keys.includes(key));
	return (
		isJsonObject(response) &&
		only(response, 'roots') &&
		Array.isArray(response.roots) &&
		(response.roots as readonly JsonValue[]).every(
			root =>
				isJsonObject(root) &&
				only(root, 'uri', 'name') &&
				typeof root.uri === 'string' &&
				root.uri.startsWith('file:///'),
		)
	);
}
