import { type DecisionPointAnswer } from './decisionPoint';
import { type EnforcementMode } from './enforcementMode';
import { blocks } from './modeMatrix';

/** What the obligations of a decision amount to for one call. */
export interface ObligationOutcome {
	/** A person has to be asked, whatever the policy says. */
	readonly asks: boolean;
	/** One could not be met, and the mode does not let that pass. */
	readonly blocked: boolean;
	/** In their order; goes to the audit entry. */
	readonly met: readonly { readonly type: string; readonly met: boolean }[];
}

/** Those that are known here: a question to a person, and a line in the trail, which every call has anyway. */
const ASKING: ReadonlySet<string> = new Set(['require_approval', 'ask']);
const NOTED: ReadonlySet<string> = new Set(['log']);

/**
 * Weighs the obligations of a decision (RFC-005 §7; identity.md §2.4). What is not known here is not met: it is recorded, and
 * blocks in mode `strict`. An obligation never loosens anything.
 */
export function weighObligations(
	obligations: (DecisionPointAnswer & { kind: 'decided' })['obligations'],
	mode: EnforcementMode,
): ObligationOutcome {
	const met = obligations.map(({ type }) => ({ type, met: ASKING.has(type) || NOTED.has(type) }));
	return {
		asks: met.some(({ type }) => ASKING.has(type)),
		blocked: met.some(one => !one.met) && blocks('unknown_obligation', mode),
		met,
	};
}
