import { type Clock } from '../base/clock';
import { digestJson } from '../base/digest';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { argumentsText } from './argumentsText';
import { type InputRequired, omit } from './inputRequired';
import { type WireMessage } from './message';

/** Answers in a row that ask for input, for one call: a server that asks for ever is stopped. */
export const MAX_INPUT_ROUNDS = 16;
/** Milliseconds in which a client may go on with a call; a person fills in a form meanwhile. */
export const ROUND_MS = 15 * 60_000;
/** Calls that wait for input, per session; the oldest gives way, and its next round counts as a new call. */
const MAX_WAITING = 1024;

/** One answer that asked for input. */
export interface InputRound {
	readonly count: number;
	/** Id of the entry of the call that it goes on with: the first one. */
	readonly first: string;
	/** What a person allowed; undefined where nobody was asked. */
	readonly approved: ApprovedCall | undefined;
}

/** A call that a person allowed, and that may go on without being asked again. */
export interface ApprovedCall {
	/** Fingerprint of the question: what it was allowed under. */
	readonly under: string;
	/** The remembered yes that let it go; what takes that back takes the call back, too. */
	readonly grantId: string | undefined;
}

/**
 * Which calls wait for input, in one session (MCP 2026-07-28 basic/patterns/mrtr): the retry is a request of its own, judged
 * anew, but a person who allowed the call is not asked twice. INVARIANT: a retry goes on with a call only if method,
 * parameters and state are the very ones that were handed out, once, and in time; anything else is a new call.
 */
export class InputRounds {
	private readonly waiting = new Map<string, InputRound & { readonly until: number }>();

	constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

	/** The round that a request answers. It is used up. */
	take(message: WireMessage): InputRound | undefined {
		const params = isJsonObject(message.value.params) ? message.value.params : {};
		const { requestState, inputResponses } = params;
		if (requestState === undefined && inputResponses === undefined) {
			return undefined;
		}
		const key = keyOf(message, typeof requestState === 'string' ? requestState : namesIn(inputResponses));
		const round = this.waiting.get(key);
		this.waiting.delete(key);
		return round !== undefined && this.clock.monotonic() < round.until ? round : undefined;
	}

	/** Notes an answer that asks for input and goes to the client; false when there were too many in a row. */
	hand(message: WireMessage, input: InputRequired, round: InputRound): boolean {
		if (round.count > MAX_INPUT_ROUNDS) {
			return false;
		}
		const key = keyOf(message, input.state ?? input.requests.map(request => request.key).sort());
		this.waiting.delete(key);
		this.waiting.set(key, { ...round, until: this.clock.monotonic() + ROUND_MS });
		for (const oldest of [...this.waiting.keys()].slice(0, Math.max(0, this.waiting.size - MAX_WAITING))) {
			this.waiting.delete(oldest);
		}
		return true;
	}
}

/** Without a state the names of what was asked for stand in its place. */
function namesIn(responses: JsonValue | undefined): readonly string[] {
	return isJsonObject(responses) ? Object.keys(responses).sort() : [];
}

/** The call as both rounds say it, number by number, and the thread between them. */
function keyOf(message: WireMessage, thread: string | readonly string[]): string {
	const params: JsonObject = isJsonObject(message.value.params) ? message.value.params : {};
	const call = omit(params, 'inputResponses', 'requestState', '_meta');
	const { inexact } = argumentsText({ bytes: message.bytes, value: {} });
	return digestJson({
		method: message.value.method ?? null,
		call,
		inexact: inexact ?? null,
		thread: typeof thread === 'string' ? [thread] : [...thread, null],
	});
}
