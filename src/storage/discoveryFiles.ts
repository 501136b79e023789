import { isMissing } from '../base/errors';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { folderFileOf, foldersFolder, homeFileOf, homesFolder, windowsFolder } from './discoveryPlace';
import {
	type FolderRecord,
	type HomeRecord,
	MAX_RECORD_BYTES,
	readFolderRecord,
	readHomeRecord,
	readWindowRecord,
	type WindowRecord,
} from './discoveryRecord';

/** What others could have put there, or could read. */
const OTHERS = 0o077;
/** So many files are looked at in one folder. */
const MAX_FILES = 256;
const NAME = /^([0-9a-f]{32})\.json$/;

/** A file that was left aside, and why: for people. */
export type Told = (why: string) => void;

/**
 * The windows whose process is alive. A window that was killed leaves its file behind: it is removed. Nothing is trusted that
 * another user could have written: the folders and files belong to us, nobody else may even read them, and none is a link.
 */
export async function readWindows(root: string, told: Told = () => {}): Promise<readonly WindowRecord[]> {
	const folder = windowsFolder(root);
	const windows: WindowRecord[] = [];
	for (const { id, file, text } of await readFolder(root, folder, told)) {
		const window = readWindowRecord(text, id);
		if (window === undefined) {
			told(`${file} is not the file of a window`);
			continue;
		}
		const state = stateOf(window.pid);
		if (state === 'alive') {
			windows.push(window);
		} else if (state === 'gone') {
			await rm(file, { force: true }).catch(() => undefined);
		}
	}
	return windows;
}

/** What is known for guarding without a window, newest first. */
export async function readHomes(root: string, told: Told = () => {}): Promise<readonly HomeRecord[]> {
	const homes: HomeRecord[] = [];
	for (const { file, text } of await readFolder(root, homesFolder(root), told)) {
		const home = readHomeRecord(text);
		if (home === undefined) {
			told(`${file} is not what MCP Firewall wrote`);
		} else {
			homes.push(home);
		}
	}
	return homes.sort((left, right) => right.updatedAt - left.updatedAt);
}

/** The same of one data directory; undefined where nothing can be read of it, and then `told` has heard why, or it is gone. */
export async function readHome(
	root: string,
	dataDirectory: string,
	told: Told = () => {},
): Promise<HomeRecord | undefined> {
	return readOne(
		{ root, folder: homesFolder(root), file: homeFileOf(root, dataDirectory) },
		dataDirectory,
		readHomeRecord,
		told,
	);
}

/**
 * What a window left of a folder; undefined where there is nothing, or nothing that can be read, and then `told` has heard why.
 */
export async function readFolderOf(
	root: string,
	dataDirectory: string,
	folder: string,
	told: Told = () => {},
): Promise<FolderRecord | undefined> {
	const place = { root, folder: foldersFolder(root), file: folderFileOf(root, dataDirectory, folder) };
	return readOne(place, dataDirectory, readFolderRecord, told);
}

/** The record of a data directory at a place that is ours alone. */
async function readOne<T extends { readonly dataDirectory: string }>(
	{ root, folder, file }: { readonly root: string; readonly folder: string; readonly file: string },
	dataDirectory: string,
	read: (text: string) => T | undefined,
	told: Told,
): Promise<T | undefined> {
	if (!(await isOurs(root, told)) || !(await isOurs(folder, told))) {
		return undefined;
	}
	const text = await readOurs(file, told);
	const record = text === undefined ? undefined : read(text);
	if (text !== undefined && record?.dataDirectory !== dataDirectory) {
		told(`${file} is not what MCP Firewall wrote`);
		return undefined;
	}
	return record;
}

interface Found {
	readonly id: string;
	readonly file: string;
	readonly text: string;
}

async function readFolder(root: string, folder: string, told: Told): Promise<readonly Found[]> {
	if (!(await isOurs(root, told)) || !(await isOurs(folder, told))) {
		return [];
	}
	const found: Found[] = [];
	for (const name of (await readdir(folder)).slice(0, MAX_FILES)) {
		const id = NAME.exec(name)?.[1];
		const file = join(folder, name);
		const text = id === undefined ? undefined : await readOurs(file, told);
		if (id !== undefined && text !== undefined) {
			found.push({ id, file, text });
		}
	}
	return found;
}

async function isOurs(folder: string, told: Told): Promise<boolean> {
	let facts: Stats;
	try {
		facts = await lstat(folder);
	} catch {
		return false;
	}
	const why = facts.isDirectory() ? foreign(facts) : 'is not a folder';
	if (why !== undefined) {
		told(`${folder} ${why}`);
	}
	return why === undefined;
}

/** The file's own facts are looked at through the handle that is read, so nothing can be put in its place in between. */
async function readOurs(file: string, told: Told): Promise<string | undefined> {
	let handle: FileHandle | undefined;
	try {
		const unfollowed = platform() === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;
		handle = await open(file, constants.O_RDONLY | unfollowed);
		const facts = await handle.stat();
		const why = !facts.isFile() || facts.size > MAX_RECORD_BYTES ? 'is not a small file' : foreign(facts);
		if (why !== undefined) {
			told(`${file} ${why}`);
			return undefined;
		}
		return await handle.readFile('utf8');
	} catch (error) {
		// Its window has just closed, or a link stands in its place.
		if (!isMissing(error)) {
			told(`${file} cannot be read`);
		}
		return undefined;
	} finally {
		await handle?.close();
	}
}

/** Why something is not ours alone. Windows' folders of a user are closed by their access list. */
function foreign({ uid, mode }: Stats): string | undefined {
	if (platform() === 'win32') {
		return undefined;
	}
	if (uid !== process.getuid?.()) {
		return 'belongs to somebody else';
	}
	return (mode & OTHERS) === 0 ? undefined : 'can be read or written by others (chmod go=)';
}

/**
 * A process that we may not signal is somebody else's, since the number was given away anew; or we are in a sandbox, and then
 * the file is not ours to remove.
 */
function stateOf(pid: number): 'alive' | 'gone' | 'foreign' {
	try {
		process.kill(pid, 0);
		return 'alive';
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'gone' : 'foreign';
	}
}
