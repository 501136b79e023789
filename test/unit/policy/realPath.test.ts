import {
	linkSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samePathFacts } from '../../../src/domain/policy/pathReach';
import { collectPathFacts } from '../../../src/firewall/pathFacts';
import { parseMountPoints, realPathResolver } from '../../../src/storage/realPath';
import { HOST, read, verdictOf, write } from './support';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'the paths and the host are those of POSIX');
const noLinux = lacks('linux', 'mounts, and /proc as a file system of its own');

let base: string;
beforeAll(() => {
	base = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-firewall-')));
	for (const folder of ['ws/sub', 'outside/deep']) {
		mkdirSync(join(base, folder), { recursive: true });
	}
	writeFileSync(join(base, 'ws/file'), '');
	writeFileSync(join(base, 'outside/secret'), '');
	linkSync(join(base, 'outside/secret'), join(base, 'ws/hard'));
	symlinkSync(join(base, 'outside'), join(base, 'ws/link'));
	symlinkSync('../outside/deep', join(base, 'ws/deep'));
	symlinkSync('../outside/new/file', join(base, 'ws/dangling'));
	symlinkSync('loop', join(base, 'ws/loop'));
	symlinkSync(join(base, 'ws'), join(base, 'alias'));
});
afterAll(() => {
	rmSync(base, { recursive: true });
});

describe.skipIf(noPosix)('realPathResolver', () => {
	const real = async (path: string) => (await realPathResolver.realPath(join(base, path)))?.slice(base.length);
	it.each([
		['a loop', 'ws/loop', undefined],
		['something below a loop', 'ws/loop/x', undefined],
		['a file', 'ws/file', '/ws/file'],
		['PATH-07 a link', 'ws/link/secret', '/outside/secret'],
		['PATH-08 a new file below a link', 'ws/link/a/b', '/outside/a/b'],
		['a dangling link', 'ws/dangling', '/outside/new/file'],
		['something below a dangling link', 'ws/dangling/x', '/outside/new/file/x'],
		['something below a file', 'ws/file/x', '/ws/file/x'],
		['what is not there', 'no/such', '/no/such'],
	])('%s', async (_title, path, expected) => {
		expect(await real(path)).toBe(expected);
	});
	it('cannot tell for what is no absolute path, too long, or holds NUL', async () => {
		for (const path of ['relative', '/a\0b', `/${'a'.repeat(300)}`]) {
			expect(await realPathResolver.realPath(path)).toBeUndefined();
		}
	});
	it('PATH-07 on a real disk: links out of the workspace are denied, also through `link/..`', async () => {
		const policy =
			'allow:\n  - {capability: filesystem.read, path_prefix: "${workspaceFolder}"}\n  - {capability: filesystem.write, path_prefix: "${workspaceFolder}"}\n';
		const more = { host: { ...HOST, workspaceFolders: [join(base, 'ws')] }, resolver: realPathResolver };
		const effect = async (call: ReturnType<typeof read>) => (await verdictOf(policy, call)).effect;
		expect(await effect(read(join(base, 'ws/file'), more))).toBe('allow');
		expect(await effect(write(join(base, 'ws/sub/new'), more))).toBe('allow');
		expect(await effect(read(join(base, 'alias/file'), more))).toBe('deny');
		for (const path of ['ws/link/secret', 'ws/deep', 'ws/dangling', 'ws/loop', 'ws/link/new/x']) {
			expect(await effect(write(join(base, path), more)), path).toBe('deny');
		}
		expect(await effect(read(`${base}/ws/deep/../secret`, more))).toBe('deny');
	});
	it('a workspace that is itself reached by a link is the same workspace', async () => {
		const policy = 'allow:\n  - {capability: filesystem.read, path_prefix: "${workspaceFolder}"}\n';
		const more = { host: { ...HOST, workspaceFolders: [join(base, 'alias')] }, resolver: realPathResolver };
		expect((await verdictOf(policy, read(join(base, 'ws/file'), more))).effect).toBe('allow');
		expect((await verdictOf(policy, read(join(base, 'alias/file'), more))).effect).toBe('allow');
	});
});

describe.skipIf(noPosix)('what the disk knows of a path', () => {
	const identify = async (path: string) => {
		const real = await realPathResolver.realPath(path);
		return real === undefined ? undefined : realPathResolver.identify?.(real);
	};
	it('kind, names and device, through links', async () => {
		expect(await identify(join(base, 'ws/file'))).toMatchObject({ kind: 'file', links: 1 });
		expect(await identify(join(base, 'ws'))).toMatchObject({ kind: 'directory' });
		expect(await identify(join(base, 'ws/hard'))).toMatchObject({ kind: 'file', links: 2 });
		expect(await identify(join(base, 'ws/link/secret'))).toMatchObject({ kind: 'file', links: 2 });
		const { device } = (await identify(base))!;
		for (const path of ['ws/no/such', 'ws/dangling', 'ws/link/x']) {
			expect(await identify(join(base, path)), path).toEqual({ kind: 'missing', links: 0, device });
		}
		for (const path of ['relative', join(base, 'ws/loop'), '/a\0b']) {
			expect(await identify(path)).toBeUndefined();
		}
	});
	it.skipIf(noLinux)('another file system has another device', async () => {
		expect((await identify('/proc'))?.device).not.toBe((await identify('/'))?.device);
	});
	it('PATH-08 a bind mount of the same device counts as another', () => {
		const text =
			'22 1 8:1 / / rw - ext4 /dev/sda1 rw\n90 22 8:1 /home/u /ws/a\\040b rw shared:1 - ext4 /dev/sda1 rw\n\nbroken\n';
		expect(parseMountPoints(text)).toEqual(['/', '/ws/a b']);
		expect(parseMountPoints('')).toEqual([]);
		if (!noLinux) {
			expect(parseMountPoints(readFileSync('/proc/self/mountinfo', 'utf8'))).toContain('/');
		}
	});
	const facts = async (path: string) =>
		(
			await collectPathFacts(
				{ path: join(base, path) },
				undefined,
				[],
				{ ...HOST, workspaceFolders: [join(base, 'ws')] },
				realPathResolver,
			)
		).paths;
	it('PATH-08 a hard link to a file outside is asked for', async () => {
		const policy = 'allow:\n  - {capability: filesystem.*, path_prefix: "${workspaceFolder}"}\n';
		const more = { host: { ...HOST, workspaceFolders: [join(base, 'ws')] }, resolver: realPathResolver };
		for (const call of [read(join(base, 'ws/hard'), more), write(join(base, 'ws/hard'), more)]) {
			expect(await verdictOf(policy, call)).toMatchObject({
				effect: 'require_approval',
				reason: 'hard_linked_path',
			});
		}
		expect((await facts('ws/file'))[0]?.flags).toBeUndefined();
		expect((await facts('ws/hard'))[0]?.flags).toEqual({ hardLinked: true });
	});
	it('PATH-07 a link that is swapped on the disk is seen by a second look', async () => {
		const swapped = join(base, 'ws/swapped');
		symlinkSync(join(base, 'ws/sub'), swapped);
		const before = await facts('ws/swapped/x');
		expect(samePathFacts(before, await facts('ws/swapped/x'))).toBe(true);
		rmSync(swapped);
		symlinkSync(join(base, 'outside'), swapped);
		expect(samePathFacts(before, await facts('ws/swapped/x'))).toBe(false);
	});
});
