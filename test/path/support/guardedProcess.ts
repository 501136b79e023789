import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { silentLogger } from '../../../src/base/logger';
import { composeCore, type Core } from '../../../src/compose';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { type ToolDescriptor } from '../../../src/domain/registry/toolDescriptor';
import { type GuardedServer } from '../../../src/firewall/ports';
import { Relay } from '../../../src/proxy/relay/relay';
import { readMessage } from '../../../src/proxy/relay/readMessage';
import { StdioUpstream } from '../../../src/proxy/upstream/stdioUpstream';
import { AT_ONCE } from '../../../src/proxy/upstream/upstream';
import { systemClock, systemHost, systemIds } from '../../../src/storage/system';
import { tempDir } from '../../unit/support/auditRecords';
import { aServerEntry, aToolPin } from '../../unit/support/serverEntries';
import { Inbox } from '../../unit/proxy/support';
import { fixtureServer } from './gatewayProcess';

/** What a test says of a guarded process. */
export interface GuardedStart {
	/** The tools of the injector that were reviewed, with their capabilities. */
	readonly tools: readonly (readonly [tool: ToolDescriptor, capability: string])[];
	readonly entry?: Partial<ServerEntry>;
	readonly server?: Partial<GuardedServer>;
	readonly policy: string;
	readonly home?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Another program of `test/fixtures/servers` than the injector. */
	readonly program?: string;
	/** Nobody reviewed it, and nobody has to: as a gateway without a registry. */
	readonly unreviewed?: true;
	/** What the client can do, as it says at the start. */
	readonly capabilities?: JsonObject;
}

/** A real server process behind the real relay, path and journal; the registry alone is the test's. */
export class GuardedProcess {
	private lastId = 0;

	private constructor(
		readonly inbox: Inbox,
		readonly core: Core,
		readonly entry: ServerEntry,
		readonly data: string,
		readonly workspace: string,
		private readonly log: string,
		private readonly relay: Relay,
	) {}

	/** Starts it and says hello; it ends with the test. */
	static async open(start: GuardedStart): Promise<GuardedProcess> {
		const data = await tempDir();
		const workspace = await realpath(await tempDir());
		const log = join(data, 'received.log');
		const [command = '', ...args] = fixtureServer(start.program ?? 'injector.mjs');
		const launch = { kind: 'stdio', command, args, env: [] } as const;
		const pins = start.tools.map(([tool, capability]) => aToolPin(tool, capability));
		const entry = aServerEntry({ launch, name: 'injector', tools: pins, ...start.entry });
		const policy = parsePolicy(start.policy, '/policies/policy.yaml');
		const core = await composeCore({
			dataDirectory: data,
			protectedFiles: () => [],
			logger: silentLogger,
			registry: { find: id => (id === entry.id && start.unreviewed !== true ? entry : undefined) },
			policy: { current: () => policy },
			host: () => {
				const { workspaceFolders, platform, caseInsensitivePaths } = systemHost([workspace]);
				const home = start.home !== undefined && { home: start.home };
				return { workspaceFolders, platform, caseInsensitivePaths, ...home };
			},
			stop: { stopped: false, onDidStop: () => ({ dispose() {} }) },
			notify: () => {},
			approvalTimeoutMs: () => 1_000,
		});
		const server = {
			id: serverIdOf(launch),
			name: entry.name,
			reviewRequired: start.unreviewed !== true,
			roots: [workspace],
			...start.server,
		};
		const listed = JSON.stringify(start.tools.map(([tool]) => tool));
		const env = { PATH: process.env.PATH ?? '', FIXTURE_LOG: log, FIXTURE_TOOLS: listed, ...start.env };
		const upstream = new StdioUpstream({ command, args, env }, systemClock);
		const inbox = new Inbox();
		const send = (bytes: Uint8Array) => {
			inbox.take(bytes);
			return Promise.resolve(true);
		};
		const denied = (id: string, digest: string) => ({ requestId: id, digest, outcome: 'denied' }) as const;
		const relay = new Relay({
			client: { send, pressure: () => {} },
			upstream,
			openPath: (_requester, ask) =>
				core.firewall.open(server, { ask: ({ id, digest }) => Promise.resolve(denied(id, digest)) }, ask),
			clock: systemClock,
			ids: systemIds,
			logger: silentLogger,
		});
		await relay.start();
		onTestFinished(async () => {
			await relay.close(AT_ONCE);
			await core.close();
		});
		const guarded = new GuardedProcess(inbox, core, entry, data, workspace, log, relay);
		await guarded.request('initialize', {
			...{ protocolVersion: '2025-11-25', capabilities: start.capabilities ?? {} },
			clientInfo: { name: 'test', version: '1' },
		});
		return guarded;
	}

	/** Sends a request as a client does, and resolves with exactly what the client gets. */
	async request(method: string, params: JsonObject): Promise<JsonObject> {
		const id = ++this.lastId;
		const answer = this.inbox.answerTo(id);
		this.send({ id, method, params });
		return answer;
	}

	/** Sends any message of the client: a notification, or its answer to a request of the server. */
	send(message: JsonObject): void {
		const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
		void this.relay.fromClient(readMessage(bytes, 'strict'), {
			answer: sent => {
				this.inbox.take(sent);
				return Promise.resolve();
			},
			none: () => {},
			related: () => Promise.resolve(false),
		});
	}

	call(name: string, args: JsonObject): Promise<JsonObject> {
		return this.request('tools/call', { name, arguments: args });
	}

	/** Every line that the server received so far. */
	received(): Promise<string> {
		return readFile(this.log, 'utf8');
	}
}
