import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { exportTrail, type ExportOptions } from '../../../src/storage/exportTrail';
import { aRecord, journalText, tempDir } from '../support/auditRecords';
import { expectMode, lacks } from '../support/machine';

const noPosix = lacks('posix', 'who may read is a mode');
const noLinks = lacks('links', 'the folder is named by a link');
/** Where there is what it needs. */
const test = it.skipIf(noPosix);

async function trail(...files: (readonly AuditRecord[])[]): Promise<string> {
	const dir = await tempDir();
	await mkdir(join(dir, 'trail'));
	await Promise.all(files.map((records, n) => writeFile(join(dir, 'trail', `${n}.ndjson`), journalText(records))));
	return dir;
}

async function text(dir: string, over: Partial<ExportOptions> = {}): Promise<string> {
	let written = '';
	await exportTrail({ dir, filter: {}, format: 'jsonl', out: piece => void (written += piece), ...over });
	return written;
}

const at = (second: number) => new Date(Date.UTC(2026, 9, 1, 12, 0, second)).toISOString();

describe('exporting a trail', () => {
	it('a failure leaves neither a half file nor a temporary one, and what stood there stands', async () => {
		const dir = await trail([aRecord(), aRecord()]);
		const out = join(dir, 'out.csv');
		await writeFile(out, 'mine');
		const options = { dir, filter: {}, format: 'csv', out } as const;
		await expect(exportTrail(options)).rejects.toMatchObject({ code: 'export-failed' });
		const signal = AbortSignal.abort();
		await expect(exportTrail({ ...options, overwrite: true, signal })).rejects.toMatchObject({ code: 'aborted' });
		await expect(exportTrail({ ...options, out: join(dir, 'no', 'x.csv') })).rejects.toMatchObject({
			code: 'export-failed',
		});
		expect(await readFile(out, 'utf8')).toBe('mine');
		expect((await readdir(dir)).sort()).toEqual(['out.csv', 'trail']);
		await exportTrail({ ...options, overwrite: true });
		expect((await readFile(out, 'utf8')).split('\r\n')).toHaveLength(4);
	});

	test('writes a file that only its owner can read, and follows no link that stands in its place', async () => {
		const dir = await trail([aRecord()]);
		const other = join(dir, 'other');
		await writeFile(other, 'mine');
		await symlink(other, join(dir, 'out.jsonl'));
		const options = { dir, filter: {}, format: 'jsonl', out: join(dir, 'out.jsonl') } as const;
		await expect(exportTrail(options)).rejects.toMatchObject({ code: 'export-failed' });
		expect(await exportTrail({ ...options, overwrite: true })).toMatchObject({ entries: 1, skipped: 0 });
		expect(await readFile(other, 'utf8')).toBe('mine');
		expectMode(join(dir, 'out.jsonl'), 0o600);
	});

	it.skipIf(noLinks)('makes no file among those of the trail, whichever way the folder is named', async () => {
		const dir = await trail([aRecord()]);
		await symlink(join(dir, 'trail'), join(dir, 'door'));
		for (const folder of ['trail', 'door']) {
			const out = join(dir, folder, '9.ndjson');
			await expect(exportTrail({ dir, filter: {}, format: 'jsonl', out })).rejects.toMatchObject({
				message: expect.stringContaining('among the files of the trail') as string,
			});
		}
	});

	it('AUD-06: a line of JSONL is what its hash is of, verdicts before their outcome, oldest first over all streams', async () => {
		const call = aRecord({ outcome: 'answered', at: at(3) });
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id, at: at(1) });
		const other = aRecord({ at: at(2) });
		const dir = await trail([verdict, call], [other]);
		const lines = (await text(dir)).trimEnd().split('\n');
		expect(lines.map(line => (JSON.parse(line) as AuditRecord).id)).toEqual([other.id, verdict.id, call.id]);
		for (const line of lines) {
			const { hash } = JSON.parse(line) as { hash: string };
			expect(sha256Hex(line.replace(`,"hash":"${hash}"`, ''))).toBe(hash);
		}
	});

	it('a filter that only the verdict answers takes its call along; a call at the edge of the time keeps its verdict', async () => {
		const call = aRecord({ outcome: 'answered', at: at(9) });
		const facts = { context: 'c', by: 'catalogue', labels: ['secret' as const] };
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id, facts, at: at(1) });
		const dir = await trail([verdict, call, aRecord({ at: at(9) })]);
		for (const filter of [{ label: 'secret' }, { label: 'secret', from: at(5), to: at(10) }]) {
			expect((await text(dir, { filter })).trimEnd().split('\n')).toHaveLength(2);
		}
		expect(await text(dir, { filter: { to: at(5) } })).toBe('');
	});

	it('tells how far it is, and passes over what cannot be written down', async () => {
		const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
		const dir = await trail(Array.from({ length: 1001 }, () => aRecord()));
		const line = journalText([aRecord({ detail: 'DEEP' })]).replace('"DEEP"', deep);
		await writeFile(
			join(dir, 'trail', '1.ndjson'),
			line.replace('"detail"', '"arguments"').replace('"arguments":{"n":1.5,"path":"/etc/passwd"},', ''),
		);
		const told: number[] = [];
		let rows = 0;
		const result = await exportTrail({
			...{ dir, filter: {}, format: 'csv', onProgress: done => told.push(done) },
			out: () => {
				rows++;
			},
		});
		expect(told).toEqual([1000]);
		expect(result).toEqual({ entries: 1001, skipped: 1, files: [] });
		expect(rows).toBe(1003);
	});

	it('rejects where there is no trail', async () => {
		await expect(text('/nowhere/at/all')).rejects.toMatchObject({ code: 'journal-unreadable' });
	});
});
