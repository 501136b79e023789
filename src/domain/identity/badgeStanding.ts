import { type BadgeErrorCode, type BadgeResult, type VerifiedBadge } from './badge';
import { BADGE_FAILURES } from './badgeFailure';
import { type ServerErrorCode } from './principal';
import { reaches } from './trustLevel';
import { trustsAnybody, type VerifyConfig } from './verifyConfig';

/** `good`: the badge holds, is this server's, and its issuer is trusted for its level. */
export interface BadgeStanding {
	readonly good: boolean;
	readonly failures: readonly Failure[];
}

/** One thing that is wrong with a server's identity; `blocks`: no honest server shows it. */
export interface Failure {
	readonly code: ServerErrorCode;
	readonly blocks: boolean;
	readonly cause?: BadgeErrorCode;
}

/** What the badge of a server says for it and against it. `rebound`: it is another's. */
export function standingOf(
	result: BadgeResult | undefined,
	did: string,
	rebound: boolean,
	config: VerifyConfig,
): BadgeStanding {
	if (result === undefined) {
		return { good: false, failures: [{ code: 'SERVER_BADGE_MISSING', blocks: false }] };
	}
	if (!result.ok) {
		const { code, blocks } = BADGE_FAILURES[result.code];
		const trusts = trustsAnybody({ ...config, issuers: config.trustedIssuers });
		const failure = {
			code,
			blocks: blocks === 'always' || (blocks === 'where-trusted' && trusts),
			cause: result.code,
		};
		// What nobody here vouches for says nothing, whoever it names.
		const another =
			result.code !== 'BADGE_ISSUER_UNTRUSTED' && result.claims !== undefined && result.claims.sub !== did;
		const mismatch: Failure = { code: 'SERVER_DID_MISMATCH', blocks: true };
		return { good: false, failures: another && trusts ? [failure, mismatch] : [failure] };
	}
	if (rebound) {
		return { good: false, failures: [{ code: 'SERVER_DID_MISMATCH', blocks: true }] };
	}
	const { badge } = result;
	const refused = refusedLevel(badge, config);
	if (refused !== undefined) {
		return { good: false, failures: [refused] };
	}
	const { minTrustLevel } = config;
	const enough = minTrustLevel === undefined || reaches(badge.level, minTrustLevel);
	return { good: true, failures: enough ? [] : [{ code: 'SERVER_TRUST_INSUFFICIENT', blocks: false }] };
}

/** INVARIANT: whoever verified the badge, it counts only as far as this configuration trusts its issuer. */
function refusedLevel(badge: VerifiedBadge, config: VerifyConfig): Failure | undefined {
	if (badge.level === '0') {
		const taken = config.acceptLevelZero || config.trustedKeys.includes(badge.sub);
		return taken ? undefined : { code: 'SERVER_TRUST_INSUFFICIENT', blocks: false };
	}
	const issuer = config.trustedIssuers.find(({ origin }) => origin === badge.iss);
	if (issuer === undefined || !reaches(issuer.maxLevel, badge.level)) {
		return { code: 'SERVER_ISSUER_UNTRUSTED', blocks: false, cause: 'BADGE_ISSUER_UNTRUSTED' };
	}
	if (config.offlineMode && (badge.revocation.source === 'online' || !badge.pinnedIssuerKey)) {
		return { code: 'SERVER_KEY_FETCH_FAILED', blocks: false, cause: 'REVOCATION_CHECK_FAILED' };
	}
	return undefined;
}
