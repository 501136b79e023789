import { type BadgeErrorCode, type RevocationFacts } from './badge';
import { type TrustLevel } from './trustLevel';

/** RFC-007 §5.2: what a server's identity amounts to. */
export type PrincipalState = 'VERIFIED_PRINCIPAL' | 'DECLARED_PRINCIPAL' | 'UNVERIFIED_ORIGIN';

/** What is wrong with a server's identity: RFC-007 §10, and four codes of the reference beyond it (identity.md §3.6). */
export type ServerErrorCode =
	| 'SERVER_IDENTITY_MISSING'
	| 'SERVER_BADGE_MISSING'
	| 'SERVER_BADGE_INVALID'
	| 'SERVER_BADGE_REVOKED'
	| 'SERVER_TRUST_INSUFFICIENT'
	| 'SERVER_DID_MISMATCH'
	| 'SERVER_ISSUER_UNTRUSTED'
	| 'SERVER_DOMAIN_MISMATCH'
	| 'SERVER_PATH_MISMATCH'
	| 'SERVER_DID_RESOLUTION_FAILED'
	| 'SERVER_POP_FAILED'
	| 'SERVER_POP_EXPIRED'
	| 'SERVER_KEY_FETCH_FAILED';

/**
 * Who a server is, as far as it was proven. The state is RFC-007's; the facts beside it tell failed from absent. Texts from
 * the server (DID, domain, issuer of a badge that does not count) are attacker-controlled.
 */
export interface Principal {
	readonly state: PrincipalState;
	/** The DID that it discloses. */
	readonly did?: string;
	/** INVARIANT: only of a badge that holds now, of a server in state VERIFIED_PRINCIPAL. */
	readonly level?: TrustLevel;
	readonly badge: 'ok' | 'failed' | 'absent';
	/** Possession of the badge's key, shown in this session: `ok` by PoP v2, `legacy` by the older form. */
	readonly proof: 'ok' | 'legacy' | 'failed' | 'absent';
	/** DID against the endpoint's host and path. */
	readonly binding: 'ok' | 'failed' | 'not-applicable' | 'skipped';
	/** DID and key against what was remembered when the server was first seen with one. */
	readonly pin: 'match' | 'new' | 'changed' | 'none';
	/** Gravest first; empty exactly where it is verified. */
	readonly errors: readonly ServerErrorCode[];
	/** Why the badge does not count. */
	readonly cause?: BadgeErrorCode;
	/**
	 * A check failed in a way that no honest server shows: forged or revoked badge, another's badge, wrong place, wrong key,
	 * changed pin. INVARIANT: looks worse than no identity, and calls do not go there (except in mode observe).
	 */
	readonly blocked: boolean;
	/** Not settled yet: its server has not started, or is being asked. */
	readonly pending?: true;
	readonly issuer?: string;
	readonly domain?: string;
	readonly jti?: string;
	/** Unix seconds: when the badge ends. */
	readonly expires?: number;
	readonly keyThumbprint?: string;
	readonly pinnedIssuerKey?: boolean;
	readonly revocation?: RevocationFacts;
	/** Unix seconds: when its DID and key were remembered. */
	readonly pinnedSince?: number;
	/** Unix seconds: when all of this was found out. */
	readonly checkedAt: number;
}

/** A server that has disclosed nothing. */
export function unknownPrincipal(checkedAt: number, pending = false): Principal {
	return {
		state: 'UNVERIFIED_ORIGIN',
		badge: 'absent',
		proof: 'absent',
		binding: 'not-applicable',
		pin: 'none',
		errors: ['SERVER_IDENTITY_MISSING'],
		blocked: false,
		...(pending && { pending: true as const }),
		checkedAt,
	};
}
