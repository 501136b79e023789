import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AnchoredHead } from '../../../src/domain/audit/checkpoint';
import { appendGitNote } from '../../../src/storage/gitNote';
import { isTrailSignature } from '../../../src/storage/trailKey';
import { fileSigner } from '../../../src/storage/trailKeyFile';
import { randomIds, tempDir } from '../support/auditRecords';
import { expectMode, lacks } from '../support/machine';

const noPosix = lacks('posix', 'files have modes, and a hook of git is a shell script');

const unusable = expect.objectContaining({ code: 'config-invalid' }) as Error;

describe('the key file of a headless gateway', () => {
	it.skipIf(noPosix)('that others can read is refused, with what to do (POSIX)', async () => {
		const data = await tempDir();
		const { publicKey } = await fileSigner(data);
		const file = join(data, 'keys', 'trail.key');
		await chmod(file, 0o640);
		await expect(fileSigner(data)).rejects.toThrow('chmod 600');
		await chmod(file, 0o600);
		expect((await fileSigner(data)).publicKey).toBe(publicKey);
	});

	it.each([
		['is empty', ''],
		['is no key', 'bm9uc2Vuc2U='],
		['is huge', 'x'.repeat(10_000)],
	])('that %s is refused and left as it is', async (_what, text) => {
		const data = await tempDir();
		await mkdir(join(data, 'keys'));
		const file = join(data, 'keys', 'trail.key');
		await writeFile(file, text, { mode: 0o600 });
		await expect(fileSigner(data)).rejects.toEqual(unusable);
		expect(await readFile(file, 'utf8')).toBe(text);
	});

	it('is made once, private, with its public half beside it, whoever comes at the same time', async () => {
		const data = await tempDir();
		const signers = await Promise.all([1, 2, 3].map(() => fileSigner(data)));
		expect(new Set(signers.map(({ key }) => key)).size).toBe(1);
		const signer = signers[0]!;
		const { publicKey } = signer;
		expect(await readFile(join(data, 'keys', 'trail.pub'), 'utf8')).toBe(`${publicKey}\n`);
		expect(isTrailSignature(publicKey, 'text', signer.sign('text'))).toBe(true);
		expectMode(join(data, 'keys', 'trail.key'), 0o600);
		expectMode(join(data, 'keys'), 0o700);
	});
});

describe('a git note of heads', () => {
	const head: AnchoredHead = {
		...{ stream: randomIds.uuid(), segment: 1, seq: 7, hash: 'a'.repeat(64), key: 'b'.repeat(16) },
		at: '2026-10-01T12:00:00.000Z',
	};
	const git = (dir: string, ...args: readonly string[]) =>
		execFileSync('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});

	it('needs a repository with a commit', async () => {
		const dir = await tempDir();
		await expect(appendGitNote(dir, [head])).rejects.toMatchObject({ code: 'usage' });
	});

	it.skipIf(noPosix)('holds one JSON line for each, appended, and runs no hook of the repository', async () => {
		const dir = await tempDir();
		git(dir, 'init', '-q');
		git(dir, 'config', 'user.name', 'tester');
		git(dir, 'config', 'user.email', 't@example.org');
		git(dir, 'commit', '-q', '--allow-empty', '-m', 'first');
		await writeFile(join(dir, '.git', 'hooks', 'reference-transaction'), `#!/bin/sh\ntouch '${dir}/ran'\n`, {
			mode: 0o755,
		});
		await appendGitNote(dir, [head]);
		await appendGitNote(dir, [{ ...head, seq: 9, closed: true }]);
		const lines = git(dir, 'notes', '--ref=mcp-firewall', 'show', 'HEAD').split('\n');
		const heads = lines.filter(line => line !== '').map(line => JSON.parse(line) as AnchoredHead);
		expect(heads).toEqual([head, { ...head, seq: 9, closed: true }]);
		await expect(stat(join(dir, 'ran'))).rejects.toThrow('ENOENT');
	});
});
