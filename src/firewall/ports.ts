import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { type Event } from '../base/event';
import { type JsonObject } from '../base/json';
import { type Logger } from '../base/logger';
import {
	type ApprovalAnswer,
	type ApprovalRequest,
	type PauseAnswer,
	type PauseRequest,
} from '../domain/approval/approval';
import { type Grant, type RememberedAnswer } from '../domain/approval/grant';
import { type AuditEntry, type AuditRecord, type CredentialFacts, type ServerAuth } from '../domain/audit/auditRecord';
import { type Finding } from '../domain/inspection/finding';
import { type KnownValues } from '../domain/inspection/knownValues';
import { type DecisionPoint, type Overrides } from '../domain/identity/decisionPoint';
import { type HostFacts } from '../domain/policy/facts';
import { type OrganisationLocks } from '../domain/policy/organisationLocks';
import { type PolicyLoad } from '../domain/policy/policy';
import { type Drift } from '../domain/registry/drift';
import { type Launch } from '../domain/registry/launch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type RpcId, type WireMessage } from './message';
import { type PrincipalSource } from './principalSource';

/** `synced`: on the disk before the promise resolves. `written`: with the operating system, synced within 50 ms. */
export type Durability = 'synced' | 'written';

/** Where entries go. Rejects with `journal-unwritable`; then nothing may reach an upstream (invariant 8). */
export interface AuditTrail {
	append(record: AuditRecord, durability: Durability): Promise<AuditEntry>;
	/** Names the file that is written now, where there are files: what each has to hold by itself is written anew in the next. */
	readonly file?: string | undefined;
}

/** Asks a person. Resolves with a denying outcome on abort, timeout or trouble; never rejects for want of an answer. */
export interface Approver {
	ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer>;
	/** Asks what to do about a flood of questions. Where it is absent, only a few are open at once and the others wait. */
	pause?(request: PauseRequest, signal: AbortSignal): Promise<PauseAnswer>;
	/** Set where the client says what its person answered (elicitation); absent: the person answers us. */
	readonly by?: 'client';
}

/** What a person answered and what is remembered of it: to be listed and taken back. */
export interface GrantBook {
	/** Newest first. Never rejects. */
	list(): Promise<readonly RememberedAnswer[]>;
	/** Takes one answer back, for every window of the workspace. False when it is not there, or stays because of trouble. */
	revoke(id: string): Promise<boolean>;
	/** Takes all of them back; resolves with how many. */
	revokeAll(): Promise<number>;
	/** Fires when an answer was remembered, taken back, or is void. */
	readonly onDidChange: Event<void>;
}

/**
 * Where workspace grants are kept, out of the reach of every tool (invariant 9). Each method resolves; trouble means that
 * there are no grants. A record that is not to be trusted is reported by the store, once, and never given out.
 */
export interface GrantStore {
	/** True when a grant could be kept now; otherwise the scope `workspace` is not offered. */
	available(): Promise<boolean>;
	/** The grants that hold now in this workspace: signed, not expired. Reads the disk again when it changed. */
	load(workspace: string): Promise<readonly Grant[]>;
	/** False when it could not be kept. */
	add(grant: Grant): Promise<boolean>;
	/** Removes by id; false when one of them is still there. */
	remove(ids: readonly string[]): Promise<boolean>;
	/** Fires when the store sees that another window changed it. */
	readonly onDidChange: Event<void>;
}

/** The reviewed servers. */
export interface Registry {
	find(serverId: string): ServerEntry | undefined;
}

/** The policy in force, hot-reloaded by whoever implements this. */
export interface PolicySource {
	current(): PolicyLoad;
	/** What an organisation locks; absent where there is none to ask (tests). */
	locks?(): OrganisationLocks;
}

/** Resolves symlinks in the deepest existing ancestor of an absolute path and appends the rest. */
export interface PathResolver {
	/** Undefined when it cannot be told (loop, no permission); then the path is denied. */
	realPath(absolutePath: string): Promise<string | undefined>;
	/**
	 * What lies at a path that {@link realPath} gave; where nothing does, its deepest existing ancestor tells the device.
	 * Undefined when it cannot be told; that alone denies nothing. Absent where there is no disk (tests).
	 */
	identify?(realPath: string): Promise<PathIdentity | undefined>;
}

