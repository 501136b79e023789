import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { CHECKPOINT_ENTRIES, CHECKPOINT_MS, type TrailSigner } from '../../../src/domain/audit/checkpoint';
import { Journal, type JournalOptions } from '../../../src/storage/journal';
import { type AppendFile } from '../../../src/storage/lineWriter';
import { aRecord, randomIds, tempDir } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';
import { aSigner, MemoryAnchor } from '../support/trailKey';
import { checkedStreams } from '../support/trailChecks';

const DAY_MS = 86_400_000;

/** What happened to the files, in order. */
type Deed = { readonly what: 'opened' | 'synced' | 'closed'; readonly file: number };

interface Bench {
	readonly dir: string;
	readonly clock: ManualClock;
	readonly anchor: MemoryAnchor;
	readonly deeds: Deed[];
	/** Makes the next of these fail. */
	failing: 'open' | 'sync' | 'close' | undefined;
	/** Files are not opened before the test lets them. */
	gate: Promise<void>;
	readonly journal: Journal;
}

async function bench(over: Partial<JournalOptions> = {}): Promise<Bench> {
	const dir = join(await tempDir(), 'trail');
	const [clock, anchor, deeds] = [new ManualClock(), new MemoryAnchor(), [] as Deed[]];
	const made = { dir, clock, anchor, deeds, failing: undefined as Bench['failing'], gate: Promise.resolve() };
	let files = 0;
	const openFile = async (path: string): Promise<AppendFile> => {
		await made.gate;
		if (made.failing === 'open') {
			throw new Error('EMFILE');
		}
		const real = await open(path, 'ax', 0o600);
		const file = ++files;
		deeds.push({ what: 'opened', file });
		return {
			appendFile: text => real.appendFile(text),
			async datasync() {
				if (made.failing === 'sync') {
					throw new Error('EIO');
				}
				await real.datasync();
				deeds.push({ what: 'synced', file });
			},
			async close() {
				await real.close();
				if (made.failing === 'close') {
					throw new Error('EIO');
				}
				deeds.push({ what: 'closed', file });
			},
		};
	};
	const signer = aSigner();
	const all = { dir, clock, anchor, signer, ids: randomIds, logger: silentLogger, openFile, ...over };
	const journal = await Journal.open(all);
	onTestFinished(() => journal.close());
	return Object.assign(made, { journal });
}

/** The only stream of a bench, checked. */
async function onlyStream({ dir }: Bench): Promise<readonly (readonly AuditEntry[])[]> {
	const [stream, ...others] = [...(await checkedStreams(dir)).values()];
	expect(others).toEqual([]);
	return stream!;
}

const unwritable = expect.objectContaining({ code: 'journal-unwritable' }) as Error;
const anEntry = { sizes: { segmentBytes: 1 } };
const turn = () => new Promise(resolve => setImmediate(resolve));

