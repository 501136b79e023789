import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canonicalJson, isJsonObject, type JsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type SegmentTombstone, tombstoneText, type TrailSigner } from '../domain/audit/checkpoint';
import { type SegmentName, TOMBSTONE_ENDING } from '../domain/audit/segmentName';
import { removeFile, syncDirectory, writePrivateFile } from './privateFile';
import { type SegmentFacts } from './segmentFacts';
import { isTrailSignature } from './trailKey';

/** One takes some 600 bytes. */
const MAX_BYTES = 16 * 1024;

/** What retention does to files; a port, so that tests can end a run between any two steps. */
export interface RemovalFiles {
	/** Whole and on the disk before it resolves. */
	writeTombstone(segmentFile: string, tombstone: SegmentTombstone): Promise<void>;
	/** Does nothing where the file is gone. */
	remove(segmentFile: string): Promise<void>;
}

/** The file system. */
export const removalFiles: RemovalFiles = {
	async writeTombstone(segmentFile, tombstone) {
		const line = `${canonicalJson(tombstone as unknown as JsonObject)}\n`;
		await writePrivateFile(`${segmentFile}${TOMBSTONE_ENDING}`, line);
		await syncDirectory(dirname(segmentFile));
	},
	async remove(segmentFile) {
		await removeFile(segmentFile);
		await syncDirectory(dirname(segmentFile));
	},
};

/** The signed record of a segment's removal. */
export function tombstoneOf(
	name: SegmentName,
	facts: SegmentFacts,
	said: Pick<SegmentTombstone, 'removedAt' | 'why'>,
	signer: TrailSigner,
): SegmentTombstone {
	const open = unsigned(name, facts, said, signer.key);
	return { ...open, signature: signer.sign(tombstoneText(open)) };
}

/**
 * The record that stands beside a segment, where it is one that this key made of this very segment: whoever can write there can
 * write anything. Undefined otherwise.
 */
export async function ownTombstone(
	segmentFile: string,
	name: SegmentName,
	facts: SegmentFacts,
	signer: TrailSigner,
): Promise<SegmentTombstone | undefined> {
	const file = `${segmentFile}${TOMBSTONE_ENDING}`;
	const size = await stat(file).then(found => (found.isFile() ? found.size : Infinity));
	const parsed = size > MAX_BYTES ? undefined : parseJson(await readFile(file, 'utf8'), 'strict');
	const value = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : {};
	const { removedAt, why, signature } = value;
	if (typeof removedAt !== 'string' || typeof why !== 'string' || typeof signature !== 'string') {
		return undefined;
	}
	const open = unsigned(name, facts, { removedAt, why }, signer.key);
	return isTrailSignature(signer.publicKey, tombstoneText(open), signature) ? { ...open, signature } : undefined;
}

function unsigned(
	{ stream, number }: SegmentName,
	{ first, last, bytes }: SegmentFacts,
	{ removedAt, why }: Pick<SegmentTombstone, 'removedAt' | 'why'>,
	key: string,
): Omit<SegmentTombstone, 'signature'> {
	return {
		...{ v: 1, stream, number, from: first.at, to: last.at, bytes, removedAt, why, key },
		first: { seq: first.seq, prev: first.prev },
		last: { seq: last.seq, hash: last.hash },
	};
}
