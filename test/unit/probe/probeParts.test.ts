import { connect, createServer } from 'node:net';
import { link, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleArguments } from '../../../src/domain/probe/sampleArguments';
import { type StdioLaunch } from '../../../src/domain/registry/launch';
import { readLsof, readPs } from '../../../src/proxy/probe/lsofText';
import { LsofWatch } from '../../../src/proxy/probe/lsofWatch';
import { probeLaunch } from '../../../src/proxy/probe/probeLaunch';
import { readProcSockets, readProcStat } from '../../../src/proxy/probe/procText';
import { watchProcesses } from '../../../src/proxy/probe/watchProcesses';
import { type Scratch } from '../../../src/proxy/probe/scratch';
import { Sink } from '../../../src/proxy/probe/sink';
import { compareSnapshots, takeSnapshot } from '../../../src/proxy/probe/snapshot';
import { silentLogger } from '../../../src/base/logger';
import { ProbeFile } from '../../../src/storage/probeFile';
import { realClock } from '../proxy/support';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'lsof, and the paths of POSIX');
const noLinks = lacks('links', 'a link is made');

let folder: string;
beforeEach(async () => {
	folder = await realpath(await mkdtemp(join(tmpdir(), 'mf-parts-')));
});
afterEach(async () => {
	await rm(folder, { recursive: true });
});

describe('/proc and lsof, as they write', () => {
	it('a process whose name holds brackets and blanks', () => {
		const text = '42 (evil) 1 2) S 7 42 42 0 -1 0 10 25 0 0 1 1 0 0 20 0 1 0 9876 1 1';
		expect(readProcStat(text)).toEqual({ parent: 7, group: 42, started: '9876', childFaults: 25 });
		expect(readProcStat('')).toBeUndefined();
	});

	it('IPv4, IPv6 and IPv4 in IPv6, connected and listening', () => {
		const text = [
			'  sl  local_address rem_address   st',
			'   0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 1000 0 111 1',
			'   1: 0A00000A:C000 070071CB:01BB 01 0:0 00:0 0 1000 0 222 1',
			'   2: 0000000000000000FFFF00000100007F:1234 0000000000000000FFFF0000070071CB:0050 01 0:0 00:0 0 0 0 333 1',
			'   3: 00000000000000000000000000000000:1F91 B80D0120000000000000000001000000:01BB 02 0:0 00:0 0 0 0 444 1',
			'  broken',
		].join('\n');
		expect(readProcSockets(text).map(({ inode, listening, remote }) => [inode, listening, remote])).toEqual([
			['111', true, { host: '0.0.0.0', port: 0 }],
			['222', false, { host: '203.113.0.7', port: 443 }],
			['333', false, { host: '203.113.0.7', port: 80 }],
			['444', false, { host: '2001:db8::1', port: 443 }],
		]);
	});

	it('ps and lsof', () => {
		expect(readPs('  1   0   1 /sbin/launchd\n 99  1 99 /Applications/My App.app/x\nnonsense\n')).toEqual([
			{ pid: 1, parent: 0, group: 1, program: '/sbin/launchd' },
			{ pid: 99, parent: 1, group: 99, program: '/Applications/My App.app/x' },
		]);
		const text =
			'p9\nf3\nn127.0.0.1:5->1.2.3.4:443\nTST=ESTABLISHED\nTQR=0\nf4\nn*:8080\nTST=LISTEN\nf5\nn*:*\nf6\nn[::1]:1->[2001:db8::1]:22\nTST=SYN_SENT\n';
		expect(readLsof(text).map(({ kind, host, port }) => `${kind} ${host} ${String(port)}`)).toEqual([
			...['direct 1.2.3.4 443', 'listening * 8080', 'direct 2001:db8::1 22'],
		]);
	});

	it.skipIf(noPosix)('lsof tells of a port of a real process', async () => {
		const server = createServer().listen(0, '127.0.0.1');
		await new Promise(resolve => server.once('listening', resolve));
		const { port } = server.address() as { port: number };
		const watch = new LsofWatch({ clock: realClock, rootPid: () => process.pid, mark: 'NONE=1', sinkPort: 0 });
		const { connections } = await watch.drain();
		await watch.close();
		server.close();
		expect(connections).toContainEqual({ kind: 'listening', host: '127.0.0.1', port });
	});

	it('where nobody can look, that is said', async () => {
		const watch = await watchProcesses('win32', { clock: realClock, rootPid: () => 1, mark: 'A=1', sinkPort: 0 });
		expect(await watch.drain()).toEqual({ connections: [], children: [] });
		expect(watch.blind.join(' ')).toContain('not observed on this system');
		await watch.close();
	});
});

