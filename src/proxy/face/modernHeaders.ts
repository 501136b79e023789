import { type IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { errorResponse, RPC_INVALID_PARAMS, RPC_INVALID_REQUEST } from '../../firewall/message';
import { isModern, META_CAPABILITIES, META_REVISION, metaOf, MODERN_REVISIONS } from '../../firewall/modern';
import { type ReadMessage } from '../relay/readMessage';
import { paramHeaders } from './paramHeaders';

/** Error codes of MCP 2026-07-28 (basic/index#error-codes). */
const HEADER_MISMATCH = -32020;
const UNSUPPORTED_REVISION = -32022;

/** What `Mcp-Name` repeats, by method (transports/streamable-http#standard-request-headers; SEP-2663 for tasks). */
export const NAME_SOURCE: ReadonlyMap<string, string> = new Map([
	['tools/call', 'name'],
	['prompts/get', 'name'],
	['resources/read', 'uri'],
	['tasks/get', 'taskId'],
	['tasks/update', 'taskId'],
	['tasks/cancel', 'taskId'],
]);

/** True when a POST is of a revision without sessions: by what its body claims, else by its header. */
export function isModernPost(headers: IncomingHttpHeaders, read: ReadMessage): boolean {
	if (MODERN_REVISIONS.includes(headerText(headers, 'mcp-protocol-version') ?? '')) {
		return true;
	}
	return read.ok && read.shape.kind !== 'response' && isModern(read.shape.params);
}

/**
 * The error for a modern POST whose body or headers break the rules of transports/streamable-http#server-validation;
 * undefined for one that may go on. It is answered with status 400. Headers are compared after decoding, so that nobody on
 * the way can be told another tool than the one that is judged. `schemaOf`: the input schema of a tool, where it is known.
 */
export function modernProblem(
	headers: IncomingHttpHeaders,
	read: ReadMessage,
	schemaOf: (tool: string) => JsonObject | undefined,
): JsonObject | undefined {
	if (!read.ok) {
		return errorResponse(read.id ?? null, read.code, read.why);
	}
	const { shape } = read;
	if (shape.kind === 'response') {
		return errorResponse(null, RPC_INVALID_REQUEST, 'a client sends no responses in this revision');
	}
	if (shape.kind === 'notification') {
		// Headers of notifications are not defined by the revision, and nothing is routed by them here.
		return undefined;
	}
	const { id, method, params } = shape;
	const mismatch = (why: string) => errorResponse(id, HEADER_MISMATCH, `Header mismatch: ${why}`);
	const meta = metaOf(params);
	const claim = meta[META_REVISION];
	if (typeof claim !== 'string') {
		return errorResponse(id, RPC_INVALID_PARAMS, `params._meta must have ${META_REVISION}`);
	}
	const revision = headerText(headers, 'mcp-protocol-version');
	if (revision !== claim) {
		return mismatch('MCP-Protocol-Version is missing or is not what the body says');
	}
	if (!MODERN_REVISIONS.includes(claim)) {
		// What `server/discover` may list as well, and no more: revisions with sessions are not spoken in this way.
		const data = { supported: MODERN_REVISIONS, requested: claim };
		return errorResponse(id, UNSUPPORTED_REVISION, 'Unsupported protocol version', data);
	}
	if (!isJsonObject(meta[META_CAPABILITIES])) {
		return errorResponse(id, RPC_INVALID_PARAMS, `params._meta must have ${META_CAPABILITIES}`);
	}
	if (headerText(headers, 'mcp-method') !== method) {
		return mismatch('Mcp-Method is missing or is not what the body says');
	}
	const source = NAME_SOURCE.get(method);
	const name = source === undefined ? undefined : params[source];
	if (typeof name === 'string' && decodedHeader(headers, 'mcp-name') !== name) {
		return mismatch('Mcp-Name is missing, malformed, or not what the body says');
	}
	const schema = method === 'tools/call' && typeof name === 'string' ? schemaOf(name) : undefined;
	const wrong = schema === undefined ? undefined : wrongParam(headers, schema, params.arguments);
	return wrong === undefined ? undefined : mismatch(`${wrong} is missing, malformed, or not what the body says`);
}

/** The first `Mcp-Param-*` header that does not repeat what the arguments say. */
function wrongParam(headers: IncomingHttpHeaders, schema: JsonObject, given: JsonValue | undefined) {
	return paramHeaders(schema).find(({ header, path }) => {
		const value = valueAt(given, path);
		if (!isPrimitive(value)) {
			return false;
		}
		const told = decodedHeader(headers, header);
		return !(
			told === String(value) ||
			// `42.0` and `42` are one number (#server-validation).
			(typeof value === 'number' && told !== undefined && DECIMAL.test(told) && Number(told) === value)
		);
	})?.header;
}

/** What can stand in a header; anything else is not repeated, as it is where there is no value (#schema-extension). */
export function isPrimitive(value: JsonValue | undefined): value is string | number | boolean {
	return typeof value === 'number'
		? !Number.isInteger(value) || Number.isSafeInteger(value)
		: typeof value === 'string' || typeof value === 'boolean';
}

const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?$/;

/** The value at a path; undefined where there is none. */
export function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
	return path.reduce<JsonValue | undefined>(
		(holder, key) => (isJsonObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined),
		value,
	);
}

/** A header as it came; one that was sent twice has both values and so matches nothing. */
function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
	const value = headers[name];
	return typeof value === 'string' ? value.replace(/^[ \t]+|[ \t]+$/g, '') : undefined;
}

/** A header without its Base64 wrapping (#value-encoding); undefined where it is absent or malformed. */
function decodedHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
	const text = headerText(headers, name);
	if (text === undefined || /[^\t\x20-\x7e]/.test(text)) {
		return undefined;
	}
	if (!text.startsWith(PREFIX) || !text.endsWith(SUFFIX) || text.length < PREFIX.length + SUFFIX.length) {
		return text;
	}
	const coded = text.slice(PREFIX.length, -SUFFIX.length);
	const bytes = Buffer.from(coded, 'base64');
	if (bytes.toString('base64') !== coded) {
		return undefined;
	}
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return undefined;
	}
}

const PREFIX = '=?base64?';
const SUFFIX = '?=';
