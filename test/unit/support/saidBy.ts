import { inEnglish } from '../../../src/base/phrase';
import { type PolicyProblem } from '../../../src/domain/policy/policy';

/** What a problem of a policy says in English; undefined where there is none. */
export function saidBy(problem: PolicyProblem | undefined): string | undefined {
	return problem && inEnglish(problem.said);
}
