import { type IdentityFetch } from './identityFetch';
import { readJwks } from './jwks';
import { isPublishedKey, isWeakKey, type PublicJwk } from './publicJwk';
import { type TrustedIssuer } from './trustSettings';

/** Keys that are tried for a badge that names none (RFC-002 §8.1). */
const MAX_TRIED = 5;
/** Milliseconds for which fetched keys are good, and within which an issuer is asked once at most. */
const KEPT_MS = 300_000;
const AGAIN_MS = 60_000;

/** The keys that may have signed a badge. `unknown`: the issuer has none of this id. `unreachable`: nobody can tell now. */
export type KeyChoice =
	| { readonly kind: 'keys'; readonly keys: readonly PublicJwk[]; readonly pinned: boolean }
	| { readonly kind: 'unknown' }
	| { readonly kind: 'unreachable' };

interface Kept {
	readonly keys: readonly PublicJwk[] | undefined;
	readonly at: number;
}

/** What the issuers' keys are taken from. */
export interface IssuerKeysParts {
	readonly fetch: IdentityFetch;
	/** Milliseconds. */
	readonly now: () => number;
	readonly offline: () => boolean;
	readonly testKeys: () => boolean;
}

/** The keys of trusted issuers: pinned ones, or those of `{iss}/.well-known/jwks.json` (RFC-002 §7.1). */
export class IssuerKeys {
	private readonly kept = new Map<string, Kept>();
	private readonly running = new Map<string, Promise<Kept>>();

	constructor(private readonly parts: IssuerKeysParts) {}

	/** The keys for a badge of this issuer, by the id that it names. Never rejects. */
	async choose(issuer: TrustedIssuer, kid: string | undefined): Promise<KeyChoice> {
		if (issuer.keys !== undefined) {
			return this.pick(issuer.keys, kid, true);
		}
		if (this.parts.offline()) {
			return { kind: 'unreachable' };
		}
		const kept = await this.keysOf(issuer, KEPT_MS);
		if (kept.keys === undefined) {
			return { kind: 'unreachable' };
		}
		const choice = this.pick(kept.keys, kid, false);
		if (choice.kind !== 'unknown') {
			return choice;
		}
		// It may have a new key since; a badge with a made-up id must not have us ask again and again.
		const again = await this.keysOf(issuer, AGAIN_MS);
		return again.keys === undefined ? choice : this.pick(again.keys, kid, false);
	}

	/** What was fetched counts no more. */
	forget(): void {
		this.kept.clear();
	}

	private pick(all: readonly PublicJwk[], kid: string | undefined, pinned: boolean): KeyChoice {
		const usable = all.filter(key => !isWeakKey(key) && (this.parts.testKeys() || !isPublishedKey(key)));
		// A pinned key without an id counts for every id: a person said that it is the issuer's.
		const named = usable.filter(key => key.kid === kid || (pinned && key.kid === undefined));
		const keys = kid === undefined ? usable.slice(0, MAX_TRIED) : named.slice(0, MAX_TRIED);
		return keys.length === 0 ? { kind: 'unknown' } : { kind: 'keys', keys, pinned };
	}

	private async keysOf(issuer: TrustedIssuer, maxAge: number): Promise<Kept> {
		const { origin } = issuer;
		const before = this.kept.get(origin);
		// Trouble is remembered for a moment as well, or each call would wait for it anew.
		const good =
			before !== undefined && this.parts.now() - before.at < (before.keys === undefined ? 5_000 : maxAge);
		if (good) {
			return before;
		}
		const running = this.running.get(origin) ?? this.fetchKeys(issuer).finally(() => this.running.delete(origin));
		this.running.set(origin, running);
		const fresh = await running;
		// Keys that were good a moment ago stay good while the issuer cannot be asked, within their time.
		const kept =
			fresh.keys === undefined && before?.keys !== undefined && fresh.at - before.at < KEPT_MS ? before : fresh;
		this.kept.set(origin, kept);
		return kept;
	}

	private async fetchKeys({ origin, privateAddresses }: TrustedIssuer): Promise<Kept> {
		const answer = await this.parts.fetch({
			url: `${origin}/.well-known/jwks.json`,
			document: 'jwks',
			...(privateAddresses === true && { privateAddresses }),
		});
		const keys = answer.ok && answer.status === 200 ? readJwks(answer.body) : [];
		// An issuer that has no key at all is out of order: that makes no badge of its a forged one.
		return { keys: keys.length === 0 ? undefined : keys, at: this.parts.now() };
	}
}
