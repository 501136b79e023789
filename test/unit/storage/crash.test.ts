import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { journalFiles } from '../../../src/storage/trailReader';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { tempDir } from '../support/auditRecords';

const RUNS = 12;
let program: string;
beforeAll(async () => {
	const built = await build({
		entryPoints: [join(import.meta.dirname, '..', 'support', 'journalWriter.ts')],
		bundle: true,
		platform: 'node',
		format: 'esm',
		write: false,
	});
	program = built.outputFiles[0]!.text;
});

/** Starts a writer, kills it (SIGKILL) after it acknowledged so many, and returns what it had acknowledged until then. */
async function killedAfter(count: number, dir: string): Promise<ReadonlyMap<number, string>> {
	const child = spawn(process.execPath, ['--input-type=module', '-', dir], { stdio: ['pipe', 'pipe', 'inherit'] });
	child.stdin.end(program);
	let told = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		told += text;
		if (told.split('\n').length > count) {
			child.kill('SIGKILL');
		}
	});
	const [, signal] = (await once(child, 'close')) as [number | null, string | null];
	expect(signal).toBe('SIGKILL');
	const lines = told.split('\n').slice(0, -1);
	return new Map(lines.map(line => [Number(line.split(' ')[0]), line.split(' ')[1]!]));
}

describe('a window that is killed', () => {
	it(`loses no acknowledged entry and is called honest (${RUNS} runs)`, async () => {
		for (let run = 0; run < RUNS; run++) {
			const dir = await tempDir();
			const acknowledged = await killedAfter(1 + run * 60, dir);
			const { ok, files, entries } = await verifyTrail(dir);
			expect({ ok, files }).toEqual({ ok: true, files: 1 });
			const text = await readFile((await journalFiles(dir))[0]!, 'utf8');
			const whole = text.split('\n').slice(0, entries);
			const written = new Map(
				whole.map(line => JSON.parse(line) as AuditEntry).map(({ seq, hash }) => [seq, hash]),
			);
			expect(acknowledged.size).toBeGreaterThan(run * 60);
			for (const [seq, hash] of acknowledged) {
				expect(written.get(seq)).toBe(hash);
			}
		}
	});
});
