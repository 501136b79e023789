import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { FirewallError } from '../../base/errors';
import { type Event } from '../../base/event';
import { type Approver, type AskServer, type GuardedServer } from '../../firewall/ports';
import { type SessionClient, type SessionPaths } from '../../firewall/sessionPaths';
import { type ClientRequester } from '../relay/clientRequester';
import { type Entrance, routeOf } from './closedDoor';
import { HttpFace } from './httpFace';
import { HttpSession } from './httpSession';
import { Listening, type ListeningOptions } from './listening';
import { LazyUpstream } from '../life/lazyUpstream';
import { type ManifestCache } from '../life/manifestDesk';
import { OpenSessions, type Session } from './openSessions';
import { Relay } from '../relay/relay';
import { Restarts } from '../life/restarts';
import { SharedServer } from '../life/sharedUpstream';
import { StatelessSession } from './statelessSession';
import { addressUri } from './socketAddress';
import { type ServedIdentity } from '../identity/principalDesk';
import { openUpstream, type UpstreamLaunch } from '../upstream/openUpstream';
import { AT_ONCE, type StopGraces, type Upstream, type UpstreamEnd } from '../upstream/upstream';

/** A guarded server as the endpoint serves it. */
export interface ServedServer {
	readonly server: GuardedServer;
	/** Asks the person about calls of sessions with this server; made per session where the client itself is asked. */
	readonly approver: Approver | ((requester: ClientRequester) => Approver);
	/** Called once per session, when its upstream is started; may read secrets. */
	readonly launch: () => Promise<UpstreamLaunch>;
	/** What the server is known to say before it is started. Absent: it is started with its session. */
	readonly manifests?: ManifestCache;
	/** True where sessions may use one process together. */
	readonly shared?: boolean;
	/** Watches who each process of it is; absent where nobody looks. */
	readonly identity?: Pick<ServedIdentity, 'wrap'>;
	/** Revision of its review; sessions that began under another one are retired. Absent where there is none. */
	readonly revision?: number;
}

/** What an endpoint needs. */
export interface EndpointOptions extends ListeningOptions {
	/** The token of a server for clients outside where it is given; otherwise random for each server and entrance. */
	readonly token?: string;
	/**
	 * What a request with a wrong token gets. 404 toward an editor: a 401 would make it start an OAuth flow. 401 toward
	 * clients that were given an address by hand.
	 */
	readonly wrongToken?: 401 | 404;
	readonly sessionPaths: SessionPaths;
	/** The editor's chat of this window, which alone is given addresses with the entrance `window`. */
	readonly editor?: SessionClient;
	/** Undefined for what is not, or not any more, to be served. */
	readonly servers: (serverId: string) => ServedServer | undefined;
	/** Lines of an upstream's stderr. Attacker-controlled. */
	readonly onStderr?: (serverId: string, line: string) => void;
	/** An upstream was started, or has ended; `end` says how. */
	readonly onUpstream?: (serverId: string, end: UpstreamEnd | undefined) => void;
}

/** How the editor reaches one guarded server. The headers hold a secret. */
export interface GuardedAddress {
	readonly uri: string;
	readonly headers: Readonly<Record<string, string>>;
}

/** The one listener of a window: every guarded server behind one socket, one upstream process per session. */
export class Endpoint implements Disposable {
	private readonly sessions = new OpenSessions();
	private readonly tokens = new Map<string, string>();
	private readonly restarts = new Map<string, Restarts>();
	private readonly hubs = new Map<string, SharedServer>();
	private listening!: Listening;

	/** The number of open sessions, whenever it changes. */
	readonly onDidChangeSessions: Event<number> = this.sessions.onDidChange;

	private constructor(private readonly options: EndpointOptions) {}

	/** Binds the socket. Throws `endpoint-unavailable` when there is no way to listen. */
	static async open(options: EndpointOptions): Promise<Endpoint> {
		const { clock, logger } = options;
		const endpoint = new Endpoint(options);
		const face = new HttpFace(endpoint.face(), clock, logger, options.wrongToken ?? 404);
		endpoint.listening = await Listening.open(options, (request, response) => void face.handle(request, response));
		return endpoint;
	}

