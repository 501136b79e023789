import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';

/** Makes a directory that only its owner can enter (0700), or tightens one that is there. Rejects when it cannot. */
export async function makePrivateDirectory(directory: string): Promise<void> {
	await mkdir(directory, { recursive: true, mode: 0o700 });
	await chmod(directory, 0o700);
}

/** Writes a file that only its owner can read (0600), whole or not at all, on the disk before it resolves. */
export async function writePrivateFile(file: string, content: string | Buffer): Promise<void> {
	await makePrivateDirectory(dirname(file));
	await writeFileAtomic(file, content, { mode: 0o600 });
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
