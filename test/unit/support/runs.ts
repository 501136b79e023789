/**
 * How often a property is tried: as often as its test says, but no more than `FEW_RUNS` where that is set. Mutation testing
 * sets it (scripts/lib/strykerRunner.mjs): each of thousands of mutants then gets fewer tries to be caught, never more.
 */
export function runs(count: number): { readonly numRuns: number; readonly seed?: number } {
	const few = process.env.FEW_RUNS;
	return few === undefined ? { numRuns: count } : { numRuns: Math.min(count, Number(few)), seed: 20261121 };
}
