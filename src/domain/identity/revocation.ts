import { isJsonArray, isJsonObject, type JsonObject } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { type BadgeClaims, type BadgeErrorCode, type RevocationFacts } from './badge';
import { type IdentityDocument, type IdentityFetch } from './identityFetch';
import { reaches } from './trustLevel';
import { type TrustedIssuer, type TrustSettings } from './trustSettings';

/** What an issuer has revoked, as it said at one time. */
export interface RevocationSnapshot {
	/** Unix seconds of what the issuer said. */
	readonly asOf: number;
	/** Ids of badges. */
	readonly revoked: readonly string[];
}

/** Where snapshots are kept from one start to the next. Neither method rejects; what is damaged is not there. */
export interface RevocationStore {
	load(issuer: string): Promise<RevocationSnapshot | undefined>;
	save(issuer: string, snapshot: RevocationSnapshot): Promise<void>;
}

/** What came of asking whether a badge still counts. */
export type RevocationOutcome =
	| { readonly kind: 'good'; readonly facts: RevocationFacts }
	| { readonly kind: 'bad'; readonly code: BadgeErrorCode; readonly detail: string };

/** What statuses are taken from. */
export interface RevocationParts {
	readonly fetch: IdentityFetch;
	/** Unix seconds. */
	readonly now: () => number;
	readonly settings: () => TrustSettings;
	readonly store?: RevocationStore;
}

const MAX_STATUSES = 1_000;
const MAX_PAGES = 20;
const MAX_REVOKED = 100_000;
const FAILED = 'REVOCATION_CHECK_FAILED';

const bad = (code: BadgeErrorCode, detail: string): RevocationOutcome => ({ kind: 'bad', code, detail });

/** Steps 8 and 9 of RFC-002 §8.1: is the badge revoked, is its subject active. Of level 0 nobody keeps a status. */
export class Revocation {
	/** When a badge was last said to be good, unix seconds, by issuer and id. */
	private readonly good = new Map<string, number>();
	/** When an issuer was last asked for all that it revoked, unix seconds; and who is being asked. */
	private readonly synced = new Map<string, number>();
	private readonly syncing = new Set<string>();

	constructor(private readonly parts: RevocationParts) {}

	/** Never rejects. */
	async check(claims: BadgeClaims, issuer: TrustedIssuer): Promise<RevocationOutcome> {
		return this.parts.settings().offline ? this.fromSnapshot(claims, issuer) : this.online(claims, issuer);
	}

	forget(): void {
		this.good.clear();
		this.synced.clear();
	}

	/** {@link sync} in the background, where what is stored gets too old. */
	freshen(issuer: TrustedIssuer): void {
		const { store, now, settings } = this.parts;
		const last = this.synced.get(issuer.origin);
		if (
			store === undefined ||
			settings().offline ||
			(last !== undefined && now() - last < settings().maxStaleness)
		) {
			return;
		}
		this.synced.set(issuer.origin, now());
		void this.sync(issuer);
	}

	/** Fetches all that an issuer revoked and keeps it for use offline (`GET {iss}/v1/revocations`). False when it cannot be had. Never rejects. */
	async sync(issuer: TrustedIssuer): Promise<boolean> {
		const { store, now } = this.parts;
		if (store === undefined || this.syncing.has(issuer.origin)) {
			return false;
		}
		this.syncing.add(issuer.origin);
		try {
			const asOf = now();
			const revoked = await this.allRevoked(issuer);
			if (revoked === undefined) {
				return false;
			}
			await store.save(issuer.origin, { asOf, revoked });
			return true;
		} finally {
			this.syncing.delete(issuer.origin);
		}
	}