/** What the disk knows of one path. */
export interface PathIdentity {
	readonly kind: 'file' | 'directory' | 'other' | 'missing';
	/** Names that the file has (st_nlink); 0 where it is missing. */
	readonly links: number;
	/** Equal for two paths exactly when both lie on the same device and mount. */
	readonly device: string;
}

/** The emergency stop of all guarded servers. */
export interface StopSwitch {
	readonly stopped: boolean;
	readonly onDidStop: Event<void>;
}

/** An answer that was kept back, as a person gets to see it. Its texts are attacker-controlled. */
export interface WithheldAnswer {
	/** Id of the audit entry of the call. */
	readonly id: string;
	/** Milliseconds since 1970. */
	readonly at: number;
	readonly server: { readonly id: string; readonly name: string };
	readonly method: string;
	readonly tool?: string;
	readonly findings: readonly Finding[];
	/** The answer as quoted evidence, one text for reading. */
	readonly evidence: string;
	/** `released`: the next call with the same arguments gets it, quoted, without asking the server again. */
	readonly state: 'withheld' | 'released';
	/** When it is forgotten, milliseconds since 1970. */
	readonly expires: number;
}

/** What the firewall of one window keeps back, in memory, bounded in number, size and time. */
export interface WithheldAnswers {
	/** Newest first. */
	list(): readonly WithheldAnswer[];
	/** A person lets it go. False when it is not there any more, or the trail cannot be written. */
	release(id: string): Promise<boolean>;
	/** Something was kept back, let go, handed over, or forgotten. */
	readonly onDidChange: Event<void>;
}

/** Something that a person should see without being asked; shown outside the path, never awaited by it. */
export type Notice =
	| { readonly kind: 'quarantined'; readonly entry: AuditRecord }
	/** An answer waits in the {@link WithheldAnswers} under the id of this entry. */
	| { readonly kind: 'withheld'; readonly entry: AuditRecord }
	| { readonly kind: 'refused'; readonly entry: AuditRecord }
	| {
			readonly kind: 'drifted';
			readonly serverId: string;
			readonly serverName: string;
			/** Names of what is suspended. Attacker-controlled. */
			readonly tools: readonly string[];
			/** All differences from the review, suspended or not. Their keys are attacker-controlled. */
			readonly drifts: readonly Drift[];
	  }
	/** `reason` is one line of ours. */
	| {
			readonly kind: 'suspended';
			readonly server: { readonly id: string; readonly name: string };
			readonly reason: string;
	  };

/** Everything the path needs from the world. */
export interface FirewallPorts {
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	readonly trail: AuditTrail;
	readonly registry: Registry;
	readonly policy: PolicySource;
	readonly paths: PathResolver;
	readonly host: () => HostFacts;
	readonly stop: StopSwitch;
	readonly notify: (notice: Notice) => void;
	/** SHA-256 of bytes, lower-case hex; a port because messages are large and the host's implementation is native. */
	readonly digest: (bytes: Uint8Array) => string;
	/** HMAC-SHA-256 of UTF-8 text under a key of this installation, base64url without padding; absent where there is no key. */
	readonly mac?: (text: string) => string;
	/** Whether entries have the plain hash of arguments too, which tells short ones to whoever guesses; absent: yes. */
	readonly paramsHash?: () => boolean;
	/**
	 * What a file holds now: the SHA-256 of its bytes in hex, `absent`, or `unread` for what is no file, too large, or not where the
	 * path says. Never rejects, never follows a link, stops when the signal aborts. Absent where there is no disk (tests).
	 */
	readonly fileState?: (absolutePath: string, signal: AbortSignal) => Promise<string>;
	/** Resolves after whatever else waits for the host's one thread had its turn; absent in tests that need none. */
	readonly breathe?: () => Promise<void>;
	/**
	 * What this machine keeps secret, to be found in what leaves; absent where nobody has looked. The same object until
	 * something changes.
	 */
	readonly known?: () => KnownValues | undefined;
	/** Milliseconds a person has to answer. */
	readonly approvalTimeoutMs: () => number;
	/** DID of this installation: the did:key of the key that signs its trail. Absent where there is none. */
	readonly installation?: string;
	/** Absent where grants of scope `workspace` cannot be kept (headless). */
	readonly grantStore?: GrantStore;
	/** The external decision service, asked after the policy let a call pass; undefined where none is configured. */
	readonly decisionPoint?: () => DecisionPoint | undefined;
	/** Break-glass tokens in use. */
	readonly overrides?: Overrides;
}

