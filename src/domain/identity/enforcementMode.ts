/**
 * What becomes of denials that rest on identity or on a decision service, mildest first (RFC-008 §10: EM-OBSERVE to EM-STRICT).
 * Rules of the policy are not concerned: they always hold.
 */
export const ENFORCEMENT_MODES = ['observe', 'guard', 'delegate', 'strict'] as const;

/** One of {@link ENFORCEMENT_MODES}. */
export type EnforcementMode = (typeof ENFORCEMENT_MODES)[number];

/** The stricter of two modes. */
export function stricterMode(a: EnforcementMode, b: EnforcementMode): EnforcementMode {
	return ENFORCEMENT_MODES.indexOf(a) >= ENFORCEMENT_MODES.indexOf(b) ? a : b;
}
