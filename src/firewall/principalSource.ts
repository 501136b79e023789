import { type Event } from '../base/event';
import { type JsonObject } from '../base/json';
import { type Principal } from '../domain/identity/principal';

/** Who a server is, as its session finds out (RFC-007). */
export interface PrincipalSource {
	/** What is known now, without waiting; a badge that has ended by now does not count. */
	current(): Principal;
	/** Waits until it is settled for the process that runs now, 5 s at most; starts nothing by itself. Never rejects. */
	settled(signal: AbortSignal): Promise<Principal>;
	/** Something else is known of it than before. */
	readonly onDidChange?: Event<void>;
	/**
	 * The badge of the caller that went with one call, by id; undefined where none did. `sent`: what the message that was handed
	 * on says, that very object, so that calls at the same time, of one session or several, are told apart.
	 */
	callerBadge?(sent: JsonObject): string | undefined;
}
