import { type JsonValue } from '../../base/json';
import { type ApprovalOutcome } from '../approval/approval';
import { type Finding } from '../inspection/finding';
import { type SensitivePlace } from '../inspection/sensitivity';
import { type EnforcementMode } from '../identity/enforcementMode';
import { type Principal } from '../identity/principal';
import { type ToolCode } from '../identity/toolCodes';
import { type FindingEffect } from '../policy/answerEffect';
import { type AnswerEffect } from '../policy/inspectionPolicy';
import { type Effect } from '../policy/policy';
import { type Verdict } from '../policy/verdict';
import { type Ceiling } from '../registry/serverEntry';
import { type Checkpoint, type SegmentOpening, type StreamHead } from './checkpoint';
import { type LifecycleEvent } from './lifecycleEvent';
import { type RecordedContext, type RecordedFacts } from './recordedFacts';

/**
 * `call`, `list`, `message`: one for every way out of the path. `lifecycle`: what happened to servers, policy and trail.
 * `verdict`: written before a message is handed to an upstream, so that a killed editor leaves no unrecorded call;
 * `callId` names the entry that follows it. `checkpoint`: a signed head (checkpoint.ts).
 */
export type AuditKind = 'call' | 'list' | 'message' | 'lifecycle' | 'verdict' | 'checkpoint';

/** How a message left the path. */
export type AuditOutcome =
	'answered' | 'quarantined' | 'withheld' | 'refused' | 'failed' | 'cancelled' | 'passed' | 'pending' | 'noted';

/** A part of a message that was not sent on. */
export interface HeldBack {
	/** JSON pointer within the message, masked. Made of attacker-controlled member names. */
	readonly path: string;
	/**
	 * `undeclared`: the reviewed tool or prompt does not declare it. `meta`: no key of `_meta` that the protocol needs.
	 * `root`: a folder that the server may not be told of. `client-info`: more about the client than name and version.
	 * `sensitive`, `personal-data`: masked, and the masked text was sent.
	 */
	readonly why: 'undeclared' | 'meta' | 'root' | 'client-info' | 'sensitive' | 'personal-data';
}

/** How it was made sure that the server is the one that was reviewed. */
export interface ServerAuth {
	readonly method: 'file-digest' | 'image-digest' | 'tls' | 'oauth' | 'none';
	readonly result: 'ok' | 'failed' | 'not-checked';
	/** ISO 8601 time of the check. */
	readonly at: string;
}

/** The entry of the registry that a message was judged under, as far as it tells what was reviewed. */
export interface RecordedServer {
	readonly id: string;
	readonly name: string;
	/** Revision of the registry entry. */
	readonly revision?: number;
	/** Where its program comes from, and which version was reviewed; what a supply chain attacker may have named. */
	readonly source?: string;
	readonly version?: string;
	readonly protocolVersion?: string;
	/** Status of the registry entry when the message was judged. */
	readonly review?: string;
	/** Publisher of the signed registry that the entry was taken from; its signature held when it was taken in. */
	readonly signedBy?: string;
}

/** What is known of a secret without its value. */
export interface CredentialFacts {
	/** As in `credentials`. */
	readonly name: string;
	/** ISO 8601: when it was stored, or issued by a sign-in. */
	readonly issuedAt?: string;
	/** ISO 8601; only a sign-in says so. */
	readonly expiresAt?: string;
	/** What a sign-in was given it for (RFC 6749 §3.3). Attacker-controlled, masked. */
	readonly scope?: string;
}

/** Who the server was when a message was judged; without what changes with every check. Texts are masked and bounded. */
export type RecordedPrincipal = Pick<
	Principal,
	| 'state'
	| 'did'
	| 'level'
	| 'badge'
	| 'proof'
	| 'binding'
	| 'pin'
	| 'errors'
	| 'blocked'
	| 'cause'
	| 'jti'
	| 'issuer'
	| 'keyThumbprint'
>;

