import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type Finding } from '../../../src/domain/inspection/finding';
import { AuditIndex } from '../../../src/storage/auditIndex';
import { type AuditFilter, NO_FACETS } from '../../../src/domain/audit/auditFilter';
import { aRecord, chained, journalText, tempDir } from '../support/auditRecords';

let wasm: Uint8Array;
beforeAll(async () => {
	const main = createRequire(import.meta.url).resolve('sql.js');
	wasm = await readFile(join(dirname(main), 'sql-wasm.wasm'));
});

async function indexOf(dir: string): Promise<AuditIndex> {
	const index = await AuditIndex.open(dir, () => Promise.resolve(wasm));
	onTestFinished(() => index.dispose());
	await index.refresh();
	return index;
}

async function indexed(
	...files: (readonly AuditRecord[])[]
): Promise<{ index: AuditIndex; dir: string; paths: string[] }> {
	const dir = await tempDir();
	const paths = files.map((_, n) => join(dir, `2026-10-01-${n}.ndjson`));
	await Promise.all(files.map((records, n) => writeFile(paths[n]!, journalText(records))));
	return { index: await indexOf(dir), dir, paths };
}

async function ids(index: AuditIndex, filter: AuditFilter = {}, offset = 0, limit = 200): Promise<string[]> {
	return (await index.query(filter, offset, limit)).rows.map(({ id }) => id);
}

const at = (seconds: number) => new Date(Date.UTC(2026, 9, 1, 12, 0, seconds)).toISOString();

