import { isJsonObject, type JsonObject } from '../../base/json';
import { type RpcId } from '../../firewall/message';
import { type ForwardOutcome } from '../../firewall/ports';
import { type OneShot } from './oneShot';
import { type WaitingNotes } from './waitingNotes';

/** Its stream is the answer: it stays open until one side ends it (MCP 2026-07-28 basic/patterns/subscriptions). */
export const LISTEN = 'subscriptions/listen';

/** Where the answer to one request goes. */
export interface Reply {
	/** `value` is what the bytes say, where whoever answers has it. */
	answer(bytes: Uint8Array, value?: JsonObject): Promise<void>;
	/** There will be no answer. */
	none(): void;
	/** Sends a message that belongs to this request; false when it must take another way. */
	related(bytes: Uint8Array): Promise<boolean>;
}

/** One request on its way. `outcome` exists from the moment its bytes are handed to the far side. */
export interface OpenRequest {
	readonly id: RpcId;
	readonly method: string;
	readonly reply: Reply;
	readonly abort: AbortController;
	readonly token: string | number | undefined;
	outcome?: OneShot<ForwardOutcome>;
	/** What must have reached the origin before the answer may. */
	after?: Promise<void>;
	forwarded: boolean;
	cancelled: boolean;
	touch: () => void;
	/** Notes of our own, where the request asked for progress. */
	notes?: WaitingNotes;
}

/** JSON-RPC 2.0 §5: either a result or an error object, not both. What the result holds is for the path to judge. */
export function isUsableResponse(value: JsonObject): boolean {
	const { result, error } = value;
	return error === undefined
		? result !== undefined
		: result === undefined &&
				isJsonObject(error) &&
				typeof error.code === 'number' &&
				typeof error.message === 'string';
}

/** The reply of a request where answers have no stream of their own. */
export function plainReply(send: (bytes: Uint8Array) => Promise<unknown>): Reply {
	return {
		answer: async bytes => {
			await send(bytes);
		},
		none: () => {},
		related: () => Promise.resolve(false),
	};
}
