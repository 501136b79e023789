import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AuditFilter } from '../../../src/domain/audit/auditFilter';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { matchesFilter } from '../../../src/domain/audit/matchesFilter';
import { segmentFileName } from '../../../src/domain/audit/segmentName';
import { type Finding } from '../../../src/domain/inspection/finding';
import { AuditIndex, type AuditIndexOptions } from '../../../src/storage/auditIndex';
import { aRecord, chained, entryText, journalText, tempDir } from '../support/auditRecords';
import { expectMode } from '../support/machine';

const ONE = '00000000-0000-4000-8000-000000000001';
const TWO = '00000000-0000-4000-8000-000000000002';
const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 9, 1);

let wasm: Uint8Array;
beforeAll(async () => {
	const main = createRequire(import.meta.url).resolve('sql.js');
	wasm = await readFile(join(dirname(main), 'sql-wasm.wasm'));
});

/** Every finished file is a shelf of its own. */
const shelvedIn = (dir: string): AuditIndexOptions => ({ cacheDir: join(dir, 'cache'), shelfBytes: 1 });

/** Much later than every file was written: all of them are finished. */
const LATER = { now: () => Date.now() + 24 * HOUR, monotonic: () => 0 };

async function anIndex(dir: string, options: AuditIndexOptions = {}): Promise<AuditIndex> {
	const index = await AuditIndex.open(dir, () => Promise.resolve(wasm), { clock: LATER, ...options });
	onTestFinished(() => index.dispose());
	await index.refresh();
	return index;
}

function place(dir: string, number: number, stream = ONE): string {
	return join(dir, segmentFileName({ day: '2026-10-01', stream, number }));
}

const TEXTS = [
	'a',
	'B"q"',
	'x\ny',
	'ÄÖ ß',
	'100%_',
	"o'k",
	'c:\\users\\u',
	'\u001b[0m',
	'İK',
	'deadbeef',
	'null',
	'2026',
];
const text = fc.constantFrom(...TEXTS);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

function present<T extends object>(value: T): Partial<T> {
	return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>;
}

const finding = (rule: string): Finding => ({
	...({ kind: 'instruction-shaped', rule, severity: 'high', pointer: '/a' } as const),
	...{ span: { start: 0, end: 4 }, advice: 'It gives orders.' },
});

const record: fc.Arbitrary<AuditRecord> = fc
	.record({
		at: fc.integer({ min: 0, max: 48 }).map(hours => new Date(BEGIN + hours * HOUR).toISOString()),
		kind: fc.constantFrom('call', 'list', 'message', 'lifecycle', 'checkpoint'),
		outcome: fc.constantFrom('answered', 'refused', 'quarantined'),
		server: maybe(fc.record({ id: text, name: text, review: text, version: text })),
		client: maybe(fc.record({ name: text, version: text })),
		...{ tool: maybe(text), capability: maybe(text), session: maybe(text), detail: maybe(text) },
		verdict: maybe(
			fc.record({
				effect: fc.constantFrom('allow', 'deny', 'require_approval'),
				reason: text,
				rule: fc.record({ id: text, file: text, line: fc.nat(9) }),
			}),
		),
		// What no version writes counts for nothing, in both.
		principal: maybe(
			fc.record({
				state: fc.constantFrom('VERIFIED_PRINCIPAL', 'DECLARED_PRINCIPAL', 'UNVERIFIED_ORIGIN', 'x', 1),
				level: fc.constantFrom('0', '2', '4', '9', undefined, 2),
				blocked: fc.constantFrom(true, false, undefined, 'no'),
			}),
		),
		labels: maybe(fc.array(text, { maxLength: 3 })),
		findings: maybe(fc.array(text.map(finding), { maxLength: 2 })),
		arguments: maybe(
			fc.dictionary(text, fc.oneof(text, fc.nat(99), fc.boolean(), fc.constant(null)), { maxKeys: 3 }),
		),
	})
	.map(made => {
		const { id, at, kind, outcome } = aRecord();
		return { id, at, kind, outcome, ...present(made) } as unknown as AuditRecord;
	});

