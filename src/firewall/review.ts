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
	/** The same server for a request that belongs to no session: the registry as it is now. */
	readonly live: Review;
}

/**
 * INVARIANT: a session keeps the revision of the review that it began with (gateway.md C1, N2). What another review says of
 * pins and capabilities counts for the sessions that begin after it; what it says of the status counts at once.
 */
export function reviewOf(registry: Registry, serverId: string): Review {
	let bound: ServerEntry | undefined;
	const live = () => {
		const entry = registry.find(serverId);
		return { entry, approved: entry?.status === 'approved' };
	};
	const current = () => {
		const now = live();
		if (now.entry === undefined || bound === undefined || bound.revision === now.entry.revision) {
			bound = now.approved ? now.entry : bound;
			return now;
		}
		return { entry: bound, approved: now.approved };
	};
	// From the first moment on, not from the first message.
	const own = new ReviewView(current, new ReviewView(live));
	own.bind();
	return own;
}

class ReviewView implements Review {
	constructor(
		readonly current: () => ReviewNow,
		private readonly other?: Review,
	) {}

	get revision(): number | undefined {
		return this.bind()?.revision;
	}

	/** Undefined for want of an entry, and in trouble, which {@link current} tells whoever decides. */
	bind(): ServerEntry | undefined {
		try {
			return this.current().entry;
		} catch {
			return undefined;
		}
	}

	get live(): Review {
		return this.other ?? this;
	}
}
