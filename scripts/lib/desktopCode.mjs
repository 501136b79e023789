import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { quietSettings } from './codeServer.mjs';
import { killTree, processesNaming, runOrThrow } from './process.mjs';

const windows = process.platform === 'win32';

/** The desktop editor's command line (`code`) on the PATH, if there is one and a display to show it on. */
export function findDesktopCode() {
	if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
	const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
	return folders.map(folder => path.join(folder, windows ? 'code.cmd' : 'code')).find(existsSync);
}

/**
 * Opens a window of the desktop editor with its own profile.
 *
 * @param {{ code: string, profile: string, workspace: string, extensions: readonly string[] }} options
 * @returns {Promise<{ closed: Promise<void>, stop: () => Promise<void> }>} `closed` resolves when the person closes it
 */
export async function startDesktopCode({ code, profile, workspace, extensions }) {
	const userData = path.join(profile, 'data');
	mkdirSync(path.join(userData, 'User'), { recursive: true });
	writeFileSync(path.join(userData, 'User/settings.json'), JSON.stringify(quietSettings, null, '\t'));
	const common = ['--user-data-dir', userData, '--extensions-dir', path.join(profile, 'extensions')];
	// As root the desktop editor refuses to start with its sandbox.
	if (process.getuid?.() === 0) common.push('--no-sandbox');
	for (const file of extensions) {
		await runOrThrow(code, [...common, '--force', '--install-extension', file], {
			timeoutMs: 120_000,
			shell: windows,
		});
	}
	const flags = ['--new-window', '--wait', '--disable-workspace-trust'];
	const child = spawn(code, [...common, ...flags, workspace], { stdio: 'ignore', shell: windows });
	const closed = new Promise((resolve, reject) => {
		child.once('exit', () => resolve());
		child.once('error', reject);
	});
	const stop = async () => {
		// The window belongs to a process that has left this tree: it is known by its profile folder alone.
		await Promise.all([child.pid, ...processesNaming(userData)].map(pid => killTree(pid)));
	};
	return { closed, stop };
}
