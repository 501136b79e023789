import { type Disposable } from '../base/disposable';
import { type Event } from '../base/event';
import { type Endpoint } from '../proxy/face/endpoint';
import { AT_ONCE } from '../proxy/upstream/upstream';
import { type RegistryFile } from '../storage/registryFile';

/**
 * Ends what runs of a server as soon as the registry says that it may not, whoever said so and in whatever window: calls in
 * flight are refused with the reason, its processes are killed. A server that is not registered any more ends in good order.
 * While the registry cannot be read nothing is ended, since it says nothing; every new call is refused then.
 */
export function followStandings(
	registry: Pick<RegistryFile, 'find' | 'problem'> & { readonly onDidChange: Event<void> },
	endpoint: Pick<Endpoint, 'activeServers' | 'stopServer'>,
): Disposable {
	return registry.onDidChange(() => {
		if (registry.problem !== undefined) {
			return;
		}
		for (const id of endpoint.activeServers()) {
			const status = registry.find(id)?.status;
			if (status !== 'approved') {
				void endpoint.stopServer(id, status === undefined ? undefined : AT_ONCE);
			}
		}
	});
}
