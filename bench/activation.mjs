// What activation costs, by the extension host's own report ("Developer: Startup Performance") in the real editor. Run with:
//   npm run bench:activation -- [--rounds 9] [--servers 20] [--profile]
// Opens a window over and over; each has an extension host of its own. In the same window an empty extension is activated, whose
// figures are what the machine itself takes. Wants the VSIX at the root (npm run build && npm run package). `--profile` writes a
// CPU profile of each extension host to test-output/activation. Prints figures beside the goal; ends with 0 whatever they are.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { ensureChromium } from '../scripts/lib/chromium.mjs';
import { startCodeServer } from '../scripts/lib/codeServer.mjs';
import { copySampleWorkspace, productVsix } from '../scripts/lib/demo.mjs';
import { installEditor, root } from '../scripts/lib/install.mjs';
import { introduction, stdioPeer } from '../scripts/lib/stdioPeer.mjs';
import { loadSource } from '../scripts/lib/trailMaker.mjs';
import { until } from '../test/e2e/lib/wait.mjs';
import { Workbench } from '../test/e2e/lib/workbench.mjs';
import { median, quantile, table } from './proxy/stats.mjs';

const GOAL_MS = 50;
const text = { type: 'string' };
const { values } = parseArgs({ options: { rounds: text, servers: text, profile: { type: 'boolean' } } });
const rounds = Number(values.rounds ?? 9);
const servers = Number(values.servers ?? 20);
const out = path.join(root, 'test-output/activation');
const PARTS = ['load code', 'call activate', 'finish activate'];
const OURS = 'mcp-firewall.mcp-firewall';
const EMPTY = 'mcp-firewall-bench.empty';

