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
	/** Canonical addresses that the host holds within it or stands for, such as the IPv4 address of `[::ffff:7f00:1]`. */
	readonly behind?: readonly string[];
}

/** Why parsers may disagree about a URL; such a URL satisfies no allow. */
export type UrlProblem = 'ambiguous' | 'unreadable' | 'too-many';

/** One URL found in the arguments, with everything it can mean. */
export interface UrlFact {
	/** JSON pointer of the leaf. */
	readonly pointer: string;
	/** False for a URL inside of prose or of another URL: a deny sees it, an allow does not ask for it. */
	readonly destination: boolean;
	/**
	 * Set where it only looks like a host that the call goes to: an address under any key, a name under a key such as
	 * `server`. A deny or approval sees it; it gives an allow no host, but has to be one that the allow lists.
	 */
	readonly possible?: true;
	readonly readings: readonly UrlReading[];
	readonly problem?: UrlProblem;
}
