import { deepFreeze, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type JsonMode, type JsonProblem, parseJson } from '../../base/strictJson';
import {
	isRpcId,
	type RpcId,
	RPC_INVALID_REQUEST,
	RPC_PARSE_ERROR,
	type Shape,
	shapeOf,
	type WireMessage,
} from '../../firewall/message';
import { plainResponse } from '../../firewall/screenAnswer';
import { encodeMessage } from './encode';
import { peekEnvelope } from './peekEnvelope';

/** A request, notification or response, parsed once. */
export interface ReadableMessage {
	readonly ok: true;
	readonly message: WireMessage;
	readonly shape: Exclude<Shape, { kind: 'invalid' }>;
}

/** What cannot be taken as a message, with the JSON-RPC error that a client gets for it. */
export interface UnreadableMessage {
	readonly ok: false;
	readonly code: number;
	readonly why: string;
	/** The id it seems to carry, as far as one can be told. */
	readonly id: RpcId | undefined;
	/** Ids of requests that it seems to answer; they are settled with an error so that nobody waits for ever. */
	readonly answers: readonly RpcId[];
}

/** The outcome of reading one line or body. */
export type ReadMessage = ReadableMessage | UnreadableMessage;

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const BOM = [0xef, 0xbb, 0xbf] as const;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

/**
 * Reads one attacker-controlled message. `strict` for what is judged (client to server), `lenient` for the other way. There,
 * a message with duplicate keys is written anew from what was read, because a parser that keeps the first of two would see
 * what nobody has screened.
 */
export function readMessage(raw: Uint8Array, mode: JsonMode): ReadMessage {
	const bytes = oneLine(withoutBom(raw));
	let text: string;
	try {
		text = UTF8.decode(bytes);
	} catch {
		return unreadable(RPC_PARSE_ERROR, 'not UTF-8', '');
	}
	const parsed = parseJson(text, mode);
	if (!parsed.ok) {
		const code = parsed.problem.kind === 'syntax' ? RPC_PARSE_ERROR : RPC_INVALID_REQUEST;
		return unreadable(code, describe(parsed.problem), text);
	}
	const shape = shapeOf(parsed.value);
	if (shape.kind === 'invalid' || !isJsonObject(parsed.value)) {
		const invalid =
			shape.kind === 'invalid' ? shape : { code: RPC_INVALID_REQUEST, why: 'not an object', id: undefined };
		return { ok: false, code: invalid.code, why: invalid.why, id: invalid.id, answers: answersIn(parsed.value) };
	}
	// INVARIANT: an answer of the client stays an answer. A server whose parser does not look at upper and lower case would take
	// one with a `Method` for a request that nobody has judged.
	const plain = mode === 'strict' && shape.kind === 'response' ? plainResponse(parsed.value) : undefined;
	const value: JsonObject = plain === undefined ? parsed.value : deepFreeze(plain);
	const told = plain !== undefined || parsed.ambiguous === true ? encodeMessage(value) : bytes;
	return { ok: true, message: { bytes: told, value }, shape };
}

/** What is known of a line over the cap: only its head was kept. */
export function readOversize(head: Uint8Array): UnreadableMessage {
	return unreadable(RPC_INVALID_REQUEST, 'message over the size limit', Buffer.from(head).toString('utf8'));
}

function unreadable(code: number, why: string, text: string): UnreadableMessage {
	const { id, hasMethod } = peekEnvelope(text);
	return { ok: false, code, why, id, answers: id === undefined || hasMethod ? [] : [id] };
}

function answersIn(value: JsonValue): RpcId[] {
	const items: readonly JsonValue[] = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
	return items.flatMap(item => {
		const id = isJsonObject(item) && item.method === undefined ? item.id : undefined;
		return typeof id === 'string' || typeof id === 'number' ? [id] : [];
	});
}

/** Keys are attacker-controlled and therefore not named. */
function describe(problem: JsonProblem): string {
	switch (problem.kind) {
		case 'syntax':
			return 'not JSON';
		case 'too-deep':
			return 'nested too deeply';
		case 'duplicate-key':
			return 'an object has one key twice';
		case 'number-out-of-range':
			return 'a number is out of range';
		case 'forbidden-key':
			return 'the key __proto__ is not admitted';
	}
}

function withoutBom(bytes: Uint8Array): Uint8Array {
	return BOM.every((byte, index) => bytes[index] === byte) ? bytes.subarray(BOM.length) : bytes;
}

/**
 * INVARIANT: what is judged as one message stays one message. Line ends inside it (JSON whitespace) become spaces,
 * because a reader with universal newlines (Python's default) or an SSE parser would split there and see another
 * message.
 */
function oneLine(bytes: Uint8Array): Uint8Array {
	if (!bytes.includes(RETURN) && !bytes.includes(NEWLINE)) {
		return bytes;
	}
	return bytes.map(byte => (byte === RETURN || byte === NEWLINE ? SPACE : byte));
}

/** The request that a `notifications/cancelled` speaks of; undefined where it names none. */
export function requestIdOf(params: JsonObject): RpcId | undefined {
	return isRpcId(params.requestId) ? params.requestId : undefined;
}
