/** What `npm run train:injection` writes. */
export interface WrittenWeights {
	readonly bias: number;
	readonly gramStep: number;
	readonly traitStep: number;
	/** A number of one byte for each slot, as `writeNumbers` writes them. */
	readonly grams: string;
	/** A number of two bytes for each trait, likewise. */
	readonly traits: string;
}
