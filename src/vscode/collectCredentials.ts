import { type Clock } from '../base/clock';
import { type Candidate, type CollectedServer } from './guardPorts';

/** What a file says, with its secrets named: values of variables and headers. */
export function collectCredentials(
	{ server }: Candidate,
	clock: Pick<Clock, 'now'>,
): Promise<CollectedServer | undefined> {
	const { launch, values } = server;
	const storedAt = new Date(clock.now()).toISOString();
	const kind = launch.kind === 'http' ? 'header' : 'env';
	const names = launch.kind === 'http' ? launch.headers : launch.env;
	return Promise.resolve({ launch, values, credentials: names.map(name => ({ kind, name, storedAt })) });
}
