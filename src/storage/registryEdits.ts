import { type JsonValue } from '../base/json';
import { sameJson } from '../base/sameJson';
import { changeStatus, concernedBy, type StatusChange } from '../domain/registry/changeStatus';
import { clashOf } from '../domain/registry/readServerEntry';
import { type ServerEntry } from '../domain/registry/serverEntry';

/** Why a change is not made; one sentence for people. */
export interface RefusedEdit {
	readonly kind: 'problem';
	readonly problem: string;
	/** True where somebody changed the entry since it was read. */
	readonly conflict?: true;
}

/** What a change makes of the entries that are on the disk; the same entries where there is nothing to do. */
export type Edit = (entries: readonly ServerEntry[]) => readonly ServerEntry[] | RefusedEdit;

/**
 * Adds an entry or replaces the one of the same id. The revision becomes the given one, or the next one after what is stored,
 * whichever is higher. `expected`: the revision that the entry was made from, 0 where there was none.
 */
export function putEntry(entry: ServerEntry, expected?: number): Edit {
	return entries => {
		const others = entries.filter(({ id }) => id !== entry.id);
		const stored = entries.find(({ id }) => id === entry.id);
		if (expected !== undefined && expected !== (stored?.revision ?? 0)) {
			return { kind: 'problem', problem: 'another window changed this server meanwhile', conflict: true };
		}
		if (clashOf(others, entry) !== undefined) {
			return { kind: 'problem', problem: 'another guarded server has the same name' };
		}
		if (stored === undefined) {
			return [...entries, entry];
		}
		const next = { ...entry, revision: Math.max(entry.revision, stored.revision + 1) };
		return sayTheSame(stored, entry) ? entries : entries.map(each => (each === stored ? next : each));
	};
}

/** Changes one entry, whatever was written to it meanwhile. */
export function updateEntry(serverId: string, by: (entry: ServerEntry) => ServerEntry): Edit {
	return entries => {
		const stored = entries.find(({ id }) => id === serverId);
		return stored === undefined
			? { kind: 'problem', problem: 'it is not guarded any more' }
			: putEntry(by(stored), stored.revision)(entries);
	};
}

/** Changes the status of one entry, and of those that {@link concernedBy} names, by the rules of {@link changeStatus}. */
export function setEntryStatus(serverId: string, change: StatusChange): Edit {
	return entries => {
		const changed = new Map<ServerEntry, ServerEntry>();
		for (const stored of concernedBy(entries, serverId, change.status)) {
			const after = changeStatus(stored, change);
			if (typeof after === 'string') {
				return { kind: 'problem', problem: after };
			}
			changed.set(stored, after);
		}
		return changed.size === 0
			? { kind: 'problem', problem: 'it is not guarded any more' }
			: entries.map(each => changed.get(each) ?? each);
	};
}

/** All of these, or none where one of them is refused. */
export function allOf(edits: readonly Edit[]): Edit {
	return entries =>
		edits.reduce<ReturnType<Edit>>((result, edit) => ('kind' in result ? result : edit(result)), entries);
}

function sayTheSame(stored: ServerEntry, entry: ServerEntry): boolean {
	const plain = (value: ServerEntry) => ({ ...value, revision: 0 }) as unknown as JsonValue;
	return sameJson(plain(stored), plain(entry));
}
