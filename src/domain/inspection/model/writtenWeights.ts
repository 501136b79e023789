/** What `npm run train:injection` writes. */
export interface WrittenWeights {
	readonly bias: number;
	readonly gramStep: number;
	readonly traitStep: number;
	/** Base64 of one signed byte for each slot. */
	readonly grams: string;
	/** Base64 of two signed bytes for each trait, the lower first. */
	readonly traits: string;
}
