/**
 * True for a path that is not counted from anywhere, whichever system it was written for: `/…`, `\…`, `C:\…`, `\\host\share…`.
 * Of its text alone; the path of another machine is often what is asked about.
 */
export function isAbsolutePath(path: string): boolean {
	return /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path);
}
