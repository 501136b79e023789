// How long the emergency stop and a revocation take to be everywhere: `node bench/stop.mjs [RUNS]`. Three processes that run what
// an extension host runs, two sessions each with a call in flight on real stdio servers: plain ones, ones that ignore SIGTERM, ones with a
// child that does. Prints the time from the command in the first host to the last byte of the refusals of each host, and to
// the end of the last process (target: all within a second, seed 003 E6).
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const runs = Number(process.argv[2] ?? 50);
const root = resolve('.');
const scratch = mkdtempSync(join(tmpdir(), 'mf-bench-stop-'));
const driver = join(scratch, 'driver.mjs');
await build({
	...{ absWorkingDir: root, entryPoints: ['test/unit/support/stopTrial.ts'], outfile: driver, bundle: true },
	...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'error', external: ['esbuild'] },
	alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
	banner: {
		js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(pathToFileURL(join(root, 'package.json')).href)}); const __filename = ${JSON.stringify(driver)};`,
	},
});
// What is left outside of the bundle is found from the project.
const esbuild = pathToFileURL(join(root, 'node_modules/esbuild/lib/main.js')).href;
writeFileSync(driver, readFileSync(driver, 'utf8').replaceAll(/from\s*"esbuild"/g, `from ${JSON.stringify(esbuild)}`));
const { buildHost, Host, prepare, trial } = await import(pathToFileURL(driver).href);

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
function print(name, values) {
	const sorted = values.toSorted((left, right) => left - right);
	const cells = [at(sorted, 0.5), at(sorted, 0.99), sorted.at(-1)].map(ms => `${ms.toFixed(0)} ms`.padStart(8));
	console.log(`${name.padEnd(44)} p50 ${cells[0]}   p99 ${cells[1]}   max ${cells[2]}`);
	return sorted.at(-1);
}

const program = await buildHost(scratch, root);
console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; ${runs} runs, 3 hosts × 2 calls`);
let worst = 0;
const ways = [
	['stop', ['plain', 'deaf'], () => ({ do: 'stop' })],
	['stop', ['family', 'deaf'], () => ({ do: 'stop' })],
	['revoke', ['family', 'family'], id => ({ do: 'revoke', id, reason: 'revoked by a person' })],
];
for (const [name, modes, command] of ways) {
	const answered = [[], [], []];
	const gone = [];
	let wrong = 0;
	const share = Math.ceil(runs / ways.length);
	let data;
	let hosts = [];
	let entries;
	const open = async () => {
		await Promise.all(hosts.map(host => host.close()));
		data = join(scratch, `data-${Math.random().toString(16).slice(2)}`);
		mkdirSync(data, { mode: 0o700 });
		entries = await prepare(data, root);
		hosts = await Promise.all([1, 2, 3].map(() => Host.start(program, data)));
	};
	await open();
	for (let run = 0; run < share; run++) {
		const serverIds = modes.map(mode => entries.find(entry => entry.name === mode).id);
		const done = await trial(hosts, serverIds, host => host.tell(command(serverIds[0])), 20_000);
		done.answered.forEach((ms, host) => answered[host].push(ms));
		gone.push(done.gone);
		wrong += done.texts.filter(answer => !/reason=(emergency_stop|server_revoked)/.test(answer)).length;
		if (name === 'stop') {
			await Promise.all(hosts.map(host => host.until(() => host.stopped)));
			await hosts[run % 3].tell({ do: 'resume' });
			await Promise.all(hosts.map(host => host.until(() => !host.stopped)));
		} else {
			await open();
		}
	}
	await Promise.all(hosts.map(host => host.close()));
	console.log(`${name} of ${modes.join(' + ')}: ${share} runs, ${wrong} answers that were no refusal`);
	answered.forEach((values, host) => {
		worst = Math.max(
			worst,
			print(`  last byte, host ${host + 1}${host === 0 ? ' (the one that says it)' : ''}`, values),
		);
	});
	worst = Math.max(worst, print('  last process gone', gone));
}
console.log(`worst of all: ${worst.toFixed(0)} ms`);
rmSync(scratch, { recursive: true, force: true });
