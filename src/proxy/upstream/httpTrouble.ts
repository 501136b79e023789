import { type IncomingMessage } from 'node:http';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { inEnglish, type Phrase } from '../../base/phrase';
import { type BodyEnd } from './httpBody';
import { MAX_RETRY_AFTER_MS, RECONNECT_FIRST_MS } from '../limits';
import { statusPhrase, TROUBLE } from './troubleWords';

/** Requests that change nothing: they may be sent again when it is not known whether they arrived. */
export const REPEATABLE: ReadonlySet<string> = new Set([
	'initialize',
	'ping',
	'server/discover',
	'tools/list',
	'prompts/list',
	'prompts/get',
	'resources/list',
	'resources/templates/list',
	'resources/read',
	'completion/complete',
]);

/** 2025-11-25 transports#backwards-compatibility: what a server of the old HTTP+SSE transport says to a POST. */
export const OTHER_TRANSPORT: ReadonlySet<number> = new Set([400, 404, 405]);

/** The plain sentence for a response that ended without the answer. */
export const ENDS: Readonly<Record<BodyEnd, string>> = {
	complete: TROUBLE.noAnswer.text,
	broken: TROUBLE.brokenOff.text,
	'too-large': TROUBLE.tooLarge.text,
	silent: TROUBLE.silent.text,
};

/** The plain sentence for a status. */
export function statusText(status: number): string {
	return inEnglish(wordsOf(status));
}

function wordsOf(status: number): Phrase {
	switch (status) {
		case 401:
			return TROUBLE.wantsSignIn;
		case 403:
			return TROUBLE.refuses;
		case 429:
			return TROUBLE.busy;
		default:
			return status >= 300 && status < 400 ? TROUBLE.redirected : statusPhrase(status);
	}
}

/** Milliseconds after which a request that a busy server did not take may be made again; undefined: not at all. */
export function retryAfter(status: number, response: IncomingMessage, now: number): number | undefined {
	const field = response.headers['retry-after'];
	if ((status !== 429 && status !== 503) || field === undefined) {
		return undefined;
	}
	const ms = /^\d{1,6}$/.test(field) ? Number(field) * 1000 : Date.parse(field) - now;
	return Number.isNaN(ms) || ms > MAX_RETRY_AFTER_MS ? undefined : Math.max(ms, 0) || RECONNECT_FIRST_MS / 10;
}

/** The JSON-RPC error response that a body is, if it is one (MCP 2025-11-25 transports#sending-messages-to-the-server, 4). */
export function errorIn(bytes: Uint8Array): JsonObject | undefined {
	const parsed = parseJson(Buffer.from(bytes).toString('utf8'), 'lenient');
	const value: JsonValue | undefined = parsed.ok ? parsed.value : undefined;
	return isJsonObject(value) && value.jsonrpc === '2.0' && isJsonObject(value.error) && value.result === undefined
		? value
		: undefined;
}
