import { ENFORCEMENT_MODES, type EnforcementMode } from './enforcementMode';

/** What can go against a call beside the rules of the policy (RFC-008 v1.1 §10, RFC-005 v1.0 §7; identity.md §2.4). */
export type AuthorityEvent =
	/** Badge, binding or chain do not hold, or the level is too low. */
	| 'verification_failure'
	| 'pdp_deny'
	/** No decision: no answer in time, or none that can be read. */
	| 'pdp_unavailable'
	| 'known_obligation_fails'
	| 'unknown_obligation'
	| 'envelope_invalid_badge_ok'
	/** Nothing of RFC-004 (hops) is spoken here: no call has such evidence, so nothing asks for this row yet. */
	| 'no_invocation_evidence_side_effect'
	| 'revocation_source_down_no_cache';

type Row = readonly ['proceed' | 'block', 'proceed' | 'block', 'proceed' | 'block', 'proceed' | 'block'];

/**
 * In the order of {@link ENFORCEMENT_MODES}. Where the texts differ the safer one is taken (identity.md §6.3): in `guard` a
 * DENY blocks, and so does an envelope that does not hold.
 */
const MATRIX: Readonly<Record<AuthorityEvent, Row>> = {
	verification_failure: ['proceed', 'block', 'block', 'block'],
	pdp_deny: ['proceed', 'block', 'block', 'block'],
	pdp_unavailable: ['proceed', 'block', 'block', 'block'],
	known_obligation_fails: ['proceed', 'proceed', 'proceed', 'block'],
	unknown_obligation: ['proceed', 'proceed', 'proceed', 'block'],
	envelope_invalid_badge_ok: ['proceed', 'block', 'block', 'block'],
	no_invocation_evidence_side_effect: ['proceed', 'proceed', 'block', 'block'],
	revocation_source_down_no_cache: ['proceed', 'block', 'block', 'block'],
};

/** True when a call that this happens to may not go on in a mode. What proceeds is recorded all the same. */
export function blocks(event: AuthorityEvent, mode: EnforcementMode): boolean {
	return MATRIX[event][ENFORCEMENT_MODES.indexOf(mode)] !== 'proceed';
}

/** The mode as the RFCs call it: `EM-OBSERVE` to `EM-STRICT`. */
export function modeLabel(mode: EnforcementMode): string {
	return `EM-${mode.toUpperCase()}`;
}

/** The mode of a label, which is upper case; undefined for any other text. */
export function modeOfLabel(label: unknown): EnforcementMode | undefined {
	return ENFORCEMENT_MODES.find(mode => modeLabel(mode) === label);
}
