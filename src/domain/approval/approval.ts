import { type Event } from '../../base/event';
import { type JsonObject } from '../../base/json';
import { type ToolDescriptor } from '../registry/toolDescriptor';
import { type Finding } from '../inspection/finding';
import { type PathFact } from '../policy/facts';
import { type ApprovalScope } from '../policy/ruleConditions';
import { type Verdict } from '../policy/verdict';
import { type ApprovalFacts } from './approvalFacts';
import { type GrantOffer } from './grant';

/** The question to a person. Host facts and server text are kept apart so that they are shown apart. */
export interface ApprovalRequest {
	readonly id: string;
	readonly session: string;
	readonly server: { readonly id: string; readonly name: string };
	readonly tool: string;
	readonly capability: string;
	readonly verdict: Verdict;
	readonly paths: readonly PathFact[];
	readonly findings: readonly Finding[];
	/** The frozen arguments that will be sent. Attacker-controlled. */
	readonly arguments: JsonObject;
	/**
	 * The arguments as they stand in the message, byte for byte, so that no number is rounded when it is shown; cut after
	 * {@link MAX_ARGUMENTS_TEXT} UTF-16 units. Attacker-controlled.
	 */
	readonly argumentsText: string;
	/** Where the client said more than the reviewed server declares: that is not sent. JSON pointers, attacker-controlled. */
	readonly heldBack?: readonly string[];
	/** Digest of what will be sent; the answer is bound to it. */
	readonly digest: string;
	/** What the server says of the tool. Attacker-controlled: shown as quoted data only. */
	readonly description?: ToolDescriptor;
	/** How long a yes may be remembered; never empty. An answer of another scope is no yes. */
	readonly scopes: readonly ApprovalScope[];
	/** One for each of `scopes` but `once`, in their order: what a yes of that scope would let pass. */
	readonly offers: readonly GrantOffer[];
	/** What is known around the call (gateway.md §5.6). */
	readonly facts: ApprovalFacts;
	/** Identical calls that wait for this answer when it is asked, this one included. */
	readonly repeats: number;
	/** Fires with the new number when another identical call joins or one leaves, for as long as the question is open. */
	readonly onDidChangeRepeats?: Event<number>;
	/** Set where an identical call waited too while this one's twin was allowed once: once is for one call. */
	readonly again?: 'allowed-once';
	/** Milliseconds until no answer becomes deny. */
	readonly timeoutMs: number;
}

/** Longest `argumentsText`, in UTF-16 units. */
export const MAX_ARGUMENTS_TEXT = 1_048_576;

/**
 * What the person answered. All but the `allowed-*` are deny. `too-long-to-show`: nobody was asked, because not all of the call
 * could be shown.
 */
export type ApprovalOutcome =
	| 'allowed-once'
	| 'allowed-session'
	| 'allowed-hour'
	| 'allowed-workspace'
	| 'denied'
	| 'dismissed'
	| 'timeout'
	| 'cancelled'
	| 'unavailable'
	| 'too-long-to-show';

/** The answer, bound to the digest of the request it answers. */
export interface ApprovalAnswer {
	readonly requestId: string;
	readonly digest: string;
	readonly outcome: ApprovalOutcome;
	/** For `allowed-workspace`: milliseconds that the grant holds, at most `MAX_GRANT_MS`; absent: `DEFAULT_GRANT_MS`. */
	readonly holdsForMs?: number;
}

/** How long a yes of this outcome is remembered; undefined for what is no yes. */
export function scopeOf(outcome: ApprovalOutcome): ApprovalScope | undefined {
	return SCOPE_OF[outcome];
}

const SCOPE_OF: Readonly<Partial<Record<ApprovalOutcome, ApprovalScope>>> = {
	'allowed-once': 'once',
	'allowed-session': 'session',
	'allowed-hour': 'hour',
	'allowed-workspace': 'workspace',
};

/** True for the answers that let a call go; `outcome` may be any text of a trail. */
export function isAllowed(outcome: string | undefined): boolean {
	return outcome !== undefined && Object.hasOwn(SCOPE_OF, outcome);
}

/**
 * Asked in place of single questions when there are too many of them. Calls that wait meanwhile open no question of their
 * own; each still ends with its own timeout.
 */
export interface PauseRequest {
	readonly kind: 'pause';
	readonly id: string;
	/** `waiting`: too many at once. `rate`: too many within a minute. */
	readonly why: 'waiting' | 'rate';
	/** Calls that wait, open questions included, when this is asked. */
	readonly waiting: number;
	/** What waits, most calls first; at most 32 rows. Tool names are attacker-controlled. */
	readonly calls: readonly PausedCalls[];
	/** Fires with the number of waiting calls when it changes. */
	readonly onDidChangeWaiting?: Event<number>;
	/** Milliseconds until no answer becomes `timeout`. */
	readonly timeoutMs: number;
}

/** Waiting calls of one tool. */
export interface PausedCalls {
	readonly server: { readonly id: string; readonly name: string };
	readonly tool: string;
	readonly capability: string;
	readonly count: number;
}

/**
 * `review`: the waiting calls are asked for one by one. `deny-all`: all of them are denied, and their tools rest for the
 * session. Everything else refuses those that wait, and is not remembered against the tools.
 */
export type PauseOutcome = 'review' | 'deny-all' | 'dismissed' | 'timeout' | 'cancelled' | 'unavailable';

/** The answer to a {@link PauseRequest}. */
export interface PauseAnswer {
	readonly requestId: string;
	readonly outcome: PauseOutcome;
}
