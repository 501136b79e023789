/** What a file of sentences holds; throws with file and line on what it cannot read. See parse.mjs. */
export function parseOwn(
	file: string,
	source: string,
): {
	readonly wordings: readonly Readonly<Record<string, unknown>>[];
	readonly pools: ReadonlyMap<string, readonly string[]>;
	readonly carriers: readonly Readonly<Record<string, unknown>>[];
};
