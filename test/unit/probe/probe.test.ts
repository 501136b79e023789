import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blocksReview, probeFindings } from '../../../src/domain/probe/probeFindings';
import { type ProbeReport, type ProbeStep } from '../../../src/domain/probe/probeReport';
import { type StdioLaunch } from '../../../src/domain/registry/launch';
import { Probe, type ProbeCall } from '../../../src/proxy/probe/probe';
import { ids, realClock } from '../proxy/support';
import { lacks } from '../support/machine';

const noLinux = lacks('linux', 'what a process does is read from /proc');

const liar = fileURLToPath(new URL('../../fixtures/servers/liar.mjs', import.meta.url));
const bin = (name: string) => join(process.cwd(), 'node_modules/.bin', name);
const never = new AbortController().signal;
let folder: string;
let probe: Probe | undefined;

beforeEach(async () => {
	folder = await realpath(await mkdtemp(join(tmpdir(), 'mf-open-')));
	await writeFile(join(folder, 'mine.txt'), 'mine');
});

afterEach(async () => {
	await probe?.close();
	await rm(folder, { recursive: true });
});

const launchOf = (command: string, ...args: string[]): StdioLaunch => ({ kind: 'stdio', command, args, env: [] });
const liarLaunch = (...args: string[]) => launchOf(process.execPath, liar, ...args);

async function open(launch: StdioLaunch): Promise<Probe> {
	probe = await Probe.open({
		launch,
		real: { workspaceFolder: folder, userHome: homedir(), env: process.env },
		openFolders: [folder],
		clock: realClock,
		ids,
		clientInfo: { name: 'probe', version: '0' },
		settleMs: 400,
	});
	return probe;
}

async function report(launch: StdioLaunch, calls: readonly ProbeCall[]): Promise<ProbeReport> {
	const opened = await open(launch);
	await opened.start(never);
	return opened.run(calls, never);
}

const call = (tool: string, capability: string, args = {}): ProbeCall => ({ tool, capability, arguments: args });
const stepOf = ({ steps }: ProbeReport, tool: string): ProbeStep => steps.find(step => step.tool === tool)!;

describe('N9: the probe tests what a server does, not what it says', () => {
	it('liar: a tool that summarises and also writes, dials and sends the project’s .env away is a mismatch', async () => {
		const dialled: string[] = [];
		const target = createServer(socket => {
			dialled.push(socket.remoteAddress ?? '');
			// Long enough for whoever looks at the processes; no reading waits for it.
			realClock.schedule(200, () => socket.destroy());
		});
		await new Promise<void>(resolve => target.listen(0, '127.0.0.1', resolve));
		const { port } = target.address() as { port: number };
		const seen = await report(liarLaunch(`--dial=127.0.0.1:${String(port)}`), [
			call('honest', 'compute.run', { text: 'x' }),
			call('summarise', 'compute.run', { text: 'x' }),
		]);
		target.close();

		expect(stepOf(seen, 'honest').seen).toEqual({ files: [], connections: [], children: [] });
		const { files, connections } = stepOf(seen, 'summarise').seen;
		expect(files).toContainEqual({ kind: 'written', place: 'workspace', path: 'summary-cache.txt' });
		expect(connections).toContainEqual({ kind: 'proxied', host: 'collector.example', port: 80, leaked: true });
		expect(dialled).toHaveLength(1);
		if (!noLinux) {
			expect(connections).toContainEqual({ kind: 'direct', host: '127.0.0.1', port });
		}

		const mismatches = probeFindings(seen);
		expect(mismatches.filter(({ tool }) => tool === 'honest')).toEqual([]);
		const liars = mismatches.filter(({ tool, severity }) => tool === 'summarise' && severity === 'high');
		expect(liars.map(({ deed }) => deed).sort()).toEqual(['connect', 'leak', 'write']);
		expect(blocksReview(mismatches)).toBe(true);
	});

	it('liar: deleting, starting a program, leaving one behind and opening a port are each told of their own tool', async () => {
		const seen = await report(liarLaunch(), [
			call('tidy', 'filesystem.read'),
			call('shell_out', 'filesystem.read'),
			call('linger', 'filesystem.read'),
			call('listen', 'filesystem.read'),
		]);
		expect(stepOf(seen, 'tidy').seen.files).toEqual([{ kind: 'deleted', place: 'workspace', path: 'notes.txt' }]);
		if (!noLinux) {
			expect(stepOf(seen, 'shell_out').seen.children).toHaveLength(1);
			expect(stepOf(seen, 'linger').seen.children).toEqual(['sleep']);
			expect(stepOf(seen, 'listen').seen.connections).toMatchObject([{ kind: 'listening', host: '127.0.0.1' }]);
			expect(probeFindings(seen).map(({ tool, deed }) => [tool, deed])).toEqual([
				['tidy', 'delete'],
				['shell_out', 'child'],
				['linger', 'child'],
				['listen', 'listen'],
			]);
		}
	});

	it('@modelcontextprotocol/server-filesystem: write_file is one written file, read_text_file is nothing, no connection', async () => {
		const opened = await open(launchOf(bin('mcp-server-filesystem'), folder));
		expect((await opened.start(never)).map(({ name }) => name)).toContain('write_file');
		const { folder: workspace, file } = opened.world;
		const seen = await opened.run(
			[
				call('read_text_file', 'filesystem.read', { path: file }),
				call('write_file', 'filesystem.write', { path: join(workspace, 'new.txt'), content: 'new' }),
				call('move_file', 'filesystem.write', {
					source: join(workspace, 'new.txt'),
					destination: join(workspace, 'old.txt'),
				}),
				call('write_file', 'filesystem.write', { path: join(folder, 'mine.txt'), content: 'not mine' }),
			],
			never,
		);
		expect(seen.steps.map(({ outcome }) => outcome)).toEqual([
			...['none', 'answered', 'answered', 'answered', 'tool-error', 'none'],
		]);
		const files = seen.steps.map(step => step.seen.files.map(({ kind, path }) => `${kind} ${path}`));
		expect(files.map(each => each.filter(text => !text.startsWith('passing')))).toEqual([
			...[[], [], ['written new.txt'], ['moved old.txt'], [], []],
		]);
		expect(seen.steps.flatMap(step => step.seen.connections)).toEqual([]);
		expect(probeFindings(seen)).toEqual([]);
	});

	it('@modelcontextprotocol/server-everything: pure tools show nothing, and no variable of ours reaches it', async () => {
		const seen = await report(launchOf(bin('mcp-server-everything')), [
			call('echo', 'compute.run', { message: 'hello' }),
			call('get-sum', 'compute.run', { a: 1, b: 2 }),
		]);
		expect(seen.steps.map(({ outcome }) => outcome)).toEqual(['none', 'answered', 'answered', 'none']);
		expect(probeFindings(seen)).toEqual([]);
	});
});

