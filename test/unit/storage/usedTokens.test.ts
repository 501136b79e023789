import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { UsedTokenFile, usedTokensHere } from '../../../src/storage/usedTokens';
import { tempDir } from '../support/auditRecords';
import { expectMode } from '../support/machine';

const NOW = 1_790_000_000;

async function aFile(now = () => NOW) {
	const folder = await tempDir();
	const file = join(folder, 'own', 'used-tokens.json');
	return { file, used: new UsedTokenFile(file, now), again: () => new UsedTokenFile(file, now) };
}

describe('tokens that were used', () => {
	it('are taken once, also after a restart', async () => {
		const { used, again, file } = await aFile();
		expect(await used.take('a', NOW + 300)).toEqual({ kind: 'taken' });
		expect(await used.take('a', NOW + 300)).toEqual({ kind: 'used' });
		expect(await again().take('a', NOW + 900)).toEqual({ kind: 'used' });
		expect(await again().take('b', NOW + 300)).toEqual({ kind: 'taken' });
		expectMode(file, 0o600);
	});

	it('are taken by one of many that ask at the same time', async () => {
		const { again } = await aFile();
		const outcomes = await Promise.all(Array.from({ length: 8 }, () => again().take('a', NOW + 300)));
		expect(outcomes.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
		expect(outcomes.filter(({ kind }) => kind === 'used')).toHaveLength(7);
	});

	it.each([
		['no JSON', 'x'],
		['cut off', '{"v":1,"used":[{"jti":"a"'],
		['empty', ''],
		['of another version', '{"v":2,"used":[]}'],
		['with something else in it', '{"v":1,"used":[7]}'],
		['with a member twice', '{"v":1,"used":[],"used":[]}'],
		['too large', `{"v":1,"used":[]}${' '.repeat(4 * 1024 * 1024)}`],
	])('in a file that is %s: nothing is taken, and it stays as it is', async (_, text) => {
		const { file, used } = await aFile();
		await mkdir(join(file, '..'));
		await writeFile(file, text);
		expect((await used.take('a', NOW + 300)).kind).toBe('trouble');
		expect(await readFile(file, 'utf8')).toBe(text);
	});

	it('where the file is a folder, or nobody can write: nothing is taken', async () => {
		const { file, used } = await aFile();
		await mkdir(file, { recursive: true });
		expect((await used.take('a', NOW + 300)).kind).toBe('trouble');
		const plain = await tempDir();
		await writeFile(join(plain, 'own'), '');
		expect((await new UsedTokenFile(join(plain, 'own', 'x.json'), () => NOW).take('a', NOW)).kind).toBe('trouble');
		await chmod(plain, 0o700);
	});

	it('are remembered whatever the clock says: one that is set ahead and back again brings none to life', async () => {
		let now = NOW;
		const { used } = await aFile(() => now);
		await used.take('a', NOW + 300);
		now = NOW + 29 * 86_400;
		await used.take('b', now + 300);
		now = NOW;
		expect(await used.take('a', NOW + 300)).toEqual({ kind: 'used' });
		now = NOW + 400 * 86_400;
		await used.take('c', now + 300);
		now = NOW;
		expect(await used.take('a', NOW + 300)).toEqual({ kind: 'used' });
	});

	it('are forgotten 30 days after their end where there are too many, and not before', async () => {
		let now = NOW;
		const { used, file } = await aFile(() => now);
		await used.take('a', NOW + 300);
		const many = Array.from({ length: 2_000 }, (_, at) => ({
			exp: NOW + 300,
			jti: `${'é'.repeat(250)}${String(at)}`,
		}));
		await writeFile(file, JSON.stringify({ used: many, v: 1 }));
		expect(await used.take('b', NOW + 300)).toEqual({ kind: 'trouble', why: 'too many were used' });
		now = NOW + 31 * 86_400;
		expect(await used.take('b', now + 300)).toEqual({ kind: 'taken' });
		expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ used: [{ exp: now + 300, jti: 'b' }], v: 1 });
	});

	it('leave no lock and no half file behind', async () => {
		const { file, used } = await aFile();
		await used.take('a', NOW + 300);
		expect(await readdir(join(file, '..'))).toEqual(['used-tokens.json']);
	});
});

describe('on one machine', () => {
	async function atHome(): Promise<void> {
		const home = await tempDir();
		['HOME', 'USERPROFILE'].forEach(name => vi.stubEnv(name, home));
	}

	it('a token that a gateway used is used in the editor too, whatever their data directories, and the other way round', async () => {
		await atHome();
		const [editor, gateway] = [usedTokensHere(() => NOW * 1000), usedTokensHere(() => NOW * 1000)];
		expect(await gateway.take('a', NOW + 300)).toEqual({ kind: 'taken' });
		expect(await editor.take('a', NOW + 300)).toEqual({ kind: 'used' });
		expect(await editor.take('b', NOW + 300)).toEqual({ kind: 'taken' });
		expect(await gateway.take('b', NOW + 300)).toEqual({ kind: 'used' });
	});

	it('of two windows that race for one token one gets it', async () => {
		await atHome();
		const taken = await Promise.all([1, 2].map(() => usedTokensHere(() => NOW * 1000).take('a', NOW + 300)));
		expect(taken.map(({ kind }) => kind).sort()).toEqual(['taken', 'used']);
	});

	it('no product code keeps them anywhere else', async () => {
		const sources = await Promise.all(
			['src/cli/decisionOptions.ts', 'src/vscode/breakGlassRoom.ts'].map(file => readFile(file, 'utf8')),
		);
		sources.forEach(text => {
			expect(text).toContain('usedTokensHere(');
			expect(text).not.toContain('new UsedTokenFile(');
		});
	});
});
