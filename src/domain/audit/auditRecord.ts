import { type JsonValue } from '../../base/json';
import { type ApprovalOutcome } from '../approval/approval';
import { type Finding } from '../inspection/finding';
import { type SensitivePlace } from '../inspection/sensitivity';
import { type FindingEffect } from '../policy/answerEffect';
import { type AnswerEffect } from '../policy/inspectionPolicy';
import { type Effect } from '../policy/policy';
import { type Verdict } from '../policy/verdict';
import { type Ceiling } from '../registry/serverEntry';
import { type RecordedContext, type RecordedFacts } from './recordedFacts';

/**
 * `call`, `list`, `message`: one for every way out of the path. `lifecycle`: what happened to servers, policy and trail.
 * `verdict`: written before a message is handed to an upstream, so that a killed editor leaves no unrecorded call;
 * `callId` names the entry that follows it.
 */
export type AuditKind = 'call' | 'list' | 'message' | 'lifecycle' | 'verdict';

/** How a message left the path. */
export type AuditOutcome =
	'answered' | 'quarantined' | 'withheld' | 'refused' | 'failed' | 'cancelled' | 'passed' | 'pending' | 'noted';

/** The closed set of lifecycle events. */
export type LifecycleEvent =
	| 'trail-opened'
	| 'server-guarded'
	| 'server-released'
	| 'server-reviewed'
	| 'server-drifted'
	/** A person did it, or something of the server is not what was reviewed; `detail` says who or what. */
	| 'server-revoked'
	| 'server-suspended'
	| 'server-resumed'
	/** The signed registry of somebody was taken in, or given out; `detail` says whose and how much. */
	| 'registry-imported'
	| 'registry-exported'
	/** A person had it run in a world of its own; `detail` names the tools and what did not fit. */
	| 'server-probed'
	| 'credential-rotated'
	| 'credential-revoked'
	| 'upstream-started'
	| 'upstream-ended'
	| 'policy-loaded'
	| 'policy-broken'
	| 'policy-trusted'
	| 'policy-trust-withdrawn'
	/** A person let a withheld answer go; `callId` names the call. */
	| 'answer-released'
	| 'emergency-stop'
	| 'emergency-resume'
	| 'grant-made'
	| 'grant-revoked'
	/** What the grant was bound to changed, or its time is over. */
	| 'grant-voided'
	/** A stored record that is not to be trusted: unsigned, signed with another key, or altered. */
	| 'grant-refused'
	/** Too many questions at once; `detail` says how it was answered. */
	| 'approvals-paused';

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
	readonly session?: string;
	readonly client?: { readonly name: string; readonly version: string };
	readonly server?: RecordedServer;
	/** How the server was known to be the reviewed one; absent where nobody looked. */
	readonly auth?: ServerAuth;
	/** Digest of the reviewed tool that the call was made under. */
	readonly pin?: string;
	/** Names of the secrets that the server is given, never their values: `env:NAME`, `header:NAME`. */
	readonly credentials?: readonly string[];
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
	};
	/** One line for people; never server text. */
	readonly detail?: string;
}

/** A record with its place in the chain: one line of the journal. */
export interface AuditEntry extends AuditRecord {
	/** Version of this schema; part of what is hashed. */
	readonly v: 1;
	/** Counts from 0 in each journal file. */
	readonly seq: number;
	/** Hash of the entry before; 64 zeros for the first. */
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
