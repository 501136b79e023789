import { type Clock, type IdSource } from '../base/clock';
import { digestJson } from '../base/digest';
import { type Denial } from '../domain/approval/grant';
import { type GrantCall } from '../domain/approval/grantCall';

/** So many are kept of each kind; the oldest gives way. */
const MAX_REMEMBERED = 1024;
/** Milliseconds in which a call that was just dismissed, or timed out, is not asked for again. */
export const QUIET_MS = 30_000;

interface Kept extends Denial {
	/** What the no was said under: another policy, tool or review, and it is asked anew. */
	readonly under: string;
}

/**
 * Remembered no's, in memory, bounded. A denied call is refused for the rest of its session, until what it was denied under
 * changes or the person takes it back. A dismissed one, or one that nobody answered, is only kept quiet for
 * {@link QUIET_MS}: the person did not say no to it.
 */
export class DenialMemory {
	private readonly denials = new Map<string, Kept>();
	/** Monotonic times by call. */
	private readonly dismissed = new Map<string, number>();

	constructor(
		private readonly clock: Clock,
		private readonly ids: IdSource,
	) {}

	/** Remembers a person's clear no to this very call. */
	denied(call: GrantCall): void {
		const { serverId, serverName, tool, capability } = call.binding;
		const deniedAt = this.clock.now();
		const { session } = call;
		keep(this.denials, keyOf(call), {
			...{ id: this.ids.uuid(), session, serverId, serverName, tool, capability, deniedAt, under: underOf(call) },
		});
	}

	/** Remembers that nobody said yes or no. */
	passedBy(call: GrantCall): void {
		keep(this.dismissed, keyOf(call), this.clock.monotonic());
	}

	/** What the person said to the identical call before, where that still counts. */
	find(call: GrantCall): 'denied' | 'dismissed' | undefined {
		const key = keyOf(call);
		const denial = this.denials.get(key);
		if (denial !== undefined && denial.under !== underOf(call)) {
			this.denials.delete(key);
		}
		if (this.denials.has(key)) {
			return 'denied';
		}
		const at = this.dismissed.get(key);
		if (at === undefined) {
			return undefined;
		}
		if (this.clock.monotonic() - at < QUIET_MS) {
			return 'dismissed';
		}
		this.dismissed.delete(key);
		return undefined;
	}

	list(): readonly Denial[] {
		return [...this.denials.values()].map(
			({ id, session, serverId, serverName, tool, capability, deniedAt }): Denial => ({
				...{ id, session, serverId, serverName, tool, capability, deniedAt },
			}),
		);
	}

	/** True when there was one of this id. */
	forget(id: string): boolean {
		const found = [...this.denials].find(([, denial]) => denial.id === id);
		return found !== undefined && this.denials.delete(found[0]);
	}

	endSession(session: string): void {
		for (const [key, denial] of this.denials) {
			if (denial.session === session) {
				this.denials.delete(key);
			}
		}
	}
}

function keyOf({ session, binding, digest }: GrantCall): string {
	return JSON.stringify([session, binding.serverId, binding.tool, digest]);
}

function underOf({ binding }: GrantCall): string {
	return digestJson([binding.policyDigest, binding.toolDigest, binding.entryDigest, binding.askedBy]);
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
	map.delete(key);
	map.set(key, value);
	for (const oldest of map.keys()) {
		if (map.size <= MAX_REMEMBERED) {
			return;
		}
		map.delete(oldest);
	}
}
