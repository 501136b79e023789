// `npm test`: every check there is, from a fresh clone. One closing line sums them all up.
//   --only a,b   run only these steps (types, lint, format, layers, deadcode, build, package, unit, panel, oauth, conformance,
//                clients, robust, servers, e2e)
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from './lib/chromium.mjs';
import { productVsix } from './lib/demo.mjs';
import { installEditor, installPackages, installRoot, root } from './lib/install.mjs';
import { run } from './lib/process.mjs';
import { seconds, step } from './lib/steps.mjs';

const minute = 60_000;
const output = path.join(root, 'test-output');
const { values } = parseArgs({ options: { only: { type: 'string' } } });

/** Checks that only read. Each takes one core, so they share the machine; the longest begins. */
const reading = {
	lint: 'lint',
	types: 'typecheck',
	format: 'format:check',
	layers: 'layers',
	deadcode: 'deadcode',
};

const suites = {
	build: () => check('build'),
	package: () => {
		// The tests that follow must never try an old one.
		rmSync(productVsix(), { force: true });
		return check('package');
	},
	unit,
	panel,
	oauth: () => vitestCounts('oauth', path.join(root, 'test/oauth/run.mjs'), []),
	conformance: () => suite('conformance'),
	clients,
	robust: () => suite('robust'),
	servers: () => suite('servers'),
	e2e,
};

process.exit(await main());

async function main() {
	const known = [...Object.keys(reading), ...Object.keys(suites)];
	const chosen = values.only?.split(',') ?? known;
	const unknown = chosen.filter(name => !known.includes(name));
	if (unknown.length) {
		console.error(`No such step: ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
		return 2;
	}
	mkdirSync(output, { recursive: true });
	const total = { passed: 0, failed: 0, skipped: 0 };
	try {
		await step('Packages', installRoot);
	} catch (error) {
		console.error(error.message);
		chosen.length = 0;
		total.failed = 1;
	}
	const add = counts => {
		for (const key of Object.keys(total)) total[key] += counts[key];
	};
	const checks = Object.keys(reading).filter(name => chosen.includes(name));
	const lane = async () => {
		for (let name = checks.shift(); name; name = checks.shift()) add(await readingCheck(name));
	};
	await Promise.all([lane(), lane()]);
	for (const name of chosen.filter(each => Object.hasOwn(suites, each))) {
		const started = performance.now();
		console.log(`\n── ${name}`);
		const counts = await suites[name]().catch(error => {
			console.error(error.message);
			return { passed: 0, failed: 1, skipped: 0 };
		});
		add(counts);
		console.log(`── ${name}: ${counts.failed ? 'FAILED' : 'ok'}, ${seconds(started)}`);
	}
	console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
	return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** An npm script that is one check: it passes or fails as a whole. */
async function check(script) {
	const { code } = await run('npm', ['run', '--silent', script], { cwd: root, timeoutMs: 10 * minute });
	return oneCheck(code);
}

/** What a program that is one check counts as: it passes or fails as a whole. */
function oneCheck(code) {
	return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** One of the checks that share the machine: what it says is told as a whole. */
async function readingCheck(name) {
	const started = performance.now();
	const args = ['run', '--silent', reading[name]];
	const { code, output: said } = await run('npm', args, { cwd: root, quiet: true, timeoutMs: 20 * minute });
	const verdict = code === 0 ? 'ok' : 'FAILED';
	console.log(`\n── ${name}\n${said.trimEnd()}\n── ${name}: ${verdict}, ${seconds(started)}`);
	return oneCheck(code);
}

async function unit() {
	// Some tests look at real servers from npm.
	await step('Real servers', () => installPackages(path.join(root, 'test/servers')));
	return vitestCounts('unit', path.join(root, 'node_modules/vitest/vitest.mjs'), ['run']);
}

/** What vitest counts, run by this script with these arguments. */
async function vitestCounts(name, script, args) {
	const file = path.join(output, `${name}.json`);
	rmSync(file, { force: true });
	const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
	const { code } = await run(process.execPath, [script, ...args, ...reporters], {
		cwd: root,
		timeoutMs: 30 * minute,
	});
	return fromFile(file, code, report => ({
		passed: report.numPassedTests,
		// A file that cannot be loaded has no tests to fail.
		failed: report.numFailedTests + report.testResults.filter(isBrokenFile).length,
		skipped: report.numPendingTests + report.numTodoTests,
	}));
}

function isBrokenFile({ status, assertionResults }) {
	return status === 'failed' && !assertionResults.some(result => result.status === 'failed');
}

/** A suite in a folder of its own below `test/`, over the product as it was built; leaves its counts in its output folder. */
async function suite(name) {
	const file = path.join(output, name, 'results.json');
	rmSync(file, { force: true });
	const { code } = await run(process.execPath, [path.join(root, 'test', name, 'run.mjs')], {
		cwd: root,
		timeoutMs: 10 * minute,
	});
	return fromFile(file, code, report => report);
}

/** The panel, the review page and the trust card in a browser: what they do, axe-core, keyboard, small windows. */
async function panel() {
	await step('Browser', ensureChromium);
	await step('Editor', installEditor);
	const file = path.join(output, 'panel/results.json');
	rmSync(file, { force: true });
	const { code } = await run(process.execPath, [path.join(root, 'test/panel/preview.mjs')], {
		cwd: root,
		timeoutMs: 20 * minute,
	});
	return fromFile(file, code, report => report);
}

/** The conformance suite for clients, whose packages `conformance` brings. */
async function clients() {
	const file = path.join(root, 'test/conformance/client/run.mjs');
	const { code } = await run(process.execPath, [file], { cwd: root, timeoutMs: 10 * minute });
	const skipped = code === 77 ? 1 : 0;
	return { passed: code === 0 ? 1 : 0, failed: code === 0 || skipped ? 0 : 1, skipped };
}

async function e2e() {
	await step('Browser', ensureChromium);
	await step('Editor', installEditor);
	const runner = path.join(root, 'test/e2e/run.mjs');
	const file = path.join(output, 'e2e/results.json');
	rmSync(file, { force: true });
	const { code } = await run(process.execPath, [runner, '--part'], { cwd: root, timeoutMs: 35 * minute });
	return fromFile(file, code, report => report);
}

/** Counts that a suite left in a file. No file, no tests, or a failure that no count tells of: one failure more. */
function fromFile(file, code, read) {
	let counts;
	try {
		counts = read(JSON.parse(readFileSync(file, 'utf8')));
	} catch {
		console.error(`The suite ended with ${code} and left no result in ${file}.`);
		return { passed: 0, failed: 1, skipped: 0 };
	}
	const unexplained = counts.failed === 0 && (code !== 0 || counts.passed === 0);
	return unexplained ? { ...counts, failed: 1 } : counts;
}
