import { type Clock } from '../base/clock';

/** How long one reading holds, in milliseconds: what the machine knows to be secret may grow meanwhile. */
const HOLDS_MS = 1000;
/** Readings that are kept at once. */
const MOST = 256;

/**
 * What a server tells again and again is read once a second: the very same bytes, under the same policy, in which nothing
 * was found. A server that floods its client with one line would otherwise keep everybody else waiting.
 */
export class HarmlessNotices {
	private readonly known = new Set<string>();
	private since = -Infinity;

	constructor(private readonly clock: Clock) {}

	/** True where these bytes were {@link add}ed less than a second ago. Both digests of SHA-256. */
	has(digest: string, policyDigest: string): boolean {
		if (this.clock.monotonic() - this.since >= HOLDS_MS) {
			this.known.clear();
		}
		return this.known.has(`${policyDigest} ${digest}`);
	}

	/** Remembers bytes in which nothing was found and of which nothing was changed. */
	add(digest: string, policyDigest: string): void {
		if (this.known.size === 0 || this.known.size >= MOST) {
			this.known.clear();
			this.since = this.clock.monotonic();
		}
		this.known.add(`${policyDigest} ${digest}`);
	}
}
