import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { auditVerify, type VerifyWith } from '../../../src/cli/auditVerify';
import { newTrailKey, trailSigner } from '../../../src/storage/trailKey';
import { tempDir } from '../support/auditRecords';
import { StreamMaker, writeTrail } from '../support/trailMaker';

const signer = trailSigner(newTrailKey());

async function verify(dir: string, options: Partial<VerifyWith> = {}) {
	const [out, err]: [string[], string[]] = [[], []];
	const lines = { stdout: (line: string) => out.push(line), stderr: (line: string) => err.push(line) };
	const code = await auditVerify(dir, { publicKeys: [], json: false, ...options }, lines);
	return { code, out, err };
}

async function dataDirectory() {
	const data = await tempDir();
	const stream = new StreamMaker({ signer }).addMany(2).checkpoint().add();
	const [file] = await writeTrail(join(data, 'trail'), stream);
	await mkdir(join(data, 'anchors'));
	await writeFile(join(data, 'anchors', `${stream.stream}.json`), JSON.stringify(stream.heads[0]));
	return { data, file: file!, stream };
}

describe('audit verify', () => {
	it('exits 2 and says why when there is nothing to verify', async () => {
		const dir = await tempDir();
		expect(await verify(dir)).toMatchObject({ code: 2, out: [] });
		const { code, err } = await verify(join(dir, 'gone\u001b[2J'));
		expect([code, err]).toEqual([2, [`audit verify: ${join(dir, 'gone')}\\u001b[2J does not exist`]]);
		await expect(verify(dir, { publicKeys: [join(dir, 'none.pem')] })).resolves.toMatchObject({ code: 2 });
	});

	it('AUD-01 AUD-12: exits 3 and names file, line, number, id and what it means', async () => {
		const { data, file, stream } = await dataDirectory();
		const text = await readFile(file, 'utf8');
		await writeFile(file, text.replace('passwd', 'passwe'));
		const { code, out } = await verify(data);
		expect(code).toBe(3);
		const { id } = stream.segment.entries[1]!;
		expect(out.slice(0, 2)).toEqual([
			'Audit trail: INVALID',
			`${file}:2: seq 1: altered (id ${id}): the content does not have the hash that the entry names: it was edited`,
		]);
	});

	it('AUD-02: takes the anchors of the data directory, and says what is not proven', async () => {
		const { data, file } = await dataDirectory();
		const { code, out } = await verify(join(data, 'trail'));
		expect(code).toBe(0);
		expect(out[0]).toBe('Audit trail: VALID, 5 entries in 1 file');
		const notProven = out.filter(line => line.includes('NOT PROVEN'));
		expect(notProven).toHaveLength(2);
		expect(notProven.join()).toMatch(/who signed it.*newest 1 entry/);
		await writeFile(file, (await readFile(file, 'utf8')).split('\n').slice(0, 2).join('\n') + '\n');
		expect((await verify(data)).out[1]).toContain('ends before its anchor');
	});

	it('the file for auditors runs in an empty folder with nothing but Node', async () => {
		const { data, file } = await dataDirectory();
		const empty = await tempDir();
		const program = join(empty, 'verify-trail.cjs');
		const options = { bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' } as const;
		const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: false } };
		await build({ ...options, tsconfigRaw, entryPoints: ['src/verifyTrail.ts'], outfile: program });
		const run = () =>
			promisify(execFile)(process.execPath, [program, data, '--public-key', signer.publicKey], { cwd: empty });
		expect((await run()).stdout).toContain('Audit trail: VALID, 5 entries');
		await writeFile(file, (await readFile(file, 'utf8')).replace('passwd', 'passwe'));
		await expect(run()).rejects.toMatchObject({ code: 3 });
	});
});
