import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { guardPlan, OrphanGuard, taskkill } from '../../../src/proxy/upstream/orphanGuard';
import { isAlive, misbehaving } from './support';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'process groups, and a shell');
const noLinux = lacks('linux', 'groups are read from /proc');

/** Members of a process group that run; zombies do not. */
function members(group: number): number[] {
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.filter(pid => {
			try {
				const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
				const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
				return Number(pgrp) === group && state !== 'Z';
			} catch {
				return false;
			}
		})
		.map(Number);
}

const everything = { command: join(process.cwd(), 'node_modules/.bin/mcp-server-everything'), args: [] };
/** What npx looks like: a parent that waits for the real server. */
const wrapped = (launch: { command: string; args: readonly string[] }) => ({
	command: '/bin/sh',
	args: ['-c', '"$0" "$@"; exit 0', launch.command, ...launch.args],
});

const started: ChildProcess[] = [];
const groups: number[] = [];
afterEach(() => {
	started.splice(0).forEach(child => child.kill('SIGKILL'));
	groups.splice(0).forEach(group => members(group).forEach(pid => process.kill(pid, 'SIGKILL')));
});

describe.skipIf(noLinux)('kill -9 of the host (Linux: groups are read from /proc)', () => {
	let program: string;
	beforeAll(async () => {
		const built = await build({
			entryPoints: [join(import.meta.dirname, '..', 'support', 'orphanHost.ts')],
			bundle: true,
			platform: 'node',
			format: 'esm',
			write: false,
		});
		program = built.outputFiles[0]!.text;
	});

	async function host(launches: readonly object[]): Promise<{ child: ChildProcess; pids: number[] }> {
		const argv = ['--input-type=module', '-', JSON.stringify(launches)];
		const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
		started.push(child);
		child.stdin.end(program);
		const [line] = (await once(child.stdout, 'data')) as [Buffer];
		const pids = JSON.parse(line.toString()) as number[];
		groups.push(...pids);
		return { child, pids };
	}

	it('leaves no server behind: not one that ignores the end of its input and SIGTERM, nor what it started', async () => {
		const { child, pids } = await host([
			everything,
			wrapped(everything),
			misbehaving('deaf'),
			wrapped(misbehaving('deaf')),
			misbehaving('family'),
		]);
		expect(pids.map(pid => members(pid).length)).toEqual([1, 2, 1, 2, 2]);
		const killed = performance.now();
		child.kill('SIGKILL');
		await once(child, 'close');
		await expect.poll(() => pids.flatMap(members), { timeout: 5_000, interval: 50 }).toEqual([]);
		process.stdout.write(`all groups gone ${String(Math.round(performance.now() - killed))} ms after kill -9\n`);
	});

	it('a guard that somebody ended is started again and knows the servers', async () => {
		const { child, pids } = await host([wrapped(misbehaving('deaf'))]);
		const guardOf = () => {
			const own = readFileSync(`/proc/${String(child.pid)}/task/${String(child.pid)}/children`, 'utf8');
			return own
				.trim()
				.split(' ')
				.map(Number)
				.find(pid => !pids.includes(pid) && isAlive(pid));
		};
		const first = guardOf()!;
		process.kill(first, 'SIGKILL');
		await expect.poll(() => guardOf() !== undefined && guardOf() !== first).toBe(true);
		child.kill('SIGKILL');
		await expect.poll(() => pids.flatMap(members), { timeout: 5_000, interval: 50 }).toEqual([]);
	});
});

describe.skipIf(noPosix)('OrphanGuard (POSIX: process groups)', () => {
	const sleeper = () => {
		const child = spawn('/bin/sh', ['-c', 'sleep 600'], { detached: true, stdio: 'ignore' });
		started.push(child);
		groups.push(child.pid!);
		return child.pid!;
	};

	it('spares what it was told has ended, whose number may be somebody else’s, and whatever is no number', async () => {
		const [one, two] = [sleeper(), sleeper()];
		const plan = guardPlan('linux', process.execPath, {});
		const guard = spawn(plan.file, [...plan.args], { stdio: ['pipe', 'ignore', 'ignore'], env: plan.env });
		guard.stdin.end(`+${one}\n+${two}\n-${one}\n+1\n+0\n+-1\n+$(exit)\n+*\n\n-${one}${two}\n`);
		await once(guard, 'exit');
		expect([isAlive(one), isAlive(two)]).toEqual([true, false]);
	});

	it.skipIf(noLinux)(
		'survives the signals that end a login, and ends by itself when there is nothing to do',
		async () => {
			const guard = new OrphanGuard(guardPlan('linux', process.execPath, {}));
			guard.ready();
			const pid = guard.pid!;
			// Its shell has to have come as far as its first line.
			const status = () => readFileSync(`/proc/${String(pid)}/status`, 'utf8');
			const ignoring = () => (parseInt(/SigIgn:\s*([0-9a-f]+)/.exec(status())?.[1] ?? '0', 16) & 0x4000) !== 0;
			await expect.poll(ignoring, { interval: 5 }).toBe(true);
			(['SIGHUP', 'SIGINT', 'SIGTERM'] as const).forEach(signal => process.kill(pid, signal));
			const one = sleeper();
			guard.add(one);
			expect(isAlive(pid)).toBe(true);
			guard.remove(one);
			process.kill(pid, 'SIGKILL');
			await expect.poll(() => guard.pid).toBeUndefined();
			guard.add(one);
			expect(guard.pid).not.toBe(pid);
			process.kill(guard.pid!, 'SIGKILL');
		},
	);

	it('a guard that cannot be started ends nothing and is not tried for ever', async () => {
		const guard = new OrphanGuard({ file: '/no/such/shell', args: [], env: {} });
		guard.add(sleeper());
		await expect.poll(() => guard.pid).toBeUndefined();
		guard.add(sleeper());
		expect(groups.every(isAlive)).toBe(true);
	});
});

describe('the plan for Windows', () => {
	it('runs the runtime as plain Node, and names taskkill by its place, not by the working directory', () => {
		const plan = guardPlan('win32', 'C:\\Code\\Code.exe', { SystemRoot: 'D:\\Win', NODE_OPTIONS: '--require x' });
		expect(plan).toMatchObject({
			file: 'C:\\Code\\Code.exe',
			env: { ELECTRON_RUN_AS_NODE: '1', SystemRoot: 'D:\\Win' },
		});
		expect(plan.args.at(-1)).toBe('D:\\Win\\System32\\taskkill.exe');
		expect(taskkill({})).toBe('C:\\Windows\\System32\\taskkill.exe');
	});

	it.skipIf(noPosix)('its script ends what is left, with its tree, and nothing else', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'mf-guard-'));
		const [fake, log] = [join(folder, 'taskkill'), join(folder, 'log')];
		await writeFile(fake, `#!/bin/sh\necho "$@" >> ${log}\n`);
		await chmod(fake, 0o755);
		const [dash, script] = guardPlan('win32', '', {}).args;
		const guard = spawn(process.execPath, [dash!, script!, fake, '15', '16'], {
			stdio: ['pipe', 'ignore', 'inherit'],
		});
		guard.stdin.write('+11\n+12\n-1');
		guard.stdin.end('1\n-15\n+13x\n+0\n&calc\n+14');
		await once(guard, 'exit');
		const told = async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').sort();
		await expect.poll(told).toEqual(['', '/pid 12 /t /f', '/pid 16 /t /f']);
		await rm(folder, { recursive: true });
	});
});
