import { join } from 'node:path';
import { connectFile, homeFileOf, windowsFolder } from './discoveryPlace';
import { readWindows } from './discoveryFiles';
import { type HomeRecord, type WindowRecord, writeRecord } from './discoveryRecord';
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
