import { type Envelope } from '../identity/envelope';
import { type ApprovalScope } from '../policy/ruleConditions';

/** Scopes that outlast one call. */
export type GrantScope = Exclude<ApprovalScope, 'once'>;

/** Milliseconds that a workspace grant holds when the person chose no other time: 8 hours. */
export const DEFAULT_GRANT_MS = 8 * 3_600_000;
/** Milliseconds that a grant of scope `hour` holds. */
export const HOUR_GRANT_MS = 3_600_000;
/** Milliseconds that a workspace grant can hold at most: 30 days. */
export const MAX_GRANT_MS = 30 * 24 * 3_600_000;

/** Which calls of its tool a grant covers. */
export type GrantReach =
	/** All paths of the call lie below these canonical folders. */
	| { readonly kind: 'folders'; readonly folders: readonly string[] }
	/** All URLs of the call lead to these, each `scheme://host:port`. */
	| { readonly kind: 'hosts'; readonly hosts: readonly string[] }
	/**
	 * Every call of the server, whichever its tool, with this capability and all paths below these folders (hourReach.ts): only for
	 * scope `hour`. Without folders: calls that name no path.
	 */
	| { readonly kind: 'deeds'; readonly capability: string; readonly folders: readonly string[] }
	/** The very call; `digest` is over tool, arguments and paths, so that no argument is kept. */
	| { readonly kind: 'call'; readonly digest: string };

/** What a grant is bound to. When one of the digests is another one, the grant is void. */
export interface GrantBinding {
	readonly serverId: string;
	/** For people; rules and calls are matched by `serverId`. */
	readonly serverName: string;
	readonly tool: string;
	readonly capability: string;
	/** Of the reviewed or listed tool. */
	readonly toolDigest: string;
	/** Of the server's entry in the registry with all its pins; empty where it has none. */
	readonly entryDigest: string;
	/** Of the policy in force. */
	readonly policyDigest: string;
	/** Of what asked: reason and rules. Another question is not covered, and does not void the grant. */
	readonly askedBy: string;
}

/** What a grant authorises, in the shape of RFC-008 §6: a root envelope that may not be passed on. */
export type GrantEnvelope = Pick<
	Envelope,
	| 'envelope_id'
	| 'issuer_did'
	| 'subject_did'
	| 'txn_id'
	| 'parent_authority_hash'
	| 'capability_class'
	| 'delegation_depth_remaining'
	| 'issued_at'
	| 'expires_at'
> & {
	/** The reach of the grant. */
	readonly constraints: { readonly tool: string; readonly reach: GrantReach };
};

/** A remembered yes. It holds no argument and no secret. */
export interface Grant {
	/** UUIDv7. Never shown to a client. */
	readonly id: string;
	readonly scope: GrantScope;
	readonly binding: GrantBinding;
	readonly reach: GrantReach;
	/** Milliseconds since 1970. */
	readonly madeAt: number;
	/** Milliseconds since 1970; always there for `workspace` and `hour`. */
	readonly expiresAt?: number;
	/** The session it holds for; always there for `session` and `hour`. */
	readonly session?: string;
	/** What it authorises as RFC-008 says such things; there for `session`. A call has to stay within it, too. */
	readonly envelope?: GrantEnvelope;
	/** Digest of the workspace it holds in; always there for `workspace`. */
	readonly workspace?: string;
}

/** A scope that is offered, and what a yes of it would amount to. */
export interface GrantOffer {
	readonly scope: GrantScope;
	readonly reach: GrantReach;
	/** The policy rule (YAML) that the grant amounts to. Names and folders in it are quoted as YAML, and attacker-controlled. */
	readonly rule: string;
	/** The same in one sentence; names and folders are quoted. */
	readonly sentence: string;
	/** For `workspace` and `hour`: milliseconds that it holds; for `workspace` unless the person chooses otherwise. */
	readonly holdsForMs?: number;
	/** How many of the last questions such an answer would have covered (recentPrompts.ts); absent where nothing is known of them. */
	readonly covered?: Coverage;
}

/** So many of so many questions. */
export interface Coverage {
	readonly count: number;
	readonly of: number;
}

/** A remembered no: the identical call is refused in its session without a question. */
export interface Denial {
	readonly id: string;
	readonly session: string;
	readonly serverId: string;
	readonly serverName: string;
	readonly tool: string;
	readonly capability: string;
	/** Milliseconds since 1970. */
	readonly deniedAt: number;
}

/** A tool that rests for the session: denied again and again with changed arguments, or by "deny all". */
export interface Suspension {
	readonly id: string;
	readonly serverName: string;
	/** `*`: all of the server's. */
	readonly tool: string;
	/** Milliseconds since 1970. */
	readonly since: number;
}

/** Everything a person answered that still has an effect, as lists show it. */
export type RememberedAnswer =
	| {
			readonly kind: 'grant';
			readonly id: string;
			readonly grant: Grant;
			/** {@link GrantOffer.rule} with the real expiry. */
			readonly rule: string;
			readonly sentence: string;
	  }
	| { readonly kind: 'denial'; readonly id: string; readonly denial: Denial; readonly sentence: string }
	| { readonly kind: 'suspension'; readonly id: string; readonly suspension: Suspension; readonly sentence: string };
