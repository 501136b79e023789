/** Longest name that is split; the rest of a longer one is dropped. */
const MAX_NAME = 256;

/**
 * The whole words of a snake_case, camelCase, kebab-case or dotted name, lower-case: `HTTPGetFile2` is http, get, file,
 * 2. Never substrings: `refresh` holds no `sh`, `thread` no `read`.
 */
export function nameTokens(name: string): readonly string[] {
	return name
		.slice(0, MAX_NAME)
		.replace(/([a-z0-9])([A-Z])/g, '$1 $2')
		.replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
		.replace(/([A-Za-z])(\d)|(\d)([A-Za-z])/g, '$1$3 $2$4')
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter(token => token !== '');
}
