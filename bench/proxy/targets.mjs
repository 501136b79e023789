// What is measured: how each target is started, and how a client reaches it.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpClient, StdioClient } from './clients.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const NODE = process.execPath;
const ECHO = join(here, 'echo.mjs');
const UPSTREAM = [NODE, ECHO, 'stdio'];
const PROBE = ['--expose-gc', '--require', join(here, 'probe.cjs')];
const TOKEN = 'bench-token-of-thirty-two-letters';
const READY_WITHIN_MS = 30_000;

/** The policy of the bench: the shipped `balanced` one, compositions on, and what the echo tool is for. */
export function writePolicies(root, scratch) {
	const balanced = readFileSync(join(root, 'policies/balanced.yaml'), 'utf8');
	const files = {};
	// Reading calls are acknowledged as `written`, calls with side effects as `synced` (src/firewall/ending.ts).
	for (const [name, capability] of [
		['written', 'compute.run'],
		['synced', 'bench.write'],
	]) {
		files[name] = join(scratch, `${name}.yaml`);
		const allow = capability === 'bench.write' ? '  - capability: bench.write\n' : '';
		writeFileSync(files[name], `${balanced}\n${allow}\ncapabilities:\n  bench/echo: ${capability}\n`);
	}
	return files;
}

/** Every target of a run. `base` is what added time is counted against; `cli` are the two builds of the command. */
export function targetsOf({ scratch, policies, cli, peers }) {
	const ours = (name, build, policy, socket = false) => ({
		...{ name, base: 'direct-stdio', socket, probed: true },
		path: '/servers/bench/mcp',
		headers: { authorization: `Bearer ${TOKEN}` },
		env: { MCP_FIREWALL_TOKEN: TOKEN },
		command: at => [
			...[NODE, ...PROBE, cli[build], 'gateway', '--policy', policies[policy]],
			...['--data', join(scratch, `data-${name}`), '--server-id', 'bench', '--workspace', scratch],
			...['--listen', at, '--', ...UPSTREAM],
		],
	});
	const http = { path: '/mcp', headers: {} };
	const peer = (name, file, args) => ({
		...{ name, base: 'direct-stdio', ...http, path: '/mcp' },
		command: at => [NODE, join(peers, name, file), ...args(at)],
	});
	return [
		{ name: 'direct-stdio', stdio: true, command: () => UPSTREAM },
		{ name: 'direct-http', ...http, command: at => [NODE, ECHO, 'http', at] },
		{
			...{ name: 'bridge', base: 'direct-stdio', ...http, probed: true },
			command: at => [NODE, ...PROBE, ECHO, 'bridge', at, '--', ...UPSTREAM],
		},
		peer('mcp-proxy', 'dist/bin/mcp-proxy.mjs', at => ['--port', at, '--host', '127.0.0.1', '--', ...UPSTREAM]),
		{
			...peer('supergateway', 'dist/index.js', at => [
				...['--stdio', UPSTREAM.join(' '), '--outputTransport', 'streamableHttp', '--stateful'],
				...['--port', at, '--logLevel', 'none'],
			]),
			// It answers 413 to bodies over its parser's 100 kB and has no option for that.
			largest: 100_000,
		},
		ours('full', 'full', 'written'),
		ours('full-socket', 'full', 'written', true),
		ours('full-synced', 'full', 'synced'),
		ours('decisions', 'decisions', 'written'),
		ours('decisions-socket', 'decisions', 'written', true),
	];
}

