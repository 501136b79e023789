import { writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AppendFile } from './lineWriter';
import { makePrivateDirectory, syncDirectory } from './privateFile';

/** Makes a file of mode 0600 that did not exist, for appending. Rejects where there is one. */
export async function openExclusive(path: string): Promise<AppendFile> {
	const file = await open(path, 'ax', 0o600);
	return {
		appendFile: text => file.appendFile(text),
		appendNow: text => {
			const bytes = Buffer.from(text);
			for (let at = 0; at < bytes.length;) {
				at += writeSync(file.fd, bytes, at);
			}
		},
		datasync: () => file.datasync(),
		close: () => file.close(),
	};
}

/** Opens a new file in a directory that is made, or tightened, to mode 0700; its name is on the disk before this resolves. */
export async function openInPrivate(
	path: string,
	openFile: (path: string) => Promise<AppendFile> = openExclusive,
): Promise<AppendFile> {
	const dir = dirname(path);
	await makePrivateDirectory(dir);
	const file = await openFile(path);
	try {
		await syncDirectory(dir);
	} catch (error) {
		await file.close();
		throw error;
	}
	return file;
}
