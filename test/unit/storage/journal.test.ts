import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FirewallError } from '../../../src/base/errors';
import { silentLogger } from '../../../src/base/logger';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { Journal, type JournalOptions } from '../../../src/storage/journal';
import { reviveJournal } from '../../../src/storage/journalRevival';
import { type AppendFile, SYNC_WITHIN_MS } from '../../../src/storage/lineWriter';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { aRecord, entriesOf, randomIds, tempDir } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';
import { signed } from '../support/trailKey';
import { expectMode } from '../support/machine';

async function options(over: Partial<JournalOptions> = {}): Promise<JournalOptions & { readonly clock: ManualClock }> {
	const dir = over.dir ?? join(await tempDir(), 'trail');
	return { ids: randomIds, logger: silentLogger, ...signed(), ...over, dir, clock: new ManualClock() };
}

async function opened(over: JournalOptions): Promise<Journal> {
	const journal = await Journal.open(over);
	onTestFinished(() => journal.close());
	return journal;
}

const unwritable = expect.objectContaining({ name: 'FirewallError', code: 'journal-unwritable' }) as FirewallError;

/** A real file whose flushes wait until the test lets them go, and whose next write or flush can be made to fail. */
class Valve implements AppendFile {
	writes = 0;
	syncs = 0;
	failing: 'write' | 'sync' | undefined;
	private held: (() => void)[] | undefined;
	private constructor(private readonly file: AppendFile) {}

	static async open(path: string): Promise<Valve> {
		return new Valve(await open(path, 'ax', 0o600));
	}

	hold(): void {
		this.held = [];
	}

	release(): void {
		const held = this.held ?? [];
		this.held = undefined;
		held.forEach(go => go());
	}

	appendFile(text: string): Promise<void> {
		this.writes++;
		return this.failing === 'write' ? Promise.reject(new Error('EIO')) : this.file.appendFile(text);
	}

	async datasync(): Promise<void> {
		this.syncs++;
		await new Promise<void>(go => (this.held === undefined ? go() : this.held.push(go)));
		if (this.failing === 'sync') {
			throw new Error('EIO');
		}
		await this.file.datasync();
	}

	close(): Promise<void> {
		return this.file.close();
	}
}

async function withValve(): Promise<{
	readonly journal: Journal;
	readonly valve: Valve;
	readonly clock: ManualClock;
	readonly all: JournalOptions;
	readonly disk: { full: boolean };
}> {
	const valves: Valve[] = [];
	/** While it is full, a file that is made anew takes no line. */
	const disk = { full: false };
	const all = await options({
		openFile: async path => {
			const valve = await Valve.open(path);
			valve.failing = disk.full ? 'write' : undefined;
			valves.push(valve);
			return valve;
		},
	});
	const journal = await opened(all);
	return { journal, valve: valves[0]!, clock: all.clock, all, disk };
}

