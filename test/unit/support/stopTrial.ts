import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { silentLogger } from '../../../src/base/logger';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { RegistryFile } from '../../../src/storage/registryFile';
import { writeStop } from '../../../src/storage/stopFile';
import { aServerEntry, aToolPin } from './serverEntries';
import type { HostCommand, HostFact } from './stopHost';

/** One call that hangs at its server. */
export interface Running {
	readonly host: Host;
	readonly serverId: string;
	/** Resolves with the answer, and when its last byte was there (`performance.now()`). */
	readonly answer: Promise<{ readonly text: string; readonly at: number }>;
}

/** The ways in which a server resists its end. */
export const MODES = ['plain', 'deaf', 'family'] as const;

/** Writes a registry of servers that never answer, and a stop that is off. `root`: the project's folder. */
export async function prepare(folder: string, root: string): Promise<readonly ServerEntry[]> {
	const registry = await RegistryFile.open(join(folder, 'registry'), silentLogger);
	for (const mode of [...MODES, 'shared']) {
		const args = [join(root, 'test/fixtures/servers/slow.mjs'), mode];
		const launch = { kind: 'stdio', command: process.execPath, args, env: [] } as const;
		const tools = [aToolPin({ name: 'wait', inputSchema: { type: 'object' } }, 'compute.run')];
		await registry.put(aServerEntry({ name: mode, launch, tools, ...(mode === 'shared' && { shared: true }) }));
	}
	registry.dispose();
	await writeStop(folder, false);
	return registry.all();
}

