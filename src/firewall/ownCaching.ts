import { type JsonObject } from '../base/json';

/** Milliseconds that a list of ours may be kept: a policy that changes shows after that. */
export const LIST_TTL_MS = 30_000;

/**
 * What a list that we have changed says of caching (MCP 2026-07-28 server/utilities/caching): it is for this client alone, and
 * not for longer than a policy may take to show.
 */
export function ownCaching({ ttlMs, cacheScope }: JsonObject): JsonObject {
	return {
		...(cacheScope !== undefined && { cacheScope: 'private' }),
		...(typeof ttlMs === 'number' && { ttlMs: Math.min(ttlMs, LIST_TTL_MS) }),
	};
}
