import { type Phrase } from '../../base/phrase';
import { type PolicyProblem } from './policy';
import { type SourcePosition } from './sourcePosition';

/** A problem of which no more is known than where it starts. */
export function problemAt(
	severity: PolicyProblem['severity'],
	code: PolicyProblem['code'],
	said: Phrase,
	at: SourcePosition,
): PolicyProblem {
	return { severity, code, said, at, end: { line: at.line, column: at.column + 1 } };
}
