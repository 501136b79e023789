import { changesOf, cutJson } from '../base/cutJson';
import { FirewallError } from '../base/errors';
import { isJsonObject, pointerToken } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type HeldBack } from '../domain/audit/auditRecord';
import { maskText } from '../domain/inspection/maskSecrets';
import { type Draft } from './ending';
import { type WireMessage } from './message';

/** A part of a message that does not cross, by the way to it from the message's root, and why. */
export interface Held {
	readonly path: readonly string[];
	readonly why: HeldBack['why'];
	/** The masked text that crosses in its place; absent where nothing does. */
	readonly instead?: string;
}

const MAX_KEPT = 100;
/** A path is made of the other side's member names: how much is masked, and how much of that is kept. */
const PATH_LOOK = 4_096;
const PATH_KEPT = 200;

/**
 * The message without what is held back: new bytes, and the value that was parsed from these very bytes, so that what is
 * judged, shown, recorded and sent is one thing (INVARIANT 1 and 10). Everything that stays keeps its spelling. With
 * nothing to hold back it is the message itself. What was held back is noted for the entry, without its values.
 */
export function narrowMessage(message: WireMessage, held: readonly Held[], draft: Draft): WireMessage {
	if (held.length === 0) {
		return message;
	}
	const text = cutJson(new TextDecoder().decode(message.bytes), changesOf(held));
	const parsed = parseJson(text, 'strict');
	if (!parsed.ok || !isJsonObject(parsed.value)) {
		throw new FirewallError('message-invalid', 'a narrowed message cannot be read');
	}
	noteHeld(held, draft);
	return { bytes: new TextEncoder().encode(text), value: parsed.value };
}

/** Notes what was held back: where it stood, masked and bounded, and why. */
function noteHeld(held: readonly Held[], draft: Draft): void {
	const noted = held.slice(0, MAX_KEPT).map(({ path, why }) => ({
		path: maskText(
			path
				.map(key => `/${pointerToken(key)}`)
				.join('')
				.slice(0, PATH_LOOK),
		).slice(0, PATH_KEPT),
		why,
	}));
	draft.narrowed = [...(draft.narrowed ?? []), ...noted].slice(0, MAX_KEPT);
}
