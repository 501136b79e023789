import { type PolicyLoad } from '../domain/policy/policy';

/** The problems of a policy as compilers print theirs: `FILE:LINE:COLUMN: severity code: message`. */
export function problemLines(load: PolicyLoad): string[] {
	return load.problems.map(
		({ at, severity, code, message }) => `${at.file}:${at.line}:${at.column}: ${severity} ${code}: ${message}`,
	);
}
