// Real MCP servers: what they answer to `initialize`, `tools/list` and harmless calls is byte for byte the same directly,
// through the gateway on stdio, and through the gateway over HTTP.
//   node test/servers/run.mjs [NAME…]     these servers only
//   node test/servers/run.mjs --all       compiles what is native first
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installPackages, root } from '../../scripts/lib/install.mjs';
import { run } from '../../scripts/lib/process.mjs';
import { seconds, step } from '../../scripts/lib/steps.mjs';
import { writeAllowAll } from '../../scripts/lib/gateway.mjs';
import { servers } from './list.mjs';
import { ways } from './ways.mjs';

const here = path.join(root, 'test/servers');
const modules = path.join(here, 'node_modules');
const output = path.join(root, 'test-output/servers');
const recipes = JSON.parse(readFileSync(path.join(root, 'test/fixtures/recipeTools.json'), 'utf8'));
const COMPILE_MS = 480_000;
/** Servers that are compared side by side. */
const AT_ONCE = 2;

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
const chosen = servers.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const total = { passed: 0, failed: 0, skipped: 0 };

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
await step('Real servers', () => installPackages(here));
if (values.all) await step('Native modules', compile);
// Most of the time goes into waiting for processes to start.
const queue = [...chosen];
await Promise.all(Array.from({ length: AT_ONCE }, work));
writeFileSync(path.join(output, 'results.json'), JSON.stringify(total));
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

async function work() {
	for (let server = queue.shift(); server !== undefined; server = queue.shift()) {
		const started = performance.now();
		const told = await compare(server).catch(error => {
			total.failed++;
			return `✗ ${error.message}`;
		});
		console.log(`• ${server.name} … ${told}, ${seconds(started)}`);
	}
}

async function compile() {
	const rebuild = ['rebuild', 'sqlite3', '--build-from-source', '--loglevel=error'];
	const { code, output: told } = await run('npm', rebuild, { cwd: here, quiet: true, timeoutMs: COMPILE_MS });
	return code === 0 ? 'compiled' : `not compiled: ${told.trim().split('\n').at(-1)}`;
}

/** A folder as small as a workspace can be, where the server works whatever the way it is reached. */
function workspace(name) {
	const folder = path.join(output, name, 'workspace');
	mkdirSync(folder, { recursive: true });
	writeFileSync(path.join(folder, 'readme.md'), '# Tides\n\nThey rise, and they fall.\n');
	writeFileSync(path.join(folder, 'tides.js'), 'const tides = 2;\n');
	return folder;
}

async function compare(server) {
	if (server.native !== undefined && !existsSync(path.join(modules, server.native))) {
		total.skipped++;
		return 'skipped: its native module is not compiled (npm run test:servers does that)';
	}
	const folder = workspace(server.name);
	const command = [process.execPath, path.join(modules, server.file), ...(server.args?.(folder) ?? [])];
	const policy = path.join(output, server.name, 'policy.yaml');
	const calls = server.calls(folder);
	const answers = new Map();
	for (const [way, ask] of Object.entries(ways)) {
		const place = { name: server.name, folder, command, policy, data: path.join(output, server.name, way) };
		const lines = await ask({ ...place, env: server.env?.(folder, way) ?? {} }, calls);
		answers.set(way, lines);
		if (way === 'direct') writeAllowAll(policy, server.name, namedTools(lines[1], calls));
	}
	return tell(server, calls, answers);
}

/** The tools that a server lists, and those that are called all the same. */
function namedTools(list, calls) {
	const listed = JSON.parse(list).result.tools.map(({ name }) => name);
	return [...new Set([...listed, ...calls.map(([tool]) => tool)])];
}

/** Tools of a recipe under docs/recipes that this server does not list any more, and new ones that the recipe does not know. */
function recipeProblems({ name, file }, list) {
	const recipe = Object.values(recipes).find(each => file.startsWith(`${each.package}/`));
	if (recipe === undefined || recipe.from !== 'tools/list') return [];
	const known = Object.keys(recipe.tools).sort().join();
	const listed = namedTools(list, []).sort().join();
	if (known === listed) total.passed++;
	return known === listed ? [] : [`${name}: test/fixtures/recipeTools.json says ${known}, the server ${listed}`];
}

function tell({ name, file, volatile = [] }, calls, answers) {
	const steady = line => volatile.reduce((text, { pattern, as }) => text.replaceAll(pattern, as), line);
	const titles = ['initialize', 'tools/list', ...calls.map(([tool]) => tool)];
	const problems = recipeProblems({ name, file }, answers.get('direct')[1]);
	for (const [way, lines] of answers) {
		if (way === 'direct') continue;
		titles.forEach((title, index) => {
			const [own, guarded] = [answers.get('direct')[index], lines[index]].map(line => steady(line ?? ''));
			if (own === guarded && own !== '') total.passed++;
			else problems.push(`${name}, ${title} (${way}): ${difference(own, guarded)}`);
		});
	}
	total.failed += problems.length;
	for (const problem of problems) console.log(`\n  ✗ ${problem}`);
	const bytes = answers.get('direct').reduce((sum, line) => sum + line.length, 0);
	return `${titles.length} answers, ${bytes} characters`;
}

function difference(own, guarded) {
	let at = 0;
	while (at < own.length && own[at] === guarded[at]) at++;
	const around = text => JSON.stringify(text.slice(Math.max(0, at - 60), at + 140));
	return `from character ${at} on\n      direct  ${around(own)}\n      guarded ${around(guarded)}`;
}
