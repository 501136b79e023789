/**
 * The folder of uv's cache for whoever has this environment and this home (docs.astral.sh/uv, "Cache directory"): uv's own place
 * unless the environment says otherwise. `platform` as Node names it.
 */
export function uvCacheOf(env: Readonly<Record<string, string | undefined>>, platform: string, home: string): string {
	const { UV_CACHE_DIR, LOCALAPPDATA, XDG_CACHE_HOME, HOME } = env;
	const usual =
		platform === 'win32'
			? `${LOCALAPPDATA ?? `${home}\\AppData\\Local`}\\uv\\cache`
			: `${XDG_CACHE_HOME ?? `${HOME ?? home}/.cache`}/uv`;
	return UV_CACHE_DIR ?? usual;
}