describe('a trail that cannot be written (AUD-09)', () => {
	it('rejects appends before it is open', async () => {
		const journal = new Journal(await options());
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
	});

	it('rejects opening where no directory can be', async () => {
		const dir = await tempDir();
		await writeFile(join(dir, 'file'), '');
		await expect(Journal.open(await options({ dir: join(dir, 'file', 'trail') }))).rejects.toEqual(unwritable);
	});

	it('rejects when the disk is full', async () => {
		const all = await options({ openFile: () => open('/dev/full', 'a') });
		const journal = new Journal(all);
		onTestFinished(() => journal.close());
		await expect(journal.reopen()).rejects.toEqual(unwritable);
		expect(journal.failure?.message).toContain('ENOSPC');
		await expect(journal.append(aRecord(), 'synced')).rejects.toEqual(unwritable);
	});

	it('rejects when its file was closed under it, and tells', async () => {
		const files: AppendFile[] = [];
		const all = await options({
			openFile: async path => {
				files.push(await open(path, 'ax'));
				return files[0]!;
			},
		});
		const journal = await opened(all);
		const told: unknown[] = [];
		journal.onDidFail(error => told.push(error));
		await files[0]!.close();
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
		expect(told).toEqual([unwritable]);
	});

	it.each(['write', 'sync'] as const)('a failed %s fails all that wait and all that follow', async failing => {
		const { journal, valve } = await withValve();
		valve.failing = failing;
		const waiting = [1, 2, 3].map(() => journal.append(aRecord(), 'synced'));
		expect(await Promise.allSettled(waiting)).toEqual(
			waiting.map(() => ({ status: 'rejected', reason: unwritable })),
		);
		valve.failing = undefined;
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
		expect(journal.failure).toEqual(unwritable);
	});

	it('a failed sync in the background stops later appends too', async () => {
		const { journal, valve, clock } = await withValve();
		await journal.append(aRecord(), 'written');
		valve.failing = 'sync';
		const failed = new Promise(resolve => journal.onDidFail(resolve));
		clock.advance(SYNC_WITHIN_MS);
		await failed;
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
	});

	it('comes back only by reopen, in a new file', async () => {
		const { journal, valve, all } = await withValve();
		const before = journal.file;
		valve.failing = 'write';
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
		await Promise.all([journal.reopen(), journal.reopen()]);
		expect(journal.failure).toBeUndefined();
		expect(await journal.append(aRecord(), 'synced')).toMatchObject({ seq: 1 });
		expect(journal.file).not.toBe(before);
		expect(await verifyTrail(all.dir)).toMatchObject({ ok: true, files: 2, entries: 3 });
	});

	it('comes back by itself once the disk has room again, and leaves no empty files behind meanwhile', async () => {
		const { journal, valve, clock, all, disk } = await withValve();
		const revival = reviveJournal(journal, clock);
		onTestFinished(() => revival.dispose());
		const failures: unknown[] = [];
		const failedAgain = () => new Promise(resolve => journal.onDidFail(resolve));
		journal.onDidFail(error => failures.push(error));
		valve.failing = 'write';
		disk.full = true;
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
		const refuses = async () => {
			expect(await journal.append(aRecord(), 'written').catch((error: unknown) => error)).toEqual(unwritable);
		};
		for (const waitMs of [5_000, 10_000, 20_000]) {
			const again = failedAgain();
			clock.advance(waitMs - 1);
			await refuses();
			clock.advance(1);
			await again;
		}
		expect(failures).toHaveLength(4);
		await refuses();
		disk.full = false;
		const open = new Promise(resolve => journal.onDidOpen(resolve));
		clock.advance(40_000);
		await open;
		expect(await journal.append(aRecord(), 'synced')).toMatchObject({ seq: 1 });
		expect(await readdir(all.dir)).toHaveLength(2);
		expect(await verifyTrail(all.dir)).toMatchObject({ ok: true, files: 2 });
	});

	it('is not opened again after it was closed', async () => {
		const { journal, valve, clock } = await withValve();
		const revival = reviveJournal(journal, clock);
		valve.failing = 'write';
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
		revival.dispose();
		await journal.close();
		clock.advance(3_600_000);
		expect(journal.failure).toEqual(unwritable);
	});

	it('a record that JSON cannot say fails alone', async () => {
		const journal = await opened(await options());
		await expect(journal.append(aRecord({ arguments: NaN }), 'written')).rejects.toEqual(unwritable);
		expect(await journal.append(aRecord(), 'written')).toMatchObject({ seq: 1 });
	});

	it('rejects after close, and close writes what was waiting', async () => {
		const all = await options();
		const journal = await opened(all);
		const waiting = [journal.append(aRecord(), 'written'), journal.append(aRecord(), 'synced')];
		journal.dispose();
		await journal.close();
		expect(await Promise.all(waiting)).toHaveLength(2);
		await expect(journal.append(aRecord(), 'written')).rejects.toEqual(unwritable);
		await expect(journal.reopen()).rejects.toEqual(unwritable);
		expect(await verifyTrail(all.dir)).toMatchObject({ ok: true, entries: 4 });
	});

	it('a listener that throws does not stop the trail', async () => {
		const journal = await opened(await options());
		journal.onDidAppend(() => {
			throw new Error('listener');
		});
		expect(await journal.append(aRecord(), 'synced')).toMatchObject({ seq: 1 });
	});
});