const filter: fc.Arbitrary<AuditFilter> = fc
	.record({
		...{ server: text, tool: text, capability: text, agent: text, review: text, version: text, session: text },
		...{ rule: text, label: text },
		trust: fc.constantFrom('0', '2', '4', '9', 'declared', 'none', 'failed', 'x'),
		verdict: fc.constantFrom('allow', 'deny', 'refused', 'nothing'),
		kind: fc.constantFrom('calls', 'events'),
		from: fc.oneof(
			fc.nat(48).map(hours => new Date(BEGIN + hours * HOUR).toISOString()),
			fc.constant('no time'),
		),
		to: fc.nat(48).map(hours => new Date(BEGIN + hours * HOUR).toISOString()),
		findings: fc.constant(true),
		text: fc.oneof(
			text,
			fc.constantFrom(
				'',
				'QUARANTINED',
				'deny\n',
				'ha',
				'prev',
				'":"',
				'users',
				'ä',
				'i̇k',
				'k',
				'"q',
				'\\',
				'2026-10',
				'orders',
			),
		),
	})
	.chain(whole =>
		fc
			.subarray(Object.keys(whole), { maxLength: 3 })
			.map(keys => Object.fromEntries(keys.map(key => [key, whole[key as keyof typeof whole]])) as AuditFilter),
	);

describe('A9: the index answers as matchesFilter does', () => {
	it('for any entries and any filter, in memory and from shelves, whatever the text is', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(record, { minLength: 1, maxLength: 30 }),
				fc.array(filter, { minLength: 1, maxLength: 12 }),
				fc.boolean(),
				async (records, filters, shelved) => {
					const dir = await tempDir();
					const entries = chained(records);
					const lines = entries.map(entryText);
					const half = lines.length >> 1;
					await writeFile(place(dir, 1), lines.slice(0, half).join(''));
					await writeFile(place(dir, 2), lines.slice(half).join(''));
					const index = await anIndex(dir, shelved ? shelvedIn(dir) : {});
					for (const each of filters) {
						const wanted = entries.filter(entry => matchesFilter(entry, each)).map(({ id }) => id);
						const page = await index.query(each, 0, 200);
						expect(
							page.rows.map(({ id }) => id),
							JSON.stringify(each),
						).toEqual(wanted.reverse());
						expect(page.total).toBe(wanted.length);
						expect((await index.overview(each)).total).toBe(wanted.length);
					}
					index.dispose();
				},
			),
			{ numRuns: 25 },
		);
	}, 120_000);

	it('a line that is written as no journal writes it is found by what it says', async () => {
		const dir = await tempDir();
		const forged = aRecord({ detail: 'hidden' });
		const text = journalText([forged]).replace('hidden', '\\u0068idden').replace('/etc/passwd', '\\/etc\\/passwd');
		await writeFile(place(dir, 1), text);
		await writeFile(place(dir, 2), journalText([aRecord({ arguments: {} })]));
		const index = await anIndex(dir, shelvedIn(dir));
		for (const wanted of ['HIDDEN', '/etc/pass']) {
			expect((await index.query({ text: wanted }, 0, 9)).rows.map(({ id }) => id)).toEqual([forged.id]);
		}
	});

	it('any page of two streams that overlap in time is a part of the one order', async () => {
		const dir = await tempDir();
		const records = (offset: number) =>
			Array.from({ length: 40 }, (_, n) =>
				aRecord({ at: new Date(BEGIN + (n * 2 + offset) * 1000).toISOString() }),
			);
		const [one, two] = [records(0), records(1)];
		for (const [stream, all] of [
			[ONE, one],
			[TWO, two],
		] as const) {
			const lines = chained(all).map(entryText);
			await writeFile(place(dir, 1, stream), lines.slice(0, 25).join(''));
			await writeFile(place(dir, 2, stream), lines.slice(25).join(''));
		}
		const index = await anIndex(dir, shelvedIn(dir));
		const expected = one.flatMap((each, n) => [each.id, two[n]!.id]).reverse();
		expect(await readdir(join(dir, 'cache'))).toHaveLength(4);
		for (const [offset, limit] of [
			[0, 80],
			[0, 7],
			[28, 5],
			[33, 20],
			[61, 200],
			[79, 1],
			[80, 5],
		] as const) {
			const { rows, total } = await index.query({}, offset, limit);
			expect(
				rows.map(({ id }) => id),
				String(offset),
			).toEqual(expected.slice(offset, offset + limit));
			expect(total).toBe(80);
		}
	});
});

