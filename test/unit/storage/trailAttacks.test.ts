import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AnchoredHead } from '../../../src/domain/audit/checkpoint';
import { exportTrail } from '../../../src/storage/exportTrail';
import { appendGitNote } from '../../../src/storage/gitNote';
import { anchorsBeside, readAnchors, readGitNotes, readPublicKey } from '../../../src/storage/verifyInputs';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { aRecord, randomIds, tempDir } from '../support/auditRecords';
import { aSigner } from '../support/trailKey';
import { StreamMaker, writeTrail } from '../support/trailMaker';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'what git would start is a shell script, and named pipes lie in folders');

const head: AnchoredHead = {
	...{ stream: randomIds.uuid(), segment: 1, seq: 7, hash: 'a'.repeat(64), key: 'b'.repeat(16) },
	at: '2026-10-01T12:00:00.000Z',
};

function git(dir: string, ...args: readonly string[]): string {
	return execFileSync('git', ['-C', dir, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

async function aRepository(): Promise<string> {
	const dir = await tempDir();
	git(dir, 'init', '-q');
	git(dir, 'config', 'user.name', 'tester');
	git(dir, 'config', 'user.email', 't@example.org');
	git(dir, 'commit', '-q', '--allow-empty', '-m', 'first');
	return dir;
}

/** A repository that lacks its note, and names a program that would fetch it. */
async function aTrap(): Promise<string> {
	const dir = await aRepository();
	await appendGitNote(dir, [head]);
	const note = git(dir, 'notes', '--ref=mcp-firewall', 'list').slice(0, 40);
	await rm(join(dir, '.git', 'objects', note.slice(0, 2), note.slice(2)));
	const settings = {
		'core.repositoryformatversion': '1',
		'extensions.partialClone': 'origin',
		'remote.origin.promisor': 'true',
		'remote.origin.url': dir,
		'remote.origin.uploadpack': `touch '${dir}/ran'; false`,
		'protocol.file.allow': 'always',
	};
	for (const [name, value] of Object.entries(settings)) {
		git(dir, 'config', name, value);
	}
	return dir;
}

describe.skipIf(noPosix)('a repository that somebody laid out for who asks git', () => {
	it('A4: reading its notes runs no program that it names for objects it lacks', async () => {
		const dir = await aTrap();
		await expect(readGitNotes(dir)).rejects.toMatchObject({ code: 'journal-unreadable' });
		await expect(stat(join(dir, 'ran'))).rejects.toThrow('ENOENT');
	});

	it('A4: neither does writing one', async () => {
		const dir = await aTrap();
		await appendGitNote(dir, [head]).catch(() => undefined);
		await expect(stat(join(dir, 'ran'))).rejects.toThrow('ENOENT');
	});

	it('is the one that was named, whatever GIT_DIR says', async () => {
		const [dir, other] = [await aRepository(), await aRepository()];
		vi.stubEnv('GIT_DIR', join(other, '.git'));
		await appendGitNote(dir, [head]);
		expect(await readGitNotes(dir)).toMatchObject({ heads: [head], unreadable: [] });
		vi.unstubAllEnvs();
		expect(git(other, 'notes', '--ref=mcp-firewall', 'list')).toBe('');
	});
});

describe.skipIf(noPosix)('a data directory that somebody laid out for an auditor', () => {
	it('a pipe in the place of an anchor, of a key or of a segment makes nobody wait', async () => {
		const dir = await tempDir();
		const anchors = join(dir, 'anchors');
		await mkdir(anchors);
		execFileSync('mkfifo', [join(anchors, 'pipe.json'), join(dir, 'pipe.ndjson')]);
		await symlink(join(dir, 'nowhere'), join(anchors, 'link.json'));
		expect(await readAnchors(anchors)).toMatchObject({
			heads: [],
			unreadable: [join(anchors, 'link.json'), join(anchors, 'pipe.json')],
		});
		await expect(readPublicKey(join(anchors, 'pipe.json'))).rejects.toMatchObject({ code: 'usage' });
		expect(await verifyTrail(dir)).toMatchObject({ files: 0, entries: 0 });
	});

	it('AUD-05: the anchors are found from within the folder of the trail too', async () => {
		const dir = await tempDir();
		await mkdir(join(dir, 'anchors'));
		await mkdir(join(dir, 'trail'));
		const cwd = vi.spyOn(process, 'cwd').mockReturnValue(join(dir, 'trail'));
		onTestFinished(() => {
			cwd.mockRestore();
		});
		expect(await anchorsBeside('.')).toBe(join(dir, 'anchors'));
	});
});

describe('an entry whose hash was moved', () => {
	it('AUD-02: is altered, though the text that was hashed is the same', async () => {
		const stream = new StreamMaker({ signer: aSigner() });
		// An agent chooses its arguments: here they look like the place where the hash of an entry stands.
		const args = { a: 'x', id: '01900000-0000-7000-8000-000000000000', kind: 'call' };
		const record: Record<string, unknown> = { ...aRecord({ arguments: args }), findings: [] };
		delete record['from'];
		stream.add(record).checkpoint();
		const [file] = await writeTrail(await tempDir(), stream);
		const lines = (await readFile(file!, 'utf8')).split('\n');
		const at = lines.findIndex(line => line.includes('"arguments":{"a":"x"'));
		const [, member = ''] = /("hash":"[0-9a-f]{64}",)"id":/.exec(lines[at]!) ?? [];
		expect(member).not.toBe('');
		lines[at] = lines[at]!.replace(member, '').replace('{"a":"x",', `{"a":"x",${member}`);
		await writeFile(file!, lines.join('\n'));
		const { ok, breaks } = await verifyTrail(join(file!, '..'));
		expect({ ok, breaks }).toMatchObject({ ok: false, breaks: [{ file, line: at + 1 }] });
	});
});

describe('what stands beside a segment as the record of its removal', () => {
	it.each(['', '{}', '{"v":1}\n'])('AUD-02: is bad where it is none: %j', async text => {
		const stream = new StreamMaker({ signer: aSigner() }).add().checkpoint();
		const [file] = await writeTrail(await tempDir(), stream);
		await writeFile(`${file!}.removed`, text);
		const { breaks } = await verifyTrail(join(file!, '..'));
		expect(breaks).toMatchObject([{ file: `${file!}.removed`, line: 1, why: 'bad tombstone' }]);
	});
});

describe('an export in several files', () => {
	it('is not begun beside what would be taken for its second part, even where it may replace the first', async () => {
		const dir = await tempDir();
		await mkdir(join(dir, 'trail'));
		await writeFile(join(dir, 'x-2.sqlite'), 'mine');
		const options = { dir, filter: {}, format: 'sqlite', out: join(dir, 'x.sqlite'), overwrite: true } as const;
		await expect(exportTrail(options)).rejects.toMatchObject({
			code: 'export-failed',
			message: expect.stringContaining('x-2.sqlite is there') as string,
		});
		expect(await readFile(join(dir, 'x-2.sqlite'), 'utf8')).toBe('mine');
	});
});
