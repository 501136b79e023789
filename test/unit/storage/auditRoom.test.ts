import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import initSqlJs from 'sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTrail } from '../../../bench/audit/madeTrail';
import { type JsonObject } from '../../../src/base/json';
import { auditExportRoom } from '../../../src/cli/auditExport';
import { AUDIT_ROOM } from '../../../src/cli/auditRoom';
import { runCommand } from '../../../src/cli/command';
import { recordExport } from '../../../src/cli/recordExport';
import { type AuditStats } from '../../../src/domain/audit/auditFilter';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { fileSigner } from '../../../src/storage/trailKeyFile';
import { aRecord, journalText, tempDir } from '../support/auditRecords';
import { expectMode } from '../support/machine';

const wasmFile = join(dirname(createRequire(import.meta.url).resolve('sql.js')), 'sql-wasm.wasm');
const COMMANDS = [...AUDIT_ROOM, ...auditExportRoom({ loadWasm: () => readFile(wasmFile), record: recordExport })];

async function run(...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
	const out: string[] = [];
	const err: string[] = [];
	const code = await runCommand(COMMANDS, argv, { stdout: line => out.push(line), stderr: line => err.push(line) });
	return { code, out, err };
}

async function entriesOf(...argv: string[]): Promise<AuditEntry[]> {
	const { code, out } = await run(...argv, '--json');
	expect(code).toBe(0);
	return out.map(line => JSON.parse(line) as AuditEntry);
}

let made: string;
let calls: readonly AuditEntry[];
beforeAll(async () => {
	made = await mkdtemp(join(tmpdir(), 'audit-room-'));
	makeTrail({ dir: join(made, 'trail'), entries: 600, streams: 2, days: 0.2 });
	calls = (await entriesOf('audit', 'logs', made, '--kind', 'calls')).filter(({ kind }) => kind === 'call');
});

afterAll(() => rm(made, { recursive: true, force: true }));

describe('A9, AUD-10: one question to the command line', () => {
	it.each<[string, (entry: AuditEntry) => string | undefined]>([
		['--agent', entry => entry.client?.name],
		['--server', entry => entry.server?.name],
		['--tool', entry => entry.tool],
		['--capability', entry => entry.capability],
		['--verdict', entry => entry.verdict?.effect],
		['--rule', entry => entry.verdict?.rule?.id],
		['--review', entry => entry.server?.review],
		['--server-version', entry => entry.server?.version],
		['--session', entry => entry.session],
	])('%s finds all that have it, and nothing else', async (option, of) => {
		const value = calls.map(of).find(each => each !== undefined);
		expect(value).toBeDefined();
		const found = await entriesOf('audit', 'logs', made, '--kind', 'calls', option, value!);
		expect(found.filter(({ kind }) => kind === 'call').map(({ id }) => id)).toEqual(
			calls.filter(entry => of(entry) === value).map(({ id }) => id),
		);
		expect(found.length).toBeGreaterThan(0);
	});

	it('AUD-10: by its id, a call’s tool, argument hashes, server, rule, policy and approver come back together', async () => {
		const call = calls.find(({ approval, verdict }) => approval !== undefined && verdict?.rule !== undefined)!;
		const [found, ...others] = await entriesOf('audit', 'logs', made, '--text', call.id, '--kind', 'calls');
		expect(others).toEqual([]);
		const { tool, digest, server, verdict, policyDigest, approval } = call;
		expect(found).toMatchObject({ tool, digest, server, verdict, policyDigest, approval });
	});

	it('times: --since and --until, as moments or as so long ago', async () => {
		const middle = calls[Math.floor(calls.length / 2)]!;
		const newer = await entriesOf('audit', 'logs', made, '--since', middle.at);
		const older = await entriesOf('audit', 'logs', made, '--until', middle.at);
		const all = await entriesOf('audit', 'logs', made);
		expect(newer.every(({ at }) => at >= middle.at)).toBe(true);
		expect(older.every(({ at }) => at < middle.at)).toBe(true);
		expect(newer.length + older.length).toBe(all.length);
		expect(await entriesOf('audit', 'logs', made, '--until', '99999w')).toEqual([]);
	});

	it.each([
		[['--since', 'yesterday'], '--since takes a time'],
		[['--verdict', 'denied'], '--verdict takes one of'],
		[['--kind', 'x'], '--kind takes calls or events'],
		[['--since', '1h', '--until', '2h'], '--since is not before --until'],
		[['--sever', 'x'], 'did you mean --server?'],
	])('%j is refused with what to write instead', async (argv, why) => {
		const { code, err } = await run('audit', 'logs', made, ...argv);
		expect(code).toBe(64);
		expect(err[0]).toContain(why);
	});
});

