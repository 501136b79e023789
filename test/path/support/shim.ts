import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { type JsonObject } from '../../../src/base/json';
import { silentLogger } from '../../../src/base/logger';
import { serverIdOf, type StdioLaunch } from '../../../src/domain/registry/launch';
import { toolDigest } from '../../../src/domain/registry/pin';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { type Approver } from '../../../src/firewall/ports';
import { type SessionPaths } from '../../../src/firewall/sessionPaths';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { listTools } from '../../../src/proxy/inspectServer';
import { programLookup } from '../../../src/proxy/upstream/programLookup';
import { type ResolvedLaunch } from '../../../src/proxy/upstream/stdioUpstream';
import { AT_ONCE } from '../../../src/proxy/upstream/upstream';
import { discoveryFolder } from '../../../src/storage/discoveryPlace';
import { type HomeRecord } from '../../../src/storage/discoveryRecord';
import { publishHome } from '../../../src/storage/discoveryWriter';
import { RegistryFile } from '../../../src/storage/registryFile';
import { writeStop } from '../../../src/storage/stopFile';
import { SupplyPins } from '../../../src/storage/supplyPins';
import { DiscoveryWindow } from '../../../src/vscode/discoveryWindow';
import { ids, Inbox, neverAsked, openPaths, realClock } from '../../unit/proxy/support';
import { buildCli } from './gatewayProcess';
import { aServerEntry } from '../../unit/support/serverEntries';
import { environmentAt } from '../../unit/support/machine';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const COMPOSITION = join(root, 'policies', 'composition.yaml');

/** The shim and the command line, built as esbuild.mjs builds them, side by side. */
export async function buildShim(): Promise<{ readonly shim: string; readonly cli: string; remove(): Promise<void> }> {
	const built = await buildCli();
	const cli = built.file;
	const shim = join(dirname(cli), 'connect.cjs');
	await build({
		absWorkingDir: root,
		entryPoints: ['src/connect.ts'],
		outfile: shim,
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20',
		logLevel: 'error',
	});
	return { shim, cli, remove: () => built.remove() };
}

/** One person: a home folder, a workspace, the data directory of an editor. They go with the test. */
export class Person {
	readonly workspace: string;
	readonly data: string;
	readonly discovery: string;
	/** The policy in force. */
	policy = join(root, 'policies', 'balanced.yaml');
	/** What its editor's settings say beside the policy. */
	settings: Pick<HomeRecord, 'identity' | 'decision' | 'serverLists'> = {};
	/** The organisation's files that its editor's settings name. */
	organisation: readonly string[] = [];
	private readonly guarded = new Map<string, string>();

	private constructor(
		readonly home: string,
		profile = 'profile',
	) {
		this.workspace = join(home, 'ws');
		this.data = join(home, profile, 'User', 'globalStorage', 'mcp-firewall.mcp-firewall');
		this.discovery = discoveryFolder(home);
	}

	static async make(): Promise<Person> {
		const person = new Person(await realpath(await mkdtemp(join(tmpdir(), 'mf-person-'))));
		onTestFinished(() => rm(person.home, { recursive: true, force: true, maxRetries: 5 }));
		await mkdir(person.workspace);
		await writeFile(join(person.workspace, 'readme.md'), 'hello from the workspace');
		return person;
	}

	/** The same person in another editor. */
	anotherProfile(): Person {
		return new Person(this.home, 'other');
	}

	/** What an editor leaves behind: the registry, the emergency stop, and how the policy is made. */
	async guard(
		name: string,
		launch: StdioLaunch,
		more: { readonly capability?: (tool: string) => string; readonly drift?: string } = {},
	): Promise<ServerEntry> {
		const options = { clock: realClock, clientInfo: { name: 'test', version: '1' } };
		const listed =
			launch.env.length > 0
				? { tools: [] }
				: await listTools({ ...launch, cwd: this.workspace, env: {} }, options, new AbortController().signal);
		const supplies = new SupplyPins({ lookup: programLookup, home: this.home, logger: silentLogger });
		const supply = await supplies.pin({ ...launch, cwd: this.workspace, env: {} });
		const entry = aServerEntry({
			...{ id: serverIdOf(launch), name, launch, supply, reviewedAt: '2026-11-01T00:00:00.000Z' },
			origin: { kind: 'user', file: join(this.home, 'mcp.json') },
			tools: listed.tools.map(tool => {
				const reviewed = tool.name === more.drift ? { ...tool, description: 'As it was reviewed.' } : tool;
				const capability = more.capability?.(tool.name) ?? 'filesystem.read';
				return { name: tool.name, digest: toolDigest(reviewed), capability, reviewed };
			}),
		});
		const registry = await RegistryFile.open(join(this.data, 'registry'), silentLogger);
		const change = await registry.put(entry);
		registry.dispose();
		if (change.kind !== 'done') {
			throw new Error(change.problem);
		}
		this.guarded.set(name, entry.id);
		await writeStop(this.data, false);
		await this.publish();
		return entry;
	}

