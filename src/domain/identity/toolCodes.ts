import { type BadgeErrorCode } from './badge';

/** Why a tool may not run, as RFC-006 §10 and the reference call it (identity.md §2.9). */
export type DenyReason =
	| 'badge_missing'
	| 'badge_invalid'
	| 'badge_expired'
	| 'badge_revoked'
	| 'trust_insufficient'
	| 'tool_not_allowed'
	| 'issuer_untrusted'
	| 'policy_denied'
	| 'scope_insufficient'
	| 'internal_error';

/** The codes that evidence records carry. */
export type ToolCode =
	| 'TOOL_AUTH_MISSING'
	| 'TOOL_BADGE_INVALID'
	| 'TOOL_BADGE_REVOKED'
	| 'TOOL_TRUST_INSUFFICIENT'
	| 'TOOL_NOT_FOUND'
	| 'TOOL_ISSUER_UNTRUSTED'
	| 'TOOL_POLICY_DENIED'
	| 'TOOL_SCOPE_INSUFFICIENT'
	| 'TOOL_ENVELOPE_INVALID'
	| 'TOOL_ENVELOPE_EXPIRED'
	| 'TOOL_ENVELOPE_SCOPE'
	| 'UNSPECIFIED';

/** The code of each reason. A tool that is there and not allowed is denied by policy; `TOOL_NOT_FOUND` is for unknown tools. */
export const TOOL_CODES: Readonly<Record<DenyReason, ToolCode>> = {
	badge_missing: 'TOOL_AUTH_MISSING',
	badge_invalid: 'TOOL_BADGE_INVALID',
	badge_expired: 'TOOL_BADGE_INVALID',
	badge_revoked: 'TOOL_BADGE_REVOKED',
	trust_insufficient: 'TOOL_TRUST_INSUFFICIENT',
	tool_not_allowed: 'TOOL_POLICY_DENIED',
	issuer_untrusted: 'TOOL_ISSUER_UNTRUSTED',
	policy_denied: 'TOOL_POLICY_DENIED',
	scope_insufficient: 'TOOL_SCOPE_INSUFFICIENT',
	internal_error: 'UNSPECIFIED',
};

/** RFC-002 §8.5 and §7.5, as the deny reasons of RFC-006 §10. */
export const BADGE_REASONS: Readonly<Record<BadgeErrorCode, DenyReason>> = {
	BADGE_MALFORMED: 'badge_invalid',
	BADGE_SIGNATURE_INVALID: 'badge_invalid',
	BADGE_EXPIRED: 'badge_expired',
	BADGE_NOT_YET_VALID: 'badge_invalid',
	BADGE_ISSUER_UNTRUSTED: 'issuer_untrusted',
	BADGE_AUDIENCE_MISMATCH: 'badge_invalid',
	BADGE_REVOKED: 'badge_revoked',
	BADGE_CLAIMS_INVALID: 'badge_invalid',
	BADGE_AGENT_DISABLED: 'badge_revoked',
	REVOCATION_CHECK_FAILED: 'badge_invalid',
};
