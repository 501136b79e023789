import { type Clock, type IdSource } from '../../base/clock';
import { type Logger } from '../../base/logger';
import { type AskServer, type SessionPath } from '../../firewall/ports';
import { type ClientPort } from './clientPort';
import { type ClientRequester } from './clientRequester';
import { type Upstream } from '../upstream/upstream';

/** What a relay needs. */
export interface RelayOptions {
	readonly client: ClientPort;
	readonly upstream: Upstream;
	/**
	 * Opens the path of this session; gets the requester, so that the client may be its own approver, and the way to ask the
	 * upstream in the path's own name.
	 */
	readonly openPath: (requester: ClientRequester, ask: AskServer) => SessionPath;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	readonly deadlineMs?: number;
}
