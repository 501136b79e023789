import { type IdentityFetch } from '../domain/identity/identityFetch';
import { type PublicJwk } from '../domain/identity/publicJwk';
import { type DecisionPoint } from '../domain/identity/decisionPoint';
import { type TrustLevel } from '../domain/identity/trustLevel';
import { type EvidenceTarget } from './evidenceSink';

/** An issuer whose badges count, and how far. */
export interface TrustedIssuerConfig {
	/** HTTPS origin, as in the badge's `iss`: `https://registry.capisc.io`. */
	readonly origin: string;
	/** A badge above it does not count at all; absent: `4`. */
	readonly maxLevel?: TrustLevel;
	/** Pinned keys: the issuer is never asked for others. */
	readonly keys?: readonly PublicJwk[];
	/** It may lie at a private or loopback address. */
	readonly privateAddresses?: boolean;
	/** Domains whose subjects it may vouch for; absent: all. */
	readonly domains?: readonly string[];
}

/** Whose badges count. The default trusts nobody, and then nothing is ever fetched. */
export interface TrustConfig {
	/** HTTPS origins of issuers, or more about them. Absent or empty: none. A DID is an error that says what to write. */
	readonly trustedIssuers?: readonly (string | TrustedIssuerConfig)[];
	/** Takes self-signed badges (level `0`), which anybody can make. Absent: no. */
	readonly acceptLevelZero?: boolean;
	/** did:key whose self-signed badges count although {@link acceptLevelZero} is off. */
	readonly trustedKeys?: readonly string[];
	/** No network at all: pinned keys only, and no badge whose revocation has to be asked for. */
	readonly offline?: boolean;
	/** Seconds that an answer about revocation may be old. Absent: 300. */
	readonly maxStaleness?: number;
	/**
	 * What a badge that names an audience has to name: this server's DID. Absent: its origin, of {@link GuardConfig.serverOrigin};
	 * without either no badge counts that names one. One that names none counts everywhere (RFC-002 §4.3).
	 */
	readonly audience?: string;
}

/**
 * What a guard asks of who calls a tool (RFC-006; `GuardConfig` of the reference, in camel case). It is read once, where the
 * guard is made: changing the object later changes nothing (identity.md §6.1 #18).
 */
export interface GuardConfig extends TrustConfig {
	/** The least level of the caller's badge, 0 to 4. Absent: `0`, which also lets callers without a badge pass. */
	readonly minTrustLevel?: TrustLevel | 0 | 1 | 2 | 3 | 4;
	/** Globs over the bare tool name, as Go's `path.Match`. Absent: all tools; empty: none. */
	readonly allowedTools?: readonly string[];
	/** A badge that holds must be there, of whatever level. Absent: no. */
	readonly requireBadge?: boolean;
	/** What evidence calls this policy. Absent: `sha256:` and the digest of what is asked for, which is recorded in any case. */
	readonly policyVersion?: string;
	/** The tool's name. Absent: the name of the function that is guarded. */
	readonly toolName?: string;
	/** Where evidence goes. Absent: files under `~/.capiscio/evidence`. */
	readonly evidence?: EvidenceTarget;
	/** Where this server is found (`https://host`), for evidence. Absent: `CAPISCIO_SERVER_ORIGIN`. */
	readonly serverOrigin?: string;
	/**
	 * A decision service (RFC-005), by URL or as a port, asked about each call that would be allowed; it can only deny.
	 * Absent: `CAPISCIO_CORE_ADDR`, where that is a URL.
	 */
	readonly decisionService?: string | DecisionPoint;
	/** For tests: unix milliseconds. */
	readonly now?: () => number;
	/** For tests: what documents of issuers are fetched with. */
	readonly fetch?: IdentityFetch;
}
