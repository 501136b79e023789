import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { type JsonObject, type JsonValue } from '../../../src/base/json';
import { type Logger } from '../../../src/base/logger';
import { type HostFacts } from '../../../src/domain/policy/facts';
import { parseComposition, withComposition } from '../../../src/domain/policy/composition';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type PolicyLoad } from '../../../src/domain/policy/policy';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { toolDigest, type ToolPin } from '../../../src/domain/registry/pin';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { type ToolDescriptor } from '../../../src/domain/registry/toolDescriptor';
import { Firewall } from '../../../src/firewall/firewall';
import { type WireMessage } from '../../../src/firewall/message';
import {
	type Answer,
	type AskServer,
	type FirewallPorts,
	type Forward,
	type ForwardOutcome,
	type GuardedServer,
	type Notice,
	type Passage,
	type PathResolver,
	type SessionPath,
} from '../../../src/firewall/ports';
import { realPathResolver } from '../../../src/storage/realPath';
import { systemHost } from '../../../src/storage/system';
import { ManualClock } from '../../unit/support/manualClock';
import { ScriptedApprover } from './scriptedApprover';
import { ScriptedUpstream } from './scriptedUpstream';
import { MemoryTrail } from './memoryTrail';
import { wire } from './wire';
import { aServerEntry } from '../../unit/support/serverEntries';

/** Reads everything, asks before writes, knows two places that are closed. */
export const POLICY = `deny:
  - capability: filesystem.delete
  - capability: filesystem.*
    path_prefix: /etc
require_approval:
  - capability: filesystem.write
    path_prefix: \${workspaceFolder}
allow:
  - capability: filesystem.read
    path_prefix: \${workspaceFolder}
  - capability: compute.run
`;

/** Allows whatever has a capability. */
export const ALLOW_ALL = 'allow: ["*"]\n';

const launch = { kind: 'stdio', command: 'server-filesystem', args: [], env: [] } as const;

const CATALOGUE = parseComposition(
	readFileSync(new URL('../../../policies/composition.yaml', import.meta.url), 'utf8'),
	'/policies/composition.yaml',
);

/** The server under guard. */
export const SERVER: GuardedServer = { id: serverIdOf(launch), name: 'filesystem', reviewRequired: false, roots: [] };

/** A tool and the pin that a review of it leaves. */
export function pinOf(tool: ToolDescriptor, capability: string): ToolPin {
	return { name: tool.name, digest: toolDigest(tool), capability, reviewed: tool };
}

/** A registry entry of the server under guard. */
export function entryOf(tools: readonly ToolPin[], over: Partial<ServerEntry> = {}): ServerEntry {
	return aServerEntry({
		...{ id: SERVER.id, name: SERVER.name, launch, tools, reviewedAt: '2026-10-01T12:00:00.000Z' },
		...over,
	});
}

/** The value that a client gets; undefined when it gets none. */
export function valueOf(answer: Answer): JsonObject | undefined {
	return answer.kind === 'none' ? undefined : answer.kind === 'original' ? answer.message.value : answer.value;
}

/** What differs from a server without review, the policy above and a disk of its own. */
export interface RigOptions {
	readonly policy?: string;
	/** True: with the catalogue of compositions that is shipped. */
	readonly composition?: boolean;
	readonly entry?: ServerEntry;
	readonly server?: Partial<GuardedServer>;
	readonly ports?: Partial<FirewallPorts>;
	readonly resolver?: PathResolver;
	readonly host?: Partial<HostFacts>;
	/** True: no disk, for property tests. */
	readonly diskless?: boolean;
	/** What the upstream says when the firewall itself asks it; absent: it cannot be asked. */
	readonly ask?: (rig: Rig, message: WireMessage) => ForwardOutcome | Promise<ForwardOutcome>;
}

/** One session in front of a scripted upstream, over fake ports. */
export class Rig {
	/** What happened, in order: `verdict`, `sent`, the kinds of entries. */
	readonly timeline: string[] = [];
	readonly trail = new MemoryTrail(this.timeline);
	readonly upstream = new ScriptedUpstream(this.timeline);
	readonly approver = new ScriptedApprover(this.timeline);
	readonly clock = new ManualClock();
	readonly notices: Notice[] = [];
	readonly log: string[] = [];
	entry: ServerEntry | undefined;
	load: PolicyLoad;
	stopped = false;
	readonly firewall: Firewall;
	readonly server: GuardedServer;
	private opened: SessionPath | undefined;
	private count = 0;
	private lastId = 0;
	/** Requests of the firewall's own. */
	readonly asked: JsonObject[] = [];
	private readonly ask: AskServer | undefined;

