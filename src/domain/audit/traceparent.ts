import { isJsonObject, type JsonObject } from '../../base/json';

/** W3C Trace Context §3.2.2: version (not ff), trace id and parent id (neither all zeros), flags; in lower case. */
const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace context that a client sent with its request (`_meta.traceparent`); undefined where it is not well-formed. */
export function traceparentIn(params: unknown): string | undefined {
	const meta: JsonObject = isJsonObject(params) && isJsonObject(params._meta) ? params._meta : {};
	const given = Object.hasOwn(meta, 'traceparent') ? meta.traceparent : undefined;
	return typeof given === 'string' && TRACE_PARENT.test(given) ? given : undefined;
}