	private async online(claims: BadgeClaims, issuer: TrustedIssuer): Promise<RevocationOutcome> {
		const { jti, sub } = claims;
		const now = this.parts.now();
		const [badge, agent] = await Promise.all([
			this.ask(issuer, `/v1/badges/${encodeURIComponent(jti)}/status`, 'badge-status'),
			this.ask(issuer, `/v1/agents/${encodeURIComponent(sub)}/status`, 'agent-status'),
		]);
		// What says no counts at once, whatever became of the other question.
		if (badge?.revoked === true) {
			return bad('BADGE_REVOKED', 'Its issuer has revoked it.');
		}
		if (typeof agent?.status === 'string' && agent.status !== 'active') {
			return bad('BADGE_AGENT_DISABLED', 'Its issuer has disabled its subject.');
		}
		const known =
			badge?.revoked === false &&
			(badge.jti === undefined || badge.jti === jti) &&
			agent?.status === 'active' &&
			(agent.did === undefined || agent.did === sub);
		const key = `${issuer.origin} ${jti} ${sub}`;
		if (known) {
			this.remember(key, now);
			this.freshen(issuer);
			return { kind: 'good', facts: { source: 'online', asOf: now } };
		}
		const before = this.good.get(key);
		if (before !== undefined && now - before <= this.parts.settings().maxStaleness) {
			return { kind: 'good', facts: { source: 'online', asOf: before } };
		}
		return bad(FAILED, 'Its issuer does not say whether it was revoked and whether its subject is active.');
	}

	private async fromSnapshot({ jti, level }: BadgeClaims, { origin }: TrustedIssuer): Promise<RevocationOutcome> {
		const snapshot = await this.parts.store?.load(origin);
		if (snapshot?.revoked.includes(jti) === true) {
			return bad('BADGE_REVOKED', 'Its issuer had revoked it when it was last asked.');
		}
		const now = this.parts.now();
		const age = snapshot === undefined ? Infinity : now - snapshot.asOf;
		// A clock that was set back makes old data look new.
		const fresh = age <= this.parts.settings().maxStaleness && age >= -60;
		if (!fresh && reaches(level, '2')) {
			return bad(FAILED, 'Offline, and what is stored of revocations is too old for its level.');
		}
		return {
			kind: 'good',
			facts: snapshot === undefined ? { source: 'none' } : { source: 'snapshot', asOf: snapshot.asOf },
		};
	}

	private async allRevoked(issuer: TrustedIssuer): Promise<readonly string[] | undefined> {
		const revoked: string[] = [];
		let cursor: string | undefined;
		for (let page = 0; page < MAX_PAGES; page++) {
			const query = `since=1970-01-01T00%3A00%3A00Z${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
			const read = await this.ask(issuer, `/v1/revocations?${query}`, 'revocations');
			const items = read?.revocations;
			if (!isJsonArray(items) || revoked.length + items.length > MAX_REVOKED) {
				return undefined;
			}
			for (const item of items) {
				if (!isJsonObject(item) || typeof item.jti !== 'string' || item.jti.length > 64) {
					// A list that cannot be read as a whole may miss the one that matters.
					return undefined;
				}
				revoked.push(item.jti);
			}
			const next = read?.nextCursor;
			if (next === undefined || next === null || next === '') {
				return revoked;
			}
			if (typeof next !== 'string' || next.length > 1_024 || next === cursor) {
				return undefined;
			}
			cursor = next;
		}
		return undefined;
	}

	private async ask(
		{ origin, privateAddresses }: TrustedIssuer,
		path: string,
		document: IdentityDocument,
	): Promise<JsonObject | undefined> {
		const url = `${origin}${path}`;
		const answer = await this.parts.fetch({
			url,
			document,
			...(privateAddresses === true && { privateAddresses }),
		});
		if (!answer.ok || answer.status !== 200) {
			return undefined;
		}
		const parsed = parseJson(answer.body, 'strict');
		return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
	}

	private remember(key: string, at: number): void {
		if (this.good.size >= MAX_STATUSES) {
			this.good.clear();
		}
		this.good.set(key, at);
	}
}
