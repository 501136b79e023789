import { samePath } from '../../base/samePath';
import { type Launch, serverIdOf } from './launch';
import { type ServerEntry, type ServerOrigin } from './serverEntry';

/** Which server a definition is in the registry, or would be. */
export interface PlacedId {
	readonly id: string;
	/** As {@link ServerEntry.boundTo}. */
	readonly boundTo?: string;
}

/** The id that the launch of an entry has without a folder: the same for every folder that it is guarded for. */
export function launchIdOf({ id, launch, boundTo }: Pick<ServerEntry, 'id' | 'launch' | 'boundTo'>): string {
	return boundTo === undefined ? id : serverIdOf(launch);
}

/**
 * Two folders may say the same launch, word for word, and mean different things: it runs in another folder, and
 * `${workspaceFolder}` is another one. The first that is guarded has the plain id; that of another folder is bound to its
 * own. INVARIANT: what was reviewed for one folder is never borrowed by the file of another; while the launch is revoked for
 * one of them, no other becomes a server of its own. `folder`: the one of which the file is a file; undefined for a file of
 * none.
 */
export function placedId(
	launch: Launch,
	folder: string | undefined,
	entries: readonly Pick<ServerEntry, 'id' | 'launch' | 'boundTo' | 'origin' | 'status'>[],
	folderOf: (origin: ServerOrigin) => string | undefined,
): PlacedId {
	const plain = { id: serverIdOf(launch) };
	const bound = folder === undefined ? plain : { id: serverIdOf(launch, folder), boundTo: folder };
	if (entries.some(({ id }) => id === bound.id)) {
		return bound;
	}
	const first = entries.find(({ id }) => id === plain.id);
	const other = first === undefined ? undefined : folderOf(first.origin);
	if (first !== undefined && (other === undefined || (folder !== undefined && samePath(other, folder)))) {
		return plain;
	}
	const revoked = entries.find(entry => entry.status === 'revoked' && launchIdOf(entry) === plain.id);
	if (revoked !== undefined) {
		const { id, boundTo } = revoked;
		return { id, ...(boundTo !== undefined && { boundTo }) };
	}
	return first === undefined ? plain : bound;
}
