/** The scripts of our pages. */
export type PageName = 'panel' | 'review' | 'trust';

/**
 * Of all translations those that a page can say. `listed` is dist/pageTexts.json as the build wrote it (scripts/lib/pageTexts.mjs);
 * where that says nothing of the page it is handed all of them, because a text that is missing would be shown in English.
 */
export function textsOfPage(
	page: PageName,
	bundle: Readonly<Record<string, string>>,
	listed: string | undefined,
): Readonly<Record<string, string>> {
	const keys = keysOf(page, listed);
	return keys === undefined
		? bundle
		: Object.fromEntries(keys.flatMap(key => (Object.hasOwn(bundle, key) ? [[key, bundle[key] ?? key]] : [])));
}

function keysOf(page: PageName, listed: string | undefined): readonly string[] | undefined {
	try {
		const pages = JSON.parse(listed ?? '{}') as Partial<Record<PageName, unknown>>;
		const keys = pages[page];
		return Array.isArray(keys) && keys.every(key => typeof key === 'string') ? keys : undefined;
	} catch {
		return undefined;
	}
}