	constructor(
		options: RigOptions,
		readonly folder: string,
	) {
		this.entry = options.entry;
		const { ask } = options;
		this.ask =
			ask &&
			((message, signal) => {
				this.asked.push(message.value);
				this.timeline.push('asked');
				const cancelled = new Promise<ForwardOutcome>(resolve => {
					signal.addEventListener('abort', () => resolve({ kind: 'failed', why: 'cancelled' }));
				});
				return Promise.race([ask(this, message), cancelled]);
			});
		const load = parsePolicy(options.policy ?? POLICY, '/policies/policy.yaml');
		this.load = options.composition === true ? withComposition(load, CATALOGUE) : load;
		this.server = {
			...SERVER,
			roots: [this.workspace],
			reviewRequired: options.entry !== undefined,
			...options.server,
		};
		const isOnDisk = options.diskless !== true && options.resolver === undefined;
		const host: HostFacts = {
			...systemHost([this.workspace], isOnDisk ? undefined : 'linux', join(folder, 'home')),
			...options.host,
		};
		const isStopped = () => this.stopped;
		this.firewall = new Firewall({
			clock: this.clock,
			ids: {
				uuid: () => `00000000-0000-7000-8000-${String(++this.count).padStart(12, '0')}`,
				token: () => sha256Hex(String(++this.count)).slice(0, 32),
			},
			logger: this.logger(),
			trail: this.trail,
			registry: { find: id => (id === this.entry?.id ? this.entry : undefined) },
			policy: { current: () => this.load },
			paths:
				options.resolver ??
				(options.diskless === true ? { realPath: path => Promise.resolve(path) } : realPathResolver),
			host: () => host,
			stop: {
				get stopped() {
					return isStopped();
				},
				onDidStop: () => ({ dispose() {} }),
			},
			notify: notice => this.notices.push(notice),
			digest: sha256Hex,
			approvalTimeoutMs: () => 60_000,
			...options.ports,
		});
	}

	get workspace(): string {
		return join(this.folder, 'ws');
	}

	/** The session that calls go through; the first use opens it. */
	get session(): SessionPath {
		this.opened ??= this.firewall.open(this.server, this.approver, this.ask);
		return this.opened;
	}

	/** A session of another server in the same window. */
	openOther(server: Partial<GuardedServer>): void {
		this.opened = this.firewall.open({ ...this.server, ...server }, this.approver, this.ask);
	}

	/** A second client of the same server. */
	openAnother(): void {
		this.opened = this.firewall.open(this.server, this.approver, this.ask);
	}

	/** Puts another policy in force. */
	usePolicy(text: string): void {
		this.load = parsePolicy(text, '/policies/policy.yaml');
	}

	/** A request of the client, answered. */
	async request(
		method: string,
		params?: JsonValue,
		signal: AbortSignal = new AbortController().signal,
	): Promise<JsonObject | undefined> {
		const message = { jsonrpc: '2.0', id: ++this.lastId, method, ...(params !== undefined && { params }) };
		return valueOf(await this.send(message, signal));
	}

	/** A request of the client as it stands, with the kind of its answer. */
	async send(message: JsonObject | string, signal: AbortSignal = new AbortController().signal): Promise<Answer> {
		const sent = wire(message);
		return this.session.clientRequest(sent, this.upstream.forward(sent), signal);
	}

	/** A request of the client in a session that was opened before. */
	async sendOn(session: SessionPath | undefined, message: JsonObject): Promise<Answer> {
		const sent = wire(message);
		return (session ?? this.session).clientRequest(sent, this.upstream.forward(sent), new AbortController().signal);
	}

	/** `tools/call`. */
	call(tool: string, args: JsonObject = {}, signal?: AbortSignal): Promise<JsonObject | undefined> {
		return this.request('tools/call', { name: tool, arguments: args }, signal);
	}

	/** `tools/list` over what the upstream says it has. */
	async list(...tools: readonly JsonObject[]): Promise<readonly JsonObject[]> {
		this.upstream.answersOnce({ tools });
		const answer = await this.request('tools/list');
		return (answer?.result as { readonly tools?: readonly JsonObject[] } | undefined)?.tools ?? [];
	}

	/** A request of the upstream; `reply` is what the client says to it. */
	async serverRequest(
		message: JsonObject,
		reply: JsonObject,
	): Promise<{ answer: Answer; forwarded: number; asked: string }> {
		let forwarded = 0;
		let asked = '';
		const forward: Forward = (_signal, instead = sent) => {
			forwarded++;
			asked = Buffer.from(instead.bytes).toString();
			this.timeline.push('sent');
			return Promise.resolve({ kind: 'answered', message: wire({ jsonrpc: '2.0', id: 1, ...reply }) });
		};
		const sent = wire({ jsonrpc: '2.0', id: 1, ...message });
		const answer = await this.session.serverRequest(sent, forward, new AbortController().signal);
		return { answer, forwarded, asked };
	}

	clientNotification(method: string, params?: JsonObject): Promise<Passage> {
		return this.session.clientNotification(wire({ jsonrpc: '2.0', method, ...(params && { params }) }));
	}

	serverNotification(method: string, params?: JsonObject): Promise<Passage> {
		return this.session.serverNotification(wire({ jsonrpc: '2.0', method, ...(params && { params }) }));
	}

	private logger(): Logger {
		const note = (message: string) => void this.log.push(message);
		return { trace: note, info: note, warn: note, error: note };
	}
}

/** A rig with a temporary folder that holds `ws/readme.md` and `home/`; removed after the test. */
export async function openRig(options: RigOptions = {}): Promise<Rig> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'mcp-firewall-path-')));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	await mkdir(join(folder, 'ws'));
	await mkdir(join(folder, 'home'));
	await writeFile(join(folder, 'ws', 'readme.md'), 'hello');
	return new Rig(options, folder);
}

/** A rig without a disk: every path is what it is called. */
export function disklessRig(options: RigOptions = {}): Rig {
	return new Rig({ ...options, diskless: true }, '/sandbox');
}
