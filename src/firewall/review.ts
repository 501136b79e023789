import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Registry } from './ports';

/** What the registry says of the server of a session. */
export interface ReviewNow {
	/** The review that decides: pins, capabilities, ceiling. Absent where nobody reviewed the server. */
	readonly entry: ServerEntry | undefined;
	/** True while the registry admits the server, whatever was so before. */
	readonly approved: boolean;
}

/** The review of one server, as one session sees it. */
export interface Review {
	/** Throws as the registry does; then nothing may pass. */
	current(): ReviewNow;
	/** Revision of the entry that decides, for the record; undefined where there is none, or trouble. */
	readonly revision: number | undefined;
	/**
	 * The same server for one request that belongs to no session: the registry as it is when the request comes. It keeps that
	 * revision to its end, however long a person or the server takes, so that what is judged is what is recorded.
	 */
	readonly live: Review;
}

/**
 * INVARIANT: a session keeps the revision of the review that it began with (gateway.md C1, N2). What another review says of
 * pins and capabilities counts for the sessions that begin after it; what it says of the status counts at once.
 */
export function reviewOf(registry: Registry, serverId: string): Review {
	return new BoundReview(registry, serverId);
}

class BoundReview implements Review {
	private bound: ServerEntry | undefined;

	constructor(
		private readonly registry: Registry,
		private readonly serverId: string,
	) {
		// From the first moment on, not from the first message.
		this.peek();
	}

	current(): ReviewNow {
		const entry = this.registry.find(this.serverId);
		const approved = entry?.status === 'approved';
		if (entry === undefined || this.bound === undefined || isSameReview(this.bound, entry)) {
			this.bound = approved ? entry : this.bound;
			return { entry, approved };
		}
		return { entry: this.bound, approved };
	}

	get revision(): number | undefined {
		return this.peek()?.revision;
	}

	get live(): Review {
		return new BoundReview(this.registry, this.serverId);
	}

	/** Undefined for want of an entry, and in trouble, which {@link current} tells whoever decides. */
	private peek(): ServerEntry | undefined {
		try {
			return this.current().entry;
		} catch {
			return undefined;
		}
	}
}

/** The count of revisions begins anew where a server was released and guarded again. */
function isSameReview(bound: ServerEntry, now: ServerEntry): boolean {
	return bound.revision === now.revision && bound.reviewedAt === now.reviewedAt;
}
