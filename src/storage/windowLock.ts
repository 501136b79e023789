import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { makePrivateDirectory } from './privateFile';

/** Milliseconds after which a lock whose owner does not renew it counts for nothing: its window is gone. */
const STALE_MS = 10_000;
const TRIES = 40;
const PAUSE_MS = 500;

/**
 * Runs while no other window of this user runs under the same file. Rejects with `deadline-exceeded` when it is not its turn
 * for about 20 s, `aborted` when the signal aborts meanwhile.
 */
export async function whileAlone<T>(file: string, run: () => Promise<T>, signal: AbortSignal): Promise<T> {
	await makePrivateDirectory(dirname(file));
	await writeFile(file, '', { flag: 'a', mode: 0o600 });
	const release = await lock(file, {
		...{ stale: STALE_MS, retries: { retries: TRIES, factor: 1, minTimeout: PAUSE_MS, maxTimeout: PAUSE_MS } },
		// A host that slept may lose it; what runs then is still right, only not alone.
		onCompromised: () => {},
	}).catch((error: unknown) => {
		throw new FirewallError('deadline-exceeded', phrase('Another window is busy with the same.'), { cause: error });
	});
	try {
		if (signal.aborted) {
			throw new FirewallError('aborted', 'It was cancelled while it waited for another window.');
		}
		return await run();
	} finally {
		await release().catch(() => {});
	}
}
