import { mkdtemp, mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchRoots } from '../../../src/domain/registry/launchName';
import { collectPathFacts } from '../../../src/firewall/pathFacts';
import { realPathResolver } from '../../../src/storage/realPath';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'the host of the policy is one of POSIX');

let folder: string;
const host = () => ({ workspaceFolders: [folder], platform: 'posix', caseInsensitivePaths: false }) as const;
const candidates = async (path: string, roots: readonly string[]) =>
	(await collectPathFacts({ path }, undefined, roots, host(), realPathResolver)).paths.flatMap(
		fact => fact.candidates,
	);

beforeAll(async () => {
	folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpfw-roots-')));
	await mkdir(join(folder, 'ws'));
	await writeFile(join(folder, 'ws', '.env'), 'SECRET=1');
	await symlink('.env', join(folder, 'ws', 'caf\u00e9.txt'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(noPosix)('relative paths', () => {
	it('PATH-12 count from every folder that the server may take them from', async () => {
		const found = await candidates('tax.txt', [join(folder, 'ws'), '/srv/private']);
		expect(found).toContain(join(folder, 'ws', 'tax.txt'));
		expect(found).toContain('/srv/private/tax.txt');
	});

	it('PATH-12 with no known folder cannot be judged', async () => {
		const { paths } = await collectPathFacts({ path: 'tax.txt' }, undefined, [], host(), realPathResolver);
		expect(paths[0]?.problem).toBe('no-root');
	});

	it('PATH-12 the folders that a launch names count, its own script does not', () => {
		const launch = { command: 'node', args: ['/opt/server/index.js', '--root=/srv/a', '/srv/private', 'relative'] };
		expect(launchRoots(launch, '/ws')).toEqual(['/ws', '/srv/a', '/srv/private']);
		expect(launchRoots({ command: '/opt/server', args: ['/srv/private'] }, '/ws')).toEqual(['/ws', '/srv/private']);
	});

	it('PATH-12 a pattern is no folder, but on Windows a single slash begins at the root of the drive', () => {
		const launch = { command: 'server', args: ['--pattern=\\.md$', '\\d+', 'C:a', '/docs'] };
		expect(launchRoots(launch, '/ws')).toEqual(['/ws', '/docs']);
		expect(launchRoots({ command: 'server', args: ['\\srv\\docs', '/docs', '\\\\host\\share'] }, 'D:\\ws')).toEqual(
			['D:\\ws', 'D:\\srv\\docs', 'D:/docs', '\\\\host\\share'],
		);
	});

	it('PATH-12 switches of cmd and the script behind it are no folders; what it would read otherwise stays', () => {
		const roots = (...args: string[]) => launchRoots({ command: 'C:\\Windows\\System32\\cmd.exe', args }, 'C:\\ws');
		expect(roots('/c', 'npx', '-y', 'server', 'C:\\docs')).toEqual(['C:\\ws', 'C:\\docs']);
		expect(roots('/d', '/s', '/c', 'node', 'C:\\server.js', 'C:\\docs')).toEqual(['C:\\ws', 'C:\\docs']);
		expect(roots('/c', 'npx', 'server', '&', 'evil')).toEqual(['C:\\ws', 'C:/c']);
		const elsewhere = { command: '/opt/cmd', args: ['/c', '/srv/private'] };
		expect(launchRoots(elsewhere, '/ws')).toEqual(['/ws', '/c', '/srv/private']);
	});
});

describe.skipIf(noPosix)('names in another Unicode form', () => {
	it.each(['cafe\u0301.txt', 'caf\u00e9.txt'])('PATH-10 %j leads where the equal name leads', async name => {
		expect(await candidates(join(folder, 'ws', name), [])).toContain(join(folder, 'ws', '.env'));
	});

	it('PATH-10 a compatibility letter is read as the letter that it stands for', async () => {
		expect(await candidates('/ws/\u212aeys/a.txt', [])).toContain('/ws/Keys/a.txt');
	});
});
