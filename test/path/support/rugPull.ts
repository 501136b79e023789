import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../../src/base/logger';
import { type JsonObject, type JsonValue } from '../../../src/base/json';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { type ServerSurface } from '../../../src/domain/registry/surface';
import { pinsOfSurface } from '../../../src/domain/registry/surfacePin';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { listTools } from '../../../src/proxy/inspectServer';
import { type UpstreamLaunch } from '../../../src/proxy/upstream/openUpstream';
import { AT_ONCE } from '../../../src/proxy/upstream/upstream';
import { exchange } from '../../unit/proxy/httpClient';
import { ScriptedServer } from '../../unit/proxy/httpServer';
import { ids, realClock } from '../../unit/proxy/support';
import { ALLOW_ALL, entryOf, pinOf, Rig } from './rig';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** What the rug-pull server says before the rug is pulled. */
export const BASE = JSON.parse(readFileSync(fixture('drift/base.json'), 'utf8')) as JsonObject;

/** One edit of what a server says: a JSON pointer, with `-` for the end of a list, and what stands there then. */
export type Edit = { readonly set: string; readonly to: JsonValue } | { readonly drop: string };

/** One mutation of the corpus. */
export interface Mutation {
	readonly id: string;
	readonly what: string;
	readonly change: readonly Edit[];
}

/** Reads a list of the corpus. */
export function corpus(name: string): unknown {
	return JSON.parse(readFileSync(fixture(`drift/${name}`), 'utf8'));
}

/** What the server says after a mutation. */
export function mutated({ change }: Pick<Mutation, 'change'>): JsonObject {
	const state = structuredClone(BASE) as Record<string, unknown>;
	for (const edit of change) {
		const steps = ('set' in edit ? edit.set : edit.drop).split('/').slice(1);
		const last = steps.pop()!;
		const parent = steps.reduce((at, step) => at[step] as Record<string, unknown>, state);
		if ('set' in edit) {
			if (Array.isArray(parent) && last === '-') {
				parent.push(edit.to);
			} else {
				parent[last] = edit.to;
			}
		} else if (Array.isArray(parent)) {
			parent.splice(Number(last), 1);
		} else {
			Reflect.deleteProperty(parent, last);
		}
	}
	return state as JsonObject;
}

/** The entry that a review of the whole surface leaves, everything admitted. */
export function entryFor(surface: ServerSurface, over: Partial<ServerEntry> = {}): ServerEntry {
	return entryOf(
		surface.tools.map(tool => pinOf(tool, 'compute.run')),
		{ surface: pinsOfSurface(surface), identity: surface.serverInfo, ...over },
	);
}

/** The rug-pull server behind an address: each POST is a line to one process, and its answer a line of it. */
class HttpBridge {
	private constructor(
		readonly server: ScriptedServer,
		private readonly child: ChildProcess,
	) {}

	static async open({ command, args }: { readonly command: string; readonly args: string[] }): Promise<HttpBridge> {
		const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
		const waiting = new Map<unknown, ServerResponse>();
		createInterface({ input: child.stdout }).on('line', line => {
			const { id } = JSON.parse(line) as JsonObject;
			waiting.get(id)?.writeHead(200, { 'Content-Type': 'application/json' }).end(line);
		});
		const server = await ScriptedServer.start(({ message, response }) => {
			if (message.id === undefined) {
				return undefined;
			}
			waiting.set(message.id, response);
			child.stdin.write(`${JSON.stringify(message)}\n`);
			return true;
		}, null);
		return new HttpBridge(server, child);
	}

	async close(): Promise<void> {
		this.child.kill();
		await this.server.close();
	}
}

/** One session of a client. */
export interface ClientSession {
	readonly hello: JsonObject;
	readonly request: (method: string, params?: JsonObject) => Promise<JsonObject>;
	/** Status of the answer to a POST. */
	readonly status: (method: string) => Promise<number>;
	readonly end: () => Promise<void>;
}

const META = {
	'io.modelcontextprotocol/protocolVersion': '2026-07-28',
	'io.modelcontextprotocol/clientCapabilities': {},
	'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
};

/** The rug-pull server as a real process behind a real endpoint and the real path, reviewed while it said {@link BASE}. */
export class RugPull {
	private count = 0;

	private constructor(
		readonly rig: Rig,
		readonly surface: ServerSurface,
		private readonly file: string,
		private readonly endpoint: Endpoint,
		private readonly folder: string,
		private readonly bridge: HttpBridge | undefined,
	) {}

