import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listSegments } from './retentionPlan';

/** A policy that came into force, or was taken up again, less than this ago may have no entry yet, ms. */
const NEW_MS = 86_400_000;
const NAME = /^([0-9a-f]{64})\.json$/;
const DIGEST_CHARACTERS = 64;

/**
 * Removes the kept texts of policies (policyStore.ts) that no segment of the trail names any more; resolves with how many. What is
 * not said in the trail cannot be replayed, so that nobody misses them.
 */
export async function prunePolicies(dataDirectory: string, now: number, signal?: AbortSignal): Promise<number> {
	const folder = join(dataDirectory, 'policies');
	const unnamed = new Set<string>();
	for (const name of await readdir(folder).catch(() => [])) {
		const digest = NAME.exec(name)?.[1];
		if (digest !== undefined && (await stat(join(folder, name))).mtimeMs < now - NEW_MS) {
			unnamed.add(digest);
		}
	}
	const segments = await listSegments(join(dataDirectory, 'trail'));
	// The newest name most of them.
	for (const { file } of segments.toReversed()) {
		if (unnamed.size > 0) {
			await leaveNamed(unnamed, file, signal);
		}
	}
	for (const digest of unnamed) {
		await rm(join(folder, `${digest}.json`), { force: true });
	}
	return unnamed.size;
}

/** Takes those digests out of the set that stand anywhere in a file. */
async function leaveNamed(digests: Set<string>, file: string, signal: AbortSignal | undefined): Promise<void> {
	let rest = '';
	for await (const chunk of createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20, signal })) {
		const text = rest + (chunk as string);
		for (const digest of digests) {
			if (text.includes(digest)) {
				digests.delete(digest);
			}
		}
		rest = text.slice(-DIGEST_CHARACTERS);
	}
}
