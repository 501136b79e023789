import { MAX_RETRY_FIELD_MS, RECONNECT_FIRST_MS, RECONNECT_MAX_MS } from '../limits';

/**
 * Milliseconds before a stream is opened again: what the server asked for by `retry:` (SEP-1699), within bounds, else growing
 * with each time that it brought nothing.
 */
export function reconnectDelay(retryMs: number | undefined, empty: number): number {
	const grown = Math.min(RECONNECT_FIRST_MS * 2 ** Math.max(0, empty - 1), RECONNECT_MAX_MS);
	return retryMs === undefined ? grown : Math.min(Math.max(retryMs, empty > 1 ? grown : 0), MAX_RETRY_FIELD_MS);
}