	/** Writes what guarding without a window needs, as a window does whenever its settings say something else. */
	async publish(): Promise<void> {
		await publishHome(this.discovery, {
			...{ dataDirectory: this.data, extensionPath: root, extensionVersion: '0', updatedAt: Date.now() },
			policy: {
				base: this.policy,
				composition: COMPOSITION,
				...{ organisation: this.organisation, required: [], trustedFiles: {} },
			},
			...this.settings,
		});
	}

	/** Opens a window that serves these. */
	async window(
		servers: Readonly<Record<string, ResolvedLaunch>>,
		more: {
			readonly sessionPaths?: SessionPaths;
			readonly approver?: Approver;
			readonly folder?: string;
			readonly workspaceTrusted?: boolean;
		} = {},
	): Promise<OpenWindow> {
		const idOf = (name: string) =>
			this.guarded.get(name) ?? serverIdOf({ kind: 'stdio', command: name, args: [], env: [] });
		const byId = new Map(Object.entries(servers).map(([name, launch]) => [idOf(name), { name, launch }]));
		const endpoint = await Endpoint.open({
			at: { directory: tmpdir() },
			sessionPaths: more.sessionPaths ?? openPaths,
			...{ clock: realClock, ids, logger: silentLogger },
			servers: id => {
				const served = byId.get(id);
				return (
					served && {
						server: { id, name: served.name, reviewRequired: false, roots: [] },
						approver: more.approver ?? neverAsked,
						launch: () => Promise.resolve(served.launch),
					}
				);
			},
		});
		const discovery = new DiscoveryWindow({
			...{ root: this.discovery, dataDirectory: this.data, extensionPath: root, extensionVersion: '0' },
			shim: '/nowhere/connect.cjs',
			entries: () => [...byId].map(([id, { name }]) => ({ id, name })) as never,
			folders: () => [more.folder ?? this.workspace],
			addressOf: id => endpoint.uriFor(id),
			policyFiles: () => ({
				...{ base: this.policy, workspace: [], composition: COMPOSITION },
				trust: {
					...{ trustedDigests: new Set(), trustedFiles: new Map() },
					workspaceTrusted: more.workspaceTrusted ?? true,
				},
			}),
			onDidChange: new Emitter<void>().event,
			...{ clock: realClock, ids, logger: silentLogger },
		});
		await discovery.update();
		const window = {
			endpoint,
			idOf,
			close: async () => {
				discovery.dispose();
				await endpoint.close(AT_ONCE);
			},
		};
		onTestFinished(() => window.close());
		return window;
	}
}

/** An open window. */
export interface OpenWindow {
	readonly endpoint: Endpoint;
	/** The id under which a server is guarded. */
	readonly idOf: (name: string) => string;
	/** Closes it as an editor does when it ends. */
	close(): Promise<void>;
}

/** The shim as a child process, spoken to in raw lines. */
export class RawShim {
	readonly inbox = new Inbox();
	readonly lines: string[] = [];
	readonly exit: Promise<number | null>;
	readonly pid: number;
	stderr = '';
	private readonly child;

	constructor(shim: string, args: readonly string[], home: string) {
		this.child = spawn(process.execPath, [shim, ...args], {
			env: environmentAt(home),
			cwd: tmpdir(),
			stdio: ['pipe', 'pipe', 'pipe'],
		});
		this.pid = this.child.pid ?? 0;
		this.exit = new Promise(resolve => this.child.once('close', resolve));
		this.child.stderr.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
		let rest = '';
		this.child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
			const parts = (rest + chunk).split('\n');
			rest = parts.pop() ?? '';
			for (const line of parts) {
				this.lines.push(line);
				this.inbox.take(Buffer.from(line));
			}
		});
		onTestFinished(async () => {
			this.child.stdin.end();
			await this.exit;
		});
	}

	send(message: JsonObject): void {
		this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
	}

	raw(line: string): void {
		this.child.stdin.write(line);
	}

	/** Sends a request and resolves with its answer. */
	ask(id: number | string, method: string, params: JsonObject = {}): Promise<JsonObject> {
		this.send({ id, method, params });
		return this.inbox.answerTo(id);
	}

	async greet(): Promise<JsonObject> {
		const answer = await this.ask('hello', 'initialize', {
			...{ protocolVersion: '2025-11-25', capabilities: {} },
			clientInfo: { name: 'test', version: '1' },
		});
		this.send({ method: 'notifications/initialized' });
		return answer;
	}

	call(id: number, name: string, args: JsonObject = {}): Promise<JsonObject> {
		return this.ask(id, 'tools/call', { name, arguments: args });
	}

	end(): Promise<number | null> {
		this.child.stdin.end();
		return this.exit;
	}
}
