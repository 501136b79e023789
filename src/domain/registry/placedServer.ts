import { type Launch, serverIdOf } from './launch';
import { type ServerEntry, type ServerOrigin } from './serverEntry';

/** Which server a definition is in the registry, or would be. */
export interface PlacedId {
	readonly id: string;
	/** As {@link ServerEntry.boundTo}. */
	readonly boundTo?: string;
}

/**
 * Two folders may say the same launch, word for word, and mean different things: it runs in another folder, and
 * `${workspaceFolder}` is another one. The first that is guarded has the plain id; that of another folder is bound to its
 * own. INVARIANT: what was reviewed for one folder is never borrowed by the file of another; what was revoked is revoked
 * in all of them. `folder`: the one of which the file is a file; undefined for a file of none.
 */
export function placedId(
	launch: Launch,
	folder: string | undefined,
	entries: readonly Pick<ServerEntry, 'id' | 'origin' | 'status'>[],
	folderOf: (origin: ServerOrigin) => string | undefined,
): PlacedId {
	const plain = { id: serverIdOf(launch) };
	if (folder === undefined) {
		return plain;
	}
	const bound = { id: serverIdOf(launch, folder), boundTo: folder };
	if (entries.some(({ id }) => id === bound.id)) {
		return bound;
	}
	const first = entries.find(({ id }) => id === plain.id);
	const other = first === undefined || first.status === 'revoked' ? undefined : folderOf(first.origin);
	return other === undefined || other === folder ? plain : bound;
}
