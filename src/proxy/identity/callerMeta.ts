import { isJsonObject, type JsonObject } from '../../base/json';
import { spanOf, splice } from '../life/jsonSplice';

/** Where the caller's badge goes in a `tools/call` to a server on stdio (identity.md §2.1). */
export const CALLER_BADGE_KEY = 'capiscio_caller_badge';
/** Where it goes over HTTP; `Authorization` belongs to OAuth. */
export const CALLER_BADGE_HEADER = 'x-capiscio-badge';

/** Who a client says that the caller is, and what it gives as its credential: `capiscio_caller_badge`, `…_api_key`. */
function isCallerKey(key: string): boolean {
	return /^(?:capiscio_caller_|io\.capisc\/caller)/i.test(key);
}

/** True where a client gives credentials of a caller by itself. */
export function givesCaller(value: JsonObject): boolean {
	const meta = isJsonObject(value.params) ? value.params._meta : undefined;
	return isJsonObject(meta) && Object.keys(meta).some(isCallerKey);
}

/**
 * A request with other members in `params._meta`: without a client's own credentials of the caller, and with `add`. Everything
 * outside of `_meta` stays, byte for byte. `bytes` is what `value` was parsed from, strictly.
 */
export function withMeta(bytes: Uint8Array, value: JsonObject, add: JsonObject): Uint8Array {
	const params = isJsonObject(value.params) ? value.params : undefined;
	const meta = isJsonObject(params?._meta) ? params._meta : {};
	const kept = Object.entries(meta).filter(([key]) => !isCallerKey(key));
	const text = JSON.stringify({ ...Object.fromEntries(kept), ...add });
	if (params === undefined) {
		const whole = spanOf(bytes, []);
		// A request without parameters: nothing of it has to stay but its members.
		return whole === undefined
			? bytes
			: Buffer.from(JSON.stringify({ ...value, params: { _meta: JSON.parse(text) as JsonObject } }));
	}
	const span = spanOf(bytes, ['params', '_meta']);
	if (span !== undefined) {
		return splice(bytes, [{ span, text }]);
	}
	const within = spanOf(bytes, ['params']);
	if (within === undefined) {
		return bytes;
	}
	const comma = Object.keys(params).length === 0 ? '' : ',';
	return splice(bytes, [{ span: { start: within.start, end: within.start + 1 }, text: `{"_meta":${text}${comma}` }]);
}
