// What the shim for other clients costs beside the socket itself: `npm run build && node bench/connect.mjs [CALLS]`.
// A gateway that listens on a socket stands for the window; each round measures both ways, one after the other.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const calls = Number(process.argv[2] ?? 300);
const home = mkdtempSync(join(tmpdir(), 'mf-bench-'));
const socket = join(home, 's');
const token = 't'.repeat(32);
const serverId = 'a'.repeat(64);
const id = 'b'.repeat(32);
const echo = resolve('test/fixtures/servers/misbehaving.mjs');
const policy = join(home, 'policy.yaml');
const hello = {
	...{ jsonrpc: '2.0', id: 0, method: 'initialize' },
	params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
};

writeFileSync(policy, 'allow:\n  - capability: compute.run\ncapabilities:\n  bench/evil: compute.run\n');
const gateway = spawn(
	process.execPath,
	['dist/cli.cjs', 'gateway', '--policy', policy, '--data', join(home, 'data'), '--listen', socket].concat([
		'--server-id',
		'bench',
		'--',
		process.execPath,
		echo,
	]),
	{ env: { ...process.env, HOME: home, MCP_FIREWALL_TOKEN: token }, stdio: ['ignore', 'ignore', 'pipe'] },
);
await new Promise(done => gateway.stderr.on('data', text => String(text).includes('listening') && done()));
const folder = join(home, '.mcp-firewall/windows');
mkdirSync(folder, { recursive: true, mode: 0o700 });
const served = { id: serverId, name: 'bench', uri: `unix://${socket}#/servers/bench/mcp`, token };
const window = {
	version: 1,
	id,
	pid: gateway.pid,
	startedAt: 1,
	extensionVersion: '0',
	folders: [home],
	servers: [served],
};
writeFileSync(join(folder, `${id}.json`), JSON.stringify(window), { mode: 0o600 });

/** A client that speaks to the socket itself. */
async function direct() {
	const agent = new Agent({ keepAlive: true });
	let session;
	const post = message =>
		new Promise((done, fail) => {
			const body = JSON.stringify(message);
			const headers = {
				...{ Host: 'localhost', Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
				...{ Accept: 'application/json, text/event-stream', 'Content-Length': Buffer.byteLength(body) },
				...(session && { 'Mcp-Session-Id': session }),
			};
			const call = request({ socketPath: socket, path: '/servers/bench/mcp', method: 'POST', agent, headers });
			call.on('response', answer => {
				session ??= answer.headers['mcp-session-id'];
				let text = '';
				answer.setEncoding('utf8').on('data', part => (text += part));
				answer.on('end', () => done(text));
			});
			call.on('error', fail).end(body);
		});
	await post(hello);
	return { post, end: () => agent.destroy() };
}

/** A client that has started the shim. */
async function shim() {
	const child = spawn(process.execPath, ['dist/connect.cjs', serverId, '--workspace', home], {
		env: { ...process.env, HOME: home },
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const waiting = new Map();
	createInterface({ input: child.stdout }).on('line', line => waiting.get(JSON.parse(line).id)?.(line));
	const post = message =>
		new Promise(done => {
			waiting.set(message.id, done);
			child.stdin.write(`${JSON.stringify(message)}\n`);
		});
	await post(hello);
	const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
	const end = () => new Promise(done => child.once('exit', done) && child.stdin.end());
	return { post, memory, end };
}

const p50 = all => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
const timed = async run => {
	const began = performance.now();
	const result = await run();
	return [performance.now() - began, result];
};

const starts = { direct: [], shim: [] };
let memory = 0;
for (let round = 0; round < 10; round++) {
	for (const [name, open] of [
		['direct', direct],
		['shim', shim],
	]) {
		const [ms, client] = await timed(open);
		starts[name].push(ms);
		memory = client.memory?.() ?? memory;
		await client.end();
	}
}
console.log(
	`start to first answer, p50: socket ${p50(starts.direct).toFixed(0)} ms, shim ${p50(starts.shim).toFixed(0)} ms`,
);
console.log(`memory of an idle shim: ${memory.toFixed(0)} MB`);
const clients = { direct: await direct(), shim: await shim() };
let next = 1;
for (const size of (process.env.SIZES ?? '100,10000,1000000').split(',').map(Number)) {
	const times = { direct: [], shim: [] };
	const params = { name: 'evil', arguments: { text: 'x'.repeat(size) } };
	for (let at = 0; at < (size > 100_000 ? Math.min(calls, 30) : calls); at++) {
		for (const [name, client] of Object.entries(clients)) {
			const message = { jsonrpc: '2.0', id: next++, method: 'tools/call', params };
			times[name].push((await timed(() => client.post(message)))[0]);
		}
	}
	const [a, b] = [p50(times.direct), p50(times.shim)];
	console.log(
		`${size} B call, p50: socket ${a.toFixed(2)} ms, shim ${b.toFixed(2)} ms, added ${(b - a).toFixed(2)} ms`,
	);
}
await clients.shim.end();
clients.direct.end();
gateway.kill();
rmSync(home, { recursive: true, force: true });
process.exit(0);