/** What a sign-in tells of a token beside its value. */
export type TokenFacts = Omit<CredentialFacts, 'name'>;

/** The server at the other end of a session, as the host knows it; the upstream's own claims are not in here. */
export interface GuardedServer {
	/** Digest of the launch. */
	readonly id: string;
	readonly name: string;
	/** npm package or command that the launch names, for shipped capability data. */
	readonly packageName?: string;
	/** Absolute folders that the server may count relative paths from ({@link launchRoots}); empty when none is known. */
	readonly roots: readonly string[];
	/** The folder whose file brought it, absolute; absent for one of no folder. */
	readonly folder?: string;
	/** The `.code-workspace` file that brought it, absolute. */
	readonly workspaceFile?: string;
	/** How it is started, where no registry entry says so (headless). */
	readonly launch?: Launch;
	/** True where nothing runs unreviewed (the editor); false for the headless gateway. */
	readonly reviewRequired: boolean;
	/** True once a list of servers keeps it from running; absent where a start alone is held against lists. */
	readonly notListed?: () => boolean;
	/** How its last start made sure that it is the reviewed one; undefined until it was started. Recorded with each message. */
	readonly auth?: () => ServerAuth | undefined;
	/** What is known of the token that it is reached with, where somebody signed in. Recorded with each message. */
	readonly token?: () => TokenFacts | undefined;
	/** Who it is; absent where nobody looks. */
	readonly principal?: PrincipalSource;
}

/** How a forwarded request ended at the other side. */
export type ForwardOutcome =
	| { readonly kind: 'answered'; readonly message: WireMessage }
	| {
			readonly kind: 'failed';
			readonly why: 'exited' | 'timeout' | 'cancelled' | 'invalid-response' | 'unavailable';
	  };

/**
 * Hands the request to the other side and waits for its answer: its original bytes, or `instead`, which has its id and method
 * and was judged in its place. Called at most once.
 */
export type Forward = (signal: AbortSignal, instead?: WireMessage) => Promise<ForwardOutcome>;

/** Hands a request of the firewall's own to the server and waits for its answer, which goes to nobody else. Never rejects. */
export type AskServer = (message: WireMessage, signal: AbortSignal) => Promise<ForwardOutcome>;

/** Tells the origin of a request that it waits, and for what (one line of ours), until the result is disposed. */
export type Waiting = (what: string) => Disposable;

/** What goes back to whoever sent a request. `original` is byte-true; `none` is for cancelled requests. */
export type Answer =
	| { readonly kind: 'original'; readonly message: WireMessage }
	| { readonly kind: 'rewritten'; readonly value: JsonObject }
	| { readonly kind: 'none' };

/** What becomes of a notification. */
export type Passage =
	{ readonly kind: 'pass' } | { readonly kind: 'rewritten'; readonly value: JsonObject } | { readonly kind: 'drop' };

/**
 * The path of messages for one session: one client, one upstream. The relay hands every message here and does what it is
 * told. No method rejects: trouble inside becomes a refusal.
 */
export interface SessionPath {
	readonly id: string;
	/** A request from the client. `signal` aborts when the client cancels or leaves. `waiting` is used while a person thinks. */
	clientRequest(message: WireMessage, forward: Forward, signal: AbortSignal, waiting?: Waiting): Promise<Answer>;
	/** A request from the upstream (sampling, elicitation, roots, ping); `forward` hands it to the client. */
	serverRequest(message: WireMessage, forward: Forward, signal: AbortSignal): Promise<Answer>;
	clientNotification(message: WireMessage): Promise<Passage>;
	serverNotification(message: WireMessage): Promise<Passage>;
	/** The relay reports what it refused or dropped by itself (malformed line, unknown id), so that the trail has it. */
	noteMalformed(from: 'client' | 'server', why: string, id?: RpcId): Promise<void>;
	/** The input schema of a tool, as reviewed or listed; undefined where it is not known. Attacker-controlled. */
	schemaOf?(tool: string): JsonObject | undefined;
	/** The client would get another list of tools than it got: it is to be told so. */
	readonly onDidChangeTools?: Event<void>;
	/** The upstream's process ended, and the next request is for another one: what it lists counts for nothing yet. */
	upstreamRestarted?(): void;
	dispose(): void;
}