describe('N9: the probe leaves nothing behind', () => {
	const worlds = () => readdirSync(tmpdir()).filter(name => name.startsWith('mcp-firewall-probe-'));

	it('its world is gone and so is every process, also one that left its group', async () => {
		const opened = await open(liarLaunch());
		await opened.start(never);
		const { folder: world } = opened.world;
		await opened.run([call('linger', 'shell.execute')], never);
		const mark = opened.launch.env.MCP_FIREWALL_PROBE!;
		await opened.close();
		expect(existsSync(world)).toBe(false);
		if (!noLinux) {
			expect(await marked(mark)).toEqual([]);
		}
	});

	it('a cancelled call ends at once, and the server with it', async () => {
		const opened = await open(liarLaunch());
		await opened.start(never);
		const cancelled = new AbortController();
		const running = opened.run([call('slow', 'compute.run')], cancelled.signal);
		const failed = expect(running).rejects.toMatchObject({ code: 'aborted' });
		cancelled.abort();
		await failed;
		const mark = opened.launch.env.MCP_FIREWALL_PROBE!;
		await opened.close();
		if (!noLinux) {
			expect(await marked(mark)).toEqual([]);
		}
	});

	it('a server that runs elsewhere, or that cannot start, is said to be so', async () => {
		const before = worlds();
		await expect(open(launchOf('docker', 'run', '-i', 'x'))).rejects.toMatchObject({ code: 'config-invalid' });
		expect(worlds()).toEqual(before);
		const opened = await open(launchOf(join(folder, 'no-such-program')));
		await expect(opened.start(never)).rejects.toMatchObject({ code: 'upstream-failed' });
	});

	it('C9: no secret of the environment, and none that is stored, is given to a server that is probed', async () => {
		const opened = await open({ ...liarLaunch('--key=${env:MY_KEY}', '${credential:arg1}'), env: ['API_TOKEN'] });
		const { env, args } = opened.launch;
		expect(env.API_TOKEN).toMatch(/^probe-canary-/);
		expect(args[1]).toMatch(/^--key=probe-canary-/);
		expect(env.HOME).not.toBe(homedir());
	});
});

/** Processes that still carry the mark of a probe. */
async function marked(mark: string): Promise<string[]> {
	const { readFile } = await import('node:fs/promises');
	const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
	const all = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')));
	return pids.filter((_, index) => all[index]!.includes(`MCP_FIREWALL_PROBE=${mark}`));
}
