import { basename, dirname, join } from 'node:path';

/**
 * Where the editor keeps the settings that choose our policy, and the memory of the emergency stop. `globalStorage` is the
 * extension's own folder: `<User>/globalStorage/<id>`, or the same in a profile.
 */
export function settingsFolders(globalStorage: string): string[] {
	const profile = dirname(dirname(globalStorage));
	const user = basename(dirname(profile)) === 'profiles' ? dirname(dirname(profile)) : profile;
	return [user, join(dirname(user), 'Machine')];
}
