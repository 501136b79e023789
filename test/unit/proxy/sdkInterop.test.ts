import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { listTools } from '../../../src/proxy/inspectServer';
import { runStdioFace } from '../../../src/proxy/face/stdioFace';
import { type ResolvedLaunch } from '../../../src/proxy/upstream/stdioUpstream';
import { socketFetch } from './httpClient';
import { contains, countMessages, ids, misbehaving, neverAsked, openPaths, realClock } from './support';

let folder: string;
let endpoint: Endpoint;
const launches: Record<string, ResolvedLaunch> = {};

beforeAll(async () => {
	folder = await realpath(await mkdtemp(join(tmpdir(), 'mf-sdk-')));
	await writeFile(join(folder, 'note.txt'), 'Grüße 😀');
	const bin = join(process.cwd(), 'node_modules/.bin');
	launches.everything = { command: join(bin, 'mcp-server-everything'), args: [], env: {} };
	launches.filesystem = { command: join(bin, 'mcp-server-filesystem'), args: [folder], env: {} };
	endpoint = await Endpoint.open({
		at: { directory: join(folder, 's') },
		sessionPaths: openPaths,
		clock: realClock,
		ids,
		logger: silentLogger,
		servers: id => ({ server: guarded(id), approver: neverAsked, launch: () => Promise.resolve(launches[id]!) }),
	});
});

afterAll(async () => {
	await endpoint.close({ afterClose: 0, afterTerm: 0 });
	await rm(folder, { recursive: true });
});

const guarded = (id: string) => ({ id, name: id, reviewRequired: false, roots: [] });

/** The SDK's own framing over a pair of streams. */
class PipeTransport implements Transport {
	readonly input = new PassThrough();
	readonly output = new PassThrough();
	onmessage?: (message: JSONRPCMessage) => void;
	onclose?: () => void;

	start() {
		const buffer = new ReadBuffer();
		this.output.on('data', (chunk: Buffer) => {
			buffer.append(chunk);
			for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage()) {
				this.onmessage?.(message);
			}
		});
		return Promise.resolve();
	}

	send(message: JSONRPCMessage) {
		this.input.write(serializeMessage(message));
		return Promise.resolve();
	}

	close() {
		this.input.end();
		this.onclose?.();
		return Promise.resolve();
	}
}

async function connect(face: string, id: string): Promise<{ client: Client; end: () => Promise<unknown> }> {
	const client = new Client(
		{ name: 'test', version: '1' },
		{ capabilities: { sampling: {}, roots: {}, elicitation: {} } },
	);
	client.setRequestHandler(CreateMessageRequestSchema, () => ({
		model: 'none',
		role: 'assistant',
		content: { type: 'text', text: 'sampled' },
	}));
	if (face === 'http') {
		const address = endpoint.uriFor(id);
		const transport = new StreamableHTTPClientTransport(new URL(`http://localhost/servers/${id}/mcp`), {
			fetch: socketFetch(address),
			requestInit: { headers: { ...address.headers } },
		});
		await client.connect(transport);
		return { client, end: async () => transport.terminateSession().then(() => client.close()) };
	}
	const pipe = new PipeTransport();
	const done = runStdioFace({
		input: pipe.input,
		output: pipe.output,
		server: guarded(id),
		launch: launches[id]!,
		sessionPaths: openPaths,
		clock: realClock,
		ids,
		logger: silentLogger,
	});
	await client.connect(pipe);
	return { client, end: async () => client.close().then(() => done) };
}

describe.each(['http', 'stdio'])('PROTO-01: the SDK client over the %s face', face => {
	it('calls server-everything: list, echo, progress, sampling, resources, prompts', async () => {
		const { client, end } = await connect(face, 'everything');
		expect(client.getServerVersion()).toMatchObject({ name: contains('everything') });
		const { tools } = await client.listTools();
		expect(tools.map(tool => tool.name)).toContain('echo');
		const echo = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
		expect(JSON.stringify(echo)).toContain('hello');
		const progress = countMessages(client, 'notifications/progress');
		await client.callTool(
			{ name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } },
			undefined,
			{
				onprogress: () => undefined,
			},
		);
		expect(progress()).toBe(3);
		const sampled = await client.callTool({
			name: 'trigger-sampling-request',
			arguments: { prompt: 'p', maxTokens: 5 },
		});
		expect(JSON.stringify(sampled)).toContain('sampled');
		expect((await client.listResources()).resources.length).toBeGreaterThan(0);
		expect((await client.listPrompts()).prompts.length).toBeGreaterThan(0);
		expect(await end()).toBe(face === 'stdio' ? 0 : undefined);
	});

	it('calls server-filesystem', async () => {
		const { client, end } = await connect(face, 'filesystem');
		const read = await client.callTool({ name: 'read_text_file', arguments: { path: join(folder, 'note.txt') } });
		expect(JSON.stringify(read)).toContain('Grüße 😀');
		await end();
	});
});

describe('runStdioFace', () => {
	it('PROTO-17: resolves with the code of a server that ends', async () => {
		const pipe = new PipeTransport();
		await pipe.start();
		launches.bad = misbehaving();
		const { client, end } = await connect('stdio', 'bad');
		await expect(client.callTool({ name: 'evil', arguments: { kind: 'exit' } })).rejects.toThrow('failed: exited');
		expect(await end()).toBe(7);
	});

	it('PROTO-06: answers what was asked before the input ended, also without a last newline', async () => {
		const input = new PassThrough();
		const output = new PassThrough();
		input.end('{"jsonrpc":"2.0","id":1,"method":"ping"}\n{"jsonrpc":"2.0","id":2,"method":"ping"}');
		const code = await runStdioFace({
			input,
			output,
			server: guarded('x'),
			launch: misbehaving(),
			sessionPaths: openPaths,
			clock: realClock,
			ids,
			logger: silentLogger,
		});
		expect(code).toBe(0);
		const lines = String(output.read()).trim().split('\n');
		expect(lines.map(line => (JSON.parse(line) as { id: number }).id)).toEqual([1, 2]);
	});
});

describe('listTools on real servers', () => {
	it.each(['everything', 'filesystem'])('reads the tools of server-%s as VS Code would', async id => {
		const options = { clock: realClock, clientInfo: { name: 'test', version: '1' } };
		const surface = await listTools(launches[id]!, options, new AbortController().signal);
		expect(surface.tools.length).toBeGreaterThan(5);
	});
});
