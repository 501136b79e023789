// What the proxy hop costs, against talking to the server directly, a minimal bridge and two peers. Run with:
//   npm run bench:proxy -- [--rounds N] [--scale X] [--only NAME,…] [--payloads 100,10000,1000000] [--quick]
// One interleaved run: in every round all targets take their turn in random order, and "added" is the median over the
// rounds of the difference to `direct-stdio` in the same round, with a 95 % bootstrap interval. Only differences within one
// run mean anything. The last lines hold the figures to what was asked (`ok` or `short`).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interval, median, quantile, shuffled, table } from './stats.mjs';
import { callOnce, cpuOf, signalProbe, start, stop, targetsOf, writePolicies } from './targets.mjs';
import { bundle } from './withoutScanning.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const option = (name, otherwise) => {
	const at = process.argv.indexOf(`--${name}`);
	return at < 0 ? otherwise : process.argv[at + 1];
};
const quick = process.argv.includes('--quick');
const rounds = Number(option('rounds', quick ? 4 : 12));
const scale = Number(option('scale', quick ? 0.4 : 1));
const only = option('only')?.split(',');
const payloads = option('payloads', '100,10000,1000000').split(',').map(Number);
const skipHost = process.argv.includes('--no-host');
/** Calls per round and target. */
const CALLS = { 1: { 100: 300, 10000: 200, 1000000: 12 }, 32: { 100: 2000, 10000: 800, 1000000: 48 } };
const GROWTH_CALLS = quick ? 20_000 : 100_000;
const WORDS =
	'the quick brown fox jumps over a lazy dog while many small servers answer short questions in plain words ';
const GATES = {
	full: { 100: 0.3, 10000: 0.3, 1000000: 15 },
	decisions: { 100: 0.15, 10000: 0.15, 1000000: 8 },
};
const gates = [];

function prepare() {
	if (!existsSync(join(here, 'node_modules/supergateway'))) {
		execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' });
	}
	execFileSync(process.execPath, ['esbuild.mjs', '--minify'], { cwd: root, stdio: 'ignore' });
}

async function builds() {
	const cli = { full: join(root, 'dist/cli.cjs'), decisions: join(root, 'dist/benchDecisions.cjs') };
	await bundle(root, { entryPoints: ['src/cli.ts'] }, cli.decisions, { scanning: false });
	const host = join(root, 'dist/benchHost.cjs');
	const contents = [
		"export { composeCore } from './src/compose';",
		"export { Endpoint } from './src/proxy/face/endpoint';",
		"export { layeredFiles } from './src/cli/layerOptions';",
		"export { PolicyFiles } from './src/storage/policyFiles';",
		"export { serverIdOf } from './src/domain/registry/launch';",
		"export { systemClock, systemHost, systemIds } from './src/storage/system';",
	].join('\n');
	await bundle(root, { stdin: { contents, resolveDir: root, loader: 'ts' } }, host, { scanning: true });
	return { cli, host };
}

function machine() {
	const load = loadavg().map(each => each.toFixed(2));
	const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
	return `${cpus()[0]?.model ?? '?'}, ${String(availableParallelism())} cores, ${memory}, Linux ${release()}, node ${process.version}, load ${load.join(' ')}`;
}

/** So many calls with so many in flight; their times in milliseconds, calls per second, CPU of the proxy per call. */
async function batch(running, size, calls, flight) {
	const message = WORDS.repeat(Math.ceil(size / WORDS.length)).slice(0, size);
	const quoted = JSON.stringify(message);
	const times = [];
	let left = calls;
	const worker = async () => {
		while (left-- > 0) {
			const from = performance.now();
			await callOnce(running, message, quoted);
			times.push(performance.now() - from);
		}
	};
	const cpu = cpuOf(running.child.pid);
	const from = performance.now();
	await Promise.all(Array.from({ length: flight }, worker));
	const took = performance.now() - from;
	return { times, perSecond: (calls / took) * 1000, cpuUs: (cpuOf(running.child.pid) - cpu) / calls };
}

async function measure(all, size, flight) {
	const calls = Math.max(flight, Math.round((CALLS[flight][size] ?? 100) * scale));
	const takers = all.filter(({ target }) => size <= (target.largest ?? Infinity));
	const seen = new Map(takers.map(each => [each, []]));
	for (const each of takers) {
		await batch(each, size, Math.max(flight, Math.ceil(calls / 2)), flight);
	}
	for (let round = 0; round < rounds; round++) {
		for (const each of shuffled(takers)) {
			seen.get(each).push(await batch(each, size, calls, flight));
		}
	}
	const p50s = each => seen.get(each).map(({ times }) => median(times));
	return takers.map(each => {
		const base = takers.find(({ target }) => target.name === each.target.base);
		const added = base && p50s(each).map((p50, round) => p50 - p50s(base)[round]);
		const times = seen.get(each).flatMap(one => one.times);
		return {
			name: each.target.name,
			p50: median(times),
			p95: quantile(times, 0.95),
			added: added && median(added),
			within: added && interval(added),
			perSecond: median(seen.get(each).map(one => one.perSecond)),
			cpuUs: median(seen.get(each).map(one => one.cpuUs)),
		};
	});
}

const ms = value => (value === undefined ? '' : value.toFixed(value < 10 ? 3 : 1));

