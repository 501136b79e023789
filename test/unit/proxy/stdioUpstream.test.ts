import { describe, expect, it } from 'vitest';
import { upstreamEnvironment } from '../../../src/proxy/upstream/environment';
import { listTools } from '../../../src/proxy/inspectServer';
import { resolveCommand } from '../../../src/proxy/upstream/resolveCommand';
import { signalTree } from '../../../src/proxy/upstream/processTree';
import { spawnPlan } from '../../../src/proxy/upstream/spawnPlan';
import { stripControls, StderrTail } from '../../../src/proxy/upstream/stderrTail';
import { StdioUpstream } from '../../../src/proxy/upstream/stdioUpstream';
import { AT_ONCE, type UpstreamEnd } from '../../../src/proxy/upstream/upstream';
import { contains, isAlive, ManualClock, misbehaving, realClock } from './support';

const clientInfo = { name: 'test', version: '1' };

async function run(mode: string, parentEnv?: Record<string, string>) {
	const upstream = new StdioUpstream(misbehaving(mode), realClock, parentEnv ?? process.env);
	const log: string[] = [];
	let firstLine: (line: string) => void = () => {};
	const said = new Promise<string>(resolve => (firstLine = resolve));
	upstream.onStderr(line => {
		log.push(line);
		firstLine(line);
	});
	let ended: (end: UpstreamEnd) => void = () => {};
	const end = new Promise<UpstreamEnd>(resolve => (ended = resolve));
	const ignore = () => {};
	let answered = ignore;
	const ready = new Promise<void>(resolve => (answered = () => resolve()));
	await upstream.start({
		line: () => {
			answered();
			return undefined;
		},
		oversize: ignore,
		oversizeEnd: ignore,
		runaway: ignore,
		end: ended,
	});
	if (mode !== 'die' && mode !== 'mute') {
		await upstream.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}'));
		await ready;
	}
	return { upstream, end, log, said };
}

describe('StdioUpstream', () => {
	it('PROTO-17: a command that does not exist is named', async () => {
		await expect(
			listTools(
				{ command: 'no-such-mcp-server', args: [], env: {} },
				{ clock: realClock, clientInfo },
				new AbortController().signal,
			),
		).rejects.toMatchObject({
			code: 'upstream-failed',
			message: contains('"no-such-mcp-server": not found in PATH'),
		});
		await expect(
			listTools(
				{ ...misbehaving(), cwd: '/no/such/folder' },
				{ clock: realClock, clientInfo },
				new AbortController().signal,
			),
		).rejects.toThrow('the folder /no/such/folder does not exist');
	});

	it('PROTO-17: the end of a server is told with its code', async () => {
		const { end } = await run('die');
		expect(await end).toEqual({ code: 3, stopped: false });
	});

	it('stops in good order when stdin closes', async () => {
		const { upstream, end } = await run('plain');
		await upstream.stop();
		expect(await end).toEqual({ code: 0, stopped: true });
		await expect(upstream.send(Buffer.from('{}'))).rejects.toMatchObject({ code: 'upstream-failed' });
	});

	it('PROTO-22: the emergency stop kills what does not listen, at once', async () => {
		const { upstream, end } = await run('deaf');
		const start = performance.now();
		await upstream.stop(AT_ONCE);
		expect(await end).toEqual({ signal: 'SIGKILL', stopped: true });
		expect(performance.now() - start).toBeLessThan(1500);
	});

	it('PROTO-22: what the server started dies with it', async () => {
		const { upstream, said } = await run('family');
		const pid = Number(/grandchild (\d+)/.exec(await said)?.[1]);
		expect(isAlive(pid)).toBe(true);
		await upstream.stop();
		// The orphan is reaped by init; until then it is a zombie.
		await expect.poll(() => isAlive(pid)).toBe(false);
	});

	it('PROTO-22: the ladder ends the whole tree of a server that listens to nothing', async () => {
		const { upstream, end, said } = await run('deaf');
		const pid = upstream.pid!;
		await upstream.stop({ afterClose: 20, afterTerm: 20 });
		expect(await end).toEqual({ signal: 'SIGKILL', stopped: true });
		expect(isAlive(pid)).toBe(false);
		await expect(Promise.race([said, Promise.resolve('nothing')])).resolves.toBe('nothing');
		// Nothing is left to be signalled, and its number may be somebody else's: more stops do nothing.
		await upstream.stop(AT_ONCE);
		signalTree(pid, 'SIGKILL');
	});

	it('a server that closes its output can never answer: it is ended, and what waits fails within a second', async () => {
		const { upstream, end } = await run('mute');
		const began = performance.now();
		expect(await end).toEqual({ signal: 'SIGKILL', stopped: false });
		expect(performance.now() - began).toBeLessThan(1500);
		await expect(upstream.send(Buffer.from('{}'))).rejects.toMatchObject({ code: 'upstream-failed' });
	});

	it('not covered, as documented: a daemon in a session of its own outlives its server', async () => {
		const daemon = `const c = require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { detached: true, stdio: 'ignore' });
			console.error('daemon ' + c.pid); process.stdin.resume().on('end', () => process.exit(0));`;
		const launch = { command: process.execPath, args: ['-e', daemon], env: {} };
		const upstream = new StdioUpstream(launch, realClock);
		const said = new Promise<string>(resolve => upstream.onStderr(resolve));
		const ignore = () => {};
		await upstream.start({
			line: () => undefined,
			oversize: ignore,
			oversizeEnd: ignore,
			runaway: ignore,
			end: ignore,
		});
		const pid = Number(/daemon (\d+)/.exec(await said)?.[1]);
		await upstream.stop();
		expect(isAlive(pid)).toBe(true);
		process.kill(pid, 'SIGKILL');
	});

	it('PROTO-21: the environment is allow-listed', async () => {
		const secrets = {
			AWS_SECRET_ACCESS_KEY: 'a',
			GITHUB_TOKEN: 'b',
			SSH_AUTH_SOCK: 'c',
			NODE_OPTIONS: '',
			LD_PRELOAD: '',
			// identity.md §6.1 #20: credentials of the caller, and keys of other servers.
			CAPISCIO_API_KEY: 'x',
			CAPISCIO_SERVER_PRIVATE_KEY_PEM: 'x',
		};
		const { upstream, said } = await run('env', { PATH: process.env.PATH!, HOME: '/h', LC_ALL: 'C', ...secrets });
		expect((await said).replace(/,?__CF[^,]*/, '')).toBe('env HOME,LC_ALL,PATH');
		await upstream.stop(AT_ONCE);
		const parent = {
			...secrets,
			ELECTRON_RUN_AS_NODE: '1',
			Path: 'C:\\x',
			SystemRoot: 'C:\\Windows',
			HOME: '() { :; }',
		};
		expect(upstreamEnvironment(parent, { GITHUB_TOKEN: 'given' }, 'linux')).toEqual({ GITHUB_TOKEN: 'given' });
		expect(upstreamEnvironment(parent, { PATH: 'D:\\y' }, 'win32')).toEqual({
			Path: 'D:\\y',
			SystemRoot: 'C:\\Windows',
		});
	});
});

