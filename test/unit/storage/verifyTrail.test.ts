import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainLine } from '../../../src/domain/audit/chain';
import { newTrailKey, trailSigner } from '../../../src/storage/trailKey';
import { nodeSha256 } from '../../../src/storage/system';
import { type TrailReport, type VerifyOptions, verifyTrail } from '../../../src/storage/verifyTrail';
import { aRecord, tempDir } from '../support/auditRecords';
import { segmentText, StreamMaker, writeTombstone, writeTrail } from '../support/trailMaker';

const signer = trailSigner(newTrailKey());
const thief = trailSigner(newTrailKey());
const trusting: VerifyOptions = { keys: [signer.publicKey] };

/** Three segments, closed: entries 0–3, 4–7, 8–11, a checkpoint in the middle of each. */
function threeSegments(by = signer): StreamMaker {
	const stream = new StreamMaker({ signer: by });
	for (const end of ['rotate', 'rotate', 'close'] as const) {
		stream.add().checkpoint();
		stream[end]();
	}
	return stream;
}

const whys = ({ breaks }: TrailReport) => breaks.map(({ file, line, seq, why }) => [basename(file), line, seq, why]);

async function made(...streams: StreamMaker[]) {
	const dir = await tempDir();
	const files = await writeTrail(dir, ...streams);
	return { dir, files };
}

/** The stream as it would be, had its owner written other calls from the entry `from` on and signed them with this key. */
function rewritten(from: number, by: typeof signer, stream: string): StreamMaker {
	const copy = new StreamMaker({ signer: by, stream });
	for (const end of ['rotate', 'rotate', 'close'] as const) {
		copy.add(copy.last.seq >= from ? { tool: 'harmless' } : {}).checkpoint();
		copy[end]();
	}
	return copy;
}