describe('the sink lets nothing through and writes down where a program wanted to go', () => {
	async function send(text: string): Promise<{ answer: string; seen: unknown }> {
		const sink = await Sink.open('marked-value');
		const answer = await new Promise<string>(resolve => {
			let all = '';
			const socket = connect({ host: '127.0.0.1', port: sink.port }, () => socket.end(text));
			socket.on('data', chunk => (all += chunk.toString())).on('close', () => resolve(all));
		});
		const seen = sink.drain();
		expect(sink.drain()).toEqual([]);
		sink.close();
		return { answer, seen };
	}

	it.each([
		['CONNECT api.example:443 HTTP/1.1\r\nHost: api.example\r\n\r\n', { host: 'api.example', port: 443 }],
		['CONNECT [2001:db8::1]:8443 HTTP/1.1\r\n\r\n', { host: '2001:db8::1', port: 8443 }],
		['GET http://plain.example/x HTTP/1.1\r\n\r\n', { host: 'plain.example', port: 80 }],
		[
			'POST http://x.example:81/ HTTP/1.1\r\nContent-Length: 12\r\n\r\nmarked-value',
			{ host: 'x.example', port: 81, leaked: true },
		],
		['GET http://q.example/?k=marked-value HTTP/1.1\r\n\r\n', { host: 'q.example', port: 80, leaked: true }],
	])('%j', async (text, expected) => {
		const { answer, seen } = await send(text);
		expect(answer).toMatch(/^HTTP\/1\.1 502 /);
		expect(seen).toEqual([{ kind: 'proxied', ...expected }]);
	});

	it('what is no request is a connection all the same', async () => {
		const { seen } = await send('\x16\x03\x01 marked-value');
		expect(seen).toMatchObject([{ kind: 'proxied', host: '127.0.0.1', leaked: true }]);
	});
});

describe('snapshots', () => {
	const look = () => takeSnapshot(folder, { digests: true, maxFiles: 100 });

	it.skipIf(noLinks)('tell what was written, moved, deleted and linked, and follow no link', async () => {
		await mkdir(join(folder, 'sub'));
		await writeFile(join(folder, 'same.txt'), 'same');
		await writeFile(join(folder, 'changed.txt'), 'aaaa');
		await writeFile(join(folder, 'moved.txt'), 'moved');
		await writeFile(join(folder, 'gone.txt'), 'gone');
		await symlink('/etc', join(folder, 'out'));
		const before = await look();
		await writeFile(join(folder, 'changed.txt'), 'bbbb');
		await rename(join(folder, 'moved.txt'), join(folder, 'sub', 'there.txt'));
		await rm(join(folder, 'gone.txt'));
		await link(join(folder, 'same.txt'), join(folder, 'hard.txt'));
		await mkdir(join(folder, 'new'));
		const after = await look();
		expect(
			compareSnapshots(before, after)
				.filter(({ path }) => path !== 'same.txt')
				.map(({ kind, path }) => `${kind} ${path}`)
				.sort(),
		).toEqual([
			...['deleted gone.txt', 'moved sub/there.txt', 'written changed.txt', 'written hard.txt', 'written new/'],
		]);
		expect([...after.files.keys()].some(path => path.startsWith('out/'))).toBe(false);
		expect(compareSnapshots(after, await look())).toEqual([]);
	});

	it('too many files are not looked at, and that is known', async () => {
		for (let index = 0; index < 5; index++) {
			await writeFile(join(folder, String(index)), '');
		}
		expect(await takeSnapshot(folder, { digests: false, maxFiles: 3 })).toMatchObject({ whole: false });
	});
});

