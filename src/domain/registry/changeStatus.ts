import { phrase } from '../../base/phrase';
import { launchIdOf } from './placedServer';
import { type ServerEntry, type ServerStatus } from './serverEntry';

/** Why an entry is suspended when a person put it to rest; only that can be taken back without a review. */
export const RESTED_BY_PERSON = phrase('put to rest by a person').text;
/** Why an entry is revoked when a person did it. */
export const REVOKED_BY_PERSON = phrase('revoked by a person').text;

/** A new status, and why: one line of ours, no server text. */
export interface StatusChange {
	readonly status: ServerStatus;
	readonly reason: string;
}

/**
 * The entry under its new status, the same entry where nothing changes, or a sentence (without its full stop) why it may not
 * be. INVARIANT: without a review nothing becomes approved but what a person put to rest, and nothing that is revoked becomes
 * anything else. What is not approved already does not get better by being suspended, nor does its reason by a milder one.
 */
export function changeStatus(entry: ServerEntry, { status, reason }: StatusChange): ServerEntry | string {
	const { statusReason: before, ...rest } = entry;
	const plain = { ...rest, status, revision: entry.revision + 1 };
	const changed = { ...plain, statusReason: reason };
	if (entry.status === status && (before === reason || !isRested(entry))) {
		return entry;
	}
	switch (status) {
		case 'revoked':
			return changed;
		case 'suspended':
		case 'pending-review':
			return entry.status === 'approved' || isRested(entry) ? changed : entry;
		case 'approved':
			return isRested(entry) ? plain : 'only a review can approve it';
	}
}

/**
 * The servers that a change of one is about, that one first; none where it is not there. INVARIANT: a launch that is revoked
 * is so in every folder that it is guarded for. Rest and review are of one server alone.
 */
export function concernedBy(
	entries: readonly ServerEntry[],
	serverId: string,
	status: ServerStatus,
): readonly ServerEntry[] {
	const one = entries.find(({ id }) => id === serverId);
	if (one === undefined || status !== 'revoked') {
		return one === undefined ? [] : [one];
	}
	const launch = launchIdOf(one);
	return [one, ...entries.filter(entry => entry !== one && launchIdOf(entry) === launch)];
}

/** True for what a person put to rest, and may let go on. */
export function isRested({ status, statusReason }: ServerEntry): boolean {
	return status === 'suspended' && statusReason === RESTED_BY_PERSON;
}
