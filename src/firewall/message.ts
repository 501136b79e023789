import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';

/** A JSON-RPC id as MCP admits it (2025-11-25 basic#requests): a string or an integer, never null. */
export type RpcId = string | number;

/** One message as it came: the exact bytes, and the frozen value that was parsed from them once. */
export interface WireMessage {
	/** The line or body, without a line end. */
	readonly bytes: Uint8Array;
	/** Frozen; what every later step judges. Attacker-controlled. */
	readonly value: JsonObject;
}

/** The four shapes of a JSON-RPC message. */
export type Shape =
	| { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: JsonObject }
	| { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
	| { readonly kind: 'response'; readonly id: RpcId }
	| { readonly kind: 'invalid'; readonly id: RpcId | undefined; readonly code: number; readonly why: string };

/** JSON-RPC 2.0 §5.1. */
export const RPC_PARSE_ERROR = -32700;
export const RPC_INVALID_REQUEST = -32600;
export const RPC_METHOD_NOT_FOUND = -32601;
export const RPC_INVALID_PARAMS = -32602;
export const RPC_INTERNAL_ERROR = -32603;

/** True for an id that MCP admits and that survives a round trip through a number. */
export function isRpcId(id: JsonValue | undefined): id is RpcId {
	return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id));
}

/**
 * INVARIANT: a message is one thing. A request that carries a `result` too would be judged as a request by us and taken
 * for the answer to a request of its own by the other side.
 */
const CALLING_MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params']);

/** Says what a message is. Never throws; what fits no shape is `invalid` with the JSON-RPC code to answer. */
export function shapeOf(value: JsonValue): Shape {
	if (!isJsonObject(value)) {
		return invalid(undefined, Array.isArray(value) ? 'batches are not part of MCP' : 'a message is an object');
	}
	const id = isRpcId(value.id) ? value.id : undefined;
	if (value.jsonrpc !== '2.0') {
		return invalid(id, 'jsonrpc must be "2.0"');
	}
	if (value.method === undefined) {
		return id !== undefined && (value.result !== undefined || value.error !== undefined)
			? { kind: 'response', id }
			: invalid(id, 'neither a method nor a result');
	}
	if (typeof value.method !== 'string') {
		return invalid(id, 'method must be a string');
	}
	if (Object.keys(value).some(key => !CALLING_MEMBERS.has(key))) {
		return invalid(id, 'a request has no members but jsonrpc, id, method and params');
	}
	const params = value.params ?? {};
	if (!isJsonObject(params)) {
		return { kind: 'invalid', id, code: RPC_INVALID_PARAMS, why: 'params must be an object' };
	}
	if (value.id === undefined) {
		return { kind: 'notification', method: value.method, params };
	}
	return id === undefined
		? invalid(undefined, 'id must be a string or an integer')
		: { kind: 'request', id, method: value.method, params };
}

function invalid(id: RpcId | undefined, why: string): Shape {
	return { kind: 'invalid', id, code: RPC_INVALID_REQUEST, why };
}

/** A JSON-RPC error response. */
export function errorResponse(id: RpcId | null, code: number, message: string, data?: JsonObject): JsonObject {
	return { jsonrpc: '2.0', id, error: { code, message, ...(data && { data }) } };
}