describe('the cache of the index', () => {
	async function cached() {
		const dir = await tempDir();
		const cacheDir = join(dir, 'cache');
		const records = [aRecord(), aRecord({ tool: 'other' })];
		await writeFile(place(dir, 1), journalText(records));
		await anIndex(dir, shelvedIn(dir));
		const [name] = await readdir(cacheDir);
		return { dir, cacheDir, records, path: join(cacheDir, name!) };
	}

	it('is private, and used as long as the journal is what it was', async () => {
		const { dir, path } = await cached();
		expectMode(path, 0o600);
		const before = await stat(path);
		expect((await (await anIndex(dir, shelvedIn(dir))).query({ tool: 'other' }, 0, 9)).total).toBe(1);
		expect((await stat(path)).ino).toBe(before.ino);
	});

	it.each([
		['cut off', (bytes: Buffer) => bytes.subarray(0, 4000)],
		['empty', () => Buffer.alloc(0)],
		[
			'of zeros behind its head',
			(bytes: Buffer) => Buffer.concat([bytes.subarray(0, 3000), Buffer.alloc(bytes.length - 3000)]),
		],
		[
			'of another version',
			(bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('index/1', 'index/9'), 'latin1'),
		],
		['one whose rows point elsewhere', (bytes: Buffer) => swapped(bytes)],
	])('is thrown away where it is %s: the journal is the truth', async (_what, spoil) => {
		const { dir, path, records } = await cached();
		await writeFile(path, spoil(await readFile(path)));
		const index = await anIndex(dir, shelvedIn(dir));
		await index.query({ tool: 'other' }, 0, 9);
		await index.refresh();
		expect((await index.query({}, 0, 9)).rows.map(({ id }) => id)).toEqual([records[1]!.id, records[0]!.id]);
		expect(await index.get(records[0]!.id)).toMatchObject({ tool: 'read_file' });
	});

	/** The name of a table as the name of another: what a view in its place would look like. */
	function swapped(bytes: Buffer): Buffer {
		const at = bytes.indexOf('CREATE TABLE entry');
		bytes.write('CREATE TABLE entrz', at, 'latin1');
		return bytes;
	}

	it('follows retention and a file that grows after all', async () => {
		const { dir, records } = await cached();
		const late = aRecord();
		await writeFile(place(dir, 2), journalText([aRecord()]));
		const index = await anIndex(dir, shelvedIn(dir));
		expect((await index.query({}, 0, 9)).total).toBe(3);
		await appendFile(place(dir, 2), journalText([late]));
		await index.refresh();
		expect((await index.query({}, 0, 9)).rows[0]).toMatchObject({ id: late.id });
		await rm(place(dir, 1));
		expect((await index.query({}, 0, 9)).rows.map(({ id }) => id)).not.toContain(records[0]!.id);
		await index.refresh();
		expect((await index.query({}, 0, 9)).total).toBe(2);
	});

	it('hides a verdict whose outcome stands in the next segment, until that is removed', async () => {
		const dir = await tempDir();
		const call = aRecord({ outcome: 'answered' });
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id });
		const lines = chained([verdict, call]).map(entryText);
		await writeFile(place(dir, 1), lines[0]!);
		await writeFile(place(dir, 2), lines[1]!);
		const index = await anIndex(dir, shelvedIn(dir));
		expect((await index.query({}, 0, 9)).rows.map(({ id }) => id)).toEqual([call.id]);
		expect((await index.query({}, 0, 9)).facets.verdict).not.toContain('pending');
		await rm(place(dir, 2));
		await index.refresh();
		expect((await index.query({}, 0, 9)).rows.map(({ id }) => id)).toEqual([verdict.id]);
	});

	it('AUD-07: a stream whose clock stepped back between two segments keeps its order', async () => {
		const dir = await tempDir();
		const at = (hours: number) => new Date(BEGIN + hours * HOUR).toISOString();
		const [early, late, other] = [aRecord({ at: at(9) }), aRecord({ at: at(2) }), aRecord({ at: at(5) })];
		const lines = chained([early, late]).map(entryText);
		await writeFile(place(dir, 1), lines[0]!);
		await writeFile(place(dir, 2), lines[1]!);
		await writeFile(place(dir, 1, TWO), journalText([other]));
		const index = await anIndex(dir, shelvedIn(dir));
		const ids = async (filter: AuditFilter) => (await index.query(filter, 0, 9)).rows.map(({ id }) => id);
		expect(await ids({})).toEqual([late.id, early.id, other.id]);
		expect(await ids({ to: at(3) })).toEqual([late.id]);
	});
});

