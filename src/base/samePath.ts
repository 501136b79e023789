/** A drive or a share of Windows. No absolute path of another system looks like it. */
const WINDOWS = /^(?:[A-Za-z]:[\\/]|\\\\)/;

/**
 * One text for all spellings of one place on Windows, where neither case nor the kind of slash tells anything: VS Code says
 * `c:\ws`, a shell `C:\ws`, Claude Code `C:/ws`. Any other path as it is. For comparing alone; never opened, never shown.
 */
export function pathKey(path: string): string {
	return WINDOWS.test(path) ? path.replaceAll('/', '\\').toLowerCase() : path;
}

/** True where two absolute paths are one place by their text. Links are not followed. */
export function samePath(one: string, other: string): boolean {
	return one === other || pathKey(one) === pathKey(other);
}
