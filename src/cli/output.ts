/** Where a command writes; a parameter, so that tests can read it. */
export interface CliOutput {
	stdout(line: string): void;
	stderr(line: string): void;
}