	/** Fires when the addresses of all servers became others, because the socket was removed and its place is taken. */
	get onDidChangeAddress(): Event<void> {
		return this.listening.onDidMove;
	}

	/**
	 * The address of a server, whether or not it is served now; the same until `onDidChangeAddress`. That of the entrance
	 * `window` goes to nobody but the editor's chat: its sessions may be told that the editor need not ask.
	 */
	uriFor(serverId: string, entrance: Entrance = 'outside'): GuardedAddress {
		const key = tokenKey(serverId, entrance);
		const given = entrance === 'outside' ? this.options.token : undefined;
		const token = this.tokens.get(key) ?? given ?? this.options.ids.token() + this.options.ids.token();
		this.tokens.set(key, token);
		return {
			uri: addressUri(this.listening.address, routeOf(serverId)),
			headers: { Authorization: `Bearer ${token}` },
		};
	}

	/** The number of open sessions, of one server or of all. */
	activeSessions(serverId?: string): number {
		return (serverId === undefined ? this.sessions.all() : this.sessions.of(serverId)).length;
	}

	/** The emergency stop: calls in flight are aborted and refused, children killed, sessions closed. */
	async stopAll(): Promise<void> {
		// All at the same time: no process outlives the stop because a session takes its time.
		await Promise.all([this.sessions.endAll(AT_ONCE), this.closeHubs(AT_ONCE)]);
	}

	/**
	 * Ends the sessions of one server, in good order unless the graces say otherwise; a shorter grace also counts for those that
	 * are ending already. The editor gets 404 for them and initialises anew.
	 */
	async stopServer(serverId: string, graces?: StopGraces): Promise<void> {
		const hub = this.hubs.get(serverId);
		this.hubs.delete(serverId);
		await Promise.all([this.sessions.endAll(graces, serverId), hub?.close(graces)]);
	}

	/** The servers that have sessions or processes now, also such as are ending. */
	activeServers(): readonly string[] {
		return [...new Set([...this.sessions.servers(), ...this.hubs.keys()])];
	}

	/**
	 * Retires the sessions of servers that were reviewed anew: what is in flight ends, then the client gets 404 and begins
	 * anew, under the new review (gateway.md C1).
	 */
	retireOld(): void {
		this.sessions.all().forEach(session => this.retireIfOld(session));
	}

	/** Stops everything; does not wait. `close` does. */
	dispose(): void {
		void this.close(AT_ONCE);
	}

	/** Stops listening, ends all sessions and removes the socket. Never rejects. */
	async close(graces?: StopGraces): Promise<void> {
		this.listening.stop();
		await this.sessions.endAll(graces);
		await this.closeHubs(graces);
		this.sessions.dispose();
		await this.listening.release();
	}

	private face() {
		return {
			tokenOf: (id: string, entrance: Entrance) =>
				this.options.servers(id) === undefined ? undefined : this.tokens.get(tokenKey(id, entrance)),
			find: (id: string) => {
				const session = this.sessions.find(id);
				if (session instanceof HttpSession) {
					this.retireIfOld(session);
					return session;
				}
				return undefined;
			},
			create: (serverId: string, entrance: Entrance) => this.create(serverId, entrance),
			createStateless: (serverId: string, entrance: Entrance) => this.createStateless(serverId, entrance),
			end: (session: Session) => this.sessions.end(session),
		};
	}

	private retireIfOld(session: Session): void {
		const served = this.options.servers(session.serverId);
		if (session.revision !== undefined && served !== undefined && served.revision !== session.revision) {
			session.retire(() => void this.sessions.end(session));
		}
	}

	private createStateless(serverId: string, entrance: Entrance): StatelessSession {
		const { clock, ids } = this.options;
		const session = new StatelessSession(
			ids.token(),
			serverId,
			entrance,
			clock,
			() => void this.sessions.end(session),
		);
		this.sessions.enter(session);
		session.starting = this.launch(session);
		// Whoever posts gets to know; here it only must not go unheard.
		session.starting.catch(() => {});
		return session;
	}

