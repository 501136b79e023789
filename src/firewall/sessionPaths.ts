import { type Event } from '../base/event';
import { type Presentation } from '../domain/registry/annotations';
import { type Approver, type AskServer, type GuardedServer, type SessionPath } from './ports';

/** The client at the near end of a session, where the host knows that it is its own: the editor's chat of this window. */
export interface SessionClient {
	/** How the person wants tools presented to it; while the policy in force merely records, they are presented as they are. */
	readonly presentation: () => Presentation;
	/** What {@link presentation} gives, or the policy in force, may be another one now. */
	readonly onDidChange: Event<void>;
}

/**
 * Opens the path for a new session. `approver` is per session, because a headless client may be its own approver. `ask` lets
 * the path compare a server with its review before the first call; undefined only where there is no server to ask. `client`
 * is left out for every client but the editor's own: it gets to see tools as they are.
 */
export interface SessionPaths {
	open(server: GuardedServer, approver: Approver, ask: AskServer | undefined, client?: SessionClient): SessionPath;
}
