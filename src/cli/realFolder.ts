import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder itself, not a link to it; one that does not exist yet is taken as it is written. */
export function realFolder(folder: string): string {
	try {
		return realpathSync(folder);
	} catch {
		return resolve(folder);
	}
}
