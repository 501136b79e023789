import { inEnglish } from '../base/phrase';
import { type PolicyLoad, type PolicyProblem } from '../domain/policy/policy';
import { printable } from './printable';

/** A problem as compilers print theirs: `FILE:LINE:COLUMN: severity code: message`. What it quotes of a file moves no terminal. */
export function problemLine({ at, severity, code, said }: PolicyProblem): string {
	return printable(`${at.file}:${String(at.line)}:${String(at.column)}: ${severity} ${code}: ${inEnglish(said)}`);
}

/** The problems of a policy, a line for each. */
export function problemLines(load: PolicyLoad): string[] {
	return load.problems.map(problemLine);
}
