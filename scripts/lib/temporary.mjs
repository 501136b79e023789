import { realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * A folder for temporary files whose name is its only one, so that tests can compare paths. The system's own is none on macOS, where
 * `/var/folders/…` is a link below `/private` and leaves no room for the name of a socket, and on Windows machines where it is
 * spelled `C:\Users\RUNNER~1\…`, which nobody can judge. A build machine names a good one (`RUNNER_TEMP`).
 *
 * @param {import('./temporary.d.mts').TemporaryHost} [host]
 * @returns {string} absolute, links resolved
 */
export function plainTemporary({ platform, env, tmpdir, home, real } = here()) {
	if (platform === 'darwin') return real(env.RUNNER_TEMP ?? path.posix.join(home, 'Library/Caches'));
	return real(platform === 'win32' ? (env.RUNNER_TEMP ?? tmpdir) : tmpdir);
}

/** Has this process, and all that it starts, take {@link plainTemporary} for the folder of temporary files. */
export function usePlainTemporary() {
	const folder = plainTemporary();
	for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
}

function here() {
	// Of both ways to resolve, this one undoes short names as well.
	const { native: real } = realpathSync;
	return { platform: process.platform, env: process.env, tmpdir: os.tmpdir(), home: os.homedir(), real };
}
