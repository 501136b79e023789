import { type Clock, type IdSource } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { Emitter, type Event } from '../../base/event';
import { type JsonObject } from '../../base/json';
import { type BadgeResult } from '../../domain/identity/badge';
import { checkCallerBadge } from '../../domain/identity/callerBadge';
import {
	DISCOVERY_PATH,
	type Disclosure,
	joinDisclosures,
	readDiscoveryDocument,
} from '../../domain/identity/disclosure';
import { type IdentityFetch } from '../../domain/identity/identityFetch';
import { type Principal, unknownPrincipal } from '../../domain/identity/principal';
import { type PrincipalPins, type RememberedPin } from '../../domain/identity/principalPin';
import { type ServerPlace } from '../../domain/identity/serverPlace';
import { type TrustSettings } from '../../domain/identity/trustSettings';
import { trustsAnybody, type VerifyConfig, verifyConfigOf } from '../../domain/identity/verifyConfig';
import { principalAt } from '../../domain/identity/principalAt';
import { type GivenProof, verifyServer } from '../../domain/identity/verifyServer';
import { worstOf } from '../../domain/identity/worstPrincipal';
import { type PrincipalSource } from '../../firewall/principalSource';
import { CALLER_BADGE_MS, IDENTITY_BUDGET_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { type UpstreamLaunch } from '../upstream/openUpstream';
import { type Upstream } from '../upstream/upstream';
import { type CallerBadge, DisclosingUpstream } from './disclosingUpstream';
import { ProcessIdentity } from './processIdentity';

/** Where the badge of the caller comes from: kept in secret storage, or minted for one server. Never rejects. */
export interface CallerBadges {
	/** One whose `aud` names this DID; undefined where there is none. */
	badgeFor(did: string): Promise<{ readonly token: string; readonly jti: string } | undefined>;
}

/** What a desk needs. */
export interface PrincipalDeskParts {
	/** Verifies badges under the settings; never rejects. */
	readonly verifier: { verify(token: string): Promise<BadgeResult> };
	/** Whom the person trusts, asked each time. */
	readonly settings: () => TrustSettings;
	/** For discovery documents of servers, at their own origin. */
	readonly fetch: IdentityFetch;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly pins: PrincipalPins;
	readonly callers?: CallerBadges;
}

/** Who one server is, as whoever serves it needs it. */
export interface ServedIdentity {
	/** For `GuardedServer.principal`. */
	readonly principal: PrincipalSource;
	/** Watches one real upstream (a process, or a connection) that was opened for `launch` and not started yet. */
	readonly wrap: (upstream: Upstream, launch: UpstreamLaunch) => Upstream;
	/** The same while it is reviewed: it is asked for the first form of proof too, and nothing is remembered. */
	readonly review: (upstream: Upstream, launch: UpstreamLaunch) => Upstream;
}

/** Whoever asks, as proofs name it where the settings name no audience. */
const OWN_NAME = 'mcp-firewall';

/** What is known of one server. */
class ServerIdentity {
	readonly live = new Set<ProcessIdentity>();
	/** What was last found out, for people to see while it does not run. */
	last: Principal | undefined;
}

/**
 * Who the servers of one host are. One for each window or gateway: `serve` gives what `GuardedServer` and the endpoint need of
 * one server. INVARIANT: each process is verified by itself; with several of one server the least that one of them is counts.
 */
export class PrincipalDesk implements Disposable {
	private readonly servers = new Map<string, ServerIdentity>();
	private readonly changes = new Emitter<string>();
	/** Ids of badges, by the message that each went with. */
	private readonly attached = new WeakMap<JsonObject, string>();

	/** The id of a server of which something else is known than before. */
	readonly onDidChange: Event<string> = this.changes.event;

	constructor(private readonly parts: PrincipalDeskParts) {}

	/**
	 * What `servedServerOf` (editor) and the gateway need for one server: put `principal` into its `GuardedServer`, and the whole
	 * into `ServedServer.identity`. `serverId` is the digest of its launch; `config` says what is asked of this server besides
	 * what the settings say (a trusted gateway, a least level).
	 */
	serve(serverId: string, config: Partial<VerifyConfig> = {}): ServedIdentity {
		return {
			principal: {
				current: () => this.principalOf(serverId),
				settled: signal => this.settled(serverId, signal),
				callerBadge: sent => this.attached.get(sent),
				onDidChange: listener =>
					this.onDidChange(id => {
						if (id === serverId) {
							listener();
						}
					}),
			},
			wrap: (upstream, launch) => this.watch(serverId, config, upstream, launch, false),
			review: (upstream, launch) => this.watch(serverId, config, upstream, launch, true),
		};
	}

	/** Who a server is now: the least that one of its processes is; `pending` where none runs, or one is being asked. */
	principalOf(serverId: string): Principal {
		const now = this.now;
		const live = [...(this.servers.get(serverId)?.live ?? [])].map(each => principalAt(each.principal, now));
		return worstOf(live) ?? unknownPrincipal(now, true);
	}

	/** The same for people: what was last found out, where it does not run. */
	lastOf(serverId: string): Principal | undefined {
		const server = this.servers.get(serverId);
		const current = this.principalOf(serverId);
		return current.pending === true ? server?.last && principalAt(server.last, this.now) : current;
	}

	/** A person takes a server for whoever it is now. False when what is remembered cannot be forgotten. */
	async forgetPin(serverId: string): Promise<boolean> {
		const forgotten = await this.parts.pins.forget(serverId);
		this.servers.get(serverId)?.live.forEach(each => each.reconsider());
		return forgotten;
	}

	/** A server is not guarded any more; what still runs of it is not remembered anew. False when the pin cannot be forgotten. */
	async release(serverId: string): Promise<boolean> {
		const server = this.servers.get(serverId);
		this.servers.delete(serverId);
		server?.live.forEach(each => each.dispose());
		return this.parts.pins.forget(serverId);
	}

	/** The settings are others: every process is looked at anew. */
	reconsider(): void {
		this.servers.forEach(server => server.live.forEach(each => each.reconsider()));
	}

	dispose(): void {
		this.servers.forEach(server => server.live.forEach(each => each.dispose()));
		this.servers.clear();
		this.changes.dispose();
	}

	private get now(): number {
		return Math.floor(this.parts.clock.now() / 1000);
	}

	private async settled(serverId: string, signal: AbortSignal): Promise<Principal> {
		const live = [...(this.servers.get(serverId)?.live ?? [])];
		const done = new OneShot<true>();
		const stop = () => done.fire(true);
		signal.addEventListener('abort', stop, { once: true });
		void Promise.all(live.map(each => each.settled)).then(stop);
		if (!signal.aborted && live.length > 0) {
			await done.within(IDENTITY_BUDGET_MS, this.parts.clock);
		}
		signal.removeEventListener('abort', stop);
		return this.principalOf(serverId);
	}

	private watch(
		serverId: string,
		config: Partial<VerifyConfig>,
		upstream: Upstream,
		launch: UpstreamLaunch,
		review: boolean,
	): Upstream {
		const server = this.servers.get(serverId) ?? new ServerIdentity();
		this.servers.set(serverId, server);
		const { settings, clock, ids, pins } = this.parts;
		const transport = 'url' in launch ? 'http' : 'stdio';
		const place: ServerPlace =
			'url' in launch ? { kind: 'http', endpoint: launch.url } : { kind: 'stdio', launchDigest: serverId };
		const identity: ProcessIdentity = new ProcessIdentity(
			{
				...{ place, review, clock, ids },
				audience: settings().audience ?? OWN_NAME,
				pin: () => pins.load(serverId),
				asks: () => trustsAnybody(settings()),
				verify: (disclosure, proof) => {
					const remembers = () => !review && this.servers.get(serverId) === server;
					// Trouble of ours must neither let an impostor pass nor end the host.
					return this.verify(serverId, { disclosure, proof, place }, config, remembers).catch(() => ({
						...unknownPrincipal(this.now),
						...{ errors: ['SERVER_DID_RESOLUTION_FAILED'] as const, blocked: true },
					}));
				},
				changed: () => {
					server.last = identity.principal;
					this.changes.fire(serverId);
				},
			},
			(bytes, value) => upstream.send(bytes, value),
		);
		const verified = () => principalAt(identity.principal, this.now).state === 'VERIFIED_PRINCIPAL';
		return new DisclosingUpstream(upstream, {
			identity,
			transport,
			verified,
			callerBadge: () => {
				const { callers } = this.parts;
				const { did } = identity.principal;
				return callers === undefined || did === undefined || !verified() || !isItself(identity.principal)
					? undefined
					: this.callerBadge(callers, did);
			},
			attached: (sent, { jti }) => void this.attached.set(sent, jti),
			started: () => void server.live.add(identity),
			ended: () => {
				server.live.delete(identity);
				identity.dispose();
				this.changes.fire(serverId);
			},
		});
	}

	/** INVARIANT: only a badge that is meant for this very server goes there, and none that it could use for long. */
	private async callerBadge(callers: CallerBadges, did: string): Promise<CallerBadge | undefined> {
		const given = new OneShot<{ readonly token: string } | 'none'>();
		callers.badgeFor(did).then(
			badge => given.fire(badge ?? 'none'),
			() => given.fire('none'),
		);
		await given.within(CALLER_BADGE_MS, this.parts.clock);
		const token = given.value === undefined || given.value === 'none' ? undefined : given.value.token;
		const checked = token === undefined ? undefined : checkCallerBadge(token, did, this.now);
		return token === undefined || checked?.ok !== true ? undefined : { token, jti: checked.jti };
	}

	private async verify(
		serverId: string,
		said: { readonly disclosure: Disclosure; readonly proof: GivenProof | undefined; readonly place: ServerPlace },
		own: Partial<VerifyConfig>,
		remembers: () => boolean,
	): Promise<Principal> {
		const { settings, verifier, pins } = this.parts;
		const config = { ...verifyConfigOf(settings()), ...own };
		const { proof, place } = said;
		const disclosure = await this.withDocument(said.disclosure, place, settings());
		const badge = (token: string) => verifier.verify(token).catch(() => UNVERIFIABLE);
		const look = (pin: RememberedPin) =>
			verifyServer({ disclosure, place, pin, ...(proof && { proof }) }, config, { badge, now: this.now });
		const principal = await look(await pins.load(serverId));
		if (!remembers() || !isProven(principal)) {
			return principal;
		}
		const { did, keyThumbprint } = principal;
		const pin = { did, keyThumbprint, since: this.now };
		const remembered = await pins.remember(serverId, pin);
		if (remembered.kind !== 'pinned') {
			return remembered.kind === 'none' ? principal : look(remembered);
		}
		const first = remembered.pin.since === pin.since && remembered.pin.did === did;
		const again = await look(remembered);
		return first && again.pin === 'match' ? { ...again, pin: 'new' } : again;
	}

	/** A server by URL that says its DID and no badge may have one in its document; asked for only where somebody is trusted. */
	private async withDocument(said: Disclosure, place: ServerPlace, settings: TrustSettings): Promise<Disclosure> {
		const missing = said.did !== undefined && said.badge === undefined;
		if (!missing || place.kind !== 'http' || settings.offline || !trustsAnybody(settings)) {
			return said;
		}
		const { origin } = new URL(place.endpoint);
		// Its address is the person's own choice, wherever it lies.
		const url = `${origin}${DISCOVERY_PATH}`;
		const answer = await this.parts.fetch({ url, document: 'discovery', privateAddresses: true });
		return answer.ok && answer.status === 200 ? joinDisclosures(said, readDiscoveryDocument(answer.body)) : said;
	}
}

const UNVERIFIABLE: BadgeResult = {
	ok: false,
	code: 'REVOCATION_CHECK_FAILED',
	detail: 'The badge could not be verified.',
};

/**
 * True where more than an issuer's word says that the DID is its own: its key is the DID, or the host answers that the DID names.
 * Else an issuer that is trusted for little could name one of its own after a bank, and have the caller's badge for the bank.
 */
function isItself({ did, binding }: Principal): boolean {
	return did?.startsWith('did:key:') === true || binding === 'ok' || binding === 'skipped';
}

/** True where it is the first time that possession of a key was shown, so that it is worth remembering. */
function isProven(
	principal: Principal,
): principal is Principal & { readonly did: string; readonly keyThumbprint: string } {
	const { state, proof, pin, blocked, did, keyThumbprint } = principal;
	const shown = state === 'VERIFIED_PRINCIPAL' || proof === 'ok' || proof === 'legacy';
	return pin === 'none' && !blocked && shown && did !== undefined && keyThumbprint !== undefined;
}
