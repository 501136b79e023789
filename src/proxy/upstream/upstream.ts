import { type Event } from '../../base/event';
import { type JsonObject } from '../../base/json';
import { type RpcId } from '../../firewall/message';
import { BRIEF_STOP_MS, STOP_AFTER_CLOSE_MS, STOP_AFTER_TERM_MS } from '../limits';

/** How an upstream ended. */
export interface UpstreamEnd {
	/** Exit code; absent when a signal ended it. */
	readonly code?: number;
	readonly signal?: string;
	/** True when we asked for it. */
	readonly stopped: boolean;
}

/** Receives what an upstream says. Called synchronously, in the order of arrival; nothing after `end`. */
export interface UpstreamListener {
	/**
	 * One message, not yet parsed. Attacker-controlled. `stream` is the id of the client's request in whose response it
	 * came, where the transport knows one. Returns the id of the request that it answers, when it is a response.
	 */
	line(bytes: Uint8Array, stream?: RpcId): RpcId | undefined;
	/**
	 * The head of the first good response to a request, before its body: names and values of its headers by turns, as they
	 * came. Only where there are such heads. Attacker-controlled.
	 */
	head?(id: RpcId, headers: readonly string[]): void;
	/** A message grows over the cap: its first bytes. */
	oversize(head: Uint8Array): void;
	/** Such a message ended after all. */
	oversizeEnd(head: Uint8Array): void;
	/** A message that is over the cap and does not end. */
	runaway(): void;
	/**
	 * The process is gone with all that was in flight; the next request starts it again, and the session goes on. A listener
	 * without this gets `end` instead.
	 */
	interrupted?(): void;
	end(end: UpstreamEnd): void;
}

/** Milliseconds that an upstream gets after its input closes and after it is asked to terminate. */
export interface StopGraces {
	readonly afterClose: number;
	readonly afterTerm: number;
}

/** An orderly stop. */
export const GENTLE_STOP: StopGraces = { afterClose: STOP_AFTER_CLOSE_MS, afterTerm: STOP_AFTER_TERM_MS };
/** The window closes: the editor waits about 5 s for everything together. */
export const BRIEF_STOP: StopGraces = { afterClose: BRIEF_STOP_MS, afterTerm: BRIEF_STOP_MS };
/** The emergency stop. */
export const AT_ONCE: StopGraces = { afterClose: 0, afterTerm: 0 };

/** The real MCP server behind one session. Started once, stopped once. */
export interface Upstream {
	/** Lines of the server's own log, cleaned of control characters. Attacker-controlled. */
	readonly onStderr: Event<string>;
	/** Rejects with `upstream-failed` when it cannot be started; then `end` is never called. */
	start(listener: UpstreamListener): Promise<void>;
	/**
	 * Sends one message and resolves when there is room for the next. Rejects with `upstream-failed` when it is gone.
	 * `value` is what the bytes say, for a transport that repeats parts of it in headers; a response comes without. `headers`
	 * (names in lower case) go with this message alone, where there are headers.
	 */
	send(bytes: Uint8Array, value?: JsonObject, headers?: Readonly<Record<string, string>>): Promise<void>;
	/** Stops and resumes reading; what was read before may still arrive. */
	pause(): void;
	resume(): void;
	/** The last lines of the server's log, cleaned. Attacker-controlled. */
	stderrText(): string;
	/**
	 * What it says cannot be followed any more: its process is killed as if it had ended by itself. Absent where there is no
	 * coming back from that; then it is stopped.
	 */
	kill?(): Promise<void>;
	/** Ends it and all that it started. Resolves when it is gone; never rejects. May be called more than once. */
	stop(graces?: StopGraces): Promise<void>;
}
