/** The last segment of a path, whichever separator it is written with; the whole text where there is none. */
export function baseName(path: string): string {
	return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
