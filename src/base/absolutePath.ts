/**
 * True for a path that is whole by its text, whichever system it was written for: `/…`, `C:\…`, `\\host\share…`. What it means on
 * this one (`/…` counts from the current drive on Windows), and whether it is there, is for whoever opens it to ask.
 */
export function isAbsolutePath(path: string): boolean {
	return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}
