import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, FirewallError, isMissing } from '../base/errors';
import { type TrailSigner } from '../domain/audit/checkpoint';
import { withFileLock } from './fileLock';
import { makePrivateDirectory, writePrivateFile } from './privateFile';
import { READ_AT_ONCE } from './system';
import { newTrailKey, trailSigner } from './trailKey';

/** Longer than any key file of ours. */
const MAX_BYTES = 4096;
const OTHERS = 0o077;

/**
 * The key of the audit trail where no editor keeps it: `keys/trail.key` (0600) in a data directory, and beside it the raw
 * public key, `keys/trail.pub`. Made at first use; processes that come at the same time end with the same one. Rejects with
 * `config-invalid` where the file is no key, where others than its owner can reach it (POSIX), or where it cannot be made.
 */
export async function fileSigner(dataDirectory: string): Promise<TrailSigner> {
	const directory = join(dataDirectory, 'keys');
	const file = join(directory, 'trail.key');
	try {
		await makePrivateDirectory(directory);
		const secret = (await readSecret(file)) ?? (await makeOnce(file));
		const signer = trailSigner(secret);
		await keepPublicKey(join(directory, 'trail.pub'), signer.publicKey);
		return signer;
	} catch (error) {
		throw error instanceof FirewallError ? error : unusable(file, `cannot be used: ${errorText(error)}`, error);
	}
}

/** Undefined where there is none yet. */
async function readSecret(file: string): Promise<string | undefined> {
	let handle;
	try {
		handle = await open(file, READ_AT_ONCE);
	} catch (error) {
		if (isMissing(error)) {
			return undefined;
		}
		throw error;
	}
	try {
		const facts = await handle.stat();
		if (!facts.isFile() || facts.size > MAX_BYTES) {
			throw unusable(file, 'is no key of the audit trail; move it away and start again');
		}
		if (process.platform !== 'win32' && (facts.mode & OTHERS) !== 0) {
			throw unusable(
				file,
				'can be reached by others than its owner, so what it signs proves nothing. ' +
					'Run chmod 600 on it if nobody can have copied it; else move it away, and a new one is made',
			);
		}
		return (await handle.readFile('utf8')).trim();
	} finally {
		await handle.close();
	}
}

async function makeOnce(file: string): Promise<string> {
	const outcome = await withFileLock(file, async () => {
		const there = await readSecret(file);
		if (there !== undefined) {
			return there;
		}
		const secret = newTrailKey();
		await writePrivateFile(file, `${secret}\n`);
		return secret;
	});
	if (outcome.kind === 'problem') {
		throw unusable(file, `cannot be made: ${outcome.problem}`);
	}
	return outcome.value;
}

/** For auditors; nothing is checked against it here. */
async function keepPublicKey(file: string, publicKey: string): Promise<void> {
	const text = `${publicKey}\n`;
	if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) {
		await writePrivateFile(file, text);
	}
}

function unusable(file: string, why: string, cause?: unknown): FirewallError {
	return new FirewallError('config-invalid', `the key of the audit trail, ${file}, ${why}.`, { cause });
}
