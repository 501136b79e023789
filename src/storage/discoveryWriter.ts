import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectFile, folderFileOf, homeFileOf, windowsFolder } from './discoveryPlace';
import { readWindows } from './discoveryFiles';
import { type FolderRecord, type HomeRecord, type WindowRecord, writeRecord } from './discoveryRecord';
import { makePrivateDirectory, writePrivateFile } from './privateFile';

/** Writes a window's file (0600 in 0700 folders), whole or not at all. */
export async function publishWindow(root: string, record: WindowRecord): Promise<void> {
	await makePrivateDirectory(root);
	await writePrivateFile(windowFile(root, record.id), writeRecord(record));
}

/** Removes the files of windows that were killed. Never rejects. */
export async function cleanWindows(root: string): Promise<void> {
	await readWindows(root).catch(() => undefined);
}

/** Writes what guarding without a window needs; it stays when the window closes. */
export async function publishHome(root: string, record: HomeRecord): Promise<void> {
	await makePrivateDirectory(root);
	await writePrivateFile(homeFileOf(root, record.dataDirectory), writeRecord(record));
}

/**
 * Writes what only sessions of this folder have to know; it stays when the window closes. A folder of which there is nothing to
 * say gets no file, unless it has one: that has to say so, because one that is gone takes nothing back.
 */
export async function publishFolder(root: string, record: FolderRecord): Promise<void> {
	const file = folderFileOf(root, record.dataDirectory, record.folder);
	const isEmpty = record.serverLists.length === 0 && Object.keys(record.trustedFiles).length === 0;
	if (!isEmpty || existsSync(file)) {
		await makePrivateDirectory(root);
		await writePrivateFile(file, writeRecord(record));
	}
}

/** Writes the small program at the place that no update moves; it starts this version's shim. Resolves with its path. */
export async function publishConnect(root: string, shim: string): Promise<string> {
	await makePrivateDirectory(root);
	const file = connectFile(root);
	await writePrivateFile(
		file,
		`'use strict';
const shim = ${JSON.stringify(shim)};
if (require('node:fs').existsSync(shim)) {
	require(shim);
} else {
	console.error('mcp-firewall: this version of the extension is gone. Open VS Code once, then start this again.');
	process.exitCode = 1;
}
`,
	);
	return file;
}

/** The file of a window. */
export function windowFile(root: string, id: string): string {
	return join(windowsFolder(root), `${id}.json`);
}
