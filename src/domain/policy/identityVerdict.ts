import { baseName } from '../../base/baseName';
import { type Phrase } from '../../base/phrase';
import { AUTHORITY_WORDS } from '../identity/authorityWords';
import { type EnforcementMode } from '../identity/enforcementMode';
import { identityWords, levelWords, NOBODY_LOOKED } from '../identity/identityWords';
import { BADGE_REASONS } from '../identity/toolCodes';
import { rankOf, reaches } from '../identity/trustLevel';
import { layersOf } from './decide';
import { type CallFacts, type PrincipalFacts } from './facts';
import { type EffectiveTerms, type IdentityTarget, termsFor } from './identityTerms';
import { joinEnforcement, layersOnIdentity } from './joinIdentity';
import { type Policy, type PolicyLayer } from './policy';
import { relevantRules } from './ruleIndex';
import { type SourcePosition } from './sourcePosition';
import { type AuthorityVerdict } from './verdict';

/** The reason of a verdict about a server whose identity failed. */
export const SERVER_IDENTITY_FAILED = 'server_identity_failed';

/**
 * What tool authority says of a call where it says no (RFC-006 §6). Each layer is asked by itself, and all must hold; whether
 * the no counts, `observed` tells. A server whose identity failed is denied without any policy asking for it. A principal
 * that is pending, or absent, has proven nothing. Pure; throws what a section that no parser accepted throws.
 */
export function authorityOf(policy: Policy, facts: CallFacts): AuthorityVerdict | undefined {
	const impostor = impostorVerdict(policy, facts.principal);
	if (impostor !== undefined) {
		return impostor;
	}
	const mode = enforcementModeOf(policy);
	const denials = layersOnIdentity(layersOf(policy)).flatMap(layer => {
		const denial = denialOf(layer, facts);
		// The policy's own observe mode is the person's choice: an organisation that enforces is not observed away.
		const lifted = policy.mode === 'observe' && layer.kind !== 'organisation';
		return denial === undefined ? [] : [{ ...denial, mode, observed: mode === 'observe' || lifted }];
	});
	return denials.find(({ observed }) => !observed) ?? denials[0];
}

/**
 * What is said of a server whose identity failed, whatever it is asked for; undefined for every other. Without a policy that can be
 * used nobody said that it is only observed.
 */
export function impostorVerdict(
	policy: Policy | undefined,
	principal: PrincipalFacts | undefined,
): AuthorityVerdict | undefined {
	if (principal?.blocked !== true) {
		return undefined;
	}
	const mode = policy === undefined ? 'guard' : enforcementModeOf(policy);
	const { cause, errors } = principal;
	const code = cause ?? errors[0];
	return {
		reason: cause === undefined ? 'badge_invalid' : BADGE_REASONS[cause],
		...(code !== undefined && { cause: code }),
		why: AUTHORITY_WORDS.identity(wordsOf(principal)),
		mode,
		observed: mode === 'observe',
	};
}

/** True when one principal has proven less than another: what a person was told of the second is no longer so. */
export function provesLess(now: PrincipalFacts | undefined, before: PrincipalFacts | undefined): boolean {
	return (now?.blocked === true && before?.blocked !== true) || (trustRank(now) ?? -1) < (trustRank(before) ?? -1);
}

/** The mode in force: what becomes of denials that rest on identity. */
export function enforcementModeOf(policy: Policy): EnforcementMode {
	return joinEnforcement(layersOf(policy));
}

/**
 * Whether a verdict over a call may rest on who its server is, so that it has to be settled first. Calls that need no level
 * never wait.
 */
export function asksIdentity(policy: Policy, target: IdentityTarget): boolean {
	return (
		layersOnIdentity(layersOf(policy)).some(({ policy: { identity } }) => {
			const terms = identity && termsFor(identity, target);
			return terms?.minTrustLevel !== undefined || terms?.requireBadge !== undefined;
		}) ||
		relevantRules(policy, target.capability, target.server, target.tool).some(
			({ rule }) => rule.trustLevel !== undefined,
		)
	);
}

/**
 * Whether tool authority leaves no way for a tool to run now, so that it may as well be hidden. What is pending hides nothing,
 * nor does a mode that observes.
 */
