import { type JsonObject, type JsonValue } from '../../base/json';
import { type RpcId } from '../../firewall/message';

/** The bytes of a message that the proxy itself writes; one line. */
export function encodeMessage(value: JsonObject): Uint8Array {
	return Buffer.from(JSON.stringify(value));
}

/** A request. */
export function requestMessage(id: RpcId, method: string, params: JsonObject): JsonObject {
	return { jsonrpc: '2.0', id, method, params };
}

/** `notifications/cancelled` (MCP 2025-11-25 basic/utilities/cancellation). */
export function cancelledMessage(requestId: RpcId, reason: string): JsonObject {
	return { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } };
}

/** True for a progress token (2025-11-25 basic/utilities/progress). */
export function isToken(token: JsonValue | undefined): token is string | number {
	return typeof token === 'string' || typeof token === 'number';
}
