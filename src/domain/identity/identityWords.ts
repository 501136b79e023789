import { type BadgeErrorCode } from './badge';
import { type Principal, type ServerErrorCode } from './principal';
import { TRUST_LEVEL_NAMES, type TrustLevel } from './trustLevel';

/** What a server's identity amounts to, for people. */
export interface IdentityWords {
	readonly kind: 'verified' | 'declared' | 'none' | 'failed' | 'pending';
	/** A few words of ours; nothing of the server's is in it. */
	readonly text: string;
}

/** What the words are made of. */
export type NamedIdentity = Pick<Principal, 'state' | 'level' | 'badge' | 'errors' | 'cause'> &
	Partial<Pick<Principal, 'blocked' | 'pending'>>;

/** `Domain Validated (2)`. */
export function levelWords(level: TrustLevel): string {
	return `${TRUST_LEVEL_NAMES[level].name} (${level})`;
}

/** A server's identity in a few words. INVARIANT: a failed check never reads like an absent one, and none like a verified one. */
export function identityWords(principal: NamedIdentity): IdentityWords {
	const { state, level, badge, errors, cause } = principal;
	if (principal.blocked === true) {
		return { kind: 'failed', text: `FAILED: ${failureWords(errors[0], cause)}` };
	}
	if (principal.pending === true) {
		return { kind: 'pending', text: 'not known yet' };
	}
	switch (state) {
		case 'VERIFIED_PRINCIPAL':
			return { kind: 'verified', text: level === undefined ? 'verified' : `verified, ${levelWords(level)}` };
		case 'DECLARED_PRINCIPAL':
			return {
				kind: 'declared',
				text:
					badge === 'failed'
						? `declared only: its badge does not count, ${failureWords(errors[0], cause)}`
						: 'declared only',
			};
		case 'UNVERIFIED_ORIGIN':
			return { kind: 'none', text: 'none' };
	}
}

function failureWords(error: ServerErrorCode | undefined, cause: BadgeErrorCode | undefined): string {
	const ofBadge = cause === undefined || (error !== undefined && !OF_BADGE.has(error)) ? undefined : CAUSES[cause];
	return ofBadge ?? (error === undefined ? 'it cannot be told why' : ERRORS[error]);
}

const OF_BADGE: ReadonlySet<ServerErrorCode> = new Set([
	'SERVER_BADGE_INVALID',
	'SERVER_BADGE_REVOKED',
	'SERVER_ISSUER_UNTRUSTED',
]);

const CAUSES: Readonly<Record<BadgeErrorCode, string>> = {
	BADGE_MALFORMED: 'it cannot be read',
	BADGE_SIGNATURE_INVALID: 'its signature is wrong',
	BADGE_EXPIRED: 'it has expired',
	BADGE_NOT_YET_VALID: 'it is not valid yet',
	BADGE_ISSUER_UNTRUSTED: 'you do not trust its issuer',
	BADGE_AUDIENCE_MISMATCH: 'it is meant for somebody else',
	BADGE_REVOKED: 'it was revoked',
	BADGE_CLAIMS_INVALID: 'its claims contradict each other',
	BADGE_AGENT_DISABLED: 'its subject was disabled',
	REVOCATION_CHECK_FAILED: 'nobody can tell whether it was revoked',
};

const ERRORS: Readonly<Record<ServerErrorCode, string>> = {
	SERVER_IDENTITY_MISSING: 'it says nothing of itself',
	SERVER_BADGE_MISSING: 'it has no badge',
	SERVER_BADGE_INVALID: 'its badge does not hold',
	SERVER_BADGE_REVOKED: 'its badge was revoked',
	SERVER_TRUST_INSUFFICIENT: 'its level is too low',
	SERVER_DID_MISMATCH: 'the badge or key is of somebody else than it says to be',
	SERVER_ISSUER_UNTRUSTED: 'you do not trust the issuer of its badge',
	SERVER_DOMAIN_MISMATCH: 'it runs at another host than its identity says',
	SERVER_PATH_MISMATCH: 'it runs at another path than its identity says',
	SERVER_DID_RESOLUTION_FAILED: 'the document of its identity cannot be fetched',
	SERVER_POP_FAILED: 'it could not show that the key of its badge is its own',
	SERVER_POP_EXPIRED: 'what it showed of its key was too old',
	SERVER_KEY_FETCH_FAILED: 'the keys of its issuer cannot be fetched',
};

/** True for the codes of RFC-007 §10 and those of the reference beyond it. */
export function isServerError(value: unknown): value is ServerErrorCode {
	return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** True for the codes of RFC-002 §8.5 and §7.5. */
export function isBadgeError(value: unknown): value is BadgeErrorCode {
	return typeof value === 'string' && Object.hasOwn(CAUSES, value);
}
