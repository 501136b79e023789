import { type BadgeClaims, type BadgeErrorCode, type BadgeResult } from './badge';
import { jwkOfDidKey } from './did';
import { BADGE_REASONS, type DenyReason, TOOL_CODES, type ToolCode } from './toolCodes';
import { reaches, type TrustLevel } from './trustLevel';
import { type TrustSettings } from './trustSettings';

/** Who calls a tool, as far as it was proven. `unverified`: something was presented that nobody could look at. */
export type Caller =
	| { readonly kind: 'anonymous' }
	| { readonly kind: 'badge'; readonly result: BadgeResult }
	/** An API key. No key is ever known here, so it proves nothing (identity.md §6.1 #2). */
	| { readonly kind: 'apikey' }
	| { readonly kind: 'unverified' };

/** What a tool asks of who calls it (RFC-006; identity.md §2.2). */
export interface AccessTerms {
	readonly minTrustLevel: TrustLevel;
	readonly requireBadge: boolean;
	/**
	 * Whom it trusts, and as whom it is meant. A badge with `aud` counts only where that names `audience`, and nowhere where there
	 * is none: it was made for another server. One without `aud` is meant for anybody (RFC-002 §4.3): whoever was shown it can show
	 * it here until it ends, so issuers of level 2 and above ought to name an audience.
	 */
	readonly trust: Pick<TrustSettings, 'issuers' | 'acceptLevelZero' | 'trustedKeys' | 'audience'>;
	/** Over the bare tool name; present and empty allows nothing. */
	readonly allowedTools?: readonly { matches(tool: string): boolean }[];
}

/** Whether a tool may run. INVARIANT: `ALLOW` has no reason, `DENY` always has one. */
export type ToolAccess =
	| { readonly decision: 'ALLOW' }
	| {
			readonly decision: 'DENY';
			readonly reason: DenyReason;
			readonly code: ToolCode;
			/** Why the badge does not count. */
			readonly cause?: BadgeErrorCode;
			/** One line of ours; does not say which level would have sufficed (RFC-008 §9.3). */
			readonly detail: string;
	  };

/**
 * Decides whether a caller may run a tool: credential first, then level, then allow-list (RFC-006 v0.4 §6). Same inputs, same
 * answer. INVARIANT: a badge that does not hold denies, it never degrades to anonymous; nothing that is unknown allows.
 */
export function decideToolAccess(tool: string, caller: Caller, terms: AccessTerms): ToolAccess {
	return (
		denyCredential(caller, terms) ??
		denyLevel(caller, terms) ??
		(terms.allowedTools === undefined || terms.allowedTools.some(glob => glob.matches(tool))
			? { decision: 'ALLOW' }
			: denied('tool_not_allowed', 'The tool is not among those that may be called.'))
	);
}

/** The DID, badge id and level of a caller, as far as they are proven. */
export function provenCaller(caller: Caller): {
	readonly did?: string;
	readonly jti?: string;
	readonly level?: TrustLevel;
} {
	if (caller.kind !== 'badge' || !caller.result.ok || !isOwnKey(caller.result.badge)) {
		return {};
	}
	const { sub, jti, level } = caller.result.badge;
	return { did: sub, jti, level };
}

function denyCredential(caller: Caller, terms: AccessTerms): ToolAccess | undefined {
	switch (caller.kind) {
		case 'anonymous':
			// With level 0 taken, who has no badge is weighed as one without level (capiscio-core guard_test.go).
			return terms.requireBadge || (terms.minTrustLevel !== '0' && !terms.trust.acceptLevelZero)
				? denied('badge_missing', 'The caller has shown no badge.')
				: undefined;
		case 'apikey':
			return denied('badge_missing', 'An API key is no badge.');
		case 'unverified':
			return denied('badge_invalid', 'The badge of the caller was not verified.');
		case 'badge': {
			const { result } = caller;
			if (!result.ok) {
				return denied(BADGE_REASONS[result.code], result.detail, result.code);
			}
			return denyBadge(result.badge, terms.trust);
		}
		default:
			return denied('internal_error', 'The caller is of no known kind.');
	}
}

/** Asked again of every badge: it may have been verified for a tool that is meant, or trusts, otherwise. */
function denyBadge(badge: BadgeClaims, trust: AccessTerms['trust']): ToolAccess | undefined {
	if (!isTrusted(badge, trust)) {
		return denied('issuer_untrusted', 'The issuer is not trusted for such a badge.', 'BADGE_ISSUER_UNTRUSTED');
	}
	if (!isOwnKey(badge)) {
		return denied('badge_invalid', 'The badge holds the key of somebody else.', 'BADGE_CLAIMS_INVALID');
	}
	const { audience } = trust;
	return badge.aud === undefined || (audience !== undefined && badge.aud.includes(audience))
		? undefined
		: denied('badge_invalid', 'The badge is meant for another server.', 'BADGE_AUDIENCE_MISMATCH');
}

/** INVARIANT: a did:key is its key. A badge of any level that gives it another one lets somebody else sign as it. */
function isOwnKey({ sub, key }: BadgeClaims): boolean {
	return !sub.startsWith('did:key:') || jwkOfDidKey(sub)?.x === key.x;
}

/** Empty trusts none. */
function isTrusted({ iss, sub, level }: BadgeClaims, trust: AccessTerms['trust']): boolean {
	return level === '0'
		? trust.acceptLevelZero || trust.trustedKeys.includes(sub)
		: trust.issuers.some(({ origin, maxLevel }) => origin === iss && reaches(maxLevel, level));
}

function denyLevel(caller: Caller, terms: AccessTerms): ToolAccess | undefined {
	const { level } = provenCaller(caller);
	// Who is anonymous has no level, which is less than level 0; the least level `0` asks for none.
	return terms.minTrustLevel === '0' && caller.kind === 'anonymous' ? undefined : denyBelow(level, terms);
}

function denyBelow(level: TrustLevel | undefined, { minTrustLevel }: AccessTerms): ToolAccess | undefined {
	// A least level that is none reaches rank -1, which any level would.
	const known = reaches(minTrustLevel, '0');
	return known && level !== undefined && reaches(level, minTrustLevel)
		? undefined
		: denied('trust_insufficient', 'The trust level of the caller does not suffice.');
}

function denied(reason: DenyReason, detail: string, cause?: BadgeErrorCode): ToolAccess {
	return { decision: 'DENY', reason, code: TOOL_CODES[reason], detail, ...(cause !== undefined && { cause }) };
}
