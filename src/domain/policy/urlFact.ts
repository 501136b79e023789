import { type HostClass } from './hostClass';

/** One way in which some parser could read a URL. */
export interface UrlReading {
	/** Lower case, without colon; absent where the text names none. */
	readonly scheme?: string;
	/** Canonical (WHATWG URL §3.5), without a trailing dot; empty where the URL names no host. */
	readonly host: string;
	/** Written, or the scheme's own; absent where neither tells. */
	readonly port?: number;
	/** Absent without a host. */
	readonly kind?: HostClass;
}

/** Why parsers may disagree about a URL; such a URL satisfies no allow. */
export type UrlProblem = 'ambiguous' | 'unreadable' | 'too-many';

/** One URL found in the arguments, with everything it can mean. */
export interface UrlFact {
	/** JSON pointer of the leaf. */
	readonly pointer: string;
	/** False for a URL inside of prose or of another URL: a deny sees it, an allow does not ask for it. */
	readonly destination: boolean;
	readonly readings: readonly UrlReading[];
	readonly problem?: UrlProblem;
}
