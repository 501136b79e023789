import { dirname } from 'node:path';
import { withFileLock } from '../storage/fileLock';
import { makePrivateDirectory } from '../storage/privateFile';

/** Runs something while no other window does so with the same file. Rejects where that cannot be had, or with what it rejects with. */
export async function oneByOne(file: string, make: () => Promise<void>): Promise<void> {
	await makePrivateDirectory(dirname(file));
	const outcome = await withFileLock(file, make);
	if (outcome.kind === 'problem') {
		throw new Error(outcome.problem);
	}
}
