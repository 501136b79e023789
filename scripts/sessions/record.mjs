// Records agent sessions against real MCP servers: node scripts/sessions/record.mjs [NAME…]
// Writes test/fixtures/sessions/NAME.json: the tools as the servers list them, each call with the size and the kind of its answer.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../lib/install.mjs';
import { introduction, stdioPeer } from '../lib/stdioPeer.mjs';
import { plans } from './plans.mjs';

const modules = path.join(root, 'test/servers/node_modules');
const out = path.join(root, 'test/fixtures/sessions');
/** Longest answer that is kept as it is, UTF-16 units; tests that replay a session give it back. */
const MAX_ANSWER = 600;

mkdirSync(out, { recursive: true });
for (const plan of plans.filter(({ name }) => process.argv.length < 3 || process.argv.includes(name))) {
	const session = await record(plan);
	writeFileSync(path.join(out, `${plan.name}.json`), `${JSON.stringify(session, null, '\t')}\n`);
	console.log(`• ${plan.name}: ${session.calls.length} calls, ${session.calls.filter(c => c.isError).length} errors`);
}

async function record({ name, about, servers, steps }) {
	const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-firewall-session-')));
	const site = await openSite();
	const places = { ws: path.join(folder, 'ws'), home: path.join(folder, 'home'), web: site.address };
	layOut(places);
	const fill = value =>
		swap(
			value,
			Object.entries(places).map(([key, text]) => [`{${key}}`, text]),
		);
	// What stands in a fixture is the same on every machine.
	const blank = value =>
		swap(
			value,
			Object.entries(places).map(([key, text]) => [text, `{${key}}`]),
		);
	const peers = new Map();
	try {
		const listed = [];
		for (const server of servers) {
			const env = { PATH: process.env.PATH, HOME: places.home, ...fill(server.env ?? {}) };
			const args = [path.join(modules, server.file), ...fill(server.args ?? [])];
			const peer = stdioPeer(process.execPath, args, { cwd: places.ws, env });
			peers.set(server.name, peer);
			await peer.call('initialize', { ...introduction, capabilities: {} });
			peer.notify('notifications/initialized');
			const { tools } = JSON.parse(await peer.call('tools/list')).result;
			const { version } = JSON.parse(readFileSync(path.join(modules, server.package, 'package.json'), 'utf8'));
			const used = new Set(steps.map(({ tool }) => tool));
			const kept = tools.filter(tool => used.has(tool.name));
			listed.push({
				...{ name: server.name, package: server.package, version },
				tools: kept.map(({ name, inputSchema, annotations }) => ({ name, inputSchema, annotations })),
			});
		}
		const calls = [];
		for (const step of steps) {
			calls.push({
				...step,
				...(step.answer === 'yes' && (await made(peers.get(step.server), step, fill, blank))),
			});
		}
		return { name, about, recordedAt: '2026-11-28', servers: listed, calls };
	} finally {
		for (const peer of peers.values()) await peer.stop();
		site.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function made(peer, { tool, arguments: args }, fill, blank) {
	const line = await peer.call('tools/call', { name: tool, arguments: fill(args) });
	const { result, error } = JSON.parse(line);
	const text = (result?.content ?? []).map(part => part.text ?? '').join('\n');
	return {
		bytes: Buffer.byteLength(line),
		isError: error !== undefined || result?.isError === true,
		answer: 'yes',
		...(text !== '' && { text: blank(text).slice(0, MAX_ANSWER) }),
	};
}

function layOut({ ws, home }) {
	const files = {
		'readme.md': '# Tides\n\nThey rise, and they fall.\n',
		'src/index.js': "export { tides } from './tides.js';\n",
		'src/tides.js': 'export const tides = 2;\n',
		'test/index.js': "import '../src/tides.js';\n",
		'docs/one.md': '# One\n',
		'docs/two.md': '# Two\n',
	};
	mkdirSync(home, { recursive: true });
	for (const [file, text] of Object.entries(files)) {
		mkdirSync(path.dirname(path.join(ws, file)), { recursive: true });
		writeFileSync(path.join(ws, file), text);
	}
	const git = (...args) =>
		execFileSync('git', ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com', ...args], { cwd: ws });
	git('init', '-q', '-b', 'main');
	git('config', 'user.name', 'dev');
	git('config', 'user.email', 'dev@example.com');
	git('add', '.');
	git('commit', '-qm', 'First');
	writeFileSync(path.join(ws, 'src/tides.js'), 'export const tides = 2; // twice\n');
	writeFileSync(path.join(ws, 'readme.md'), '# Tides\n\nThey rise, and they fall. Twice a day.\n');
}

async function openSite() {
	const server = createServer((_request, response) => {
		response.setHeader('content-type', 'text/html').end('<h1>Tides</h1><p>High at 06:12.</p>');
	});
	await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
	return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** The value with texts in place of others, wherever they stand. */
function swap(value, pairs) {
	if (typeof value === 'string') return pairs.reduce((text, [from, to]) => text.replaceAll(from, to), value);
	if (Array.isArray(value)) return value.map(item => swap(item, pairs));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, swap(item, pairs)]));
}
