/** Of the keys of the translations those that each page can say, by the name of its script. `metafile` is esbuild's of the pages. */
export function pageTextsOf(
	metafile: { readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>> },
	keys: readonly string[],
): Readonly<Record<string, readonly string[]>>;