/** Bundles the host; gives the file. */
export async function buildHost(folder: string, root: string): Promise<string> {
	const outfile = join(folder, 'host.cjs');
	await build({
		...{ absWorkingDir: root, entryPoints: ['test/unit/support/stopHost.ts'], outfile, bundle: true },
		...{ platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' },
		alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
	});
	return outfile;
}

/** One process that does what an extension host does. */
export class Host {
	readonly lines: { readonly id: string; readonly line: string }[] = [];
	private waiting: (() => void)[] = [];
	private ready: (HostFact & { readonly kind: 'ready' }) | undefined;
	private done = 0;
	stopped = false;

	private constructor(private readonly child: ChildProcess) {
		child.on('message', (fact: HostFact) => {
			switch (fact.kind) {
				case 'ready':
					this.ready = fact;
					this.stopped = fact.stopped;
					break;
				case 'line':
					this.lines.push(fact);
					break;
				case 'stopped':
					this.stopped = fact.on;
					break;
				case 'done':
					this.done++;
					break;
				case 'changed':
			}
			this.waiting.splice(0).forEach(check => check());
		});
	}

	static async start(file: string, dataDirectory: string): Promise<Host> {
		const host = new Host(fork(file, [dataDirectory], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
		await host.until(() => host.ready !== undefined);
		return host;
	}

	/** Resolves as soon as something holds that the host's facts can make true. */
	async until(holds: () => boolean): Promise<void> {
		while (!holds()) {
			await new Promise<void>(resolve => this.waiting.push(resolve));
		}
	}

	/** Resolves when the host has done it. */
	async tell(command: HostCommand): Promise<void> {
		const before = this.done;
		this.child.send(command);
		await this.until(() => this.done > before);
	}

	/** Begins a session; resolves with its id, or with the text of what refused it. */
	async greet(serverId: string): Promise<{ readonly session: string } | { readonly refused: string }> {
		const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
		const answer = await this.post(serverId, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
		return answer.session === undefined || !answer.text.includes('"result"')
			? { refused: answer.text }
			: { session: answer.session };
	}

	/** Begins a session and a call in it; resolves when the call is at the server. */
	async call(serverId: string): Promise<Running> {
		const greeted = await this.greet(serverId);
		if ('refused' in greeted) {
			throw new Error(greeted.refused);
		}
		const calls = () => this.lines.filter(({ id, line }) => id === serverId && line === 'calling').length;
		const before = calls();
		const params = { name: 'wait', arguments: {} };
		const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
		const answer = this.post(serverId, message, greeted.session);
		await this.until(() => calls() > before);
		return { host: this, serverId, answer };
	}

	/** Every process that its servers said they are. */
	pids(serverId?: string): readonly number[] {
		return this.lines
			.filter(({ id, line }) => (serverId === undefined || id === serverId) && line.startsWith('pid '))
			.map(({ line }) => Number(line.slice(4)));
	}

	/** Ends like a window that is closed. */
	async close(): Promise<void> {
		if (this.child.exitCode === null) {
			this.child.send({ do: 'close' });
			await once(this.child, 'exit');
		}
	}

	private post(
		serverId: string,
		message: object,
		session?: string,
	): Promise<{ readonly text: string; readonly at: number; readonly session: string | undefined }> {
		const address = this.ready?.addresses[serverId];
		const [, socketPath, path] = /^unix:\/\/(.*)#(.*)$/.exec(address?.uri ?? '') ?? [];
		const body = JSON.stringify(message);
		return new Promise((resolve, reject) => {
			const call = request({
				...{ socketPath: decodeURI(socketPath ?? ''), path, method: 'POST', agent: false },
				headers: {
					...{ Host: 'localhost', ...address?.headers, 'Content-Type': 'application/json' },
					...{ Accept: 'application/json, text/event-stream', 'Content-Length': Buffer.byteLength(body) },
					...(session !== undefined && { 'Mcp-Session-Id': session }),
				},
			});
			call.on('error', reject);
			call.on('response', response => {
				let text = '';
				response.setEncoding('utf8').on('data', (part: string) => (text += part));
				response.on('error', reject);
				response.on('end', () => {
					const id = response.headers['mcp-session-id'];
					resolve({ text, at: performance.now(), session: typeof id === 'string' ? id : undefined });
				});
			});
			call.end(body);
		});
	}
}

/** Resolves with the time (`performance.now()`) at which none of these processes runs any more. */
export async function allGone(pids: readonly number[], deadlineMs: number): Promise<number> {
	const began = performance.now();
	let left = pids;
	for (;;) {
		left = left.filter(isAlive);
		const now = performance.now();
		if (left.length === 0) {
			return now;
		}
		if (now - began > deadlineMs) {
			throw new Error(`still running: ${left.join(', ')}`);
		}
		await new Promise(resolve => setTimeout(resolve, 2));
	}
}

/** A zombie that nobody reaps does not run. */
function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
	} catch {
		return false;
	}
}

/** What one trial measured, milliseconds from the trigger. */
export interface Trial {
	/** To the last byte of each refusal, by host. */
	readonly answered: readonly number[];
	/** To the end of the last process. */
	readonly gone: number;
	readonly texts: readonly string[];
}

/** Two calls in each host, a trigger in the first one, and how long it takes until nothing is left of them. */
export async function trial(
	hosts: readonly Host[],
	serverIds: readonly string[],
	trigger: (first: Host) => Promise<void>,
	deadlineMs: number,
): Promise<Trial> {
	const perHost = hosts.map(async host => {
		const calls: Running[] = [];
		for (const serverId of serverIds) {
			// One after the other, so that each is known to be at its server.
			calls.push(await host.call(serverId));
		}
		return calls;
	});
	const running = (await Promise.all(perHost)).flat();
	const pids = hosts.flatMap(host => serverIds.flatMap(id => host.pids(id)));
	const [first] = hosts;
	const began = performance.now();
	const triggered = first === undefined ? Promise.resolve() : trigger(first);
	const [answers, gone] = await Promise.all([
		Promise.all(running.map(({ answer }) => answer)),
		allGone(pids, deadlineMs),
		triggered,
	]);
	return {
		answered: hosts.map((_host, at) =>
			Math.max(...answers.slice(at * serverIds.length, (at + 1) * serverIds.length).map(each => each.at - began)),
		),
		gone: gone - began,
		texts: answers.map(({ text }) => text),
	};
}
