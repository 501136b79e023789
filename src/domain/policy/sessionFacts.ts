import { type Direction } from './ruleConditions';
import { type SessionLabel } from './sessionLabel';
import { type UrlFact } from './urlFact';

/** What has passed on the word of one rule, this call not included. */
export interface RuleUsage {
	/** Calls within the last 60 seconds. */
	readonly callsThisMinute: number;
	readonly callsThisSession: number;
	/** Bytes of requests and results together. */
	readonly bytesThisSession: number;
}

/**
 * What the host knows of the session around a call. All of it is the host's own; arguments never fill it (gateway.md
 * ARG-01, ARG-02). A condition on an absent fact satisfies no allow and makes a deny or approval an error, which denies.
 */
export interface SessionFacts {
	readonly labels?: ReadonlySet<SessionLabel>;
	/** 0 to 4; absent is below 0. */
	readonly trustLevel?: number;
	/** `server` for requests from the server to the client; absent is `client`. */
	readonly direction?: Direction;
	/** Milliseconds since 1970. */
	readonly now?: number;
	/** By rule id, as it stands in the policy in force; a rule without an entry has not been used yet. */
	readonly usage?: ReadonlyMap<string, RuleUsage>;
	/** The URLs of the arguments; absent: `decide` finds them itself (findUrls.ts). */
	readonly urls?: readonly UrlFact[];
}
