import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditLogs, type LogsOptions } from '../../../src/cli/auditCommands';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { aRecord, journalText, tempDir } from '../support/auditRecords';

class Capture {
	readonly out: string[] = [];
	readonly err: string[] = [];
	stdout(line: string): void {
		this.out.push(line);
	}
	stderr(line: string): void {
		this.err.push(line);
	}
}

async function trail(...files: (readonly AuditRecord[])[]): Promise<string> {
	const dir = await tempDir();
	await mkdir(join(dir, 'trail'));
	await Promise.all(files.map((records, n) => writeFile(join(dir, 'trail', `${n}.ndjson`), journalText(records))));
	return dir;
}

async function logs(dir: string, options: Partial<LogsOptions> = {}): Promise<string[]> {
	const capture = new Capture();
	expect(await auditLogs(dir, { json: true, filter: {}, ...options }, capture)).toBe(0);
	return capture.out;
}

const idsOf = (lines: readonly string[]) => lines.map(line => (JSON.parse(line) as AuditEntry).id);

describe('audit logs', () => {
	it('exits 2 when there is no trail', async () => {
		const capture = new Capture();
		expect(await auditLogs(await tempDir(), { json: false, filter: {} }, capture)).toBe(2);
		expect(capture.err).toHaveLength(1);
	});

	it('AUD-12: nothing that a server named can act on the terminal', async () => {
		const dir = await trail([aRecord({ tool: 'a\r\n\u001b[2J\u009b31m\u202e\u{e0041}b', detail: '\u2028' })]);
		const capture = new Capture();
		await auditLogs(dir, { json: false, filter: {} }, capture);
		for (const line of [...capture.out, ...(await logs(dir))]) {
			expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
		}
		const [line] = await logs(dir);
		expect((JSON.parse(line!) as AuditEntry).tool).toBe('a\r\n\u001b[2J\u009b31m\u202e\u{e0041}b');
	});

	it('lists newest first over all files, filtered and limited', async () => {
		const at = (seconds: number) => new Date(Date.UTC(2026, 9, 1, 12, 0, seconds)).toISOString();
		const one = [aRecord({ at: at(1) }), aRecord({ at: at(5), tool: 'write_file' }), aRecord({ at: at(4) })];
		const two = [aRecord({ at: at(3), server: { id: 'x', name: 'web' } })];
		const dir = await trail(one, two);
		const expected = [one[2], one[1], two[0], one[0]].map(record => record!.id);
		expect(idsOf(await logs(dir))).toEqual(expected);
		expect(idsOf(await logs(dir, { limit: 2 }))).toEqual(expected.slice(0, 2));
		expect(idsOf(await logs(dir, { filter: { server: 'web' } }))).toEqual([two[0]!.id]);
		expect(idsOf(await logs(dir, { filter: { tool: 'write_file', server: 'files' } }))).toEqual([one[1]!.id]);
	});

	it('shows a verdict only when no outcome follows', async () => {
		const call = aRecord();
		const answered = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id });
		const dangling = aRecord({
			kind: 'verdict',
			outcome: 'pending',
			callId: 'never',
			at: '2026-10-01T12:00:01.000Z',
		});
		const dir = await trail([answered, dangling, call]);
		expect(idsOf(await logs(dir)).sort()).toEqual([call.id, dangling.id].sort());
	});

	it('a filter that only the verdict answers finds its call; a limit holds the newest, however many there are', async () => {
		const call = aRecord({ outcome: 'answered' });
		const facts = { context: 'c', by: 'catalogue', labels: ['secret' as const] };
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id, facts });
		const many = Array.from({ length: 1_200 }, (_, ms) =>
			aRecord({ at: new Date(Date.UTC(2026, 9, 2) + ((ms * 7) % 1_200)).toISOString() }),
		);
		const dir = await trail([verdict, call], many.slice(0, 600), many.slice(600));
		expect(idsOf(await logs(dir, { filter: { label: 'secret' } }))).toEqual([call.id]);
		const all = idsOf(await logs(dir));
		expect(all).toHaveLength(1_201);
		expect(idsOf(await logs(dir, { limit: 3 }))).toEqual(all.slice(0, 3));
	});

	it('the table tells time, verdict, outcome, server, tool, rule and evidence id', async () => {
		const record = aRecord({ approval: { outcome: 'denied', waitedMs: 3 } });
		const capture = new Capture();
		await auditLogs(await trail([record]), { json: false, filter: {} }, capture);
		expect(capture.out).toHaveLength(2);
		for (const part of [
			record.at,
			'deny',
			'refused',
			'files',
			'read_file',
			'no-etc (policy.yaml:7)',
			'approval: denied',
			record.id,
		]) {
			expect(capture.out[1]).toContain(part);
		}
	});
});