describe('a segment that cannot follow', () => {
	it.each(['open', 'sync', 'close'] as const)(
		'AUD-09: a failed %s at a rotation fails all that wait',
		async failing => {
			const made = await bench(anEntry);
			made.failing = failing;
			const waiting = await Promise.allSettled([1, 2, 3].map(() => made.journal.append(aRecord(), 'written')));
			expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
			made.failing = undefined;
			await expect(made.journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
			await made.journal.reopen();
			expect(await made.journal.append(aRecord(), 'written')).toMatchObject({ seq: 3 });
		},
	);

	it('a head that cannot be signed ends the stream; the entry before it is there', async () => {
		const signer = aSigner();
		let broken = false;
		const sign: TrailSigner['sign'] = text => {
			if (broken) {
				throw new Error('no key');
			}
			return signer.sign(text);
		};
		const made = await bench({ signer: { ...signer, sign }, sizes: { checkpointEntries: 3 } });
		const failed: Error[] = [];
		made.journal.onDidFail(error => failed.push(error));
		broken = true;
		await made.journal.append(aRecord(), 'written');
		await made.journal.append(aRecord(), 'synced');
		await expect(made.journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
		expect(failed).toEqual([unwritable]);
		expect((await onlyStream(made)).flat()).toHaveLength(3);
	});
});

describe('segments', () => {
	it('end at the append that finds them full, sealed; the chain runs on', async () => {
		const made = await bench({ sizes: { segmentBytes: 4000 } });
		const appended = [];
		for (let n = 0; n < 30; n++) {
			appended.push(await made.journal.append(aRecord(), n % 2 === 0 ? 'written' : 'synced'));
		}
		await made.journal.close();
		const segments = await onlyStream(made);
		expect(segments.length).toBeGreaterThan(4);
		expect(segments.flat().filter(({ kind }) => kind === 'call')).toEqual(appended);
		expect(segments.at(-1)?.at(-1)?.checkpoint?.seals).toBe('closed');
	});

	it('end with the day (UTC), at the first append of the next one', async () => {
		const made = await bench();
		await made.journal.append(aRecord(), 'written');
		made.clock.advance(DAY_MS / 2 - 1);
		await made.journal.append(aRecord(), 'written');
		made.clock.advance(3 * DAY_MS);
		expect(await readdir(made.dir)).toHaveLength(1);
		await made.journal.append(aRecord(), 'synced');
		expect(await onlyStream(made)).toHaveLength(2);
		expect((await readdir(made.dir)).map(name => name.slice(0, 10))).toEqual(['2026-10-01', '2026-10-04']);
	});

	it('AUD-07: a clock that steps back over midnight makes another segment, and no break', async () => {
		const made = await bench();
		made.clock.setWall(Date.UTC(2026, 9, 2, 0, 30));
		await made.journal.append(aRecord(), 'written');
		made.clock.setWall(Date.UTC(2026, 9, 1, 23, 30));
		await made.journal.append(aRecord(), 'synced');
		expect(await onlyStream(made)).toHaveLength(3);
	});

	it('nothing of the next is acknowledged before the last is synced and closed; what comes meanwhile waits in order', async () => {
		const made = await bench(anEntry);
		let go = () => {};
		made.gate = new Promise(resolve => (go = resolve));
		made.deeds.length = 0;
		const done: number[] = [];
		const told: number[] = [];
		made.journal.onDidAppend(({ seq }) => told.push(seq));
		const waiting = [1, 2, 3, 4, 5].map(async () => {
			const { seq } = await made.journal.append(aRecord(), 'written');
			expect(made.deeds).toContainEqual({ what: 'closed', file: 1 });
			done.push(seq);
		});
		for (let n = 0; n < 20; n++) {
			await turn();
		}
		expect([done, told]).toEqual([[], []]);
		go();
		await Promise.all(waiting);
		expect(done).toEqual([...done].sort((a, b) => a - b));
		expect(told).toEqual([...told].sort((a, b) => a - b));
		const order = made.deeds.map(({ what, file }) => `${what} ${file}`);
		expect(order.indexOf('synced 1')).toBeLessThan(order.indexOf('closed 1'));
		expect(order.indexOf('closed 1')).toBeLessThan(order.indexOf('opened 2'));
		await made.journal.close();
		expect((await onlyStream(made)).flat().filter(({ kind }) => kind === 'call')).toHaveLength(5);
	});

	it('a journal that is closed during a rotation writes what waits', async () => {
		const made = await bench(anEntry);
		const waiting = [1, 2, 3].map(() => made.journal.append(aRecord(), 'written'));
		await made.journal.close();
		expect(await Promise.all(waiting)).toHaveLength(3);
		const segments = await onlyStream(made);
		expect(segments.at(-1)?.at(-1)?.checkpoint?.seals).toBe('closed');
	});

	it('a stream that is opened anew is another, with a chain and numbers of its own', async () => {
		const made = await bench(anEntry);
		const opened: string[] = [];
		made.journal.onDidOpen(stream => opened.push(stream));
		await made.journal.append(aRecord(), 'written');
		made.failing = 'sync';
		await expect(made.journal.append(aRecord(), 'synced')).rejects.toEqual(unwritable);
		made.failing = undefined;
		await made.journal.reopen();
		await made.journal.append(aRecord(), 'synced');
		await made.journal.close();
		const streams = await checkedStreams(made.dir);
		expect(streams.size).toBe(2);
		expect(opened).toEqual([made.journal.stream]);
		expect(streams.get(opened[0]!)![0]![0]).toMatchObject({
			seq: 0,
			event: 'trail-opened',
			segment: { number: 1 },
		});
	});
});

describe('checkpoints', () => {
	const kinds = async (made: Bench) => (await onlyStream(made)).flat().map(({ kind }) => kind);

	it('stand behind so many entries, and are signed no oftener', async () => {
		let signed = 0;
		const signer = aSigner();
		const sign: TrailSigner['sign'] = text => (signed++, signer.sign(text));
		const made = await bench({ signer: { ...signer, sign } });
		for (let n = 1; n < CHECKPOINT_ENTRIES * 2 + 10; n++) {
			void made.journal.append(aRecord(), 'written');
		}
		await made.journal.append(aRecord(), 'synced');
		expect(signed).toBe(2);
		const all = await kinds(made);
		expect([all.indexOf('checkpoint'), all.lastIndexOf('checkpoint')]).toEqual([256, 513]);
	});

	it('are signed two seconds after an entry that has none behind it, once, and never while idle', async () => {
		const made = await bench();
		made.clock.advance(CHECKPOINT_MS - 1);
		await made.journal.append(aRecord(), 'synced');
		expect(await kinds(made)).toEqual(['lifecycle', 'call']);
		made.clock.advance(1);
		await made.journal.append(aRecord(), 'synced');
		expect(await kinds(made)).toEqual(['lifecycle', 'call', 'checkpoint', 'call']);
		made.clock.advance(CHECKPOINT_MS);
		await made.journal.append(aRecord(), 'synced');
		made.clock.advance(CHECKPOINT_MS);
		made.clock.advance(60_000);
		await made.journal.close();
		expect(made.clock.waiting).toBe(0);
		expect(await kinds(made)).toEqual(
			'lifecycle call checkpoint call checkpoint call checkpoint checkpoint'.split(' '),
		);
	});

	it('are kept outside once they are on the disk, and are not told to listeners', async () => {
		const made = await bench({ sizes: { checkpointEntries: 2 } });
		const told: string[] = [];
		made.journal.onDidAppend(({ kind }) => told.push(kind));
		expect(made.anchor.kept).toEqual([]);
		await made.journal.append(aRecord(), 'synced');
		await made.journal.close();
		const heads = (await onlyStream(made)).flat().filter(({ kind }) => kind === 'checkpoint');
		expect(made.anchor.kept).toEqual(
			heads.map(({ seq, hash, at, checkpoint }, n) => ({
				...{ stream: made.journal.stream, segment: 1, seq, hash, at, key: checkpoint?.key },
				...(n === heads.length - 1 && { closed: true }),
			})),
		);
		expect(told).toEqual(['call']);
	});

	it('one that cannot be synced is not kept, fails no call before it, and ends the stream', async () => {
		const made = await bench();
		await made.journal.append(aRecord(), 'written');
		made.failing = 'sync';
		const failed = new Promise(resolve => made.journal.onDidFail(resolve));
		made.clock.advance(CHECKPOINT_MS);
		await failed;
		expect(made.anchor.kept).toEqual([]);
		await expect(made.journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
	});
});

describe('durability of the whole journal', () => {
	it('`synced` makes every entry wait for the disk, and takes effect at once', async () => {
		let durability: 'written' | 'synced' = 'written';
		const made = await bench({ durability: () => durability });
		made.deeds.length = 0;
		await made.journal.append(aRecord(), 'written');
		expect(made.deeds).toEqual([]);
		durability = 'synced';
		await made.journal.append(aRecord(), 'written');
		expect(made.deeds).toEqual([{ what: 'synced', file: 1 }]);
	});
});
