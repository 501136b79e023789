import { type Draft } from './ending';
import { type WireMessage } from './message';

/** The request that an answer is for. */
export interface SentRequest {
	/** As it was judged, and sent unless `released`. */
	readonly message: WireMessage;
	/** True: the answer was withheld before, and a person let it go. */
	readonly released: boolean;
}

/** By the draft of the entry of each walk; gone with it. */
const sent = new WeakMap<Draft, SentRequest>();

/** Notes what a walk has handed on. */
export function noteSent(draft: Draft, request: SentRequest): void {
	sent.set(draft, request);
}

/** What this walk has handed on; undefined before that. */
export function sentOf(draft: Draft): SentRequest | undefined {
	return sent.get(draft);
}
