import { type Disposable, DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { type Endpoint } from '../proxy/face/endpoint';
import { AT_ONCE } from '../proxy/upstream/upstream';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type RegistryFile } from '../storage/registryFile';

/** Which servers belong to this window, whose folders come and go. */
export interface WindowServers {
	readonly belongsHere: (entry: ServerEntry) => boolean;
	/** The folders of the window are others now. */
	readonly onDidMove: Event<unknown>;
}

/**
 * Ends what runs of a server as soon as the registry says that it may not, whoever said so and in whatever window: calls in
 * flight are refused with the reason, its processes are killed. A server that is not registered any more ends in good order.
 * While the registry cannot be read nothing is ended, since it says nothing; every new call is refused then. A server whose
 * folder was closed ends in good order, too, whoever speaks to it.
 */
export function followStandings(
	registry: Pick<RegistryFile, 'find' | 'problem'> & { readonly onDidChange: Event<void> },
	endpoint: Pick<Endpoint, 'activeServers' | 'stopServer'>,
	{ belongsHere, onDidMove }: WindowServers,
): Disposable {
	const store = new DisposableStore();
	store.add(
		registry.onDidChange(() => {
			if (registry.problem !== undefined) {
				return;
			}
			for (const id of endpoint.activeServers()) {
				const status = registry.find(id)?.status;
				if (status !== 'approved') {
					void endpoint.stopServer(id, status === undefined ? undefined : AT_ONCE);
				}
			}
		}),
	);
	store.add(
		onDidMove(() => {
			for (const id of endpoint.activeServers()) {
				const entry = registry.find(id);
				if (entry !== undefined && !belongsHere(entry)) {
					void endpoint.stopServer(id);
				}
			}
		}),
	);
	return store;
}
