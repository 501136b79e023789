import { type Phrase, phrase } from '../../base/phrase';
import { type BadgeErrorCode } from './badge';
import { type Principal, type ServerErrorCode } from './principal';
import { TRUST_LEVEL_NAMES, type TrustLevel } from './trustLevel';

/** What a server's identity amounts to, for people. */
export interface IdentityWords {
	readonly kind: 'verified' | 'declared' | 'none' | 'failed' | 'pending';
	/** A few words of ours; nothing of the server's is in them. */
	readonly words: Phrase;
}

/** What the words are made of. */
export type NamedIdentity = Pick<Principal, 'state' | 'level' | 'badge' | 'errors' | 'cause'> &
	Partial<Pick<Principal, 'blocked' | 'pending'>>;

/** `Domain Validated (2)`. */
export function levelWords(level: TrustLevel): string {
	return `${TRUST_LEVEL_NAMES[level].name} (${level})`;
}

const WORDS = {
	failed: (why: Phrase | string) => phrase('FAILED: {0}', why),
	pending: () => phrase('not known yet'),
	verified: () => phrase('verified'),
	verifiedAt: (level: string) => phrase('verified, {0}', level),
	declared: () => phrase('declared only'),
	declaredBadly: (why: Phrase | string) => phrase('declared only: its badge does not count, {0}', why),
	none: () => phrase('none'),
} as const;

const NO_REASON = phrase('it cannot be told why');

/** In place of {@link identityWords}, where there is no principal. */
export const NOBODY_LOOKED = phrase('nobody looked');

/** A server's identity in a few words. INVARIANT: a failed check never reads like an absent one, and none like a verified one. */
export function identityWords(principal: NamedIdentity): IdentityWords {
	const { state, level, badge, errors, cause } = principal;
	if (principal.blocked === true) {
		return { kind: 'failed', words: WORDS.failed(failureWords(errors[0], cause)) };
	}
	if (principal.pending === true) {
		return { kind: 'pending', words: WORDS.pending() };
	}
	switch (state) {
		case 'VERIFIED_PRINCIPAL':
			return {
				kind: 'verified',
				words: level === undefined ? WORDS.verified() : WORDS.verifiedAt(levelWords(level)),
			};
		case 'DECLARED_PRINCIPAL':
			return {
				kind: 'declared',
				words: badge === 'failed' ? WORDS.declaredBadly(failureWords(errors[0], cause)) : WORDS.declared(),
			};
		case 'UNVERIFIED_ORIGIN':
			return { kind: 'none', words: WORDS.none() };
	}
}

function failureWords(error: ServerErrorCode | undefined, cause: BadgeErrorCode | undefined): Phrase {
	const ofBadge = cause === undefined || (error !== undefined && !OF_BADGE.has(error)) ? undefined : CAUSES[cause];
	return ofBadge ?? (error === undefined ? NO_REASON : ERRORS[error]);
}

const OF_BADGE: ReadonlySet<ServerErrorCode> = new Set([
	'SERVER_BADGE_INVALID',
	'SERVER_BADGE_REVOKED',
	'SERVER_ISSUER_UNTRUSTED',
]);

const CAUSES: Readonly<Record<BadgeErrorCode, Phrase>> = {
	BADGE_MALFORMED: phrase('it cannot be read'),
	BADGE_SIGNATURE_INVALID: phrase('its signature is wrong'),
	BADGE_EXPIRED: phrase('it has expired'),
	BADGE_NOT_YET_VALID: phrase('it is not valid yet'),
	BADGE_ISSUER_UNTRUSTED: phrase('you do not trust its issuer'),
	BADGE_AUDIENCE_MISMATCH: phrase('it is meant for somebody else'),
	BADGE_REVOKED: phrase('it was revoked'),
	BADGE_CLAIMS_INVALID: phrase('its claims contradict each other'),
	BADGE_AGENT_DISABLED: phrase('its subject was disabled'),
	REVOCATION_CHECK_FAILED: phrase('nobody can tell whether it was revoked'),
};

const ERRORS: Readonly<Record<ServerErrorCode, Phrase>> = {
	SERVER_IDENTITY_MISSING: phrase('it says nothing of itself'),
	SERVER_BADGE_MISSING: phrase('it has no badge'),
	SERVER_BADGE_INVALID: phrase('its badge does not hold'),
	SERVER_BADGE_REVOKED: phrase('its badge was revoked'),
	SERVER_TRUST_INSUFFICIENT: phrase('its level is too low'),
	SERVER_DID_MISMATCH: phrase('the badge or key is of somebody else than it says to be'),
	SERVER_ISSUER_UNTRUSTED: phrase('you do not trust the issuer of its badge'),
	SERVER_DOMAIN_MISMATCH: phrase('it runs at another host than its identity says'),
	SERVER_PATH_MISMATCH: phrase('it runs at another path than its identity says'),
	SERVER_DID_RESOLUTION_FAILED: phrase('the document of its identity cannot be fetched'),
	SERVER_POP_FAILED: phrase('it could not show that the key of its badge is its own'),
	SERVER_POP_EXPIRED: phrase('what it showed of its key was too old'),
	SERVER_KEY_FETCH_FAILED: phrase('the keys of its issuer cannot be fetched'),
};

/**
 * What {@link identityWords} are made from, and what stands in their place. No words can have been made from two of them, so their
 * order does not matter.
 */
export const IDENTITY_TEXTS: readonly string[] = [
	...Object.values<(...args: string[]) => Phrase>(WORDS).map(make => make()),
	...[NOBODY_LOOKED, NO_REASON, ...Object.values(CAUSES), ...Object.values(ERRORS)],
].map(({ text }) => text);

/** True for the codes of RFC-007 §10 and those of the reference beyond it. */
export function isServerError(value: unknown): value is ServerErrorCode {
	return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** True for the codes of RFC-002 §8.5 and §7.5. */
export function isBadgeError(value: unknown): value is BadgeErrorCode {
	return typeof value === 'string' && Object.hasOwn(CAUSES, value);
}
