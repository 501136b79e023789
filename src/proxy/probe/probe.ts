import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type IdSource } from '../../base/clock';
import { FirewallError } from '../../base/errors';
import { type JsonObject } from '../../base/json';
import { type ProbeFile, type ProbeReport, type ProbeStep } from '../../domain/probe/probeReport';
import { type SampleWorld } from '../../domain/probe/sampleArguments';
import { type StdioLaunch } from '../../domain/registry/launch';
import { problemPhrase } from '../../domain/registry/problemWords';
import { type LaunchContext, type ResolvedLaunch } from '../../domain/registry/resolveLaunch';
import { type ToolDescriptor } from '../../domain/registry/toolDescriptor';
import { MAX_PROBE_FILES, PROBE_END_MS, PROBE_SETTLE_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { StdioUpstream } from '../upstream/stdioUpstream';
import { FileWatch } from './fileWatch';
import { type PathKind, probeLaunch } from './probeLaunch';
import { ProbeSession } from './probeSession';
import { type ProcessWatch } from './processWatch';
import { makeScratch, type Scratch } from './scratch';
import { Sink } from './sink';
import { compareSnapshots, type Snapshot, takeSnapshot } from './snapshot';
import { watchProcesses } from './watchProcesses';

/** What is probed, and how. */
export interface ProbeOptions {
	readonly launch: StdioLaunch;
	/** What its variables stand for outside of the probe. */
	readonly real: LaunchContext;
	/** Absolute folders that are open: the server is not told of them, and what changes there is told. */
	readonly openFolders: readonly string[];
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly clientInfo: { readonly name: string; readonly version: string };
	/** Milliseconds that a tool is watched after its answer; `PROBE_SETTLE_MS` when absent. */
	readonly settleMs?: number;
}

/** One call that a person chose. */
export interface ProbeCall {
	readonly tool: string;
	readonly capability: string;
	readonly arguments: JsonObject;
}

/** What cannot be seen on any system. */
const ALWAYS_BLIND = [
	'What a tool reads is not observed: a marked value shows only where it is sent away in clear text.',
	'Names that are looked up (DNS) are not controlled, and may tell others something.',
	'A server that knows that it is watched, or that waits for another day, can behave well here.',
];

/**
 * Runs a server in a world of its own and watches what it does (N9). It is no sandbox: the program runs with the rights of this
 * user, only its folders, its variables and its way to the network are others. One probe, one server; always closed.
 */
export class Probe {
	private readonly steps: ProbeStep[] = [];
	private readonly controller = new AbortController();
	private processes: ProcessWatch | undefined;
	private session: ProbeSession | undefined;
	private upstream: StdioUpstream | undefined;
	private files: FileWatch[] = [];
	private foldersBefore: readonly Snapshot[] = [];
	private startSeen = false;

	private constructor(
		private readonly options: ProbeOptions,
		private readonly scratch: Scratch,
		private readonly sink: Sink,
		/** What is started, for a person to see; it holds no secret. */
		readonly launch: ResolvedLaunch,
		private readonly mark: string,
	) {}

	/** Makes the world of the probe; nothing runs yet. Throws `config-invalid` where the server cannot be probed. */
	static async open(options: ProbeOptions): Promise<Probe> {
		const scratch = await makeScratch(tmpdir(), options.ids.token());
		const sink = await Sink.open(scratch.canary).catch(async (error: unknown) => {
			await scratch.remove();
			throw error;
		});
		const mark = `MCP_FIREWALL_PROBE=${options.ids.token()}`;
		const launch = probeLaunch(options.launch, {
			...{ real: options.real, scratch, mark, kindOf, platform: process.platform },
			proxy: `http://127.0.0.1:${String(sink.port)}`,
		});
		if ('problem' in launch) {
			sink.close();
			await scratch.remove();
			throw new FirewallError('config-invalid', problemPhrase(launch.problem));
		}
		return new Probe(options, scratch, sink, launch, mark);
	}

	/** What arguments of calls can speak of. */
	get world(): SampleWorld {
		const { workspace, file } = this.scratch;
		return { folder: workspace, file, newFile: join(workspace, 'new.txt'), url: 'http://probe.invalid/sample' };
	}

	/** Starts the server and gives what it lists. Throws `upstream-failed`, or `aborted` when the signal says so. */
	async start(signal: AbortSignal): Promise<readonly ToolDescriptor[]> {
		const { clock, ids, clientInfo, openFolders } = this.options;
		const { workspace, home, temporary } = this.scratch;
		this.foldersBefore = await Promise.all(openFolders.map(lookAtOpenFolder));
		this.files = await Promise.all([
			FileWatch.open(workspace, 'workspace'),
			FileWatch.open(home, 'home'),
			FileWatch.open(temporary, 'temporary'),
		]);
		this.upstream = new StdioUpstream(this.launch, clock);
		const { upstream } = this;
		this.processes = await watchProcesses(process.platform, {
			...{ clock, mark: this.mark, sinkPort: this.sink.port },
			rootPid: () => upstream.pid,
		});
		this.session = new ProbeSession(upstream, { clock, ids, clientInfo, folder: workspace });
		return this.whileWanted(signal, this.session.open());
	}

	/** Makes the calls, one after the other, and gives what was seen. `onStep` gets the number of calls that are over. */
	async run(calls: readonly ProbeCall[], signal: AbortSignal, onStep?: (done: number) => void): Promise<ProbeReport> {
		const { session } = this;
		if (session === undefined) {
			throw new FirewallError('usage', 'A probe is started before it calls anything.');
		}
		const { clock } = this.options;
		const at = new Date(clock.now()).toISOString();
		if (!this.startSeen) {
			this.startSeen = true;
			await this.settle(signal);
			await this.note({ kind: 'start', tool: '', capability: '', outcome: 'none' });
		}
		for (const [index, call] of calls.entries()) {
			const outcome = await this.whileWanted(signal, session.call(call.tool, call.arguments));
			await this.settle(signal);
			await this.note({ kind: 'tool', tool: call.tool, capability: call.capability, outcome });
			onStep?.(index + 1);
		}
		await this.end();
		await this.note(
			{ kind: 'afterwards', tool: '', capability: '', outcome: 'none' },
			await this.openFolderChanges(),
		);
		const cut = this.files.some(({ whole }) => !whole) || this.foldersBefore.some(({ whole }) => !whole);
		const blind = [
			...(this.processes?.blind ?? []),
			...ALWAYS_BLIND,
			...(cut ? ['There are more files than are looked at.'] : []),
		];
		return { at, steps: this.steps, blind };
	}

	/** Ends the server and all that it started, and removes its world. Never rejects. */
	async close(): Promise<void> {
		this.controller.abort();
		await this.end();
		await this.processes?.close();
		this.files.forEach(files => {
			files.close();
		});
		this.sink.close();
		await this.scratch.remove();
	}

	private async end(): Promise<void> {
		await this.upstream?.stop({ afterClose: PROBE_END_MS, afterTerm: PROBE_END_MS });
		await this.session?.close();
	}

	private async note(step: Omit<ProbeStep, 'seen'>, more: readonly ProbeFile[] = []): Promise<void> {
		const seen = (await this.processes?.drain()) ?? { connections: [], children: [] };
		const files = (await Promise.all(this.files.map(each => each.drain()))).flat();
		this.steps.push({
			...step,
			seen: {
				files: [...files, ...more],
				connections: [...seen.connections, ...this.sink.drain()],
				children: seen.children,
			},
		});
	}

	private async openFolderChanges(): Promise<readonly ProbeFile[]> {
		const after = await Promise.all(this.options.openFolders.map(lookAtOpenFolder));
		return after.flatMap((snapshot, index) => {
			const before = this.foldersBefore[index];
			const changes = before === undefined ? [] : compareSnapshots(before, snapshot);
			return changes.map(({ kind, path }) => ({ kind, place: 'real-workspace' as const, path }));
		});
	}

	private async settle(signal: AbortSignal): Promise<void> {
		const waited = new OneShot<undefined>();
		const timer = this.options.clock.schedule(this.options.settleMs ?? PROBE_SETTLE_MS, () => {
			waited.fire(undefined);
		});
		try {
			await this.whileWanted(signal, waited.promise);
		} finally {
			timer.dispose();
		}
	}

	/** The result, unless the probe is given up before it is there. */
	private async whileWanted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
		const given = AbortSignal.any([signal, this.controller.signal]);
		const over = new OneShot<undefined>();
		const abort = () => {
			over.fire(undefined);
		};
		given.addEventListener('abort', abort, { once: true });
		if (given.aborted) {
			abort();
		}
		work.catch(() => undefined);
		try {
			return await Promise.race([
				work,
				over.promise.then((): never => {
					throw new FirewallError('aborted', 'The probe was cancelled.');
				}),
			]);
		} finally {
			given.removeEventListener('abort', abort);
		}
	}
}

/** Large files of the person's are told by their facts; nothing in them is read. */
function lookAtOpenFolder(folder: string): Promise<Snapshot> {
	return takeSnapshot(folder, { digests: false, maxFiles: MAX_PROBE_FILES });
}

function kindOf(path: string): PathKind {
	const stats = statSync(path, { throwIfNoEntry: false });
	return stats === undefined ? 'nothing' : stats.isDirectory() ? 'folder' : 'file';
}
