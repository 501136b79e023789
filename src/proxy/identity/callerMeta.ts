import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { isRpcId, type RpcId } from '../../firewall/message';
import { type Span, spanOf, splice, textAt } from '../life/jsonSplice';

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
 * outside of `_meta` stays, byte for byte. `value` is what the request said before a process that is shared gave it an id and a
 * progress token of ours: what stays of `_meta` is taken from `bytes`, which are what leaves.
 */
export function withMeta(bytes: Uint8Array, value: JsonObject, add: JsonObject): Uint8Array {
	const params = isJsonObject(value.params) ? value.params : undefined;
	const span = spanOf(bytes, ['params', '_meta']);
	const kept = Object.entries(span === undefined ? {} : metaAt(bytes, span)).filter(([key]) => !isCallerKey(key));
	const text = JSON.stringify({ ...Object.fromEntries(kept), ...add });
	if (span !== undefined) {
		return splice(bytes, [{ span, text }]);
	}
	// What is no object can hold nothing, and no server takes it.
	const within =
		params === undefined && value.params !== undefined ? undefined : spanOf(bytes, params ? ['params'] : []);
	const first = within && bytes.indexOf(OPENING_BRACE, within.start);
	if (within === undefined || first === undefined || first < 0) {
		return bytes;
	}
	const meta = params === undefined ? `"params":{"_meta":${text}}` : `"_meta":${text}`;
	const comma = Object.keys(params ?? value).length === 0 ? '' : ',';
	return splice(bytes, [{ span: { start: first, end: first + 1 }, text: `{${meta}${comma}` }]);
}

/** The id that a request has as it leaves; undefined where it has none. */
export function sentId(bytes: Uint8Array): RpcId | undefined {
	const span = spanOf(bytes, ['id']);
	const id = span && parsed(textAt(bytes, span));
	return isRpcId(id) ? id : undefined;
}

const OPENING_BRACE = 0x7b;

function metaAt(bytes: Uint8Array, span: Span): JsonObject {
	const meta = parsed(textAt(bytes, span));
	return isJsonObject(meta) ? meta : {};
}

function parsed(text: string): JsonValue | undefined {
	const read = parseJson(text, 'strict');
	return read.ok ? read.value : undefined;
}