describe('the launch of a probe', () => {
	const scratch: Scratch = {
		...{
			root: '/s',
			workspace: '/s/workspace',
			home: '/s/home',
			temporary: '/s/tmp',
			file: '/s/workspace/notes.txt',
		},
		...{ canary: 'canary', remove: () => Promise.resolve() },
	};
	const kinds: Record<string, 'file' | 'folder'> = {
		'/real/server.js': 'file',
		'/real/project': 'folder',
		'/real/data.db': 'file',
		'/ws/local.mjs': 'file',
	};
	const of = (
		launch: Partial<StdioLaunch>,
		machine: { readonly platform?: NodeJS.Platform; readonly env?: Readonly<Record<string, string>> } = {},
	) =>
		probeLaunch(
			{ kind: 'stdio', command: 'node', args: [], env: [], ...launch },
			{
				real: {
					workspaceFolder: '/ws',
					userHome: '/home/dev',
					env: { HOME: '/home/dev', SECRET: 'real-secret', ...machine.env },
				},
				...{ scratch, proxy: 'http://127.0.0.1:9', mark: 'MARK=1', platform: machine.platform ?? 'linux' },
				kindOf: path => kinds[path] ?? 'nothing',
			},
		);

	it.skipIf(noPosix).each([
		[
			['/real/server.js', '/real/project'],
			['/real/server.js', '/s/workspace'],
		],
		[
			['local.mjs', '--db=/real/data.db'],
			['/ws/local.mjs', '--db=/s/workspace/data.db'],
		],
		[
			['--root=${workspaceFolder}', '${userHome}/notes'],
			['--root=/s/workspace', '/s/home/notes'],
		],
		[
			['--token=${env:SECRET}', '${credential:arg1}'],
			['--token=canary', 'canary'],
		],
		[
			['--directory', '/real/project', 'run'],
			['--directory', '/real/project', 'run'],
		],
		[['/etc/passwd'], ['/s/workspace/passwd']],
	])('%j becomes %j', (args, expected) => {
		expect(of({ args })).toMatchObject({ args: expected, cwd: '/s/workspace' });
	});

	it.each([
		['win32', { LOCALAPPDATA: '/l' }, { npm_config_cache: join('/l', 'npm-cache'), UV_CACHE_DIR: '/l\\uv\\cache' }],
		['linux', { XDG_CACHE_HOME: '/c' }, { npm_config_cache: join('/home/dev', '.npm'), UV_CACHE_DIR: '/c/uv' }],
		[
			'darwin',
			{ HOME: '/theirs' },
			{ npm_config_cache: join('/home/dev', '.npm'), UV_CACHE_DIR: '/theirs/.cache/uv' },
		],
		['win32', { UV_CACHE_DIR: '/u', npm_config_cache: '/n' }, { npm_config_cache: '/n', UV_CACHE_DIR: '/u' }],
	] as const)('a package runner finds what it has fetched before: %s, %j', (platform, env, caches) => {
		expect(of({}, { platform, env })).toMatchObject({ env: caches });
	});

	it('C9: variables get marked values; PATH and what loads code stays as it is', () => {
		const launch = of({ env: ['GITHUB_TOKEN', 'MEMORY_FILE_PATH', 'API_URL', 'PATH', 'HOME'] });
		expect(launch).toMatchObject({
			env: {
				GITHUB_TOKEN: 'canary',
				API_URL: 'https://probe.invalid/',
				HOME: '/s/home',
				HTTPS_PROXY: 'http://127.0.0.1:9',
			},
		});
		expect(JSON.stringify(launch)).not.toContain('real-secret');
		expect('env' in launch && 'PATH' in launch.env).toBe(false);
		expect('env' in launch && launch.env.MEMORY_FILE_PATH?.startsWith('/s/')).toBe(true);
	});

	it.each(['docker', '/usr/bin/podman', 'ssh'])('%s runs its server out of sight', command => {
		expect(of({ command })).toMatchObject({ problem: expect.stringContaining('out of sight') as unknown });
	});
});

describe('sample arguments', () => {
	const world = { folder: '/w', file: '/w/notes.txt', newFile: '/w/new.txt', url: 'http://probe.invalid/' };
	const of = (properties: object, writes = false) =>
		sampleArguments({ type: 'object', properties, required: Object.keys(properties) } as never, world, writes);

	it('are paths of the probe, addresses that lead nowhere, and the least that a schema takes', () => {
		const text = { type: 'string' };
		expect(
			of({
				...{ path: text, directory: text, url: text, destination: text, query: text },
				...{ count: { type: 'integer', minimum: 3 }, mode: { enum: ['a', 'b'] }, deep: { type: 'boolean' } },
				paths: { type: 'array', items: text },
			}),
		).toEqual({
			...{ path: '/w/notes.txt', directory: '/w', url: 'http://probe.invalid/', destination: '/w/new.txt' },
			...{ query: 'probe', count: 3, mode: 'a', deep: false, paths: ['/w/notes.txt'] },
		});
		expect(of({ path: text }, true)).toEqual({ path: '/w/new.txt' });
	});

	it('a schema that nests without end, or names what objects inherit, does no harm', () => {
		const schema: Record<string, unknown> = { type: 'array' };
		schema.items = schema;
		expect(JSON.stringify(of({ list: schema }))).toBe('{"list":[[[[[]]]]]}');
		expect(sampleArguments({ required: ['__proto__', 'toString'] }, world, false)).toMatchObject({
			toString: 'probe',
		});
		expect(sampleArguments(undefined, world, false)).toEqual({});
	});
});

describe('the stored probe of a server', () => {
	const report = { at: '2026-01-01T00:00:00.000Z', blind: [], steps: [] };

	it('is kept by server, and is nothing where it is damaged, of another server or missing', async () => {
		const warnings: string[] = [];
		const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
		const file = new ProbeFile(folder, logger);
		expect(await file.probeOf('abc')).toBeUndefined();
		expect(warnings).toEqual([]);
		await file.save('abc', report);
		expect(await file.probeOf('abc')).toEqual({ report, mismatches: [] });
		await rename(join(folder, 'abc.json'), join(folder, 'def.json'));
		expect(await file.probeOf('def')).toBeUndefined();
		await writeFile(join(folder, 'abc.json'), '{"version":1');
		expect(await file.probeOf('abc')).toBeUndefined();
		expect(warnings).toHaveLength(2);
		await file.drop('abc');
		await expect(file.save('../evil', report)).rejects.toThrow('names no file');
	});
});
