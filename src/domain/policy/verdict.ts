import { type Phrase } from '../../base/phrase';
import { type Effect } from './policy';
import { type EnforcementMode } from '../identity/enforcementMode';
import { type DenyReason } from '../identity/toolCodes';
import { type SourcePosition } from './sourcePosition';
import { type Protection } from './protection';
import { type ApprovalTerms } from './ruleConditions';

/** A rule as verdicts, refusals and audit entries name it. */
export interface RuleRef {
	readonly id: string;
	readonly effect: Effect;
	readonly at: SourcePosition;
}

/** A denial that rests on who the server is. */
export interface AuthorityVerdict {
	readonly reason: DenyReason;
	/** The more exact code below it: RFC-002's or RFC-007's, or `tool_not_allowed`. */
	readonly cause?: string;
	readonly mode: EnforcementMode;
	/** One line of ours for people: what was asked for, and what there is. Never goes to the model. */
	readonly why: Phrase;
	/** Where the policy asks for it; absent for what is always asked. */
	readonly at?: SourcePosition;
	/** True in mode `observe`: it was let pass (`ALLOW_OBSERVE`). */
	readonly observed: boolean;
}

/** What policy says of one call, and why. */
export interface Verdict {
	readonly effect: Effect;
	readonly capability: string;
	/**
	 * Machine-readable reason: the rule's own `reason`, else `policy_allow`, `policy_require_approval`, `policy_deny`,
	 * `destructive_operation` (a denied delete or drop), `limit_exceeded`, `trust_too_low`, `protected_place` (see `protection`),
	 * `hard_linked_path` or `mounted_path`, `server_identity_failed` or a reason of toolCodes.ts (see `authority`), `policy_default_deny` (nothing matched), or a fail-closed code.
	 */
	readonly reason: string;
	/** The rule that decided; absent when nothing matched or the policy could not be used. */
	readonly rule?: RuleRef;
	/** Every rule of the deciding effect that matched. */
	readonly rules: readonly RuleRef[];
	/** One line for each thing that could not be judged and therefore denied. */
	readonly errors: readonly Phrase[];
	/** Set in observe mode: what would have been decided, while `effect` is `allow`. */
	readonly observed?: Effect;
	/** What the approvals offer together; absent: the host's defaults. */
	readonly approval?: ApprovalTerms;
	/** What tool authority (RFC-006) said where it said no: it denied, or would have in mode `observe`. */
	readonly authority?: AuthorityVerdict;
	/** The built-in protection that made the verdict stricter than the policy's own. */
	readonly protection?: Protection;
}
