// The proxy inside one process, as in the extension host: `Endpoint` over the whole core, its clients beside it. Prints one
// line of JSON: start-up added per server, live heap with 1, 10 and 50 idle servers, live heap around 100,000 calls.
// node --expose-gc inHost.mjs BUNDLE POLICY SCRATCH CALLS
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpClient, StdioClient } from './clients.mjs';
import { interval, median } from './stats.mjs';
import { callOnce } from './targets.mjs';

const [bundle, policyFile, scratch, calls] = process.argv.slice(2);
const { composeCore, Endpoint, layeredFiles, PolicyFiles, serverIdOf, systemClock, systemIds, systemHost } =
	createRequire(import.meta.url)(bundle);
const ECHO = [process.execPath, fileURLToPath(new URL('echo.mjs', import.meta.url)), 'stdio'];
const INITIALIZE = JSON.stringify({
	jsonrpc: '2.0',
	id: 1,
	method: 'initialize',
	params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
});
const STARTS = 25;
const SERVERS = [1, 10, 50];

const logger = { trace() {}, info() {}, warn() {}, error: text => console.error(text) };
const policy = new PolicyFiles(
	layeredFiles(
		policyFile,
		{ workspacePolicies: [], trustedDigests: [] },
		join(bundle, '../../policies/composition.yaml'),
	),
);
const core = await composeCore({
	dataDirectory: join(scratch, 'data-in-host'),
	protectedFiles: () => [policyFile],
	logger,
	policy,
	registry: { find: () => undefined },
	stop: { stopped: false, onDidStop: () => ({ dispose() {} }) },
	host: () => systemHost([scratch]),
	notify: () => undefined,
	approvalTimeoutMs: () => 1_000,
});
const endpoint = await Endpoint.open({
	at: { directory: scratch },
	sessionPaths: core.firewall,
	clock: systemClock,
	ids: systemIds,
	logger,
	servers: id => ({
		server: {
			...{
				id: serverIdOf({ kind: 'stdio', command: ECHO[0], args: [...ECHO.slice(1), id], env: [] }),
				name: 'bench',
			},
			...{ roots: [scratch], reviewRequired: false },
		},
		approver: { ask: () => Promise.resolve({ outcome: 'denied' }) },
		launch: () => Promise.resolve({ command: ECHO[0], args: ECHO.slice(1), cwd: scratch, env: {} }),
	}),
});

function clientOf(server) {
	const { uri, headers } = endpoint.uriFor(server);
	const [, socketPath, path] = /^unix:\/\/(.*)#(.*)$/.exec(uri);
	return new HttpClient({ socketPath: decodeURI(socketPath), path }, headers);
}

/** From the wish for a server to the answer to `initialize`, milliseconds. */
async function startGuarded(server) {
	const from = performance.now();
	const client = clientOf(server);
	await client.call(1, INITIALIZE);
	const took = performance.now() - from;
	client.close();
	await endpoint.stopServer(server);
	return took;
}

async function startDirect() {
	const from = performance.now();
	// As bare as the proxy's own environment for servers: a variable such as NODE_EXTRA_CA_CERTS slows the start of node.
	const { PATH, HOME } = process.env;
	const child = spawn(ECHO[0], ECHO.slice(1), {
		stdio: ['pipe', 'pipe', 'inherit'],
		cwd: scratch,
		env: { PATH, HOME },
	});
	const client = new StdioClient(child);
	await client.call(1, INITIALIZE);
	const took = performance.now() - from;
	client.close();
	await once(child, 'exit');
	return took;
}

async function startUp() {
	const added = [];
	const direct = [];
	await startDirect();
	await startGuarded('s0');
	for (let round = 0; round < STARTS; round++) {
		const first = Math.random() < 0.5;
		const early = first ? await startDirect() : 0;
		const guarded = await startGuarded('s0');
		const plain = first ? early : await startDirect();
		direct.push(plain);
		added.push(guarded - plain);
	}
	return { direct: median(direct), added: median(added), interval: interval(added) };
}

async function liveHeap() {
	for (let round = 0; round < 4; round++) {
		await new Promise(resolve => setTimeout(resolve, 50));
		globalThis.gc();
	}
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

async function idleServers() {
	const heaps = [await liveHeap()];
	let started = 0;
	for (const count of SERVERS) {
		for (; started < count; started++) {
			const client = clientOf(`idle${String(started)}`);
			await client.call(1, INITIALIZE);
			await client.notify('{"jsonrpc":"2.0","method":"notifications/initialized"}');
			await client.call(2, '{"jsonrpc":"2.0","id":2,"method":"tools/list"}');
			client.close();
		}
		heaps.push(await liveHeap());
	}
	for (let each = 0; each < started; each++) {
		await endpoint.stopServer(`idle${String(each)}`);
	}
	return heaps;
}

async function manyCalls(count) {
	const running = { client: clientOf('busy'), id: 1 };
	await running.client.call(1, INITIALIZE);
	const message = 'the quick brown fox jumps over the lazy dog';
	const run = async times => {
		let left = times;
		const worker = async () => {
			while (left-- > 0) {
				await callOnce(running, message);
			}
		};
		await Promise.all(Array.from({ length: 16 }, worker));
	};
	await run(5_000);
	const before = await liveHeap();
	const from = performance.now();
	await run(count / 2);
	const half = await liveHeap();
	await run(count / 2);
	const took = performance.now() - from;
	const after = await liveHeap();
	running.client.close();
	return { before, half, after, perSecond: (count / took) * 1000 };
}

const result = { startUp: await startUp(), heaps: await idleServers(), growth: await manyCalls(Number(calls)) };
await endpoint.close();
policy.dispose();
await core.close();
console.log(JSON.stringify(result));