describe('a whole trail', () => {
	it('is valid, and the report says what that rests on', async () => {
		const [one, two] = [threeSegments(), new StreamMaker({ signer }).add().checkpoint().addMany(2)];
		const { dir } = await made(one, two);
		const heads = [one.head, two.heads[0]!];
		expect(await verifyTrail(dir, { ...trusting, heads })).toEqual({
			...{ files: 4, streams: 2, entries: 17, signed: 15, unsigned: 2, ok: true, breaks: [], torn: [] },
			...{ keys: [signer.publicKey], trustedKey: true, anchors: { given: 2, met: 2 } },
			...{ witnessed: { given: 0, met: 0 }, removed: { segments: 0, entries: 0 }, unfinished: [] },
		});
		expect(await verifyTrail(dir)).toMatchObject({ ok: true, trustedKey: false });
	});

	it('AUD-07: may have clocks that step back, and change its key with a segment', async () => {
		let minute = 59;
		const stream = new StreamMaker({
			signer,
			clock: () => `2026-10-01T12:${String(minute--).padStart(2, '0')}:00.000Z`,
		});
		stream.addMany(5).checkpoint().rotate(thief).add().close();
		const { dir } = await made(stream);
		const report = await verifyTrail(dir, { keys: [signer.publicKey, thief.publicKey] });
		expect(report).toMatchObject({ ok: true, signed: 11, keys: [signer.publicKey, thief.publicKey] });
	});

	it('may have a newest segment that is empty, and one before it that is sealed', async () => {
		const { dir, files } = await made(new StreamMaker({ signer }).add().rotate());
		await truncate(files[1]!);
		expect(await verifyTrail(dir, trusting)).toMatchObject({ ok: true, entries: 3 });
	});

	it('tells progress at most ten times a second, and stops when it is cancelled', async () => {
		const { dir } = await made(threeSegments());
		await expect(verifyTrail(dir, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
	});

	it('AUD-13: is followed quickly through arguments that look like members of an entry', async () => {
		const id = '0'.repeat(36);
		const stream = new StreamMaker({ signer });
		for (const args of [
			{ hash: 'a'.repeat(64), id, kind: 'call', prev: 'b', seq: 1, '10': 1 },
			{ list: [{ a: 1, id, kind: 'x' }], text: '","kind":"', '\n': '\\' },
			{ id, kind: '\u2028é' },
		]) {
			stream.add({ arguments: args, detail: '"hash":"' }).checkpoint();
		}
		const { dir } = await made(stream.close());
		expect(await verifyTrail(dir, trusting)).toMatchObject({ ok: true, signed: 8, unsigned: 0 });
	});
});

describe('a trail that was touched', () => {
	it('AUD-01: the member `hash` moved to where the same bytes would be hashed is found', async () => {
		const id = '0'.repeat(36);
		const stream = new StreamMaker({ signer })
			.add()
			.add({ arguments: { a: 1, id, kind: 'x' } })
			.add()
			.close();
		const { dir, files } = await made(stream);
		const [line, { hash }] = [stream.segment.lines[2]!, stream.segment.entries[2]!];
		const member = `"hash":"${hash}",`;
		const moved = line.replace(member, '').replace('"a":1,', `"a":1,${member}`);
		await writeFile(files[0]!, segmentText(stream.segment).replace(line, moved));
		expect(whys(await verifyTrail(dir, trusting))).toEqual([[stream.segment.name, 3, 2, 'not an audit entry']]);
	});

	it('AUD-02: a stream cut short, rolled back to an older copy, or taken away is missed by its anchor', async () => {
		const stream = threeSegments();
		const { dir, files } = await made(stream, new StreamMaker({ signer }));
		const options = { ...trusting, heads: [stream.heads.at(-1)!] };
		const [last, text] = [files[2]!, segmentText(stream.segment)];
		await writeFile(last, text.split('\n').slice(0, 2).join('\n') + '\n');
		expect(whys(await verifyTrail(dir, options))).toEqual([[stream.segment.name, 3, 10, 'ends before its anchor']]);
		await rm(last);
		expect((await verifyTrail(dir, trusting)).ok).toBe(true);
		expect((await verifyTrail(dir, options)).breaks).toMatchObject([{ seq: 8, why: 'ends before its anchor' }]);
		await Promise.all(files.slice(0, 2).map(file => rm(file)));
		expect(whys(await verifyTrail(dir, options))).toEqual([
			[`*-${stream.stream}-000003.ndjson`, 0, 0, 'stream missing'],
		]);
	});

	it('AUD-02: what another stream saw of it counts as well, whichever of them is read first', async () => {
		const seen = new StreamMaker({ signer }).addMany(3);
		const witness = {
			kind: 'lifecycle',
			outcome: 'noted',
			event: 'streams-witnessed',
			witnessed: [seen.head],
		} as const;
		for (const stream of ['00000000-0000-7000-8000-000000000000', 'ffffffff-0000-7000-8000-000000000000']) {
			const { dir, files } = await made(seen, new StreamMaker({ signer, stream }).add(witness).close());
			expect(await verifyTrail(dir, trusting)).toMatchObject({ ok: true, witnessed: { given: 1, met: 1 } });
			await writeFile(files[0]!, segmentText(seen.segment).split('\n').slice(0, 2).join('\n') + '\n');
			expect(whys(await verifyTrail(dir, trusting))).toEqual([
				[seen.segment.name, 3, 2, 'ends before its anchor'],
			]);
			await rm(files[0]!);
			expect((await verifyTrail(dir, trusting)).breaks).toMatchObject([{ why: 'stream missing' }]);
		}
	});

	it('AUD-03: emptied hashes are a break, and nothing in the directory changes', async () => {
		const { dir, files } = await made(threeSegments());
		const emptied = (await readFile(files[0]!, 'utf8')).replaceAll(/"hash":"[^"]*"/g, '"hash":""');
		await writeFile(files[0]!, emptied);
		expect((await verifyTrail(dir, trusting)).breaks[0]).toMatchObject({ line: 1, seq: 0, why: 'altered' });
		expect(await readFile(files[0]!, 'utf8')).toBe(emptied);
		expect(await readdir(dir)).toHaveLength(3);
	});

	it('AUD-04: a chain written anew needs the key, and even with it meets no anchor', async () => {
		const stream = threeSegments();
		const forged = rewritten(4, thief, stream.stream);
		const { dir } = await made(forged);
		expect(whys(await verifyTrail(dir, trusting)).map(([, ...rest]) => rest)).toEqual([
			[1, 0, 'unknown key'],
			[1, 4, 'unknown key'],
			[1, 8, 'unknown key'],
		]);
		await writeTrail(dir, rewritten(4, signer, stream.stream));
		const heads = [stream.heads.at(-1)!];
		expect((await verifyTrail(dir, { heads })).breaks).toMatchObject([
			{ line: 4, seq: 11, why: 'another history than its anchor' },
		]);
	});

	it('AUD-05: stripped signatures are a break', async () => {
		const stream = new StreamMaker({ signer }).addMany(300);
		const { dir } = await made(stream);
		expect(whys(await verifyTrail(dir))).toEqual([[stream.segment.name, 257, 256, 'not signed']]);
		const sealed = threeSegments();
		const other = await made(sealed);
		await writeFile(other.files[0]!, sealed.segments[0]!.lines.slice(0, 3).join('\n') + '\n');
		expect(whys(await verifyTrail(other.dir))).toContainEqual([sealed.segments[0]!.name, 4, 3, 'not sealed']);
	});

	it('a signature is of its key, place and text, written in one way only', async () => {
		const stream = new StreamMaker({ signer }).addMany(2);
		stream.close();
		const checkpoint = stream.segment.entries[3]!.checkpoint!;
		const record = stream.segment.entries[3]!;
		const altered = [
			[{ ...checkpoint, signature: `A${checkpoint.signature.slice(1)}` }, 'bad signature'],
			[{ ...checkpoint, signature: `${checkpoint.signature}=` }, 'bad signature'],
			[{ ...checkpoint, key: thief.key }, 'misplaced checkpoint'],
			[{ ...checkpoint, stream: threeSegments().stream }, 'misplaced checkpoint'],
			[{ ...checkpoint, segment: 2 }, 'misplaced checkpoint'],
			[{ ...checkpoint, more: 1 }, 'misplaced checkpoint'],
			[undefined, 'misplaced checkpoint'],
		] as const;
		for (const [other, why] of altered) {
			const { line } = chainLine(
				{ ...record, checkpoint: other } as never,
				stream.segment.entries[2],
				nodeSha256,
			);
			const { dir, files } = await made(stream);
			await writeFile(files[0]!, [...stream.segment.lines.slice(0, 3), line, ''].join('\n'));
			expect(whys(await verifyTrail(dir, trusting))).toEqual([[stream.segment.name, 4, 3, why]]);
		}
	});

	it('an entry edited with the chain hashed anew up to the next signature is named, not the signature', async () => {
		const stream = new StreamMaker({ signer }).addMany(2).close();
		const { dir, files } = await made(stream);
		const records = stream.segment.entries;
		let last = stream.segment.entries[0]!;
		const lines = [stream.segment.lines[0]!];
		for (const record of records.slice(1)) {
			const chained = chainLine(
				record.seq === 1 ? { ...record, tool: { not: 'text' } as never } : record,
				last,
				nodeSha256,
			);
			last = chained.entry;
			lines.push(chained.line);
		}
		await writeFile(files[0]!, `${lines.join('\n')}\n`);
		expect(whys(await verifyTrail(dir))).toEqual([[stream.segment.name, 2, 1, 'not an audit entry']]);
	});

	it('nothing follows a seal, nor a closed stream', async () => {
		const stream = threeSegments();
		const { dir, files } = await made(stream);
		const { line } = chainLine(aRecord(), stream.segments[0]!.entries.at(-1), nodeSha256);
		await appendFile(files[0]!, `${line}\n`);
		await appendFile(files[2]!, '{"at":');
		expect(whys(await verifyTrail(dir, trusting))).toEqual([
			[stream.segments[0]!.name, 5, 4, 'after the seal'],
			[stream.segments[2]!.name, 5, 12, 'after the seal'],
		]);
		const closed = new StreamMaker({ signer }).close().rotate();
		const other = await made(closed);
		await writeFile(other.files[0]!, closed.segments[0]!.lines.slice(0, 2).join('\n') + '\n');
		expect((await verifyTrail(other.dir)).breaks).toMatchObject([{ line: 1, why: 'after the seal' }, {}]);
	});

	it('a segment that is missing, doubled, renamed or none is named', async () => {
		const stream = threeSegments();
		const names = stream.segments.map(({ name }) => name);
		const { dir, files } = await made(stream);
		await rm(files[1]!);
		expect(whys(await verifyTrail(dir, trusting))).toEqual([[names[2], 1, 4, 'segment missing']]);
		await writeTrail(dir, stream);
		await rm(files[0]!);
		expect(whys(await verifyTrail(dir, trusting))).toEqual([[names[1], 1, 0, 'segment missing']]);
		await writeTrail(dir, stream);
		const doubled = names[1]!.replace('2026-10-01', '2026-10-02');
		await writeFile(join(dir, doubled), segmentText(stream.segments[1]!));
		await writeFile(join(dir, 'notes.ndjson'), '');
		expect(whys(await verifyTrail(dir, trusting))).toEqual([
			[doubled, 0, 0, 'doubled segment'],
			['notes.ndjson', 0, 0, 'not a segment'],
		]);
		await rm(files[1]!);
		await rm(join(dir, 'notes.ndjson'));
		expect(whys(await verifyTrail(dir, trusting))).toEqual([[doubled, 1, 4, 'wrong segment']]);
	});

	it('a torn line is honest in the newest segment of an open stream alone', async () => {
		const stream = new StreamMaker({ signer }).add().rotate().add().checkpoint().add();
		const { dir, files } = await made(stream);
		await appendFile(files[1]!, '{"at":"2026-');
		expect(await verifyTrail(dir, trusting)).toMatchObject({
			...{ ok: true, entries: 7, unsigned: 1, torn: [{ file: files[1], line: 5 }] },
		});
		await writeFile(files[0]!, segmentText(stream.segments[0]!).slice(0, -9));
		expect(whys(await verifyTrail(dir, trusting))[0]).toEqual([stream.segments[0]!.name, 3, 2, 'not sealed']);
	});
});

describe('removed segments', () => {
	it('are followed across by their signed records, and anchors in them are covered', async () => {
		const stream = threeSegments();
		const { dir, files } = await made(stream);
		for (const number of [1, 2]) {
			await writeTombstone(dir, stream.segments[number - 1]!, stream.tombstone(number));
		}
		expect(await verifyTrail(dir, trusting)).toMatchObject({ ok: true, entries: 12, unfinished: [{}, {}] });
		await Promise.all(files.slice(0, 2).map(file => rm(file)));
		expect(await verifyTrail(dir, { ...trusting, heads: stream.heads })).toMatchObject({
			...{
				ok: true,
				entries: 4,
				removed: { segments: 2, entries: 8 },
				anchors: { given: 6, met: 6 },
				unfinished: [],
			},
		});
		expect((await verifyTrail(dir)).ok).toBe(true);
		await rm(files[2]!);
		const report = await verifyTrail(dir, { ...trusting, heads: stream.heads });
		expect(report.breaks).toMatchObject([{ why: 'ends before its anchor', seq: 8 }]);
	});

	it('with a record that is forged, altered, of another segment or none are a break', async () => {
		const stream = threeSegments();
		const other = threeSegments();
		const good = stream.tombstone(1);
		for (const [tombstone, why] of [
			[stream.tombstone(1, 'a', thief), 'unknown key'],
			[{ ...good, why: 'more than 2 MB' }, 'bad signature'],
			[{ ...good, more: 1 }, 'bad tombstone'],
			[other.tombstone(1), 'bad tombstone'],
			[stream.tombstone(2), 'bad tombstone'],
			[{}, 'bad tombstone'],
		] as const) {
			const { dir, files } = await made(stream);
			const file = await writeTombstone(dir, stream.segments[0]!, tombstone as never);
			await rm(files[0]!);
			expect(whys(await verifyTrail(dir, trusting))).toEqual([[basename(file), 1, 0, why]]);
		}
	});
});