	/** `over`: how the firewall reaches the server. */
	static async open(over: 'stdio' | 'http' = 'stdio'): Promise<RugPull> {
		const folder = await mkdtemp(join(tmpdir(), 'mf-rug-'));
		const file = join(folder, 'state.json');
		await writeFile(file, JSON.stringify(BASE));
		const local = { command: process.execPath, args: [fixture('servers/rugPull.mjs'), file], env: {} };
		const bridge = over === 'http' ? await HttpBridge.open(local) : undefined;
		const launch: UpstreamLaunch =
			bridge === undefined ? local : { kind: 'http', url: bridge.server.url, headers: {} };
		const options = { clock: realClock, clientInfo: { name: 't', version: '1' } };
		const surface = await listTools(launch, options, new AbortController().signal);
		const rig = new Rig({ policy: ALLOW_ALL, entry: entryFor(surface), diskless: true }, folder);
		const endpoint = await Endpoint.open({
			...{ at: { directory: folder }, sessionPaths: rig.firewall, clock: realClock, ids, logger: silentLogger },
			servers: () => ({
				...{ server: rig.server, approver: rig.approver, launch: () => Promise.resolve(launch) },
				...(rig.entry !== undefined && { revision: rig.entry.revision }),
			}),
		});
		return new RugPull(rig, surface, file, endpoint, folder, bridge);
	}

	/** What the server says from its next answer on. */
	async says(state: JsonObject): Promise<void> {
		// As a whole: the server may read it at any moment.
		await writeFile(`${this.file}.part`, JSON.stringify(state));
		await rename(`${this.file}.part`, this.file);
	}

	/** What reached the server and does something, since it was asked last. */
	async taken(): Promise<readonly string[]> {
		const text = await readFile(`${this.file}.calls`, 'utf8').catch(() => '');
		await rm(`${this.file}.calls`, { force: true });
		return text.split('\n').filter(line => line !== '');
	}

	get sessions(): number {
		return this.endpoint.activeSessions();
	}

	retireOld(): void {
		this.endpoint.retireOld();
	}

	/** A session from its `initialize` on, with a process of its own. */
	async session(): Promise<ClientSession> {
		const address = this.endpoint.uriFor(this.rig.server.id);
		let headers: Record<string, string> = {};
		const post = (message: JsonObject) =>
			exchange(address, { headers, body: JSON.stringify({ jsonrpc: '2.0', ...message }) });
		const request = async (method: string, params: JsonObject = {}) => {
			const id = ++this.count;
			return messageIn((await post({ id, method, params })).body, id);
		};
		const first = await post({
			...{ id: 0, method: 'initialize' },
			params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
		});
		headers = { 'mcp-session-id': String(first.headers['mcp-session-id']) };
		await post({ method: 'notifications/initialized' });
		return {
			hello: messageIn(first.body, 0),
			request,
			status: async method => (await post({ id: ++this.count, method, params: {} })).status,
			end: async () => {
				await exchange(address, { method: 'DELETE', headers });
			},
		};
	}

	/** One request of MCP 2026-07-28, which has no session. */
	async ask(method: string, params: JsonObject = {}): Promise<JsonObject> {
		const name = params.name ?? params.uri;
		const id = ++this.count;
		const { body } = await exchange(this.endpoint.uriFor(this.rig.server.id), {
			headers: {
				...{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': method },
				...(typeof name === 'string' && { 'mcp-name': name }),
			},
			body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: META } }),
		});
		return messageIn(body, id);
	}

	/** The next request of MCP 2026-07-28 meets a new process. */
	async endAll(): Promise<void> {
		await this.endpoint.stopServer(this.rig.server.id, AT_ONCE);
	}

	async close(): Promise<void> {
		await this.endpoint.close(AT_ONCE);
		await this.bridge?.close();
		await rm(this.folder, { recursive: true, force: true });
	}
}

/** The answer with this id, from a JSON body or a stream of events. */
function messageIn(body: string, id: number): JsonObject {
	const texts = body.startsWith('{')
		? [body]
		: body
				.split('\n')
				.filter(line => line.startsWith('data:'))
				.map(line => line.slice('data:'.length).trim())
				.filter(line => line !== '');
	const found = texts.map(text => JSON.parse(text) as JsonObject).find(message => message.id === id);
	if (found === undefined) {
		throw new Error(`no answer in: ${body}`);
	}
	return found;
}

/** `tool NAME`, `prompt NAME` and `resource URI` as requests. */
export function requestFor(probe: string): readonly [method: string, params: JsonObject] {
	const [kind = '', name = ''] = probe.split(' ');
	switch (kind) {
		case 'tool':
			return ['tools/call', { name, arguments: {} }];
		case 'prompt':
			return ['prompts/get', { name }];
		default:
			return ['resources/read', { uri: name }];
	}
}
