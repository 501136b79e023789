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

/** The editor's `User` folders: that of the profile, then that of the default profile, which it may share servers with. */
export function userFoldersOf(globalStorage: string): readonly string[] {
	const profile = dirname(dirname(globalStorage));
	return basename(dirname(profile)) === 'profiles' ? [profile, dirname(dirname(profile))] : [profile];
}