/** What tool authority (RFC-006) and the decision service had to say of a call. */
export interface RecordedAuthority {
	readonly mode: EnforcementMode;
	/** Why it was denied, or would have been. */
	readonly code?: ToolCode;
	/** The more exact code below it: RFC-002, RFC-007, or `PDP_UNAVAILABLE`. */
	readonly cause?: string;
	/** One line of ours for people: what was asked for, and what there was. Never goes to the model. */
	readonly why?: string;
	/** Where the policy asks for it. */
	readonly at?: { readonly file: string; readonly line: number };
	/** It would have been denied, and mode `observe` let it pass (`ALLOW_OBSERVE`, never `ALLOW`). */
	readonly observed?: true;
	/** Id of the decision service's decision. */
	readonly decisionId?: string;
	/** Types of its obligations, and whether each was met. */
	readonly obligations?: readonly { readonly type: string; readonly met: boolean }[];
	/** A break-glass token stood above the decision service. */
	readonly override?: { readonly jti: string; readonly sub: string; readonly reason: string };
	/** Id (`jti`) of the caller's badge that went with the call. */
	readonly callerBadge?: string;
}

/** A file that a call may have written, as this machine sees it. */
export interface TouchedFile {
	/** Absolute, masked. */
	readonly path: string;
	/** SHA-256 of its content before and after the call; `absent` where there was none, `unread` where it was too large or no file. */
	readonly before: string;
	readonly after: string;
}

