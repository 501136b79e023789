import { type Phrase } from '../../base/phrase';
import { type PolicyProblem, type Rule } from './policy';

/** What is wrong with a rule beyond its syntax. */
export interface RuleFinding {
	readonly rule: Rule;
	readonly severity: PolicyProblem['severity'];
	readonly code: PolicyProblem['code'];
	readonly said: Phrase;
}
