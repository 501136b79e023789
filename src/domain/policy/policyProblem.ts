import { inEnglish, type Phrase } from '../../base/phrase';
import { type PolicyProblem } from './policy';
import { type SourcePosition } from './sourcePosition';

/** A problem; what it says in English follows from its phrase. */
export function policyProblem(problem: Omit<PolicyProblem, 'message'>): PolicyProblem {
	return { ...problem, message: inEnglish(problem.said) };
}

/** A problem of which no more is known than where it starts. */
export function problemAt(
	severity: PolicyProblem['severity'],
	code: PolicyProblem['code'],
	said: Phrase,
	at: SourcePosition,
): PolicyProblem {
	return policyProblem({ severity, code, said, at, end: { line: at.line, column: at.column + 1 } });
}
