// What breaks the wire must not break the product: the robustness corpus and the transparency check of ../shared/bench, over
// both faces of the gateway as it was built, and first what a client sees when its server ends.
//   node test/robust/run.mjs
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gatewayArguments, writeAllowAll } from '../../scripts/lib/gateway.mjs';
import { root } from '../../scripts/lib/install.mjs';
import { run } from '../../scripts/lib/process.mjs';
import { step } from '../../scripts/lib/steps.mjs';
import { endings } from './endings.mjs';

const output = path.join(root, 'test-output/robust');
const bench = path.resolve(root, '../shared/bench');
const CORPUS_MS = 240_000;
const CHECK_MS = 60_000;
const token = 'a-token-of-the-tests-and-no-secret';

/**
 * The corpus goes on with the session of a server that has ended, so it finds nobody there unless the session was started
 * anew. Reporting it is as good (spec/wire.md S-exit); `endings.mjs` holds the product to that.
 */
const mayEnd = new Set(['S-exit', 'S-partialexit', 'S-nonewline']);

/** What a client sends and no two parsers read alike is refused (HOUSE.md, wire.md §1.4), so these do not come through. */
const refusedRows = { rawDupKey: /-32600/, proto: /-32600/ };
/** A row that is not ok yet, and why. */
const knownGaps = { mrtr: 'inputResponses are a member of 2026-07-28, and a session of 2025-11-25 refuses it' };

const total = { passed: 0, failed: 0, skipped: 0 };
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });

for (const { title, problem } of await endings(path.join(output, 'endings'))) count(title, problem);
if (existsSync(path.join(bench, 'robust.mjs'))) {
	await step('Robustness corpus, HTTP', () => corpus('http'));
	await step('Robustness corpus, stdio', () => corpus('stdio'));
	await step('Transparency', transparency);
} else {
	total.skipped++;
	console.log('  skipped: ../shared/bench is not here. Unit and path tests hold its cases one by one.');
}
writeFileSync(path.join(output, 'results.json'), JSON.stringify(total));
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);

function count(title, problem) {
	if (problem === undefined) {
		total.passed++;
		return;
	}
	total.failed++;
	console.log(`\n  ✗ ${title}: ${problem}`);
}

async function corpus(face) {
	const policy = path.join(output, `${face}.yaml`);
	writeAllowAll(policy, 'evil', ['evil', 'echo']);
	const own = { policy, data: path.join(output, face), name: 'evil', command: ['{evil}'] };
	const command = gatewayArguments({ ...own, ...(face === 'http' && { listen: '{port}' }) });
	const file = path.join(output, `${face}.json`);
	const http = ['--path', '/servers/evil/mcp', '--header', `authorization: Bearer ${token}`];
	const args = ['run', '--face', face, ...(face === 'http' ? http : []), '--out', file];
	const { output: told } = await run(
		process.execPath,
		[path.join(bench, 'robust.mjs'), ...args, '--cmd', ['{node}', ...command].join(' ')],
		{ quiet: true, timeoutMs: CORPUS_MS, env: { ...process.env, MCP_FIREWALL_TOKEN: token } },
	);
	const results = Object.entries(readResults(file, told).res);
	for (const [id, { o: outcome, note }] of results) {
		const held = outcome === 'ok' || (mayEnd.has(id) && ['DEAD', 'ended'].includes(outcome));
		count(`${id} (${face})`, held ? undefined : `${outcome} ${note}`);
	}
	const ended = results.filter(([, { o: outcome }]) => outcome !== 'ok').map(([id]) => id);
	return `${results.length} cases${ended.length > 0 ? `, sessions ended and told: ${ended.join(', ')}` : ''}`;
}

async function transparency() {
	const policy = path.join(output, 'echo.yaml');
	writeAllowAll(policy, 'echo', ['echo', 'progress', 'nullmeta', 'mrtr', 'sample', 'hang', 'cancelled', 'nope']);
	const own = { policy, name: 'echo', command: ['{...echo}'] };
	const target = (face, extra, listen) => ({
		name: face,
		face,
		up: 'stdio',
		cmd: ['{node}', ...gatewayArguments({ ...own, data: path.join(output, `check-${face}`), ...listen })],
		...extra,
	});
	const targets = path.join(output, 'targets.json');
	const headers = { authorization: `Bearer ${token}` };
	const env = { MCP_FIREWALL_TOKEN: token };
	const http = target('http', { path: '/servers/echo/mcp', headers, env }, { listen: '{port}' });
	writeFileSync(targets, JSON.stringify([target('stdio'), http]));
	const file = path.join(output, 'check.json');
	const args = ['check', '--targets-file', targets, '--targets', 'stdio,http', '--out', file];
	const { output: told } = await run(process.execPath, [path.join(bench, 'bench.mjs'), ...args], {
		quiet: true,
		timeoutMs: CHECK_MS,
	});
	const { rows } = readResults(file, told);
	for (const { target: face, ...row } of rows)
		for (const [key, value] of Object.entries(row)) judgeRow(`${key} (${face})`, key, value);
	return `${rows.length} faces`;
}

function judgeRow(title, key, value) {
	const refusal = refusedRows[key];
	if (value === true || (key === 'pv' && value === '2025-11-25')) {
		count(title, refusal && 'came through');
	} else if (refusal?.test(String(value))) {
		count(title);
	} else if (knownGaps[key] !== undefined) {
		total.skipped++;
		console.log(`\n  skipped: ${title}: ${knownGaps[key]} (${String(value)})`);
	} else {
		count(title, String(value));
	}
}

function readResults(file, told) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		throw new Error(`No results were left:\n${told.slice(-2000)}`);
	}
}