export function hidesTool(policy: Policy, target: IdentityTarget, principal: PrincipalFacts | undefined): boolean {
	const mode = enforcementModeOf(policy);
	if (mode === 'observe') {
		return false;
	}
	const pending = principal?.pending === true;
	return (
		(principal?.blocked === true && !pending) ||
		layersOnIdentity(layersOf(policy)).some(({ policy: { identity } }) => {
			const terms = identity && termsFor(identity, target);
			return (
				terms !== undefined &&
				(terms.refusedBy !== undefined || (!pending && unproven(terms, principal) !== undefined))
			);
		})
	);
}

/** The level by which rules go: of a server that is verified now, 0 to 4. */
export function trustRank(principal: PrincipalFacts | undefined): number | undefined {
	return principal !== undefined && isVerified(principal) && principal.level !== undefined
		? rankOf(principal.level)
		: undefined;
}

/** What a verdict may rest on. */
export function principalFacts(principal: PrincipalFacts): PrincipalFacts {
	const { state, level, badge, blocked, errors, cause, pending } = principal;
	return {
		...{ state, badge, blocked, errors },
		...(level !== undefined && { level }),
		...(cause !== undefined && { cause }),
		...(pending !== undefined && { pending }),
	};
}

type Denial = Omit<AuthorityVerdict, 'mode' | 'observed'>;

function denialOf({ policy: { identity } }: PolicyLayer, facts: CallFacts): Denial | undefined {
	if (identity === undefined) {
		return undefined;
	}
	const { tool, capability, isMethod, principal } = facts;
	const terms = termsFor(identity, { server: facts.server.name, tool, capability, isMethod });
	const { refusedBy } = terms;
	if (refusedBy === undefined) {
		return unproven(terms, principal);
	}
	const place = placeOf(refusedBy.at);
	return {
		reason: 'tool_not_allowed',
		cause: 'tool_not_allowed',
		why: refusedBy.value === 'denied_tools' ? AUTHORITY_WORDS.deniedTool(place) : AUTHORITY_WORDS.otherTool(place),
		at: refusedBy.at,
	};
}

function unproven(
	{ requireBadge, minTrustLevel }: EffectiveTerms,
	principal: PrincipalFacts | undefined,
): Denial | undefined {
	const asked = minTrustLevel ?? requireBadge;
	if (asked === undefined) {
		return undefined;
	}
	const verified = principal !== undefined && isVerified(principal);
	if (verified && (minTrustLevel === undefined || reaches(principal.level, minTrustLevel.value))) {
		return undefined;
	}
	const [place, words] = [placeOf(asked.at), wordsOf(principal)];
	const why =
		minTrustLevel === undefined
			? AUTHORITY_WORDS.badge(place, words)
			: AUTHORITY_WORDS.level(levelWords(minTrustLevel.value), place, words);
	return verified
		? { reason: 'trust_insufficient', cause: 'SERVER_TRUST_INSUFFICIENT', why, at: asked.at }
		: { ...lackOf(principal), why, at: asked.at };
}

function isVerified({ state, badge, blocked, pending }: PrincipalFacts): boolean {
	return state === 'VERIFIED_PRINCIPAL' && badge === 'ok' && !blocked && pending !== true;
}

/** Why a badge does not count, for a server that is not verified. */
function lackOf(principal: PrincipalFacts | undefined): Pick<Denial, 'reason' | 'cause'> {
	if (principal === undefined || principal.pending === true || principal.badge === 'absent') {
		return { reason: 'badge_missing', cause: principal?.errors[0] ?? 'SERVER_IDENTITY_MISSING' };
	}
	const { cause, errors } = principal;
	const code = cause ?? errors[0];
	return {
		reason: cause === undefined ? 'badge_invalid' : BADGE_REASONS[cause],
		...(code !== undefined && { cause: code }),
	};
}

function wordsOf(principal: PrincipalFacts | undefined): Phrase {
	return principal === undefined ? NOBODY_LOOKED : identityWords(principal).words;
}

function placeOf({ file, line }: SourcePosition): string {
	return `${baseName(file)}:${String(line)}`;
}
