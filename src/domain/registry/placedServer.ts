import { samePath } from '../../base/samePath';
import { type Launch, serverIdOf } from './launch';
import { folderOfOrigin } from './originPlaces';
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

/** What decides which server a definition is. */
export interface Placing {
	/** All that are registered, also those that belong to folders which are not open. */
	readonly registered: readonly Pick<ServerEntry, 'id' | 'launch' | 'boundTo' | 'origin' | 'status'>[];
	/** The home folder of the person, as {@link folderOfOrigin} takes it. */
	readonly home: string;
}

/**
 * Two folders may say the same launch, word for word, and mean different things: it runs in another folder, and
 * `${workspaceFolder}` is another one. The first that is guarded has the plain id; that of another folder is bound to its
 * own. INVARIANT: what was reviewed for one folder is never borrowed by the file of another; while the launch is revoked for
 * one of them, no other becomes a server of its own. `origin`: the file that says the launch.
 */
export function placedId(launch: Launch, origin: ServerOrigin, { registered, home }: Placing): PlacedId {
	const folder = folderOfOrigin(origin, home);
	const plain = { id: serverIdOf(launch) };
	const bound = folder === undefined ? plain : { id: serverIdOf(launch, folder), boundTo: folder };
	if (registered.some(({ id }) => id === bound.id)) {
		return bound;
	}
	const first = registered.find(({ id }) => id === plain.id);
	const other = first === undefined ? undefined : folderOfOrigin(first.origin, home);
	if (first !== undefined && (other === undefined || (folder !== undefined && samePath(other, folder)))) {
		return plain;
	}
	const revoked = registered.find(entry => entry.status === 'revoked' && launchIdOf(entry) === plain.id);
	if (revoked !== undefined) {
		const { id, boundTo } = revoked;
		return { id, ...(boundTo !== undefined && { boundTo }) };
	}
	return first === undefined ? plain : bound;
}

/**
 * {@link placedId} for one definition after the other: of what nobody guards yet the first folder has the plain id, as it will
 * when they are guarded in turn.
 */
export function placedIds(placing: Placing): (launch: Launch, origin: ServerOrigin) => string {
	const first = new Map<string, string>();
	return (launch, origin) => {
		const folder = folderOfOrigin(origin, placing.home);
		const { id } = placedId(launch, origin, placing);
		const known = placing.registered.some(entry => entry.id === id);
		if (folder === undefined || known || id !== serverIdOf(launch)) {
			return id;
		}
		const owner = first.get(id) ?? folder;
		first.set(id, owner);
		return samePath(owner, folder) ? id : serverIdOf(launch, folder);
	};
}