/** What is known of one event before it is chained. Strings from outside are masked already. */
export interface AuditRecord {
	/** UUIDv7; the evidence id that refusals carry. */
	readonly id: string;
	/** ISO 8601, UTC, milliseconds. */
	readonly at: string;
	readonly kind: AuditKind;
	readonly outcome: AuditOutcome;
	readonly event?: LifecycleEvent;
	readonly callId?: string;
	/** UUIDv7 of the session; without its dashes the trace id of all that happened in it (W3C Trace Context). */
	readonly session?: string;
	readonly client?: { readonly name: string; readonly version: string };
	readonly server?: RecordedServer;
	/** How the server was known to be the reviewed one; absent where nobody looked. */
	readonly auth?: ServerAuth;
	/** Who the server was; absent where nobody looked. */
	readonly principal?: RecordedPrincipal;
	readonly authority?: RecordedAuthority;
	/** Digest of the reviewed tool that the call was made under. */
	readonly pin?: string;
	/** Names of the secrets that the server is given, never their values: `env:NAME`, `header:NAME`. */
	readonly credentials?: readonly string[];
	/** What is known of those secrets beside their names. */
	readonly credentialFacts?: readonly CredentialFacts[];
	/** Who sent the message. */
	readonly from?: 'client' | 'server';
	readonly method?: string;
	readonly tool?: string;
	readonly capability?: string;
	readonly verdict?: {
		readonly effect: Effect;
		readonly reason: string;
		readonly rule?: { readonly id: string; readonly file: string; readonly line: number };
		readonly observed?: Effect;
	};
	readonly approval?: {
		/** `grant`: a remembered yes. `denied-before`, `dismissed-before`: a remembered no. */
		readonly outcome: ApprovalOutcome | 'grant' | 'denied-before' | 'dismissed-before';
		readonly waitedMs: number;
		/** The grant that let the call go. */
		readonly grantId?: string;
		/** Id of the entry whose question was answered for this call too. */
		readonly joined?: string;
	};
	/** Masked copy of the arguments. */
	readonly arguments?: JsonValue;
	/** Digest of the frozen bytes that were judged and sent. */
	readonly digest?: string;
	/** `hmac-sha256:` and base64url of the canonical arguments as sent, under a key of this installation. */
	readonly argumentsMac?: string;
	/** RFC-006 `params_hash` of the arguments as sent (identity.md §2.6): `sha256:` and base64url. Absent where not wanted. */
	readonly paramsHash?: string;
	/** Trace context that the client sent (W3C Trace Context, `traceparent`), where it is well-formed. */
	readonly traceparent?: string;
	/** What a call that writes did to the files it named. */
	readonly touched?: readonly TouchedFile[];
	/** Who did what a lifecycle entry tells. */
	readonly actor?: 'person' | 'firewall' | 'server' | 'client' | 'command-line';
	/** Digests of what a lifecycle event changed, as it was and as it is; absent where there was or is none. */
	readonly before?: string;
	readonly after?: string;
	/** Stands in the first entry of a segment. */
	readonly segment?: SegmentOpening;
	/** Stands in entries of kind `checkpoint`. */
	readonly checkpoint?: Checkpoint;
	/** Heads of other streams (event `streams-witnessed`). */
	readonly witnessed?: readonly StreamHead[];
	/** Digest of the bytes as they came, where some of them were held back. */
	readonly received?: string;
	/** What was held back. */
	readonly narrowed?: readonly HeldBack[];
	/** How sensitive what was to be sent is, what its server may be sent, and which places say so (at most 20). */
	readonly sensitivity?: {
		readonly label: Ceiling;
		readonly ceiling: Ceiling;
		readonly places: readonly SensitivePlace[];
	};
	readonly paths?: readonly string[];
	readonly findings?: readonly Finding[];
	readonly labels?: readonly string[];
	/**
	 * What became of the text in which something was found: the strictest effect, the answer rule that gave it (absent for
	 * the default), and what it would have been had the policy not only observed.
	 */
	readonly screened?: {
		readonly effect: FindingEffect;
		readonly rule?: string;
		readonly observed?: AnswerEffect;
	};
	/** Findings that a suppression of the policy made milder, by rule, with the author's reason. */
	readonly suppressed?: readonly { readonly rule: string; readonly count: number; readonly reason: string }[];
	/** Id of the entry whose withheld answer a person let go: it is the answer here, and the server was not asked. */
	readonly released?: string;
	/** Secrets of the answer that were masked before the client saw it. */
	readonly masked?: number;
	readonly response?: {
		/** SHA-256 of the response bytes as the upstream sent them. */
		readonly digest: string;
		readonly bytes: number;
		readonly isError: boolean;
	};
	/** Whether the result fits the output schema that was reviewed; absent where none was, or there was no result. */
	readonly schemaValid?: boolean;
	readonly policyDigest?: string;
	/**
	 * What the verdict rested on; in one entry for each verdict: the `verdict` entry where there is one, else the entry that
	 * says how the message left the path. Entries of older versions have none.
	 */
	readonly facts?: RecordedFacts;
	/** The context that `facts` names, in the first entry of a file that rests on it. */
	readonly context?: RecordedContext;
	/** Milliseconds spent in each step. */
	readonly latency?: {
		readonly decide: number;
		readonly approval: number;
		readonly upstream: number;
		readonly screen: number;
		/** Waiting for the journal before the message was handed on. */
		readonly write?: number;
	};
	/** One line for people; never server text. */
	readonly detail?: string;
}

/** A record with its place in the chain: one line of the journal. */
export interface AuditEntry extends AuditRecord {
	/** Version of this schema; part of what is hashed. */
	readonly v: 2;
	/** Counts from 0 in each stream, over all its segments. */
	readonly seq: number;
	/** Hash of the entry before, in the segment before for the first of a segment; 64 zeros for the first of a stream. */
	readonly prev: string;
	/** SHA-256 of the canonical JSON of the entry without this member. */
	readonly hash: string;
}

/** The rule part of a verdict as audit entries keep it. */
export function auditVerdict(verdict: Verdict): NonNullable<AuditRecord['verdict']> {
	return {
		effect: verdict.effect,
		reason: verdict.reason,
		...(verdict.rule && {
			rule: { id: verdict.rule.id, file: verdict.rule.at.file, line: verdict.rule.at.line },
		}),
		...(verdict.observed && { observed: verdict.observed }),
	};
}
