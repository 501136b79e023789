import { type Disposable } from '../base/disposable';
import { type StopSwitch } from '../firewall/ports';
import { type RegistryFile } from '../storage/registryFile';
import { readStop, StopFile } from '../storage/stopFile';
import { systemClock } from '../storage/system';

/** The emergency stop and the revocation of one server, as a process without a window follows them. */
export interface Holds extends Disposable {
	readonly stop: StopSwitch;
	/** Aborts as soon as all servers are stopped, or this one may not run any more. */
	readonly signal: AbortSignal;
}

/**
 * Follows what a person says in any window: looked at with each call, and told within 200 ms so that what runs ends. INVARIANT:
 * a file of the emergency stop that is missing or damaged means stopped.
 */
export function followHolds(
	dataDirectory: string,
	registry: Pick<RegistryFile, 'find' | 'onDidChange'>,
	serverId: string,
): Holds {
	const held = new AbortController();
	const file = new StopFile(dataDirectory, systemClock);
	const look = () => {
		if (readStop(dataDirectory) || registry.find(serverId)?.status !== 'approved') {
			held.abort();
		}
	};
	const followed = [file.onDidChange(look), registry.onDidChange(look), file];
	return {
		stop: {
			get stopped() {
				return readStop(dataDirectory);
			},
			onDidStop: listener =>
				file.onDidChange(() => {
					if (readStop(dataDirectory)) {
						listener();
					}
				}),
		},
		signal: held.signal,
		dispose: () => followed.forEach(each => each.dispose()),
	};
}