describe('durability', () => {
	it('`synced` waits for the disk, `written` does not', async () => {
		const { journal, valve } = await withValve();
		valve.hold();
		let synced = false;
		const slow = journal.append(aRecord(), 'synced').then(() => (synced = true));
		await journal.append(aRecord(), 'written');
		expect(synced).toBe(false);
		valve.release();
		await slow;
	});

	it('entries that arrive during a flush share the next one (group commit)', async () => {
		const { journal, valve } = await withValve();
		const before = { syncs: valve.syncs, writes: valve.writes };
		valve.hold();
		const first = journal.append(aRecord(), 'synced');
		await journal.append(aRecord(), 'written');
		const others = Array.from({ length: 100 }, () => journal.append(aRecord(), 'synced'));
		await journal.append(aRecord(), 'written');
		valve.release();
		await Promise.all([first, ...others]);
		expect(valve.syncs - before.syncs).toBe(2);
		expect(valve.writes - before.writes).toBeLessThanOrEqual(4);
	});

	it('`written` entries are on the disk within 50 ms, with one flush', async () => {
		const { journal, valve, clock } = await withValve();
		const before = valve.syncs;
		for (let n = 0; n < 5; n++) {
			await journal.append(aRecord(), 'written');
		}
		clock.advance(SYNC_WITHIN_MS - 1);
		expect(valve.syncs).toBe(before);
		clock.advance(1);
		expect(valve.syncs).toBe(before + 1);
		expect(clock.waiting).toBe(1); // the checkpoint's
	});

	it('a timer that fires with nothing left to sync does not stop later syncs', async () => {
		const { journal, valve, clock } = await withValve();
		valve.hold();
		const slow = journal.append(aRecord(), 'synced');
		await journal.append(aRecord(), 'written');
		valve.release();
		await slow;
		await journal.append(aRecord(), 'synced');
		clock.advance(SYNC_WITHIN_MS);
		await journal.append(aRecord(), 'synced');
		expect(journal.failure).toBeUndefined();
	});
});

describe('the file', () => {
	it('is a private file in a private directory, named by day, and begins with trail-opened', async () => {
		const all = await options();
		await mkdir(all.dir, { mode: 0o755 });
		const journal = await opened(all);
		expect((await readdir(all.dir))[0]).toMatch(/^2026-10-01-[0-9a-f-]{36}-000001\.ndjson$/);
		expectMode(all.dir, 0o700);
		expectMode(journal.file!, 0o600);
		expect(await entriesOf(journal.file!)).toMatchObject([{ seq: 0, kind: 'lifecycle', event: 'trail-opened' }]);
	});

	it('never writes into a file that is there already', async () => {
		const ids = { ...randomIds, uuid: () => 'same' };
		const all = await options({ ids });
		await opened(all);
		await expect(Journal.open(all)).rejects.toEqual(unwritable);
	});

	it('has every acknowledged entry, in the order of the calls, and tells of each', async () => {
		const journal = await opened(await options());
		const told: AuditEntry[] = [];
		journal.onDidAppend(entry => told.push(entry));
		const records = Array.from({ length: 200 }, () => aRecord());
		const acknowledged = await Promise.all(
			records.map((record, n) => journal.append(record, n % 3 === 0 ? 'synced' : 'written')),
		);
		const [, ...written] = await entriesOf(journal.file!);
		expect(written).toEqual(acknowledged);
		expect(told).toEqual(acknowledged);
		expect(written.map(({ id }) => id)).toEqual(records.map(({ id }) => id));
	});

	it('AUD-08: two windows in one directory never corrupt each other', async () => {
		const all = await options();
		const journals = await Promise.all([opened(all), opened(all), opened(all)]);
		await Promise.all(
			journals.flatMap(journal =>
				Array.from({ length: 150 }, (_, n) => journal.append(aRecord(), n % 7 === 0 ? 'synced' : 'written')),
			),
		);
		const report = await verifyTrail(all.dir);
		expect(report).toMatchObject({ files: 3, streams: 3, ok: true, breaks: [], torn: [] });
		expect(report.entries).toBeGreaterThanOrEqual(3 * 151);
	});

	it('AUD-12: holds no control character but its newlines', async () => {
		const journal = await opened(await options());
		await journal.append(aRecord({ tool: 'a\r\nb\u001b[31m', detail: '\0' }), 'synced');
		expect((await readFile(journal.file!, 'utf8')).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
		expect(await entriesOf(journal.file!)).toHaveLength(2);
	});
});