describe('AuditIndex and bad journals', () => {
	it('rejects a directory that is not there', async () => {
		const index = await AuditIndex.open(join(await tempDir(), 'gone'), () => Promise.resolve(wasm));
		await expect(index.refresh()).rejects.toMatchObject({ code: 'journal-unreadable' });
		index.dispose();
	});

	it('passes over lines that are no entries and reads the rest', async () => {
		const dir = await tempDir();
		const good = aRecord();
		const deep = journalText([aRecord({ detail: 'deep' })]).replace('1.5', '['.repeat(1e5) + ']'.repeat(1e5));
		await writeFile(join(dir, 'a.ndjson'), `rubbish\n\n{}\n{"tool":{}}\n${deep}${journalText([good])}{"torn`);
		expect(await ids(await indexOf(dir))).toEqual([good.id]);
	});

	it('takes in a torn line once it is whole, and only then', async () => {
		const { index, paths } = await indexed([aRecord()]);
		const text = journalText([aRecord(), aRecord()]).split('\n')[1]!;
		await appendFile(paths[0]!, text.slice(0, 40));
		await index.refresh();
		expect((await index.query({}, 0, 10)).total).toBe(1);
		await appendFile(paths[0]!, `${text.slice(40)}\n`);
		await index.refresh();
		expect((await index.query({}, 0, 10)).total).toBe(2);
	});

	it('reads a file anew that became shorter, and forgets one that is gone', async () => {
		const { index, paths } = await indexed([aRecord(), aRecord()], [aRecord({ tool: 'other' })]);
		const first = (await readFile(paths[0]!, 'utf8')).indexOf('\n') + 1;
		await truncate(paths[0]!, first);
		await rm(paths[1]!);
		await index.refresh();
		expect(await index.query({}, 0, 10)).toMatchObject({ total: 1, facets: { tool: ['read_file'] } });
	});

	it('a cancelled refresh keeps what was read, and the next one goes on', async () => {
		const { index, dir } = await indexed([aRecord()]);
		await writeFile(join(dir, 'z.ndjson'), journalText([aRecord()]));
		await expect(index.refresh(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
		expect((await index.query({}, 0, 10)).rows).not.toEqual([]);
		await index.refresh();
		expect((await index.query({}, 0, 10)).total).toBe(2);
	});

	it('a filter is data: quotes, wildcards and SQL find only themselves', async () => {
		const odd = aRecord({ detail: `50% off_"now" \\ '; DROP TABLE entry; --` });
		const { index } = await indexed([odd, aRecord({ detail: '50x offynow' })]);
		for (const text of ['50%', 'off_', '"now"', ' \\ ', `'; drop table`, '% off']) {
			expect(await ids(index, { text }), text).toEqual([odd.id]);
		}
		expect(await ids(index, { server: `files' OR 1=1 --` })).toEqual([]);
		expect(await ids(index, { text: '%'.repeat(100_000) })).toEqual([]);
		expect((await index.query({}, -5, -1)).rows).toEqual([]);
	});
});

describe('AuditIndex', () => {
	it('lists newest first over all windows; AUD-07: within a window by seq, whatever the clock did', async () => {
		const one = [3, 1, 2, 9].map(seconds => aRecord({ at: at(seconds) }));
		const two = [0, 5].map(seconds => aRecord({ at: at(seconds) }));
		const { index } = await indexed(one, two);
		const expected = [one[3], two[1], one[2], one[1], one[0], two[0]].map(record => record!.id);
		expect(await ids(index)).toEqual(expected);
		expect(await ids(index, {}, 2, 3)).toEqual(expected.slice(2, 5));
		expect((await index.query({}, 2, 3)).total).toBe(6);
	});

	it('reads only what was appended', async () => {
		const { index, paths } = await indexed([aRecord()]);
		const entries = chained([aRecord(), aRecord()]);
		const before = await readFile(paths[0]!);
		// Were the first line read again, it would now be lost.
		await writeFile(paths[0]!, Buffer.concat([Buffer.alloc(before.length - 1, 'x'), Buffer.from('\n')]));
		await appendFile(paths[0]!, `${JSON.stringify(entries[1])}\n`);
		await Promise.all([index.refresh(), index.refresh()]);
		expect((await index.query({}, 0, 10)).total).toBe(2);
	});

	it('filters by server, tool, effect or outcome, and text without regard to case; they combine', async () => {
		const records = [
			aRecord({
				server: { id: 'a', name: 'web' },
				tool: 'fetch',
				outcome: 'quarantined',
				verdict: { effect: 'allow', reason: 'r' },
			}),
			aRecord({ detail: 'GRÜNE Straße' }),
			aRecord({ kind: 'list', outcome: 'answered', method: 'tools/list' }),
		];
		const [fetched, big, list] = records.map(({ id }) => id) as [string, string, string];
		const { index } = await indexed(records);
		expect(await ids(index, { server: 'web' })).toEqual([fetched]);
		expect(await ids(index, { tool: 'fetch', server: 'files' })).toEqual([]);
		expect(await ids(index, { verdict: 'quarantined' })).toEqual([fetched]);
		expect(await ids(index, { verdict: 'deny' })).toEqual([list, big]);
		expect(await ids(index, { text: 'grüne STRAß' })).toEqual([big]);
		expect(await ids(index, { text: '/ETC/passwd', verdict: 'answered' })).toEqual([list]);
		expect((await index.query({ server: 'web' }, 0, 10)).facets).toEqual({
			...NO_FACETS,
			server: ['files', 'web'],
			tool: ['fetch', 'read_file'],
			capability: ['filesystem.read'],
			rule: ['no-etc'],
			verdict: ['allow', 'deny', 'answered', 'quarantined', 'refused'],
		});
	});

	it('filters what inspection saw: findings, suppressed ones and masked secrets, with their numbers', async () => {
		const finding: Finding = {
			...({ kind: 'instruction-shaped', rule: 'r', severity: 'high', pointer: '/a' } as const),
			...{ span: { start: 0, end: 4 }, advice: 'It gives orders.' },
		};
		const found = aRecord({ findings: [finding] });
		const quiet = aRecord({ findings: [finding], suppressed: [{ rule: 'r', count: 1, reason: 'a manual' }] });
		const masked = aRecord({ masked: 2 });
		const { index } = await indexed([found, aRecord({ findings: [], masked: 0 }), quiet, masked]);
		expect(await ids(index, { findings: true })).toEqual([masked.id, quiet.id, found.id]);
		expect((await index.query({ findings: true }, 0, 9)).rows.map(({ findings }) => findings)).toEqual([
			{ found: 0, suppressed: 0, masked: 2 },
			{ found: 1, suppressed: 1, masked: 0 },
			{ found: 1, worst: 'high', suppressed: 0, masked: 0 },
		]);
		expect(await ids(index, { findings: true, server: 'web' })).toEqual([]);
	});

	it('a row says whose withheld answer it handed over', async () => {
		const { index } = await indexed([aRecord(), aRecord({ outcome: 'quarantined', released: 'one' })]);
		expect((await index.query({}, 0, 9)).rows.map(({ released }) => released)).toEqual(['one', undefined]);
	});

	it('does not find the hashes of the chain by text', async () => {
		const { index } = await indexed([aRecord()]);
		expect((await index.query({ text: '0'.repeat(64) }, 0, 10)).total).toBe(0);
	});

	it('shows a verdict only while nothing is recorded of what came of it', async () => {
		const call = aRecord({ outcome: 'answered' });
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id });
		const { index, paths } = await indexed([verdict]);
		expect((await index.query({}, 0, 10)).rows).toMatchObject([
			{ id: verdict.id, kind: 'verdict', detail: 'no outcome recorded' },
		]);
		await writeFile(paths[0]!, journalText([verdict, call]));
		await index.refresh();
		expect(await ids(index)).toEqual([call.id]);
		expect((await index.query({}, 0, 10)).facets.verdict).not.toContain('pending');
		expect(await index.get(verdict.id)).toMatchObject({ callId: call.id });
	});

	it('AUD-10: leads from a call to what was written before it was handed on, in whichever file that stands', async () => {
		const [call, other] = [aRecord({ outcome: 'answered' }), aRecord({ outcome: 'answered' })];
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id });
		const { index, dir } = await indexed(
			[verdict, aRecord({ kind: 'lifecycle', event: 'approval-shown', callId: call.id }), other],
			[call],
		);
		expect(await index.verdictOf(call.id)).toMatchObject({ id: verdict.id });
		expect(await index.verdictOf(other.id)).toBeUndefined();
		expect(await index.verdictOf('nothing')).toBeUndefined();
		const unread = await AuditIndex.open(dir, () => Promise.resolve(wasm));
		onTestFinished(() => unread.dispose());
		expect(await unread.verdictOf(call.id)).toMatchObject({ id: verdict.id });
	});

	it('AUD-10: gives the whole entry by its evidence id', async () => {
		const records = [aRecord(), aRecord({ approval: { outcome: 'denied', waitedMs: 12 }, detail: 'ü' })];
		const { index, paths } = await indexed(records);
		const [, line] = (await readFile(paths[0]!, 'utf8')).split('\n');
		expect(await index.get(records[1]!.id)).toEqual(JSON.parse(line!));
		expect(await index.get('nothing')).toBeUndefined();
		expect((await index.query({}, 0, 1)).rows).toMatchObject([
			{ approval: 'denied', serverName: 'files', detail: 'ü' },
		]);
	});
});

describe('N6: last uses of all windows', () => {
	it('the newest of each tool, prompt and resource counts, and what was refused is no use', async () => {
		const server = { id: 'x', name: 'fs' };
		const message = (second: number, method: string, args: JsonObject): AuditRecord => {
			const { id } = aRecord();
			return { id, at: at(second), kind: 'message', outcome: 'answered', server, method, arguments: args };
		};
		const first = aRecord({ at: at(1), server, tool: 'read', outcome: 'answered' });
		const second = aRecord({ at: at(5), server, tool: 'read', outcome: 'quarantined' });
		const prompt = message(2, 'prompts/get', { name: 'summary' });
		const resource = message(3, 'resources/read', { uri: 'file:///a' });
		const refused = aRecord({ at: at(9), server, tool: 'write', outcome: 'refused' });
		const { index } = await indexed([first, prompt, resource, refused], [second]);
		const uses = (await index.lastUses()).map(({ kind, name, entryId, at: when }) => [kind, name, entryId, when]);
		expect(uses.sort()).toEqual([
			['prompt', 'summary', prompt.id, Date.parse(at(2))],
			['resource', 'file:///a', resource.id, Date.parse(at(3))],
			['tool', 'read', second.id, Date.parse(at(5))],
		]);
	});
});
