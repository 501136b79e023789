import { type JsonObject } from '../../base/json';
import { type RpcId } from '../../firewall/message';
import { MAX_STATELESS_UPSTREAMS } from '../limits';
import { type ReadableMessage } from '../relay/readMessage';
import { type Entrance } from './closedDoor';
import { type StatelessSession } from './statelessSession';

/** What a pool does with sessions. */
export interface StatelessSessions {
	/** Makes one, whose upstream is about to start. */
	createStateless(serverId: string, entrance: Entrance): StatelessSession;
	end(session: StatelessSession): Promise<void>;
}

/** What requests have to share to be served by one process. */
export interface PoolPlace {
	readonly serverId: string;
	readonly entrance: Entrance;
}

/**
 * The processes that serve requests without sessions, by server and entrance; more than one only where ids or tokens clash.
 */
export class StatelessPool {
	private readonly members = new Map<string, StatelessSession[]>();

	constructor(private readonly sessions: StatelessSessions) {}

	/**
	 * Finds a session with a place for a message, or starts one. Undefined when as many as there may be are busy with requests
	 * of the same id or token.
	 */
	place(at: PoolPlace, read: ReadableMessage): StatelessSession | undefined {
		const open = this.membersAt(at).filter(session => !session.closed);
		this.members.set(keyOf(at), open);
		const free = open.find(session => session.reserve(read));
		if (free !== undefined) {
			return free;
		}
		if (open.length >= MAX_STATELESS_UPSTREAMS) {
			// Ids of cancelled requests that a server never answers stay taken; a process that nobody uses gives way.
			const unused = open.find(session => !session.busy);
			if (unused === undefined) {
				return undefined;
			}
			open.splice(open.indexOf(unused), 1);
			void this.sessions.end(unused);
		}
		const session = this.sessions.createStateless(at.serverId, at.entrance);
		open.push(session);
		session.reserve(read);
		return session;
	}

	/** Notes a message that was refused before it had a place; where no process runs there is no trail for it. */
	note(at: PoolPlace, why: string, id: RpcId | undefined): void {
		this.membersAt(at)
			.find(session => !session.closed)
			?.note(why, id);
	}

	/** The input schema of a tool, as any of the sessions knows it. Attacker-controlled. */
	schemaOf(at: PoolPlace, tool: string): JsonObject | undefined {
		for (const session of this.membersAt(at)) {
			const schema = session.closed ? undefined : session.schemaOf(tool);
			if (schema !== undefined) {
				return schema;
			}
		}
		return undefined;
	}

	private membersAt(at: PoolPlace): StatelessSession[] {
		return this.members.get(keyOf(at)) ?? [];
	}
}

function keyOf({ serverId, entrance }: PoolPlace): string {
	return `${entrance} ${serverId}`;
}