describe('resolveCommand and spawnPlan', () => {
	it('never looks into relative PATH entries', async () => {
		const context = { cwd: process.cwd(), env: { PATH: `.:node_modules/.bin` }, platform: 'linux' as const };
		await expect(resolveCommand('mcp-server-everything', context)).rejects.toThrow('not found in PATH (0 folders)');
		expect(await resolveCommand('./node_modules/.bin/mcp-server-everything', context)).toMatch(/^\//);
	});

	it('runs batch files through cmd.exe with quoted parts, and refuses what quotes do not protect', () => {
		expect(spawnPlan('C:\\n\\npx.cmd', ['-y', 'a b', '&calc'], { ComSpec: 'C:\\cmd.exe' }, 'win32')).toEqual({
			file: 'C:\\cmd.exe',
			args: ['/d', '/s', '/v:off', '/c', '""C:\\n\\npx.cmd" "-y" "a b" "&calc""'],
			windowsVerbatimArguments: true,
		});
		for (const bad of ['"&calc', '%PATH%', 'a\nb', '!x!']) {
			expect(() => spawnPlan('x.bat', [bad], {}, 'win32')).toThrow('batch file');
		}
		expect(spawnPlan('/bin/x.cmd', ['"%'], {}, 'linux')).toMatchObject({ file: '/bin/x.cmd', args: ['"%'] });
	});
});

describe('Windows rules (pure: nothing of this can be run here)', () => {
	const lookUp = (command: string, files: readonly string[], env: Record<string, string> = {}, cwd = 'C:\\ws') => {
		const known = new Set(files.map(file => file.toLowerCase()));
		const context = { cwd, env: { Path: 'C:\\a;D:\\b', ...env }, platform: 'win32' as const };
		return resolveCommand(command, context, file => Promise.resolve(known.has(file.toLowerCase())));
	};

	it('looks a bare name up by PATHEXT, folder by folder, and never takes the script of another system', async () => {
		expect(await lookUp('npx', ['C:\\a\\npx', 'C:\\a\\npx.ps1', 'C:\\a\\npx.cmd', 'D:\\b\\npx.exe'])).toBe(
			'C:\\a\\npx.cmd',
		);
		expect(await lookUp('npx', ['C:\\a\\npx.cmd', 'C:\\a\\npx.exe'])).toBe('C:\\a\\npx.exe');
		expect(await lookUp('npx', ['C:\\a\\npx.cmd', 'C:\\a\\npx.exe'], { pathext: '.CMD;.EXE' })).toBe(
			'C:\\a\\npx.cmd',
		);
		await expect(lookUp('npx', ['C:\\a\\npx', 'C:\\a\\npx.ps1'])).rejects.toThrow('not found in PATH (2 folders)');
		expect(await lookUp('node.exe', ['C:\\a\\node.exe.cmd', 'D:\\b\\node.exe'])).toBe('D:\\b\\node.exe');
	});

	it('never searches the working directory, a relative entry or a drive’s current folder; quotes are no part of an entry', async () => {
		const here = ['C:\\ws\\npx.exe', 'C:\\ws\\bin\\npx.exe'];
		await expect(lookUp('npx', here, { Path: '.;bin;;C:bin;%X%' })).rejects.toThrow('(0 folders)');
		expect(await lookUp('npx', ['C:\\Program Files\\n\\npx.cmd'], { Path: '"C:\\Program Files\\n"' })).toBe(
			'C:\\Program Files\\n\\npx.cmd',
		);
	});

	it('takes a path as it stands: absolute, relative to the folder, UNC, with either slash', async () => {
		expect(await lookUp('C:\\t\\s.exe', ['C:\\t\\s.exe'])).toBe('C:\\t\\s.exe');
		expect(await lookUp('.\\bin\\s', ['C:\\ws\\bin\\s.cmd'])).toBe('C:\\ws\\bin\\s.cmd');
		expect(await lookUp('bin/s.exe', ['C:\\ws\\bin\\s.exe'])).toBe('C:\\ws\\bin\\s.exe');
		expect(await lookUp('\\\\srv\\share\\s', ['\\\\srv\\share\\s.exe'])).toBe('\\\\srv\\share\\s.exe');
		await expect(lookUp('C:\\t\\s.ps1', ['C:\\t\\s.ps1'])).rejects.toThrow('is not an executable file');
	});

	it('a batch file: backslashes at the end of a part stay with it, and a network folder is refused', () => {
		expect(spawnPlan('C:\\n\\npx.CMD', ['C:\\dir\\', 'D:\\\\', 'x'], {}, 'win32', 'C:\\ws').args.at(-1)).toBe(
			'""C:\\n\\npx.CMD" "C:\\dir\\\\" "D:\\\\\\\\" "x""',
		);
		for (const cwd of ['\\\\srv\\share\\ws', '//srv/share']) {
			expect(() => spawnPlan('C:\\n\\npx.cmd', [], {}, 'win32', cwd)).toThrow('network folder');
			expect(spawnPlan('C:\\n\\node.exe', ['a"b'], {}, 'win32', cwd)).toMatchObject({ args: ['a"b'] });
		}
	});
});

describe('StderrTail', () => {
	it('PROTO-18: strips escapes and controls', () => {
		expect(stripControls('\u001b[31mred\u001b[0m\u001b]0;title\u0007 a\u0000b\u202e\u200b\tc\u009b31m')).toBe(
			'red ab\tc31m',
		);
	});

	it('PROTO-18: tells so many lines per second and keeps a bounded tail', () => {
		const clock = new ManualClock();
		const tail = new StderrTail(clock);
		const lines: string[] = [];
		clock.advance(5000);
		tail.onLine(line => lines.push(line));
		tail.push(Buffer.from(`${'x'.repeat(100_000)}\n`.repeat(300)));
		expect(lines).toHaveLength(100);
		expect(lines[0]).toHaveLength(2048);
		expect(tail.text().length).toBeLessThanOrEqual(64 * 1024);
		clock.advance(1000);
		tail.push(Buffer.from('again'));
		tail.end();
		expect(lines.slice(100)).toEqual(['… 200 more lines', 'again']);
	});
});

describe('listTools', () => {
	it('reads every page and stops the server', async () => {
		const surface = await listTools(misbehaving(), { clock: realClock, clientInfo }, new AbortController().signal);
		expect(surface.tools.map(tool => tool.name)).toEqual(['tool_0', 'tool_1', 'tool_2']);
		expect(surface).toMatchObject({ serverInfo: { name: 'misbehaving' }, instructions: 'Behave.' });
	});

	it('PROTO-17: says how a server ended, with its log as quoted text', async () => {
		await expect(
			listTools(misbehaving('die'), { clock: realClock, clientInfo }, new AbortController().signal),
		).rejects.toThrow(/The server ended\. Its log ends with: "no such database"|not running/);
	});

	it('gives up at its deadline and when aborted', async () => {
		const hanging = { command: process.execPath, args: ['-e', 'process.stdin.resume()'], env: {} };
		await expect(
			listTools(hanging, { clock: realClock, clientInfo, deadlineMs: 50 }, new AbortController().signal),
		).rejects.toMatchObject({ code: 'deadline-exceeded' });
		await expect(listTools(hanging, { clock: realClock, clientInfo }, AbortSignal.abort())).rejects.toMatchObject({
			code: 'aborted',
		});
	});
});
