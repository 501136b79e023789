// The official conformance suites against our own server: directly, and with the product in between. What passes directly
// has to pass guarded, scenario by scenario.
//   node test/conformance/run.mjs [TEXT]     only the suites whose title holds the text
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { startGateway, writeAllowAll } from '../../scripts/lib/gateway.mjs';
import { startHeaderRelay } from '../../scripts/lib/headerRelay.mjs';
import { installPackages, node24, root } from '../../scripts/lib/install.mjs';
import { killTree, run } from '../../scripts/lib/process.mjs';
import { step } from '../../scripts/lib/steps.mjs';
import { toolNames } from '../../scripts/lib/stdioPeer.mjs';

const here = path.join(root, 'test/conformance');
const output = path.join(root, 'test-output/conformance');
const main = path.join(here, 'server/main.mjs');
const SUITE_MS = 120_000;

/** `direct` is how many scenarios our server passes by itself: fewer would prove nothing. */
const suites = [
	{ title: '0.1.16, all', bundle: 'conformance-0.1', args: ['--suite', 'all'], direct: 32 },
	{
		title: '0.2.0-alpha.12, 2025-11-25',
		bundle: 'conformance-0.2',
		args: ['--requirements', '2025-11-25'],
		direct: 33,
	},
	// The nine that our server does not pass are tasks-*, which the suite does not score.
	{
		title: '0.2.0-alpha.12, 2026-07-28',
		bundle: 'conformance-0.2',
		args: ['--requirements', '2026-07-28'],
		direct: 41,
		notYet: 'the product does not serve 2026-07-28 yet',
	},
].filter(({ title }) => title.includes(process.argv[2] ?? ''));

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
await step('Conformance suites', () => installPackages(here));
const total = { passed: 0, failed: 0, skipped: 0 };
const servers = [];
try {
	const direct = await startDirect();
	const guarded = await startGuarded();
	for (const [index, suite] of suites.entries()) {
		if (suite.notYet === undefined) {
			compare(suite, await both(suite, index, direct, guarded));
		} else {
			total.skipped++;
			console.log(`  ${suite.title}: skipped, ${suite.notYet}`);
		}
	}
} finally {
	for (const stop of servers) await stop();
}
writeFileSync(path.join(output, 'results.json'), JSON.stringify(total));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

async function startDirect() {
	const child = spawn(process.execPath, [main, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
	servers.push(() => killTree(child.pid));
	let told = '';
	for await (const chunk of child.stdout.setEncoding('utf8')) {
		told += chunk;
		const url = /http:\S+/.exec(told)?.[0];
		if (url) return url;
	}
	throw new Error('The conformance server does not listen.');
}

async function startGuarded() {
	const command = [process.execPath, main];
	const policy = path.join(output, 'policy.yaml');
	writeAllowAll(policy, 'conformance', await toolNames(process.execPath, [main]));
	const gateway = await startGateway({ policy, data: path.join(output, 'data'), name: 'conformance', command });
	servers.push(gateway.stop);
	const relay = await startHeaderRelay(gateway);
	servers.push(() => relay.close());
	return relay.url;
}

async function both(suite, index, direct, guarded) {
	return {
		direct: await scenarios(suite, direct, path.join(output, `${index}-direct`)),
		guarded: await scenarios(suite, guarded, path.join(output, `${index}-guarded`)),
	};
}

/** What became of each scenario: its checks by name. */
async function scenarios({ bundle, args }, url, folder) {
	const file = path.join(here, 'node_modules', bundle, 'dist/index.js');
	const command = [file, 'server', '--url', url, ...args, '-o', folder];
	const node = node24(path.join(here, 'node_modules'));
	const { output: told } = await run(node, command, { quiet: true, timeoutMs: SUITE_MS });
	let names;
	try {
		names = readdirSync(folder);
	} catch {
		throw new Error(`The suite left no results:\n${told.slice(-2000)}`);
	}
	return new Map(
		names.map(name => [
			/^server-(.+)-\d{4}-\d\d-\d\dT/.exec(name)?.[1] ?? name,
			JSON.parse(readFileSync(path.join(folder, name, 'checks.json'), 'utf8')),
		]),
	);
}

/** As the suites count: a scenario passes when no check of it failed. */
function passing(results) {
	return new Set([...results].filter(([, checks]) => checks.every(isNoFailure)).map(([name]) => name));
}

function isNoFailure({ status }) {
	return status !== 'FAILURE';
}

function compare(suite, { direct, guarded }) {
	const own = passing(direct);
	const through = passing(guarded);
	const differing = [...new Set([...direct.keys(), ...guarded.keys()])].filter(
		name => own.has(name) !== through.has(name),
	);
	console.log(
		`  ${suite.title}: direct ${own.size}/${direct.size}, guarded ${through.size}/${guarded.size}, ` +
			`difference ${differing.length === 0 ? 'none' : differing.join(', ')}`,
	);
	for (const name of differing) {
		for (const check of [...(guarded.get(name) ?? []), ...(direct.get(name) ?? [])].filter(
			each => !isNoFailure(each),
		))
			console.log(`    ${name}: ${check.id}: ${check.errorMessage ?? ''}`);
	}
	tellWeaker(direct, guarded, differing);
	total.passed += direct.size - differing.length;
	total.failed += differing.length;
	if (own.size !== suite.direct) {
		console.log(`    the server itself passes ${own.size} scenarios, ${suite.direct} are expected`);
		total.failed++;
	}
}

/** Checks that are not failed by the suites' count, but came out otherwise: to be read, not to be counted. */
function tellWeaker(direct, guarded, differing) {
	for (const [name, checks] of direct) {
		if (differing.includes(name)) continue;
		const outcomes = new Map((guarded.get(name) ?? []).map(({ id, status }) => [id, status]));
		for (const { id, status } of checks) {
			const other = outcomes.get(id) ?? 'absent';
			if (status !== 'INFO' && status !== other)
				console.log(`    ${name}: ${id} is ${status} directly, ${other} guarded`);
		}
	}
}
