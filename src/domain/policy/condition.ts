import { type CallView } from './callView';

/** The keys of a rule that a call is held against; the names stand in explanations. */
export type ConditionName =
	| 'capability'
	| 'servers'
	| 'tools'
	| 'path_prefix'
	| 'paths'
	| 'hosts'
	| 'args'
	| 'contains'
	| 'match_keywords'
	| 'match_regex'
	| 'labels'
	| 'trust_level'
	| 'direction'
	| 'limits'
	| 'until';

/** `cannot-tell`: the host gave no fact for it. It satisfies no allow, and is an error of a deny or approval. */
export type ConditionOutcome = 'holds' | 'fails' | 'cannot-tell';

/** One condition of one rule, compiled for the rule's effect. Pure. */
export interface Condition {
	readonly name: ConditionName;
	test(call: CallView): ConditionOutcome;
	/** Why the outcome is what it is, in one line of the policy's own words; nothing from the call is quoted. */
	why(call: CallView): string;
}