await installEditor();
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(path.join(tmpdir(), 'mcpfw-'));
let editor;
let browser;
try {
	await main();
} finally {
	await browser?.close();
	await editor?.stop();
	rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function main() {
	const profile = path.join(folder, 'profile');
	await prepareRegistry(path.join(profile, 'data/User/globalStorage', OURS));
	const { workspace } = copySampleWorkspace(path.join(folder, 'ws'));
	const home = path.join(folder, 'home');
	mkdirSync(home);
	const flags = `--cpu-prof --cpu-prof-interval=200 --cpu-prof-dir=${out}`;
	editor = await startCodeServer({
		...{ profile, workspace, extensions: [await emptyExtension(), productVsix()] },
		env: { HOME: home, USERPROFILE: home, ...(values.profile && { NODE_OPTIONS: flags }) },
	});
	const { chromium } = createRequire(path.join(root, 'test/e2e/package.json'))('playwright-core');
	browser = await chromium.launch({
		executablePath: await ensureChromium(),
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
	});
	console.log(
		`${cpus()[0].model} × ${cpus().length}, ${(totalmem() / 1e9).toFixed(0)} GB, ${release()}, load ${loadavg()[0].toFixed(1)}`,
	);
	const seen = { [OURS]: [], [EMPTY]: [] };
	for (let round = 0; round < rounds; round++) {
		const report = await oneWindow();
		console.log(`${round + 1}: ${Object.entries(report).map(told).join('; ')}`);
		// The first window installs what the next ones find.
		if (round > 0) for (const id of Object.keys(seen)) seen[id].push(report[id]);
	}
	tell(seen);
}

/** A fresh window, and what its extension host says of both extensions. */
async function oneWindow() {
	const context = await browser.newContext({
		viewport: { width: 1440, height: 2400 },
		permissions: ['clipboard-read', 'clipboard-write'],
	});
	try {
		const workbench = new Workbench(await context.newPage(), out);
		await workbench.open(editor.url);
		await workbench.statusBarItem(/MCP|guarded/, 120_000);
		return await until('the report of the extension host', () => readReport(workbench), 120_000);
	} finally {
		await context.close();
	}
}

async function readReport(workbench) {
	const { page } = workbench;
	await workbench.runCommand('Developer: Startup Performance');
	const shown = page.locator('.editor-container .view-lines').first();
	await shown.waitFor();
	await shown.click();
	await page.keyboard.press('Control+a');
	await page.keyboard.press('Control+c');
	const all = await page.evaluate(() => window.navigator.clipboard.readText());
	await page.keyboard.press('Control+F4');
	return figuresOf(all);
}

/** Rows of "Extension Activation Stats": Extension, Eager, Load Code, Call Activate, Finish Activate, Event, By. */
function figuresOf(report) {
	const found = {};
	for (const line of report.split('\n')) {
		const cells = line
			.split('|')
			.map(cell => cell.trim())
			.filter((cell, at, all) => at > 0 || cell || all.length < 2);
		const at = cells.findIndex(cell => cell === OURS || cell === EMPTY);
		if (at >= 0) found[cells[at]] = cells.slice(at + 2, at + 5).map(Number);
	}
	return Object.keys(found).length === 2 ? found : undefined;
}

function told([id, parts]) {
	return `${id} ${parts.join(' + ')} ms`;
}

function tell(seen) {
	const rows = Object.entries(seen).flatMap(([id, all]) =>
		[
			...PARTS.map((part, at) => [part, all.map(each => each[at])]),
			['load + call', all.map(([a, b]) => a + b)],
		].map(([part, numbers]) => [
			`${id} ${part}`,
			...[Math.min(...numbers), median(numbers), quantile(numbers, 0.95)].map(ms => ms.toFixed(0)),
		]),
	);
	table(['ms', 'least', 'median', 'p95'], rows);
	const ours = median(seen[OURS].map(([load, call]) => load + call));
	console.log(
		`\nActivation (code loading + call, as "Show Running Extensions" has it) with ${servers} guarded servers: ` +
			`${ours.toFixed(0)} ms, goal ${GOAL_MS}: ${ours <= GOAL_MS ? 'ok' : 'short'}`,
	);
}

/** A registry of so many approved servers, each with the tools of a real one, written by the product's own code. */
async function prepareRegistry(dataDirectory) {
	const { RegistryFile, aServerEntry, aToolPin } = await loadSource(
		`export { RegistryFile } from './src/storage/registryFile';
		export { aServerEntry, aToolPin } from './test/unit/support/serverEntries';`,
	);
	const real = path.join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
	const peer = stdioPeer(process.execPath, [real, folder]);
	await peer.call('initialize', introduction);
	peer.notify('notifications/initialized');
	const { tools } = JSON.parse(await peer.call('tools/list')).result;
	await peer.stop();
	const silent = { trace() {}, info() {}, warn() {}, error: console.error };
	const registry = await RegistryFile.open(path.join(dataDirectory, 'registry'), silent);
	for (let at = 0; at < servers; at++) {
		const launch = { kind: 'stdio', command: 'node', args: [real, `/srv/data-${at}`], env: [] };
		const name = `server-${String(at + 1)}`;
		const change = await registry.put(aServerEntry({ name, launch, tools: tools.map(tool => aToolPin(tool)) }));
		if (change.kind !== 'done') throw new Error(JSON.stringify(change));
	}
	console.log(`${servers} servers of ${tools.length} tools, ${readFileSync(registry.file).length} bytes`);
	registry.dispose();
}

async function emptyExtension() {
	const cwd = path.join(folder, 'empty');
	mkdirSync(cwd);
	const manifest = {
		...{ name: 'empty', publisher: 'mcp-firewall-bench', version: '1.0.0', license: 'MIT' },
		...{ engines: { vscode: '^1.105.0' }, main: './extension.js', activationEvents: ['onStartupFinished'] },
	};
	writeFileSync(path.join(cwd, 'package.json'), JSON.stringify(manifest));
	writeFileSync(path.join(cwd, 'README.md'), 'Does nothing, for comparison.\n');
	writeFileSync(path.join(cwd, 'extension.js'), 'exports.activate = () => undefined;\n');
	const packagePath = path.join(folder, 'empty.vsix');
	await createVSIX({ cwd, packagePath, dependencies: false, allowMissingRepository: true, skipLicense: true });
	return packagePath;
}
