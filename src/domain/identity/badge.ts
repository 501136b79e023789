import { type PublicJwk } from './publicJwk';
import { type TrustLevel } from './trustLevel';

/** Why a badge does not count (RFC-002 §8.5, and §7.5 for the last). */
export type BadgeErrorCode =
	| 'BADGE_MALFORMED'
	| 'BADGE_SIGNATURE_INVALID'
	| 'BADGE_EXPIRED'
	| 'BADGE_NOT_YET_VALID'
	| 'BADGE_ISSUER_UNTRUSTED'
	| 'BADGE_AUDIENCE_MISMATCH'
	| 'BADGE_REVOKED'
	| 'BADGE_CLAIMS_INVALID'
	| 'BADGE_AGENT_DISABLED'
	| 'REVOCATION_CHECK_FAILED';

/** What a badge says, each member checked for its form (RFC-002 §4.3). Times are unix seconds. */
export interface BadgeClaims {
	readonly jti: string;
	/** HTTPS origin of the issuer; for level `0` the did:key of the subject. */
	readonly iss: string;
	/** DID of whom it is about. */
	readonly sub: string;
	readonly aud?: readonly string[];
	readonly iat: number;
	readonly exp: number;
	readonly nbf?: number;
	/** `1`: the subject showed possession of its key when the badge was issued. */
	readonly ial: '0' | '1';
	/** The subject's public key: what it signs with while the badge lives. */
	readonly key: PublicJwk;
	/** Verification method of the subject's DID document that holds the same key; exactly where `ial` is `1`. */
	readonly cnfKid?: string;
	readonly level: TrustLevel;
	/** Validated domain; always there from level `2` on. */
	readonly domain?: string;
	readonly issuanceProfile?: 'registered' | 'anonymous_dv';
}

/** How it was learned that a badge is not revoked, and that its subject is active. */
export interface RevocationFacts {
	/** `online`: asked now, or less than the permitted staleness ago. `snapshot`: from stored data. `none`: level 0 has none. */
	readonly source: 'online' | 'snapshot' | 'none';
	/** Unix seconds of what was relied upon; absent for `none`. */
	readonly asOf?: number;
}

/** A badge that holds now. */
export interface VerifiedBadge extends BadgeClaims {
	/** RFC 7638 thumbprint of {@link BadgeClaims.key}, base64url. */
	readonly keyThumbprint: string;
	/** The issuer's key came from the settings, not from the network. */
	readonly pinnedIssuerKey: boolean;
	readonly revocation: RevocationFacts;
}

/** What verification gives. Nothing throws, whatever the token is. */
export type BadgeResult =
	| { readonly ok: true; readonly badge: VerifiedBadge }
	| {
			readonly ok: false;
			readonly code: BadgeErrorCode;
			/** One line of ours; nothing of the token is quoted. */
			readonly detail: string;
			/** What it claims, where it could be read; nothing of it is proven. Attacker-controlled. */
			readonly claims?: BadgeClaims;
	  };