	private async create(serverId: string, entrance: Entrance): Promise<HttpSession> {
		const { clock, ids } = this.options;
		const session = new HttpSession(ids.token(), serverId, entrance, clock);
		this.sessions.enter(session);
		await this.launch(session);
		return session;
	}

	/** Starts the upstream of a session; the session is gone when that fails. */
	private async launch(session: Session): Promise<void> {
		const { serverId } = session;
		const { clock, ids, logger, onStderr, sessionPaths } = this.options;
		try {
			const served = this.options.servers(serverId);
			if (served === undefined) {
				throw new FirewallError('upstream-failed', 'This server is not guarded any more.');
			}
			session.revision = served.revision;
			const hub =
				served.shared === true && session instanceof HttpSession ? this.hubOf(serverId, served) : undefined;
			// Sessions of one process see each end of it; counted together, one end would look like many.
			const restarts = hub === undefined ? this.restartsOf(serverId) : new Restarts(clock);
			const refusal = restarts.refusal();
			if (refusal !== undefined) {
				throw new FirewallError('upstream-failed', refusal);
			}
			// What is known of a server is what it says in an `initialize`; a client without sessions never asks that.
			const manifests = session instanceof HttpSession ? served.manifests : undefined;
			const upstream = new LazyUpstream({
				open: async () => hub?.view() ?? (await openServed(served, clock)),
				manifest: await manifests?.load(),
				cache: manifests,
				...{ restarts, clock, ids, logger },
				onProcess: end => hub ?? this.options.onUpstream?.(serverId, end),
			});
			upstream.onStderr(line => hub ?? onStderr?.(serverId, line));
			const { approver } = served;
			const editor = session.entrance === 'window' ? this.options.editor : undefined;
			const approverOf = (requester: ClientRequester) =>
				typeof approver === 'function' ? approver(requester) : approver;
			const openPath = (requester: ClientRequester, ask: AskServer) =>
				sessionPaths.open(served.server, approverOf(requester), ask, editor);
			const relay = new Relay({ client: session, upstream, openPath, clock, ids, logger });
			session.attach(relay);
			if (session.closed) {
				throw new FirewallError('upstream-failed', 'Stopped before it was started.');
			}
			await relay.start();
			void relay.ended.then(() => this.sessions.end(session));
		} catch (error) {
			await this.sessions.end(session);
			throw error;
		}
	}

	/** The process of a server that its sessions share. */
	private hubOf(serverId: string, served: ServedServer): SharedServer {
		const { clock, onStderr, onUpstream } = this.options;
		let hub = this.hubs.get(serverId);
		if (hub === undefined) {
			hub = new SharedServer({
				open: async () => {
					const upstream = await openServed(served, clock);
					upstream.onStderr(line => onStderr?.(serverId, line));
					return upstream;
				},
				clock,
				onProcess: end => onUpstream?.(serverId, end),
			});
			this.hubs.set(serverId, hub);
		}
		return hub;
	}

	private restartsOf(serverId: string): Restarts {
		const known = this.restarts.get(serverId) ?? new Restarts(this.options.clock);
		this.restarts.set(serverId, known);
		return known;
	}

	private async closeHubs(graces?: StopGraces): Promise<void> {
		const hubs = [...this.hubs.values()];
		this.hubs.clear();
		await Promise.all(hubs.map(hub => hub.close(graces)));
	}
}

/** A fresh upstream of a server, watched by who it is where somebody looks. */
async function openServed(served: ServedServer, clock: Clock): Promise<Upstream> {
	const launch = await served.launch();
	const upstream = openUpstream(launch, clock);
	return served.identity?.wrap(upstream, launch) ?? upstream;
}

function tokenKey(serverId: string, entrance: Entrance): string {
	return `${entrance} ${serverId}`;
}
