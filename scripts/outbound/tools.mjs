// The tools that real npm servers list, asked of the servers themselves (test/servers/list.mjs), and the arguments of the
// calls that are recorded there.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../lib/install.mjs';
import { servers } from '../../test/servers/list.mjs';

const modules = path.join(root, 'test/servers/node_modules');
const ANSWER_MS = 40_000;

/** `{ server, tools }` of each server that is installed and answers; in order. */
export async function listTools() {
	const listed = [];
	for (const server of servers) {
		const file = path.join(modules, server.file);
		const tools = existsSync(file) ? await toolsOf(server, file).catch(() => []) : [];
		if (tools.length > 0) listed.push({ server: server.name, tools });
	}
	return listed;
}

/** The recorded arguments: `{ server, tool, args }`. */
export function recordedCalls(folder) {
	return servers.flatMap(server => server.calls(folder).map(([tool, args]) => ({ server: server.name, tool, args })));
}

async function toolsOf(server, file) {
	const folder = mkdtempSync(path.join(tmpdir(), 'outbound-'));
	mkdirSync(path.join(folder, 'ws'));
	writeFileSync(path.join(folder, 'ws', 'readme.md'), '# Tides\n');
	const args = server.args?.(folder) ?? [];
	const child = spawn(process.execPath, [file, ...args], {
		cwd: folder,
		env: { ...process.env, ...server.env?.(folder, 'eval') },
		stdio: ['pipe', 'pipe', 'ignore'],
	});
	child.on('error', () => undefined);
	child.stdin.on('error', () => undefined);
	const send = message => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
	try {
		return await new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error('no answer')), ANSWER_MS);
			timer.unref();
			child.once('exit', () => reject(new Error('ended')));
			let rest = '';
			child.stdout.setEncoding('utf8').on('data', text => {
				const lines = (rest + text).split('\n');
				rest = lines.pop();
				for (const line of lines.filter(each => each.startsWith('{'))) {
					const message = JSON.parse(line);
					if (message.id === 1) {
						send({ method: 'notifications/initialized' });
						send({ id: 2, method: 'tools/list', params: {} });
					} else if (message.id === 2) {
						resolve(message.result?.tools ?? []);
					}
				}
			});
			const clientInfo = { name: 'eval', version: '1' };
			send({
				id: 1,
				method: 'initialize',
				params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
			});
		});
	} finally {
		child.kill('SIGKILL');
		rmSync(folder, { recursive: true, force: true });
	}
}
