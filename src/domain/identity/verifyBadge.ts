import { type Clock } from '../../base/clock';
import { digestJson, sha256Hex } from '../../base/digest';
import { type JsonValue } from '../../base/json';
import { type BadgeClaims, type BadgeErrorCode, type BadgeResult, type RevocationFacts } from './badge';
import { MAX_TOKEN, verifyCompactJws } from './compactJws';
import { jwkOfDidKey, parseDid } from './did';
import { type DidKeys } from './didDocument';
import { DidResolver } from './didResolver';
import { type IdentityFetch } from './identityFetch';
import { passIssuer } from './issuerGate';
import { IssuerKeys } from './issuerKeys';
import { isPublishedKey, isWeakKey, type PublicJwk, thumbprintOf } from './publicJwk';
import { readBadge } from './readBadge';
import { Revocation, type RevocationStore } from './revocation';
import { type TrustedIssuer, type TrustSettings } from './trustSettings';

/** Seconds that clocks may differ (RFC-002 §8.1). */
export const CLOCK_SKEW = 60;
/** Milliseconds that a result is kept for, at most: good ones, and others. */
const GOOD_MS = 60_000;
const OTHER_MS = 5_000;
const MAX_KEPT = 1_000;

/** What a verifier works with. */
export interface BadgeVerifierParts {
	readonly settings: () => TrustSettings;
	readonly fetch: IdentityFetch;
	readonly clock: Pick<Clock, 'now'>;
	/** For use offline; absent: nothing is known of revocations then. */
	readonly revocations?: RevocationStore;
}

/** Whom a badge is shown to. */
export interface BadgeOptions {
	/** What `aud` has to name; absent: as the settings say. */
	readonly audience?: string;
}

interface Kept {
	readonly result: Promise<BadgeResult>;
	/** Milliseconds since 1970. */
	until: number;
}

type Failed = Extract<BadgeResult, { ok: false }>;

/**
 * Verifies trust badges (RFC-002 §8.1, in that order) under the settings of the moment. INVARIANT: nothing is fetched for a badge whose
 * issuer is not trusted. Never rejects, whatever the token is.
 */
export class BadgeVerifier {
	private readonly kept = new Map<string, Kept>();
	private readonly documents: DidResolver;
	private readonly keys: IssuerKeys;
	private readonly revocation: Revocation;
	private last: TrustSettings | undefined;
	private under = '';
	/** The latest time seen, milliseconds. */
	private latest = 0;

	constructor(private readonly parts: BadgeVerifierParts) {
		const { fetch, settings, clock, revocations } = parts;
		this.keys = new IssuerKeys({
			fetch,
			now: () => clock.now(),
			offline: () => settings().offline,
			testKeys: () => settings().testKeys === true,
		});
		this.documents = new DidResolver({ fetch, now: () => clock.now(), offline: () => settings().offline });
		const now = () => this.now();
		this.revocation = new Revocation({
			fetch,
			settings,
			now,
			...(revocations !== undefined && { store: revocations }),
		});
	}

	/** The badge, or the code of RFC-002 §8.5 that says why it does not count. A result is kept for a minute at most. */
	async verify(token: string, options: BadgeOptions = {}): Promise<BadgeResult> {
		if (token.length > MAX_TOKEN) {
			return { ok: false, code: 'BADGE_MALFORMED', detail: 'It is longer than a badge may be.' };
		}
		this.follow();
		const now = this.parts.clock.now();
		const audience = options.audience ?? this.parts.settings().audience;
		const key = sha256Hex(JSON.stringify([token, audience ?? null]));
		const before = this.kept.get(key);
		if (before !== undefined && now < before.until) {
			return before.result;
		}
		if (this.kept.size >= MAX_KEPT) {
			this.kept.clear();
		}
		const entry: Kept = { result: this.judge(token, audience), until: now + OTHER_MS };
		this.kept.set(key, entry);
		const result = await entry.result;
		if (result.ok) {
			const asOf = result.badge.revocation.asOf ?? Infinity;
			const fresh = (asOf + this.parts.settings().maxStaleness) * 1000;
			entry.until = Math.min(result.badge.exp * 1000, now + GOOD_MS, fresh);
		}
		return result;
	}

	/**
	 * The keys of a DID: the one that a did:key is, or those of a document that is fetched, from a private address only where
	 * `privateAddresses` says so. Undefined when there is no such document now. Whoever asks has decided that this host may be asked.
	 */
	async keysOf(text: string, privateAddresses = false): Promise<DidKeys | undefined> {
		this.follow();
		const resolved = await this.documents.resolve(text, privateAddresses);
		return resolved.kind === 'keys' ? resolved.keys : undefined;
	}

	/** Fetches what a trusted issuer has revoked, for use offline. False when it cannot be had or kept. */
	syncRevocations(issuer: TrustedIssuer): Promise<boolean> {
		return this.parts.settings().offline ? Promise.resolve(false) : this.revocation.sync(issuer);
	}

	/** Nothing that was found out before counts any more. */
	forget(): void {
		this.kept.clear();
		this.documents.forget();
		this.keys.forget();
		this.revocation.forget();
	}

