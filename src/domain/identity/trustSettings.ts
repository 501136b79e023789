import { type PublicJwk } from './publicJwk';
import { type TrustLevel } from './trustLevel';

/** An issuer whose badges the person takes, and how far. */
export interface TrustedIssuer {
	/** Normalised HTTPS origin (`https://ca.example.com`, port only where it is not 443). */
	readonly origin: string;
	/** What it may vouch for at most: a badge above it does not count at all. */
	readonly maxLevel: TrustLevel;
	/** Pinned keys; absent: they are fetched from the issuer. With pinned keys the network is never asked for others. */
	readonly keys?: readonly PublicJwk[];
	/** It may lie at a private or loopback address (an organisation's own, or a test's). */
	readonly privateAddresses?: true;
	/** Domains whose subjects it may vouch for, with what lies below each; absent: all. */
	readonly domains?: readonly string[];
}

/** What a person (or organisation) decided about identity. Empty trusts nobody, and then nothing is ever fetched. */
export interface TrustSettings {
	readonly issuers: readonly TrustedIssuer[];
	/** Takes any self-signed badge for level `0`. */
	readonly acceptLevelZero: boolean;
	/** did:key subjects whose self-signed badges count although {@link acceptLevelZero} is off. */
	readonly trustedKeys: readonly string[];
	/** No network at all: pinned keys and stored revocation data only. */
	readonly offline: boolean;
	/** Seconds that stored revocation data may be old (RFC-002 §7.5: 300). */
	readonly maxStaleness: number;
	/** What a badge's `aud` has to name, where it has one; absent: badges with `aud` do not count. */
	readonly audience?: string;
	/** `dev`: badges without `typ` and issuers below `.invalid` count (RFC-002 §8.3). No setting and no file can say so. */
	readonly profile?: 'dev';
	/** Takes keys of published tests, for tests alone: no setting and no file can say so. */
	readonly testKeys?: true;
}

/** Trusts nobody. */
export const NO_TRUST_SETTINGS: TrustSettings = {
	issuers: [],
	acceptLevelZero: false,
	trustedKeys: [],
	offline: false,
	maxStaleness: 300,
};