describe('before there is an index', () => {
	it('the newest rows come from the ends of the files, without sql.js', async () => {
		const dir = await tempDir();
		await mkdir(join(dir, 'trail'));
		const call = aRecord({
			at: new Date(BEGIN + 3).toISOString(),
			outcome: 'answered',
			detail: 'ü'.repeat(300_000),
		});
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id });
		await writeFile(place(dir, 1), `${journalText([aRecord(), verdict, call])}{"torn`);
		const other = aRecord({ at: new Date(BEGIN + 2).toISOString() });
		await writeFile(place(dir, 1, TWO), journalText([other]));
		const index = await AuditIndex.open(dir, () => Promise.reject(new Error('not loaded')), { clock: LATER });
		const page = await index.query({}, 0, 2);
		expect(page.rows.map(({ id }) => id)).toHaveLength(2);
		expect(page).toMatchObject({ more: true, total: 2 });
		expect((await index.query({ text: 'ÜÜÜ' }, 0, 9)).rows.map(({ id }) => id)).toEqual([call.id]);
		expect((await index.query({ kind: 'calls' }, 0, 9)).rows.map(({ id }) => id)).not.toContain(verdict.id);
		await expect(index.refresh()).rejects.toThrow('not loaded');
	});
});

describe('what matches as a whole', () => {
	it('sums that are kept beside shelves are those of the journals, also where a verdict is hidden', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 12 }), async records => {
				const dir = await tempDir();
				const call = aRecord({ outcome: 'answered', tool: 'used' });
				const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id, tool: 'used' });
				const lines = chained([...records, verdict, call]).map(entryText);
				await writeFile(place(dir, 1), lines.slice(0, -1).join(''));
				await writeFile(place(dir, 2), lines.at(-1)!);
				const made = await anIndex(dir);
				await anIndex(dir, shelvedIn(dir));
				const again = await anIndex(dir, shelvedIn(dir));
				expect(await again.overview({})).toEqual(await made.overview({}));
				expect(await again.stats({})).toEqual(await made.stats({}));
				expect((await again.lastUses()).length).toBe((await made.lastUses()).length);
			}),
			{ numRuns: 3 },
		);
	});

	it('overview, stats and session: by time, by verdict, most frequent, median and 99th percentile', async () => {
		const dir = await tempDir();
		const session = '00000000-0000-7000-8000-00000000feed';
		const records = Array.from({ length: 100 }, (_, n) =>
			aRecord({
				at: new Date(BEGIN + n * 60_000).toISOString(),
				verdict: { effect: n < 10 ? 'deny' : 'allow', reason: n < 10 ? 'policy_deny' : 'policy_allow' },
				outcome: n < 10 ? 'refused' : 'answered',
				tool: n % 4 === 0 ? 'rare' : 'often',
				latency: { decide: n + 1, approval: 0, upstream: 0.001 * n, screen: 0 },
				...(n % 10 === 0 && { session }),
			}),
		);
		await writeFile(place(dir, 1), journalText(records));
		const index = await anIndex(dir);
		const { total, timeline, bucketMs, top } = await index.overview({});
		expect({ total, bucketMs, buckets: timeline.length }).toEqual({ total: 100, bucketMs: 60_000, buckets: 100 });
		expect(timeline[9]).toEqual({
			from: records[9]!.at,
			counts: { allow: 0, require_approval: 0, deny: 1, none: 0 },
		});
		expect(top.tools).toEqual([
			{ value: 'often', count: 75 },
			{ value: 'rare', count: 25 },
		]);
		expect(top.refusals).toEqual([{ value: 'policy_deny', count: 10 }]);
		const stats = await index.stats({ verdict: 'allow' });
		expect(stats).toMatchObject({ entries: 90, calls: 90, byOutcome: [{ value: 'answered', count: 90 }] });
		expect(stats.latency.decide).toEqual({ p50: 55, p99: 100 });
		expect(stats).toMatchObject({ from: records[10]!.at, to: records[99]!.at });
		expect(await index.overview({ tool: 'none' })).toMatchObject({ total: 0, timeline: [] });
		const story = await index.session(session, 3);
		expect(story.map(({ id }) => id)).toEqual([0, 10, 20].map(n => records[n]!.id));
	});
});