	/** What was found out under other settings does not count under these, nor what a clock says that was since set back. */
	private follow(): void {
		const now = this.parts.clock.now();
		if (now < this.latest) {
			this.forget();
		}
		this.latest = now;
		const settings = this.parts.settings();
		if (settings === this.last) {
			return;
		}
		this.last = settings;
		const under = digestJson(JSON.parse(JSON.stringify(settings)) as JsonValue);
		if (under !== this.under) {
			this.under = under;
			this.forget();
		}
	}

	/** Unix seconds. */
	private now(): number {
		return Math.floor(this.parts.clock.now() / 1000);
	}

	private async judge(token: string, audience: string | undefined): Promise<BadgeResult> {
		try {
			return await this.walk(token, audience);
		} catch {
			return { ok: false, code: 'BADGE_MALFORMED', detail: 'It could not be judged.' };
		}
	}

	/** RFC-002 §8.1, step by step. */
	private async walk(token: string, audience: string | undefined): Promise<BadgeResult> {
		const settings = this.parts.settings();
		const read = readBadge(token, settings.profile);
		if (!read.ok) {
			return read;
		}
		const { claims, kid, typ } = read;
		const failed = (code: BadgeErrorCode, detail: string): Failed => ({ ok: false, code, detail, claims });
		const gate = passIssuer(claims, settings);
		if (gate.kind === 'closed') {
			return failed('BADGE_ISSUER_UNTRUSTED', gate.detail);
		}
		if (isWeakKey(claims.key) || (isPublishedKey(claims.key) && settings.testKeys !== true)) {
			return failed('BADGE_CLAIMS_INVALID', 'Its subject has a key that everybody can sign with.');
		}
		const issuer = gate.kind === 'issuer' ? gate.issuer : undefined;
		const choice =
			issuer === undefined
				? {
						kind: 'keys' as const,
						keys: [jwkOfDidKey(claims.iss)].filter(key => key !== undefined),
						pinned: true,
					}
				: await this.keys.choose(issuer, kid);
		if (choice.kind === 'unreachable') {
			return failed('REVOCATION_CHECK_FAILED', 'The keys of its issuer cannot be had now.');
		}
		if (choice.kind !== 'keys' || !(await signedByOneOf(token, typ, choice.keys))) {
			return failed('BADGE_SIGNATURE_INVALID', 'No key of its issuer has signed it.');
		}
		const untimely = this.timely(claims);
		if (untimely !== undefined) {
			return failed(...untimely);
		}
		if (claims.aud !== undefined && (audience === undefined || !claims.aud.includes(audience))) {
			return failed('BADGE_AUDIENCE_MISMATCH', 'It is meant for somebody else.');
		}
		const unheld = await this.confirmed(claims, settings);
		if (unheld !== undefined) {
			return failed(...unheld);
		}
		let revocation: RevocationFacts = { source: 'none' };
		if (issuer !== undefined) {
			const outcome = await this.revocation.check(claims, issuer);
			if (outcome.kind === 'bad') {
				return failed(outcome.code, outcome.detail);
			}
			revocation = outcome.facts;
		}
		const keyThumbprint = thumbprintOf(claims.key);
		return { ok: true, badge: { ...claims, keyThumbprint, pinnedIssuerKey: choice.pinned, revocation } };
	}

	private timely({ iat, exp, nbf }: BadgeClaims): [BadgeErrorCode, string] | undefined {
		const now = this.now();
		if (exp <= now - CLOCK_SKEW) {
			return ['BADGE_EXPIRED', 'It has ended.'];
		}
		return iat > now + CLOCK_SKEW || (nbf ?? 0) > now + CLOCK_SKEW
			? ['BADGE_NOT_YET_VALID', 'It is not valid yet.']
			: undefined;
	}

	/** Step 7: with `ial` 1 the subject's own document has to hold the badge's key under the id that it names. */
	private async confirmed(
		{ sub, key, cnfKid }: BadgeClaims,
		settings: TrustSettings,
	): Promise<[BadgeErrorCode, string] | undefined> {
		if (cnfKid === undefined) {
			return undefined;
		}
		const resolved = await this.documents.resolve(sub, this.isPrivate(sub, settings));
		if (resolved.kind === 'unreachable') {
			return ['REVOCATION_CHECK_FAILED', 'The document of its subject cannot be had now.'];
		}
		return resolved.kind === 'keys' && resolved.keys.get(cnfKid)?.x === key.x
			? undefined
			: ['BADGE_CLAIMS_INVALID', 'The document of its subject does not hold its key.'];
	}

	/** A subject at the very host of an issuer that may lie at a private address may do so too. */
	private isPrivate(sub: string, { issuers }: TrustSettings): boolean {
		const did = parseDid(sub);
		return (
			did?.method === 'web' &&
			issuers.some(
				({ origin, privateAddresses }) => privateAddresses === true && new URL(origin).host === did.host,
			)
		);
	}
}

async function signedByOneOf(token: string, typ: string | undefined, keys: readonly PublicJwk[]): Promise<boolean> {
	for (const key of keys) {
		if ((await verifyCompactJws(token, key, { typ })) !== undefined) {
			return true;
		}
	}
	return false;
}
