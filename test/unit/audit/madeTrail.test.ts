import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTrail, type MadeTrail } from '../../../bench/audit/madeTrail';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { verifyEntry } from '../../../src/domain/audit/chain';
import { checkpointText } from '../../../src/domain/audit/checkpoint';
import { readEntry } from '../../../src/domain/audit/readEntry';
import { readSegmentName } from '../../../src/domain/audit/segmentName';
import { nodeSha256 } from '../../../src/storage/system';
import { isTrailSignature } from '../../../src/storage/trailKey';

let root: string;
let made: MadeTrail;
const streams = new Map<string, AuditEntry[]>();

beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), 'made-trail-'));
	made = makeTrail({ dir: join(root, 'trail'), entries: 3_000, streams: 3, days: 3, segmentBytes: 200_000 });
	const segments = made.files.map(file => ({ file, ...readSegmentName(file)! })).sort((a, b) => a.number - b.number);
	for (const { file, stream } of segments) {
		const lines = (await readFile(join(made.dir, file), 'utf8')).trimEnd().split('\n');
		const entries = lines.map(line => {
			const reading = readEntry(line);
			expect(reading.ok).toBe(true);
			return (reading as { readonly entry: AuditEntry }).entry;
		});
		expect(entries.at(0)?.segment?.stream).toBe(stream);
		streams.set(stream, [...(streams.get(stream) ?? []), ...entries]);
	}
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('a made trail', () => {
	it('has as many entries as were asked for, and chains through all segments of a stream', () => {
		expect([...streams.values()].flat()).toHaveLength(3_000);
		expect(made.files.length).toBeGreaterThan(streams.size * 3);
		for (const entries of streams.values()) {
			for (const [index, entry] of entries.entries()) {
				expect(verifyEntry(entry, entries[index - 1], nodeSha256)).toEqual({ ok: true });
			}
		}
	});

	it('has signed checkpoints, the last of which are its heads; one stream was left open', () => {
		for (const entry of [...streams.values()].flat()) {
			if (entry.checkpoint !== undefined) {
				const { signature, ...said } = entry.checkpoint;
				expect(isTrailSignature(made.signer.publicKey, checkpointText(entry, said), signature)).toBe(true);
			}
		}
		const lasts = [...streams.values()].map(entries => entries.findLast(({ kind }) => kind === 'checkpoint')!);
		expect(made.heads.map(({ hash }) => hash).sort()).toEqual(lasts.map(({ hash }) => hash).sort());
		expect(lasts.filter(({ checkpoint }) => checkpoint?.seals === 'closed')).toHaveLength(2);
	});

	it('is the same for the same seed, and another for another', () => {
		const options = { entries: 200, streams: 1, days: 1 };
		const [first, again, other] = [1, 1, 2].map((seed, index) =>
			makeTrail({ ...options, seed, dir: join(root, String(index)) }),
		);
		expect(again!.heads).toEqual(first!.heads);
		expect(other!.heads).not.toEqual(first!.heads);
	});
});
