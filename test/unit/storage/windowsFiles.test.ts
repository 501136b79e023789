import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { describe, expect, it, onTestFinished } from 'vitest';
import writeFileAtomic from 'write-file-atomic';
import { withFileLock } from '../../../src/storage/fileLock';
import { fileState } from '../../../src/storage/fileState';
import { pastBusy } from '../../../src/storage/pastBusy';
import { replaceFile } from '../../../src/storage/privateFile';
import { nodeSha256 } from '../../../src/storage/system';

async function folder(): Promise<string> {
	const made = await realpath(await mkdtemp(join(tmpdir(), 'mcp-firewall-windows-')));
	onTestFinished(() => rm(made, { recursive: true, force: true }));
	return made;
}

function refusal(code: string): NodeJS.ErrnoException {
	return Object.assign(new Error(`${code}: operation not permitted, rename`), { code });
}

/** Fails so often before it does its work. */
function failing<Args extends readonly unknown[], T>(times: number, code: string, work: (...args: Args) => Promise<T>) {
	let left = times;
	return (...args: Args): Promise<T> => (left-- > 0 ? Promise.reject(refusal(code)) : work(...args));
}

function host(platform: NodeJS.Platform) {
	const pauses: number[] = [];
	return { platform, pauses, pause: (ms: number) => Promise.resolve(pauses.push(ms)) };
}

describe('a file that is in use on Windows for a moment', () => {
	it.each(['EPERM', 'EACCES', 'EBUSY'])('%s: it is replaced a little later, whole', async code => {
		const file = join(await folder(), 'registry.json');
		await writeFile(file, 'before');
		const here = host('win32');
		const write = failing(3, code, writeFileAtomic as unknown as (...args: unknown[]) => Promise<void>);
		await replaceFile(file, 'after', 0o600, write as unknown as typeof writeFileAtomic, here);
		expect(await readFile(file, 'utf8')).toBe('after');
		expect(here.pauses).toEqual([5, 10, 20]);
	});

	it('one that stays in use is given up in less than a second, with the system’s own error', async () => {
		const here = host('win32');
		await expect(pastBusy(() => Promise.reject(refusal('EPERM')), here)).rejects.toThrow('EPERM');
		const waited = here.pauses.reduce((sum, ms) => sum + ms, 0);
		expect(waited).toBeGreaterThan(300);
		expect(waited).toBeLessThan(1000);
	});

	it.each([
		['win32', 'ENOSPC'],
		['linux', 'EPERM'],
		['darwin', 'EACCES'],
	] as const)('on %s, %s is told at once', async (platform, code) => {
		const here = host(platform);
		await expect(pastBusy(() => Promise.reject(refusal(code)), here)).rejects.toThrow(code);
		expect(here.pauses).toEqual([]);
	});
});

describe('a lock whose folder is just being removed', () => {
	const locking = (times: number) =>
		failing(times, 'EPERM', lock as unknown as (...args: unknown[]) => Promise<() => Promise<void>>) as typeof lock;

	it('is asked for again on Windows', async () => {
		const file = join(await folder(), 'registry.json');
		const outcome = await withFileLock(file, () => Promise.resolve(1), 2_000, {
			platform: 'win32',
			lock: locking(2),
		});
		expect(outcome).toEqual({ kind: 'ran', value: 1 });
	});

	it('is a problem at once elsewhere, and on Windows where it stays so', async () => {
		const file = join(await folder(), 'registry.json');
		for (const platform of ['linux', 'win32'] as const) {
			const outcome = await withFileLock(file, () => Promise.resolve(1), 20, {
				platform,
				lock: locking(platform === 'linux' ? 1 : 1e9),
			});
			expect(outcome).toMatchObject({ kind: 'problem', problem: expect.stringContaining('EPERM') as unknown });
		}
	});
});

describe('A7: a file that was named in another case than it lies on the disk', () => {
	const never = new AbortController().signal;

	it.each([
		['win32', nodeSha256('x')],
		['darwin', nodeSha256('x')],
		['linux', 'unread'],
	] as const)('%s', async (platform, expected) => {
		const file = join(await folder(), 'New.txt');
		await writeFile(file, 'x');
		const real = () => Promise.resolve(file.replace('New.txt', 'NEW.txt'));
		expect(await fileState(file, never, { platform, realpath: real })).toBe(expected);
	});

	it('is not read where it lies elsewhere by a link', async () => {
		const file = join(await folder(), 'a');
		await writeFile(file, 'x');
		for (const platform of ['win32', 'darwin'] as const) {
			const elsewhere = () => Promise.resolve('/elsewhere/a');
			expect(await fileState(file, never, { platform, realpath: elsewhere })).toBe('unread');
		}
	});
});
