import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { HttpUpstream } from '../../../src/proxy/upstream/httpUpstream';
import { listTools } from '../../../src/proxy/inspectServer';
import { openRelay, realClock, textOf } from './support';

const children: ChildProcess[] = [];
const file = fileURLToPath(
	new URL('../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
);

afterEach(async () => {
	await Promise.all(
		children.splice(0).map(child => {
			const gone = new Promise(resolve => child.once('exit', resolve));
			child.kill('SIGKILL');
			return gone;
		}),
	);
});

/** server-everything over HTTP; resolves with its origin when it listens. */
async function everything(transport: 'streamableHttp' | 'sse'): Promise<string> {
	const port = await new Promise<number>(resolve => {
		const probe = createServer().listen(0, '127.0.0.1', () => {
			const address = probe.address();
			probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
		});
	});
	const child = spawn(process.execPath, [file, transport], {
		env: { ...process.env, PORT: String(port) },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	children.push(child);
	await new Promise<void>((resolve, reject) => {
		const heard = (chunk: Buffer) => /(listening|running) on port/i.test(chunk.toString()) && resolve();
		child.stdout.on('data', heard);
		child.stderr.on('data', heard);
		child.once('exit', () => reject(new Error('server-everything ended')));
	});
	return `http://127.0.0.1:${String(port)}`;
}

describe.each([
	['streamableHttp', '/mcp'],
	['sse', '/sse'],
] as const)('server-everything in %s mode through HttpUpstream', (transport, path) => {
	it('initialises, lists, calls with progress, is asked for roots, and ends', async () => {
		const url = `${await everything(transport)}${path}`;
		const target = { kind: 'http', url, headers: {} } as const;
		const { send, inbox, close } = await openRelay({ upstream: new HttpUpstream(target, realClock) });
		const capabilities = { roots: { listChanged: true } };
		const clientInfo = { name: 'test', version: '1' };
		void send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities, clientInfo } });
		expect((await inbox.answerTo(1)).error).toBeUndefined();
		await send({ method: 'notifications/initialized' });
		const roots = await inbox.next(message => message.method === 'roots/list');
		await send({ id: roots.id!, result: { roots: [{ uri: 'file:///work', name: 'work' }] } });
		void send({ id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message: 'grüße 🎉' } } });
		expect(textOf(await inbox.answerTo(2))).toContain('grüße 🎉');
		void send({
			id: 3,
			method: 'tools/call',
			params: {
				name: 'trigger-long-running-operation',
				arguments: { duration: 0.2, steps: 2 },
				_meta: { progressToken: 'p' },
			},
		});
		expect((await inbox.answerTo(3)).error).toBeUndefined();
		const progress = inbox.all.filter(message => message.method === 'notifications/progress');
		expect(progress.map(message => (message.params as JsonObject).progress)).toEqual([1, 2]);
		await close();
	});

	it('is read for review like a server that is started', async () => {
		const url = `${await everything(transport)}${path}`;
		const options = { clock: realClock, clientInfo: { name: 'test', version: '1' } };
		const surface = await listTools({ kind: 'http', url, headers: {} }, options, new AbortController().signal);
		expect(surface.tools.map(tool => tool.name)).toContain('echo');
	});
});
