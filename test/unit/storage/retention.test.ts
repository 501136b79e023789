import { appendFile, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type AnchoredHead, type SegmentTombstone, tombstoneText } from '../../../src/domain/audit/checkpoint';
import { Retention, type RetentionParts, type RetentionReport } from '../../../src/storage/retention';
import { type RetentionLimits } from '../../../src/storage/retentionPlan';
import { removalFiles } from '../../../src/storage/tombstoneFile';
import { isTrailSignature } from '../../../src/storage/trailKey';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { randomIds, tempDir } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';
import { aSigner } from '../support/trailKey';
import { StreamMaker, writeTombstone, writeTrail } from '../support/trailMaker';
import { expectMode } from '../support/machine';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-10-20T12:00:00.000Z');
const FOR_EVER: RetentionLimits = { days: 0, megabytes: 0 };
const TEN_DAYS: RetentionLimits = { days: 10, megabytes: 0 };

/** A data directory with one trail, and a retention over it that notes its steps in order. */
class Place {
	readonly signer = aSigner();
	readonly steps: string[] = [];
	readonly records: AuditRecord[] = [];
	readonly heads: AnchoredHead[] = [];
	readonly clock = new ManualClock(NOW);
	/** The step before which the machine stops. */
	dieBefore: number | undefined;

	private constructor(readonly data: string) {}

	static async make(): Promise<Place> {
		return new Place(await tempDir());
	}

	get trail(): string {
		return join(this.data, 'trail');
	}

	/** A stream with one segment for each day before now, so many days ago; six entries and a seal each. */
	stream(...daysAgo: readonly number[]): StreamMaker {
		let day = daysAgo[0]!;
		const clock = () => new Date(NOW - day * DAY_MS).toISOString();
		const stream = new StreamMaker({ signer: this.signer, clock }).addMany(5);
		for (day of daysAgo.slice(1)) {
			stream.rotate().addMany(5);
		}
		return stream;
	}

	retention(limits: RetentionLimits, over: Partial<RetentionParts> = {}): Retention {
		const step = (name: string) => {
			if (this.dieBefore === this.steps.length) {
				throw new Error('the machine stopped');
			}
			this.steps.push(name);
		};
		const retention = new Retention({
			...{ dataDirectory: this.data, limits: () => limits, signer: this.signer, clock: this.clock },
			...{ ids: randomIds, logger: silentLogger, anchor: { heads: () => Promise.resolve(this.heads) } },
			trail: {
				append: (record, durability) => {
					step(`record ${durability}`);
					this.records.push(record);
					return Promise.resolve({ ...record, v: 2, seq: 0, prev: '', hash: '' });
				},
			},
			files: {
				writeTombstone: (file, tombstone) => {
					step(`tombstone ${String(tombstone.number)}`);
					return removalFiles.writeTombstone(file, tombstone);
				},
				remove: file => {
					step('remove');
					return removalFiles.remove(file);
				},
			},
			...over,
		});
		onTestFinished(() => retention.dispose());
		return retention;
	}

	run(limits: RetentionLimits): Promise<RetentionReport> {
		return this.retention(limits).run();
	}

	async names(): Promise<readonly string[]> {
		return (await readdir(this.trail)).sort();
	}

	/** Numbers of the segments that are there. */
	async left(): Promise<readonly number[]> {
		const names = await this.names();
		return names.flatMap(name => (/-(\d{6})\.ndjson$/.exec(name) ?? []).slice(1)).map(Number);
	}
}

