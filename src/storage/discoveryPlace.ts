import { realpathSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { pathKey } from '../base/samePath';
import { nodeSha256 } from './system';

/**
 * The folder through which windows and shims of one person find each other without configuration. It hangs on the home
 * folder alone: an editor that was started from a desktop and a client started by `ssh`, `cron` or `launchd` see different
 * `XDG_RUNTIME_DIR`s (or none), while what a shim needs when no window is open has to outlive the login session.
 */
export function discoveryFolder(home = homeFolder(), platform = process.platform): string {
	return platform === 'win32' ? join(home, 'AppData', 'Local', 'mcp-firewall') : join(home, '.mcp-firewall');
}

/** An empty or relative `HOME` would lead to a folder of whatever workspace we run in. */
function homeFolder(): string {
	const home = homedir();
	return isAbsolute(home) ? home : userInfo().homedir;
}

/** The files of open windows, one each. */
export function windowsFolder(root: string): string {
	return join(root, 'windows');
}

/** What is needed to guard without a window, one file for each data directory (an editor's profile). */
export function homesFolder(root: string): string {
	return join(root, 'homes');
}

/** The file in it of one data directory. */
export function homeFileOf(root: string, dataDirectory: string): string {
	return join(homesFolder(root), `${nodeSha256(dataDirectory).slice(0, 32)}.json`);
}

/** What only sessions of one folder have to know, one file for each folder that a window of a data directory had open. */
export function foldersFolder(root: string): string {
	return join(root, 'folders');
}

/** The file in it of one folder, whichever links lead there. */
export function folderFileOf(root: string, dataDirectory: string, folder: string): string {
	return join(foldersFolder(root), `${nodeSha256(`${dataDirectory}\0${pathKey(real(folder))}`).slice(0, 32)}.json`);
}

function real(folder: string): string {
	try {
		return realpathSync.native(folder);
	} catch {
		return folder;
	}
}

/** A small program at a place that no update moves; it starts the shim of the extension that was opened last. */
export function connectFile(root: string): string {
	return join(root, 'connect.cjs');
}
