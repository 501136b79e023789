/** The place of a rule in its file, for refusals, audit and squiggles. Lines and columns count from 1. */
export interface SourcePosition {
	readonly file: string;
	readonly line: number;
	readonly column: number;
}
