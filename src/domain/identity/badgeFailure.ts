import { type BadgeErrorCode } from './badge';
import { type ServerErrorCode } from './principal';

/** What a badge that does not count means for its server. */
interface BadgeFailure {
	readonly code: ServerErrorCode;
	/**
	 * `always`: no honest server shows such a badge. `where-trusted`: neither does one whose badges count for anybody here; where
	 * nobody is trusted it is as good as none. `never`: it happens to honest servers.
	 */
	readonly blocks: 'always' | 'where-trusted' | 'never';
}

/** RFC-002 codes as RFC-007 has them (§10). A badge that has ended is to be had anew; one that nobody here trusts proves nothing. */
export const BADGE_FAILURES: Readonly<Record<BadgeErrorCode, BadgeFailure>> = {
	BADGE_MALFORMED: { code: 'SERVER_BADGE_INVALID', blocks: 'where-trusted' },
	BADGE_CLAIMS_INVALID: { code: 'SERVER_BADGE_INVALID', blocks: 'where-trusted' },
	BADGE_SIGNATURE_INVALID: { code: 'SERVER_BADGE_INVALID', blocks: 'always' },
	BADGE_EXPIRED: { code: 'SERVER_BADGE_INVALID', blocks: 'never' },
	BADGE_NOT_YET_VALID: { code: 'SERVER_BADGE_INVALID', blocks: 'never' },
	BADGE_AUDIENCE_MISMATCH: { code: 'SERVER_BADGE_INVALID', blocks: 'never' },
	BADGE_ISSUER_UNTRUSTED: { code: 'SERVER_ISSUER_UNTRUSTED', blocks: 'never' },
	BADGE_REVOKED: { code: 'SERVER_BADGE_REVOKED', blocks: 'always' },
	BADGE_AGENT_DISABLED: { code: 'SERVER_BADGE_REVOKED', blocks: 'always' },
	REVOCATION_CHECK_FAILED: { code: 'SERVER_KEY_FETCH_FAILED', blocks: 'never' },
};