function show(size, flight, rows) {
	console.log(`\n${String(size)} B, ${String(flight)} in flight (load ${loadavg()[0].toFixed(2)})`);
	table(
		['target', 'p50 ms', 'p95 ms', 'added p50', '95 % interval', 'calls/s', 'proxy CPU µs'],
		rows.map(row => [
			...[row.name, ms(row.p50), ms(row.p95), ms(row.added)],
			row.within === undefined ? '' : `[${row.within.map(ms).join(', ')}]`,
			...[row.perSecond.toFixed(0), row.cpuUs.toFixed(0)],
		]),
	);
	const missing = ['supergateway'].filter(name => !rows.some(row => row.name === name) && !only);
	missing.forEach(name => console.log(`${name}: takes no bodies over 100 kB`));
}

function hold(what, value, limit, unit, atLeast = false) {
	if (value !== undefined && !Number.isNaN(value)) {
		gates.push({ what, value, limit, unit, atLeast, ok: atLeast ? value >= limit : value <= limit });
	}
}

function holdLatency(size, flight, rows) {
	const find = name => rows.find(row => row.name === name);
	if (flight === 1) {
		for (const [name, limits] of Object.entries(GATES)) {
			for (const place of [name, `${name}-socket`]) {
				hold(`${place}: added p50 at ${String(size)} B`, find(place)?.added, limits[size], 'ms');
			}
		}
		for (const peer of ['mcp-proxy', 'supergateway']) {
			if (find(peer) && find('full')) {
				hold(
					`full: added p50 at ${String(size)} B, behind ${peer}`,
					find('full').added,
					find(peer).added,
					'ms',
				);
			}
		}
	} else if (size === 100) {
		for (const place of ['decisions', 'decisions-socket']) {
			hold(`${place}: calls/s, 32 in flight, 100 B`, find(place)?.perSecond, 12_000, '/s', true);
		}
	}
}

async function blocks(all) {
	const probed = all.filter(({ target }) => target.probed);
	const rows = [];
	for (const flight of [1, 8]) {
		for (const each of probed) {
			await batch(each, 1_000_000, 20, flight);
			await signalProbe(each, false);
			await batch(each, 1_000_000, quick ? 20 : 60, flight);
			const { longest, p99, heapUsed } = await signalProbe(each, true);
			const { name } = each.target;
			rows.push([name, flight, ms(longest), ms(p99), (heapUsed / 2 ** 20).toFixed(1)]);
			if (flight === 1 && name.startsWith('full')) {
				hold(`${name}: longest event-loop block at 1 MB`, longest, 20, 'ms');
			}
		}
	}
	console.log(`\nEvent loop of the proxy process at 1,000,000 B (load ${loadavg()[0].toFixed(2)})`);
	table(['target', 'in flight', 'longest ms', 'p99 ms', 'live heap MB'], rows);
}

function inHost(host, policy, scratch) {
	const args = ['--expose-gc', join(here, 'inHost.mjs'), host, policy, scratch, String(GROWTH_CALLS)];
	const text = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
	const { startUp, heaps, growth } = JSON.parse(text.trim().split('\n').at(-1));
	const mb = bytes => (bytes / 2 ** 20).toFixed(2);
	const slope = (heaps[3] - heaps[1]) / 49 / 2 ** 20;
	console.log(`\nIn one process (Endpoint over its private socket; load ${loadavg()[0].toFixed(2)})`);
	const within = startUp.interval.map(ms).join(', ');
	console.log(`start-up added per server: ${ms(startUp.added)} ms [${within}] to ${ms(startUp.direct)} ms direct`);
	console.log(
		`live heap with 0, 1, 10, 50 idle servers: ${heaps.map(mb).join(', ')} MB; ${slope.toFixed(3)} MB per server`,
	);
	const { before, half, after, perSecond } = growth;
	console.log(
		`live heap before, halfway and after ${String(GROWTH_CALLS)} calls: ${[before, half, after].map(mb).join(', ')} MB ` +
			`(${perSecond.toFixed(0)} calls/s, client in the same process)`,
	);
	hold('start-up added per server', startUp.added, 15, 'ms');
	hold('heap per idle guarded server', slope, 1, 'MB');
	hold(`heap growth over the second half of ${String(GROWTH_CALLS)} calls`, (after - half) / 2 ** 20, 1, 'MB');
}

prepare();
const scratch = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
const { cli, host } = await builds();
const policies = writePolicies(root, scratch);
const targets = targetsOf({ scratch, policies, cli, peers: join(here, 'node_modules') });
console.log(machine());
const all = [];
try {
	for (const target of targets.filter(({ name }) => only?.includes(name) ?? true)) {
		all.push(await start(target, scratch));
	}
	for (const size of payloads) {
		for (const flight of [1, 32]) {
			const rows = await measure(all, size, flight);
			show(size, flight, rows);
			holdLatency(size, flight, rows);
		}
	}
	if (payloads.includes(1_000_000)) {
		await blocks(all);
	}
} finally {
	await Promise.all(all.map(stop));
}
if (!skipHost) {
	inHost(host, policies.written, scratch);
}
rmSync(scratch, { recursive: true, force: true });
console.log('\nGates');
for (const { what, value, limit, unit, atLeast, ok } of gates) {
	console.log(
		`${ok ? 'ok   ' : 'short'} ${what}: ${ms(value)} ${unit} (asked: ${atLeast ? 'at least' : 'at most'} ${ms(limit)})`,
	);
}