/** Starts a target and resolves once it has answered `initialize` and one call. */
export async function start(target, scratch) {
	const port = await freePort();
	const at = target.socket ? join(scratch, `${port}.sock`) : port;
	const probe = join(scratch, `${target.name}-${port}.probe`);
	writeFileSync(probe, '');
	const [file, ...args] = target.command(at);
	const child = spawn(file, args, {
		stdio: ['pipe', 'pipe', 'pipe'],
		env: { ...process.env, ...target.env, BENCH_PROBE: probe },
		cwd: scratch,
	});
	let said = '';
	child.stderr.on('data', chunk => (said = (said + String(chunk)).slice(-2_000)));
	const running = { target, child, client: undefined, id: 1, probe };
	try {
		if (target.stdio) {
			running.client = new StdioClient(child);
		} else {
			child.stdout.resume();
			const place = target.socket ? { path: at } : { port: Number(port), host: '127.0.0.1' };
			await untilListening(place, child);
			const { path, headers } = target;
			const host = target.socket ? { socketPath: at } : place;
			running.client = new HttpClient({ ...host, path }, headers);
		}
		await introduce(running.client);
		await callOnce(running, 'hello');
		return running;
	} catch (error) {
		await stop(running);
		throw new Error(`${target.name} does not start: ${error.message}\n${said}`, { cause: error });
	}
}

async function introduce(client) {
	const params = {
		protocolVersion: '2025-11-25',
		capabilities: {},
		clientInfo: { name: 'bench', version: '1' },
	};
	await client.call(1, JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }));
	await client.notify(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
	await client.call(2, JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }));
}

/** One echo call; rejects when the answer is not the message. */
export async function callOnce(running, message, quoted = JSON.stringify(message)) {
	running.id = Math.max(running.id, 10) + 1;
	const { id, client } = running;
	const text = `{"jsonrpc":"2.0","id":${String(id)},"method":"tools/call","params":{"name":"echo","arguments":{"message":${quoted}}}}`;
	const answer = await client.call(id, text);
	const echoed = answer.result?.content?.[0]?.text;
	if (echoed?.length !== message.length) {
		throw new Error(`a wrong answer: ${JSON.stringify(answer).slice(0, 300)}`);
	}
}

/** Ends a target and what it started. */
export async function stop({ child, client }) {
	client?.close();
	if (child.exitCode !== null || child.signalCode !== null) {
		return;
	}
	const gone = new Promise(resolve => child.once('exit', resolve));
	child.kill('SIGTERM');
	const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
	await gone;
	clearTimeout(timer);
}

function freePort() {
	return new Promise(resolve => {
		const server = createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(String(port)));
		});
	});
}

async function untilListening(place, child) {
	const deadline = performance.now() + READY_WITHIN_MS;
	for (;;) {
		const up = await new Promise(resolve => {
			const socket = connect(place, () => {
				socket.destroy();
				resolve(true);
			});
			socket.on('error', () => resolve(false));
		});
		if (up) {
			return;
		}
		if (performance.now() > deadline || child.exitCode !== null) {
			throw new Error('nothing listens');
		}
		await new Promise(resolve => setTimeout(resolve, 5));
	}
}

/** CPU time of a process with all its threads, in microseconds (Linux: proc(5), schedstat); NaN elsewhere. */
export function cpuOf(pid) {
	try {
		const tasks = readdirSync(`/proc/${String(pid)}/task`);
		const times = tasks.map(
			task => readFileSync(`/proc/${String(pid)}/task/${task}/schedstat`, 'latin1').split(' ')[0],
		);
		return times.reduce((sum, time) => sum + Number(time), 0) / 1000;
	} catch {
		return Number.NaN;
	}
}

/** Turns the watch in a probed process on, and at the second call off; then resolves with what it saw. */
export async function signalProbe({ child, probe }, read) {
	child.kill('SIGUSR2');
	if (!read) {
		await new Promise(resolve => setTimeout(resolve, 50));
		return undefined;
	}
	for (let tries = 0; tries < 400; tries++) {
		const [line] = readFileSync(probe, 'utf8').split('\n').slice(-2);
		if (line) {
			writeFileSync(probe, '');
			return JSON.parse(line);
		}
		await new Promise(resolve => setTimeout(resolve, 10));
	}
	throw new Error('the probe says nothing');
}