describe('E7: audit show', () => {
	it('ten random calls each give back all six groups of evidence', async () => {
		const chosen = calls.filter(({ response }) => response !== undefined);
		for (let n = 0; n < 10; n++) {
			const call = chosen[(n * 7919) % chosen.length]!;
			const { code, out } = await run('audit', 'show', call.id, '--data', made, '--json');
			expect(code).toBe(0);
			const evidence = JSON.parse(out[0]!) as Record<string, JsonObject>;
			expect(evidence['identity']).toMatchObject({ server: call.server!.name, serverId: call.server!.id });
			expect(evidence['version']).toHaveProperty('registryRevision');
			expect(evidence['scope']).toMatchObject({
				decision: call.verdict!.effect,
				policyDigest: call.policyDigest,
			});
			expect(evidence['outbound']).toMatchObject({ arguments: call.arguments, digestSent: call.digest });
			expect(evidence['response']).toMatchObject({ digest: call.response!.digest });
			expect(evidence['validation']).toHaveProperty('schema');
		}
	});

	it('an id that no entry has: exit code 1, and one line that names it', async () => {
		const { code, out, err } = await run('audit', 'show', 'gone', '--data', made);
		expect([code, out, err]).toEqual([1, [], ['audit show: no entry of this trail has the id gone']]);
	});
});

describe('audit stats', () => {
	it('counts each call once, and says so for people and for programs', async () => {
		const { out } = await run('audit', 'stats', made, '--json');
		const stats = JSON.parse(out[0]!) as AuditStats;
		const all = await entriesOf('audit', 'logs', made);
		expect([stats.entries, stats.calls]).toEqual([all.length, calls.length]);
		const denied = all.filter(({ verdict }) => verdict?.effect === 'deny').length;
		expect(stats.byVerdict.find(({ value }) => value === 'deny')?.count).toBe(denied);
		expect(stats.latency.upstream.p99).toBeGreaterThanOrEqual(stats.latency.upstream.p50);
		const { out: lines } = await run('audit', 'stats', made);
		expect(lines[0]).toContain(`${all.length} entries`);
	});

	it('AUD-12: nothing that a server named acts on the terminal', async () => {
		const dir = await tempDir();
		await writeFile(join(dir, '0.ndjson'), journalText([aRecord({ tool: 'a\u001b[2J\u202e\nb' })]));
		for (const argv of [
			['stats', dir],
			['stats', dir, '--json'],
			['export', dir, '--format', 'jsonl', '--out', '-'],
		]) {
			const { out } = await run('audit', ...argv);
			expect(out.join('')).toContain('\\u001b');
			expect(out.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
		}
	});
});

describe('audit export', () => {
	it('writes a file for its owner alone, replaces none unasked, and says what it did', async () => {
		const out = join(await tempDir(), 'a.jsonl');
		const first = await run('audit', 'export', made, '--format', 'jsonl', '--out', out, '--kind', 'events');
		expect(first.code).toBe(0);
		expect(first.err.join('\n')).toMatch(/entr(?:y|ies) written to .*a\.jsonl as jsonl/);
		expect(first.err.join('\n')).toContain('not recorded in the trail');
		expectMode(out, 0o600);
		const again = ['audit', 'export', made, '--format', 'csv', '--out', out];
		expect(await run(...again)).toMatchObject({ code: 2, err: [expect.stringContaining('exists already')] });
		expect((await run(...again, '--overwrite')).code).toBe(0);
	});

	it('AUD-11: stands in the trail where the key that signs it is at hand', async () => {
		const data = await tempDir();
		await mkdir(join(data, 'trail'));
		await writeFile(join(data, 'trail', '0.ndjson'), journalText([aRecord()]));
		await fileSigner(data);
		const { err } = await run('audit', 'export', data, '--format', 'csv', '--out', '-', '--tool', 'read_file');
		expect(err).toEqual(['audit export: 1 entry written to stdout as csv']);
		const [told] = await entriesOf('audit', 'logs', data, '--kind', 'events', '--text', 'trail-exported');
		expect(told).toMatchObject({ actor: 'command-line', detail: 'csv, 1 entry, filtered by tool' });
	});

	it.each([
		[['--out', 'x'], '--format is missing'],
		[['--format', 'csv'], '--out is missing'],
		[['--format', 'jsonlines', '--out', 'x'], '--format takes one of csv, jsonl'],
		[['--format', 'sqlite', '--out', '-'], '--format sqlite is a file'],
	])('%j is refused', async (argv, why) => {
		const { code, err } = await run('audit', 'export', made, ...argv);
		expect([code, err[0]]).toEqual([64, expect.stringContaining(why)]);
	});

	it('A9: an SQLite file that any tool can ask by capability, version, task, identity and review status', async () => {
		const folder = await tempDir();
		const { code } = await run('audit', 'export', made, '--format', 'sqlite', '--out', join(folder, 'a.sqlite'));
		expect(code).toBe(0);
		expect(await readdir(folder)).toEqual(['a.sqlite']);
		const bytes = await readFile(join(folder, 'a.sqlite'));
		expect(bytes.subarray(0, 15).toString()).toBe('SQLite format 3');
		const { Database } = await initSqlJs({ locateFile: () => wasmFile });
		const db = new Database(bytes);
		const one = (sql: string) => db.exec(sql)[0]?.values[0]?.[0];
		expect(one("SELECT count(*) FROM entries WHERE kind = 'call'")).toBe(calls.length);
		const call = calls[0]!;
		expect(
			db.exec(`SELECT count(*) FROM entries WHERE capability = '${call.capability!}' AND session = '${call.session!}'
				AND server_id = '${call.server!.id}' AND review IS '${call.server!.review!}'`)[0]?.values[0]?.[0],
		).toBeGreaterThan(0);
		expect(JSON.parse(String(one(`SELECT json FROM entries WHERE id = '${call.id}'`)))).toEqual(call);
		db.close();
	});
});
