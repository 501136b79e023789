import { type JsonObject } from '../../base/json';
import { type Principal } from '../identity/principal';
import { type SessionFacts } from './sessionFacts';

/** Why a path argument cannot be judged; such a path satisfies no allow and is denied. */
export type PathProblem = 'control-character' | 'no-root' | 'remote' | 'unresolvable' | 'confusable' | 'too-long';

/** One path found in the arguments, in every form in which a server could read it. */
export interface PathFact {
	/** JSON pointer of the leaf. */
	readonly pointer: string;
	/** As the client sent it. Attacker-controlled. */
	readonly raw: string;
	/**
	 * Canonical absolute forms: lexical, percent-decoded, and with symlinks resolved. A deny needs one of them to match,
	 * an allow needs all of them.
	 */
	readonly candidates: readonly string[];
	readonly problem?: PathProblem;
	/** What the disk says that no text can: see `pathCaution` in pathReach.ts for what follows from it. */
	readonly flags?: PathFlags;
	/** Absolute globs that the call says here; what they name counts for denies, approvals and built-in protections. */
	readonly globs?: readonly string[];
	/** The call means the whole tree below, not just this one place: what is denied further down counts too. */
	readonly recursive?: true;
}

/** Signs that a path is one more name of something that lies elsewhere; an allow then becomes a question at least. */
export interface PathFlags {
	/** A regular file with a second name: what is read or written here is also a file at a place nobody judged. */
	readonly hardLinked?: true;
	/** Mounted below the workspace or the server's root from somewhere else: a bind mount, another volume. */
	readonly otherDevice?: true;
}

/** The host's own knowledge that conditions refer to. Arguments never satisfy a context condition (gateway.md ARG-01). */
export interface HostFacts {
	/** Canonical folders of the workspace; empty when there is none. */
	readonly workspaceFolders: readonly string[];
	readonly home?: string;
	readonly platform: 'posix' | 'win32';
	/** True where `/ETC` is `/etc`. */
	readonly caseInsensitivePaths: boolean;
	/** Absolute folders that no guarded tool may touch, whatever the policy says: the firewall's own data (invariant 9). */
	readonly protectedFolders?: readonly string[];
	/** Absolute files and folders that no guarded tool may change: the policy, and what chooses it. */
	readonly protectedFiles?: readonly string[];
}

/** Canonical forms of the host's `protectedFolders` and `protectedFiles`, symlinks resolved too. */
export interface OwnPlaces {
	readonly folders: readonly string[];
	readonly files: readonly string[];
}

/** What of a server's identity verdicts rest on. */
export type PrincipalFacts = Pick<Principal, 'state' | 'level' | 'badge' | 'blocked' | 'errors' | 'cause' | 'pending'>;

/** All that `judgeFacts` and `decide` may look at. */
export interface CallFacts extends SessionFacts {
	readonly server: { readonly id: string; readonly name: string };
	readonly tool: string;
	readonly capability: string;
	readonly arguments: JsonObject;
	readonly paths: readonly PathFact[];
	/**
	 * Texts that may be names of files below the folders of the call, although no key says so. They count for denies,
	 * approvals and built-in protections; an allow does not ask where they lie, and grants and memory do not keep them.
	 */
	readonly possiblePaths?: readonly PathFact[];
	readonly host: HostFacts;
	/** The folder whose file brought the server; absent for one of no folder, and where fewer than two folders are open. */
	readonly serverFolder?: string;
	/** Who the server is, as far as a verdict may rest on it; absent where nobody looked. */
	readonly principal?: PrincipalFacts;
	/** `tool` is the name of a method (a resource, what a server asks of its client): no tool runs. */
	readonly isMethod?: true;
	/** No rule claims the request, so that only denials and approvals speak of it; without one it passes. */
	readonly unclaimed?: true;
	/**
	 * Canonical forms of each path prefix that the policy names (expanded, and with symlinks resolved), keyed by the
	 * prefix as it stands in the rule. A prefix without an entry matches nothing in an allow and is an error in a deny.
	 */
	readonly prefixes: ReadonlyMap<string, readonly string[]>;
	/** The firewall's own places; absent where it has none (policy tests). */
	readonly ownPlaces?: OwnPlaces;
	/**
	 * Only for calls from the trail, whose arguments were masked or cut: whether a condition over arguments held, by its
	 * key (condition.ts). INVARIANT: a live call never brings it, its arguments are all there.
	 */
	readonly told?: ReadonlyMap<string, boolean>;
}
