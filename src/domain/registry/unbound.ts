import { launchIdOf } from './placedServer';
import { entryWithout } from './registryBundle';
import { type ServerEntry } from './serverEntry';

/**
 * Entries as one person gives them to others, and takes them from others: a folder of one machine is none of another's, so what is
 * bound to one is the plain server there. Several of one launch become one, which is revoked where one of them is.
 */
export function unbound(entries: readonly ServerEntry[]): readonly ServerEntry[] {
	const plain = new Map<string, ServerEntry>();
	// That of no folder goes first: its name names none.
	for (const entry of entries.toSorted((a, b) => Number(a.boundTo !== undefined) - Number(b.boundTo !== undefined))) {
		const id = launchIdOf(entry);
		const before = plain.get(id) ?? { ...entryWithout(entry, ['boundTo']), id };
		plain.set(id, entry.status === 'revoked' ? { ...before, status: 'revoked' } : before);
	}
	return [...plain.values()];
}