describe('retention', () => {
	it('keeps everything by default of the command line: no limit, no step', async () => {
		const place = await Place.make();
		await writeTrail(place.trail, place.stream(900, 800).close());
		expect(await place.run(FOR_EVER)).toEqual({ segments: 0, entries: 0, kept: [] });
		expect(place.steps).toEqual([]);
	});

	it('removes what is older than the days, each behind a signed record, said in the trail before it goes (A8)', async () => {
		const place = await Place.make();
		const stream = place.stream(30, 20, 11, 5, 0);
		const files = await writeTrail(place.trail, stream);
		expect(await place.run(TEN_DAYS)).toMatchObject({ segments: 3, entries: 21 });
		expect(await place.left()).toEqual([4, 5]);
		expect(place.steps).toEqual([
			...['tombstone 1', 'tombstone 2', 'tombstone 3', 'record synced'],
			...['remove', 'remove', 'remove'],
		]);
		expect(place.records).toMatchObject([{ event: 'segments-removed', actor: 'firewall', kind: 'lifecycle' }]);
		expect(place.records[0]?.detail).toMatch(
			/^3 segments with 21 entries, \d+ bytes, of 2026-09-20 to 2026-10-09: older than 10 days$/,
		);
		for (const [index, file] of files.slice(0, 3).entries()) {
			const tombstone = JSON.parse(await readFile(`${file}.removed`, 'utf8')) as SegmentTombstone;
			const { signature, ...said } = tombstone;
			const expected = stream.tombstone(index + 1, 'older than 10 days');
			expect({ ...tombstone, signature: '' }).toEqual({
				...expected,
				...{ removedAt: new Date(NOW).toISOString(), signature: '' },
			});
			expect(isTrailSignature(place.signer.publicKey, tombstoneText(said), signature)).toBe(true);
			expectMode(`${file}.removed`, 0o600);
		}
	});

	it('A8: counts no age on the first day after a leap of the clock, says so, and goes on the next day', async () => {
		const place = await Place.make();
		await writeTrail(place.trail, place.stream(400, 300, 200, 0));
		const first = await place.run(TEN_DAYS);
		expect(first).toMatchObject({ segments: 0, kept: [expect.stringContaining('the trail ends on 2026-04-03')] });
		expect(place.steps).toEqual([]);
		place.clock.advance(DAY_MS);
		expect(await place.run(TEN_DAYS)).toMatchObject({ segments: 3, kept: [] });
	});

	it('removes the oldest of all streams first until the rest is small enough', async () => {
		const place = await Place.make();
		const [one, other] = [place.stream(30, 20, 1).close(), place.stream(25, 2).close()];
		const files = await writeTrail(place.trail, one, other);
		const sizes = await Promise.all(files.map(async file => (await stat(file)).size));
		const all = sizes.reduce((sum, size) => sum + size, 0);
		const wanted = all - sizes[0]! - sizes[3]!;
		expect(await place.run({ days: 0, megabytes: wanted / 1_000_000 })).toMatchObject({ segments: 2 });
		const left = (await place.names()).filter(name => name.endsWith('.ndjson'));
		expect(left).toEqual([1, 2, 4].map(index => files[index]!.slice(place.trail.length + 1)).sort());
		expect(place.records[0]?.detail).toContain(`more than ${String(wanted / 1_000_000)} MB`);
	});

	it('never removes the newest segment of a stream that is open, however old or large', async () => {
		const place = await Place.make();
		await writeTrail(place.trail, place.stream(300, 200));
		expect(await place.run({ days: 10, megabytes: 0.000001 })).toMatchObject({ segments: 1 });
		expect(await place.left()).toEqual([2]);
	});

	it('removes the newest segment of a closed stream: a window leaves a stream each time it closes', async () => {
		const place = await Place.make();
		await writeTrail(place.trail, place.stream(20).close(), place.stream(5).close());
		await place.run(TEN_DAYS);
		expect(await place.left()).toEqual([1]);
	});

	describe('the end that a crash left open', () => {
		const left = async (daysAgo: number, anchored: 'whole' | 'other' | 'not') => {
			const place = await Place.make();
			const stream = place.stream(daysAgo).checkpoint();
			const [file] = await writeTrail(place.trail, stream.addMany(2));
			await appendFile(file!, '{"torn":');
			const head = stream.heads[0]!;
			place.heads.push(
				...(anchored === 'not' ? [] : [anchored === 'whole' ? head : { ...head, hash: '0'.repeat(64) }]),
			);
			const { segments } = await place.run(TEN_DAYS);
			return { segments, left: await place.left(), records: place.records };
		};

		it('goes when its head is known from outside and nobody can be writing it any more', async () => {
			expect(await left(41, 'whole')).toMatchObject({ segments: 1, left: [], records: [{}] });
		});

		it.each([
			[39, 'whole', 'a window may be idle for weeks'],
			[400, 'not', 'nobody knows where it ended'],
			[400, 'other', 'it is not what its head says'],
		] as const)('stays after %i days with its head %s: %s', async (...[days, anchored]) => {
			expect(await left(days, anchored)).toMatchObject({ segments: 0, left: [1] });
		});
	});

	describe('what is not what was written stays, as evidence', () => {
		it.each<[string, (text: string) => string]>([
			['one byte altered', text => text.replace('read_file', 'send_file')],
			['a line taken out', text => text.replace(/^(.*\n.*\n).*\n/, '$1')],
			['a stranger\u2019s line at the end', text => `${text}{"v":2}\n`],
			['the seal taken away', text => text.replace(/.*\n$/, '')],
			['all of it gone', () => ''],
		])('%s', async (_, tamper) => {
			const place = await Place.make();
			const [file] = await writeTrail(place.trail, place.stream(30, 20).close());
			await writeFile(file!, tamper(await readFile(file!, 'utf8')));
			await place.run(TEN_DAYS);
			expect(await place.left()).toEqual([1]);
			expect(await place.names()).not.toContain(`${file!.slice(place.trail.length + 1)}.removed`);
		});

		it('is told, with the place, in what the run reports', async () => {
			const place = await Place.make();
			const [file] = await writeTrail(place.trail, place.stream(30).close());
			await appendFile(file!, '{"v":2}\n');
			const { kept } = await place.run(TEN_DAYS);
			expect(kept).toHaveLength(1);
			expect(kept[0]).toMatch(
				/000001\.ndjson stays, though it is older than 10 days: line 8 is not what was written \(after the seal\)\.$/,
			);
		});
	});

	describe('a run that is cut short (AUD-02)', () => {
		it.each(Array.from({ length: 5 }, (_, index) => [index]))(
			'before step %i leaves a record for all that is gone, and the next run finishes',
			async dieBefore => {
				const place = await Place.make();
				await writeTrail(place.trail, place.stream(30, 20, 0));
				place.dieBefore = dieBefore;
				await expect(place.run(TEN_DAYS)).rejects.toThrow('the machine stopped');
				const names = await place.names();
				const gone = names.filter(name => name.endsWith('.removed') && !names.includes(name.slice(0, -8)));
				expect(gone.length + (await place.left()).length).toBe(3);
				expect(gone.length === 0 || place.records.length > 0).toBe(true);
				expect(await verifyTrail(place.trail)).toMatchObject({ ok: true, breaks: [] });

				place.dieBefore = undefined;
				await place.run(TEN_DAYS);
				expect(await place.left()).toEqual([3]);
				expect((await place.names()).filter(name => name.endsWith('.removed'))).toHaveLength(2);
				const said = place.records.map(({ detail }) => detail).join('\n');
				expect(said).toContain('2026-09-20');
				expect(said).toContain('2026-09-30');
				expect(await verifyTrail(place.trail)).toMatchObject({
					...{ ok: true, removed: { segments: 2, entries: 14 }, unfinished: [] },
				});
			},
		);

		it('is finished even when the limit was lifted meanwhile: the trail may already say that it is gone', async () => {
			const place = await Place.make();
			await writeTrail(place.trail, place.stream(30, 0));
			place.dieBefore = 1;
			await expect(place.run(TEN_DAYS)).rejects.toThrow();
			place.dieBefore = undefined;
			await place.run(FOR_EVER);
			expect(await place.left()).toEqual([2]);
			expect(place.records.at(-1)?.detail).toMatch(
				/older than 10 days \(an earlier removal that was interrupted\)$/,
			);
		});

		it.each([
			['of another key', (stream: StreamMaker) => stream.tombstone(1, 'older than 1 days', aSigner())],
			['of another segment', (stream: StreamMaker) => ({ ...stream.tombstone(2), number: 1 })],
			['that is no record', () => ({ v: 1 }) as SegmentTombstone],
		])('is not made out of a record %s that somebody put there', async (_, forge) => {
			const place = await Place.make();
			const stream = place.stream(3, 0);
			await writeTrail(place.trail, stream.checkpoint());
			await writeTombstone(place.trail, stream.segments[0]!, forge(stream));
			await place.run(TEN_DAYS);
			expect(await place.left()).toEqual([1, 2]);
			expect(place.steps).toEqual([]);
		});
	});

	it('is over for a window that finds another one at it, and comes again the next day', async () => {
		const place = await Place.make();
		await writeTrail(place.trail, place.stream(30).close());
		let running = 0;
		let most = 0;
		const slow = {
			writeTombstone: async (file: string, tombstone: SegmentTombstone) => {
				most = Math.max(most, ++running);
				await removalFiles.writeTombstone(file, tombstone);
				running--;
			},
			remove: (file: string) => removalFiles.remove(file),
		};
		const windows = [place.retention(TEN_DAYS, { files: slow }), place.retention(TEN_DAYS, { files: slow })];
		const reports = await Promise.all(windows.map(window => window.run()));
		expect(most).toBe(1);
		expect(reports.map(({ segments }) => segments).sort()).toEqual([0, 1]);
	});

	it('says aloud what failed in the background, once a day', async () => {
		const place = await Place.make();
		const told: string[] = [];
		const retention = place.retention(TEN_DAYS);
		retention.onDidFail(sentence => told.push(sentence));
		retention.start();
		place.clock.advance(59_000);
		await retention.settled();
		expect(told).toEqual([]);
		place.clock.advance(1_000);
		await retention.settled();
		expect(told).toEqual([expect.stringMatching(/^Old parts of the audit trail could not be removed: ENOENT/)]);
		await mkdir(place.trail, { recursive: true });
		place.clock.advance(DAY_MS);
		await retention.settled();
		expect(told).toHaveLength(1);
	});

	it('takes the texts of policies along that no kept entry names, and no others', async () => {
		const place = await Place.make();
		const [gone, kept, fresh] = ['a', 'b', 'c'].map(letter => letter.repeat(64)) as [string, string, string];
		const stream = place.stream(30).add({ policyDigest: gone }).rotate();
		await writeTrail(place.trail, stream.add({ policyDigest: kept }));
		const folder = join(place.data, 'policies');
		await mkdir(folder);
		for (const digest of [gone, kept, fresh]) {
			await writeFile(join(folder, `${digest}.json`), '{}');
			const at = new Date(digest === fresh ? NOW - 1_000 : NOW - 40 * DAY_MS);
			await utimes(join(folder, `${digest}.json`), at, at);
		}
		await place.run(TEN_DAYS);
		expect((await readdir(folder)).sort()).toEqual([`${kept}.json`, `${fresh}.json`]);
	});
});
