import { type JsonObject } from '../../base/json';
import { type Labelled } from './dataFlow';
import { type HostFacts, type PathFact } from './facts';

/** Reading so many distinct paths in one session is more than a task needs before it sends something (X5). */
export const MANY_READS = 50;
/** The same in bytes of results. */
export const MANY_BYTES = 1_048_576;
/** The deletion with this number, after a listing, is asked for (X6). */
export const MANY_DELETES = 3;
/** A tool is suspended at this many changed retries of a denied call (X9). */
export const MANY_RETRIES = 3;

/** What an inspector saw in a text. */
export interface TextFindings {
	readonly instructionShaped: boolean;
	readonly secret: boolean;
}

/** One call as the session remembers calls. Everything in it but the server's name is attacker-controlled. */
export interface SessionCall {
	/** The registered name. */
	readonly server: string;
	readonly tool: string;
	readonly capability: string;
	readonly arguments: JsonObject;
	/** Digest of the canonical arguments (base/digest.ts, `digestJson`). */
	readonly argumentsDigest: string;
	/** Of the arguments. */
	readonly findings: TextFindings;
	/** Of the arguments; absent where none are known. */
	readonly paths?: readonly PathFact[];
	/** Folders that calls merely stand in (the workspace's): two calls do not resemble each other by them. */
	readonly folders?: readonly string[];
}

/** Something that happened in a session and that later calls are judged by. */
export type SessionEvent =
	| {
			readonly kind: 'answered';
			readonly call: SessionCall;
			readonly host: HostFacts;
			/** Every text of the result, or as much of it as the host likes to hand on. */
			readonly resultTexts: readonly string[];
			readonly resultBytes: number;
			/** Of the result. */
			readonly findings: TextFindings;
			/** Secrets that were told apart in the result. */
			readonly secrets?: readonly string[];
			/** True when the result comes from outside although the capability does not say so. */
			readonly outside?: boolean;
			/** True when the call itself was noted before, and this is a further answer to it (the result of a task). */
			readonly again?: boolean;
	  }
	/** Refused by a deny rule, a built-in protection, or a person. */
	| { readonly kind: 'denied'; readonly call: SessionCall }
	/** A person lets a suspended tool work again. */
	| { readonly kind: 'lifted'; readonly tool: Pick<SessionCall, 'server' | 'tool'> };

/** A denied call, as much of it as tells whether another one is the same once more. Bounded. */
export interface DeniedCall {
	readonly digest: string;
	/** What the call is about: paths in all their forms, addresses, commands, recipients. */
	readonly targets: readonly string[];
	/** Words of its texts, for calls that have no targets. */
	readonly words: readonly string[];
}

/** Text that a server gave back, lower-case. */
export interface RememberedText {
	readonly server: string;
	readonly untrusted: boolean;
	readonly text: string;
}

/** What a session has done so far, bounded whatever it did. One state serves all servers of a window. */
export interface SessionState {
	/** Servers that gave a secret; more than 16 become one `*`. */
	readonly secretFrom: readonly string[];
	readonly untrusted: boolean;
	readonly persistenceWritten: boolean;
	readonly configWritten: boolean;
	/** Up to {@link MANY_READS} distinct paths. */
	readonly readPaths: ReadonlySet<string>;
	readonly readBytes: number;
	readonly listed: boolean;
	readonly deletes: number;
	/** Denied calls by tool (`toolKey` in noteCall.ts), oldest tool first. */
	readonly denials: ReadonlyMap<string, readonly DeniedCall[]>;
	/** Keys of tools; forgotten only when a person lifts it. */
	readonly suspended: ReadonlySet<string>;
	/** The latest texts, oldest first, 256 Ki characters in all. */
	readonly texts: readonly RememberedText[];
	/** Fingerprints of what was secret or came from outside, oldest first. */
	readonly labelled: readonly Labelled[];
}

/** The state of a session that has done nothing. */
export const NEW_SESSION: SessionState = {
	secretFrom: [],
	untrusted: false,
	persistenceWritten: false,
	configWritten: false,
	readPaths: new Set(),
	readBytes: 0,
	listed: false,
	deletes: 0,
	denials: new Map(),
	suspended: new Set(),
	texts: [],
	labelled: [],
};
