import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { maskText } from '../domain/inspection/maskSecrets';

/** Revisions with sessions (spec/wire.md §1). */
export const LEGACY_REVISIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
/** Revisions in which each request speaks for itself (MCP 2026-07-28 basic/versioning). */
export const MODERN_REVISIONS: readonly string[] = ['2026-07-28'];

/** Keys of `_meta` that MCP 2026-07-28 reserves (schema.ts, `RequestMetaObject`). */
export const META_REVISION = 'io.modelcontextprotocol/protocolVersion';
export const META_CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
export const META_LOG_LEVEL = 'io.modelcontextprotocol/logLevel';
export const META_SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
export const META_CLIENT = 'io.modelcontextprotocol/clientInfo';

/** The `_meta` of a message's parameters; empty where there is none. Attacker-controlled. */
export function metaOf(params: JsonValue | undefined): JsonObject {
	const meta = isJsonObject(params) ? params._meta : undefined;
	return isJsonObject(meta) ? meta : {};
}

/** True for parameters of a request that claims a revision without sessions, whether or not we know it. */
export function isModern(params: JsonObject): boolean {
	const claim = metaOf(params)[META_REVISION];
	return claim !== undefined && !(typeof claim === 'string' && LEGACY_REVISIONS.includes(claim));
}

/** What the client says of itself: in `initialize`, or in the `_meta` of each request. Self-reported, for display only. */
function clientInfoOf(params: JsonObject): JsonObject | undefined {
	const info = isModern(params) ? metaOf(params)[META_CLIENT] : params.clientInfo;
	return isJsonObject(info) ? info : undefined;
}

/** What a client says of itself, fit for display and for the record. */
export function readClientInfo(params: JsonObject): { readonly name: string; readonly version: string } | undefined {
	const info = clientInfoOf(params);
	return info !== undefined && typeof info.name === 'string' && typeof info.version === 'string'
		? { name: maskText(info.name.slice(0, 100)), version: maskText(info.version.slice(0, 100)) }
		: undefined;
}
