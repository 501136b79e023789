// What the audit trail costs: appends, verification, the index. Run with:
//   npm run bench:audit -- [--entries 1000000] [--quick]
// Appends are held against one fsync for each line on the same disk in the same run. Each part runs in a process of its own, so
// that the memory is its own and the index is opened cold. Prints goals beside figures; ends with 0 whatever they are.
import { execFileSync } from 'node:child_process';
import { fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSource, makeTrail } from '../../scripts/lib/trailMaker.mjs';
import { median, quantile, table } from '../proxy/stats.mjs';

const own = fileURLToPath(import.meta.url);
const root = path.join(path.dirname(own), '../..');
const option = (name, otherwise) => {
	const at = process.argv.indexOf(`--${name}`);
	return at < 0 ? otherwise : process.argv[at + 1];
};
const entries = Number(option('entries', process.argv.includes('--quick') ? 50_000 : 1_000_000));
const CALLS = 32;
const EACH = 60;
const silent = { trace() {}, info() {}, warn() {}, error() {} };
const round = (number, digits = 0) => Number(number.toFixed(digits));

const parts = { append, verify, build, query };
const part = option('part');
if (part === undefined) {
	await main();
} else {
	console.log(JSON.stringify(await parts[part](option('dir'))));
}

async function main() {
	const dir = mkdtempSync(path.join(tmpdir(), 'mcpfw-bench-'));
	const run = name =>
		JSON.parse(
			execFileSync(process.execPath, [own, '--part', name, '--dir', dir], {
				maxBuffer: 1 << 24,
				encoding: 'utf8',
			})
				.trimEnd()
				.split('\n')
				.at(-1),
		);
	try {
		const load = loadavg()[0].toFixed(1);
		const memory = round(totalmem() / 1e9);
		console.log(
			`${cpus()[0].model} × ${cpus().length}, ${memory} GB, ${release()}, Node ${process.version}, load ${load}`,
		);
		const started = performance.now();
		const made = await makeTrail({ dir: path.join(dir, 'trail'), entries, days: Math.max(30, entries / 10_000) });
		const made_s = round((performance.now() - started) / 1000, 1);
		console.log(
			`${made.entries} entries, ${round(made.bytes / 1e6)} MB, ${made.files.length} segments, made in ${made_s} s\n`,
		);
		const { bare, synced, written } = run('append');
		const verified = run('verify');
		const built = run('build');
		const asked = run('query');
		const times = synced.perSecond / bare.perSecond;
		const wait = synced.p99 / bare.p99;
		table(
			['', 'measured', 'goal', ''],
			[
				['one fsync for each entry, entries/s', bare.perSecond, '', ''],
				['synced, 32 calls, entries/s', synced.perSecond, '', ''],
				['… times as many', times.toFixed(1), '>= 3', mark(times >= 3)],
				['… p99 against a bare fsync', wait.toFixed(1), '<= 3', mark(wait <= 3)],
				['written, 32 calls, entries/s', written.perSecond, '', ''],
				['written, p99 ms', written.p99, '', ''],
				['verify, entries/s', verified.perSecond, '>= 200000', mark(verified.perSecond >= 200_000)],
				['verify, whole', String(verified.ok), 'true', mark(verified.ok)],
				['index, first making, s', built.seconds, '', ''],
				['first rows, no index, ms', built.firstMs, '', ''],
				['first rows, cold, ms', asked.firstMs, '<= 300', mark(asked.firstMs <= 300)],
				...asked.pages.map(({ name, ms }) => [`page: ${name}, ms`, ms, '<= 200', mark(ms <= 200)]),
				['memory while made, MB', built.memory, '<= 300', mark(built.memory <= 300)],
				['memory while asked, MB', asked.memory, '<= 300', mark(asked.memory <= 300)],
			],
		);
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
}

function mark(isMet) {
	return isMet ? 'ok' : 'short';
}

/** 32 callers, each of which waits for its entry before the next, as calls do. */
async function append(dir) {
	const { Journal, trailSigner, newTrailKey, systemClock, systemIds } = await loadSource(
		[
			"export { Journal } from './src/storage/journal';",
			"export { newTrailKey, trailSigner } from './src/storage/trailKey';",
			"export { systemClock, systemIds } from './src/storage/system';",
		].join('\n'),
	);
	const record = { kind: 'call', outcome: 'answered', tool: 'read_file', detail: 'x'.repeat(900) };
	const waits = [];
	const file = openSync(path.join(dir, 'bare'), 'a');
	const line = `${JSON.stringify(record)}\n`;
	let began = performance.now();
	for (let left = 600; left > 0; left--) {
		const at = performance.now();
		writeSync(file, line);
		fdatasyncSync(file);
		waits.push(performance.now() - at);
	}
	const bare = { perSecond: round(600_000 / (performance.now() - began)), p99: round(quantile(waits, 0.99), 3) };
	const figures = { bare };
	for (const durability of ['synced', 'written']) {
		const journal = await Journal.open({
			...{ dir: path.join(dir, durability), clock: systemClock, ids: systemIds, logger: silent },
			signer: trailSigner(newTrailKey()),
			anchor: { keep() {}, heads: () => Promise.resolve([]), flush: () => Promise.resolve() },
		});
		const own = [];
		began = performance.now();
		await Promise.all(
			Array.from({ length: CALLS }, async () => {
				for (let left = EACH; left > 0; left--) {
					const at = performance.now();
					const id = systemIds.uuid();
					await journal.append({ ...record, id, at: new Date().toISOString() }, durability);
					own.push(performance.now() - at);
				}
			}),
		);
		const perSecond = round((CALLS * EACH * 1000) / (performance.now() - began));
		figures[durability] = { perSecond, p99: round(quantile(own, 0.99), 3) };
		await journal.close();
	}
	return figures;
}

async function verify(dir) {
	const { verifyTrail } = await loadSource("export { verifyTrail } from './src/storage/verifyTrail';");
	const began = performance.now();
	const report = await verifyTrail(path.join(dir, 'trail'));
	return { ok: report.ok, perSecond: round((report.entries * 1000) / (performance.now() - began)) };
}

async function openIndex(dir) {
	const { AuditIndex } = await loadSource("export { AuditIndex } from './src/storage/auditIndex';");
	const wasm = () => Promise.resolve(readFileSync(path.join(root, 'node_modules/sql.js/dist/sql-wasm.wasm')));
	return AuditIndex.open(path.join(dir, 'trail'), wasm, { cacheDir: path.join(dir, 'index') });
}

async function build(dir) {
	const index = await openIndex(dir);
	const began = performance.now();
	await index.query({}, 0, 100);
	const firstMs = round(performance.now() - began, 1);
	await index.refresh();
	const seconds = round((performance.now() - began) / 1000, 1);
	index.dispose();
	return { firstMs, seconds, memory: memoryPeak() };
}

async function query(dir) {
	const index = await openIndex(dir);
	const began = performance.now();
	await index.query({}, 0, 100);
	const firstMs = round(performance.now() - began, 1);
	await index.refresh();
	const pages = [];
	const filters = {
		server: { server: 'github' },
		'tool and verdict': { tool: 'write_file', verdict: 'deny' },
		label: { label: 'secret' },
		events: { kind: 'events' },
		'text, common': { text: 'invoice' },
		'text, nowhere': { text: 'zzzzqqqq' },
	};
	for (const [name, filter] of Object.entries(filters)) {
		const times = [];
		for (const offset of [0, 100, 1000]) {
			const at = performance.now();
			await index.query(filter, offset, 100);
			times.push(performance.now() - at);
		}
		pages.push({ name: `${name} (first)`, ms: round(times[0], 1) }, { name, ms: round(median(times), 1) });
	}
	index.dispose();
	return { firstMs, pages, memory: memoryPeak() };
}

/** Megabytes, Node itself included. */
function memoryPeak() {
	return round(process.resourceUsage().maxRSS / 1024);
}
