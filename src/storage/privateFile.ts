import { chmod, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type BusyHost, pastBusy } from './pastBusy';

/** Makes a directory that only its owner can enter (0700), or tightens one that is there. Rejects when it cannot. */
export async function makePrivateDirectory(directory: string): Promise<void> {
	await mkdir(directory, { recursive: true, mode: 0o700 });
	await chmod(directory, 0o700);
}

/** Writes a file that only its owner can read (0600), whole or not at all, on the disk before it resolves. */
export async function writePrivateFile(file: string, content: string | Buffer): Promise<void> {
	await makePrivateDirectory(dirname(file));
	await replaceFile(file, content, 0o600);
}

/**
 * Puts a file into its place, whole or not at all, on the disk before it resolves; with the mode of the file before where none is
 * given. On Windows others may have that file open for a moment: they are waited for.
 */
export async function replaceFile(
	file: string,
	content: string | Buffer,
	mode?: number,
	write: typeof writeFileAtomic = writeFileAtomic,
	host?: BusyHost,
): Promise<void> {
	await pastBusy(() => write(file, content, mode === undefined ? {} : { mode }), host);
}

/** Removes a file, where there is one. On Windows others may have it open for a moment: they are waited for. */
export async function removeFile(file: string): Promise<void> {
	await pastBusy(() => rm(file, { force: true }));
}

/** Makes names that came or went in a directory durable. Windows cannot open directories, and has no need to. */
export async function syncDirectory(directory: string): Promise<void> {
	if (process.platform === 'win32') {
		return;
	}
	const handle = await open(directory, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
