import { type Phrase } from '../../base/phrase';
import { type ArgumentCopy } from './argumentCopy';
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

/** How a condition over arguments can be answered when only a masked or cut copy of them is left. */
export interface ArgumentPart {
	/** Equal for conditions that always have the same outcome. */
	readonly key: string;
	/** The one argument that it is about; absent where it looks at all of them. */
	readonly pointer?: string;
	/** True when the outcome over the copy is surely that over the arguments themselves. */
	knownFrom(copy: ArgumentCopy): boolean;
}

/** One condition of one rule, compiled for the rule's effect. Pure. */
export interface Condition {
	readonly name: ConditionName;
	/** Present exactly where the outcome depends on arguments other than by their paths and URLs. */
	readonly argument?: ArgumentPart;
	test(call: CallView): ConditionOutcome;
	/** Why the outcome is what it is, in one line of the policy's own words; nothing from the call is quoted. */
	why(call: CallView): Phrase;
}
