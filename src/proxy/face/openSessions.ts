import { type Disposable } from '../../base/disposable';
import { Emitter, type Event } from '../../base/event';
import { type StopGraces } from '../upstream/upstream';
import { MAX_SESSIONS_PER_SERVER } from '../limits';
import { type HttpSession } from './httpSession';
import { type StatelessSession } from './statelessSession';

/** A session of either kind of client. */
export type Session = HttpSession | StatelessSession;

/** The sessions of an endpoint, from before they start until nothing of them is left. */
export class OpenSessions implements Disposable {
	private readonly sessions = new Map<string, Session>();
	/** Not known to clients any more, but their upstream may still be stopping. */
	private readonly ending = new Set<Session>();
	private readonly changed = new Emitter<number>();

	/** The number of open sessions, whenever it changes. */
	readonly onDidChange: Event<number> = this.changed.event;

	/** The open sessions. */
	all(): readonly Session[] {
		return [...this.sessions.values()];
	}

	/** The open sessions with one server. */
	of(serverId: string): readonly Session[] {
		return this.all().filter(session => session.serverId === serverId);
	}

	/** The servers that have sessions, also such as are ending. */
	servers(): readonly string[] {
		return [...this.sessions.values(), ...this.ending].map(({ serverId }) => serverId);
	}

	find(id: string): Session | undefined {
		return this.sessions.get(id);
	}

	/** Before anything is waited for: a stop reaches what is about to start, and those that come at once are counted. */
	enter(session: Session): void {
		this.makeRoom(session.serverId);
		this.sessions.set(session.id, session);
		this.changed.fire(this.sessions.size);
	}

	/** Ends a session, in good order unless the graces say otherwise. */
	async end(session: Session, graces?: StopGraces): Promise<void> {
		if (this.sessions.delete(session.id)) {
			this.changed.fire(this.sessions.size);
		}
		this.ending.add(session);
		try {
			await session.close(graces);
		} finally {
			this.ending.delete(session);
		}
	}

	/** Ends all sessions, or those of one server, also again those that are ending already: a shorter grace counts. */
	async endAll(graces?: StopGraces, serverId?: string): Promise<void> {
		const wanted = [...this.sessions.values(), ...this.ending].filter(
			session => serverId === undefined || session.serverId === serverId,
		);
		await Promise.all(wanted.map(session => this.end(session, graces)));
	}

	dispose(): void {
		this.changed.dispose();
	}

	/** Clients that vanish without DELETE must not keep children for ever. */
	private makeRoom(serverId: string): void {
		const own = this.of(serverId);
		if (own.length >= MAX_SESSIONS_PER_SERVER) {
			const idle = own.filter(session => !session.busy);
			const [oldest] = [...(idle.length > 0 ? idle : own)].sort((a, b) => a.lastUsed - b.lastUsed);
			if (oldest !== undefined) {
				void this.end(oldest);
			}
		}
	}
}
