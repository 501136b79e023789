import { readdir, readFile, readlink } from 'node:fs/promises';
import { type Disposable } from '../../base/disposable';
import { baseName } from '../../base/baseName';
import { type ProbeConnection, UNSEEN_CHILD } from '../../domain/probe/probeReport';
import { PROBE_SAMPLE_MS } from '../limits';
import { type ProcessesSeen, type ProcessWatch, type ProcessWatchOptions } from './processWatch';
import { type ProcSocket, type ProcStat, readProcSockets, readProcStat } from './procText';

interface Member {
	readonly started: string;
	/** Of its program file; it changes when a fresh child turns into what it was made for. */
	name: string;
	childFaults: number;
}

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6'];

/**
 * Processes and sockets by way of `/proc` (Linux). A process belongs to the server when its parent or group does, or when it
 * carries the mark in its environment, so that one that left its parent is found all the same.
 */
export class ProcWatch implements ProcessWatch {
	readonly blind = [
		'A connection that lasted for less than about 20 ms, or that sent single datagrams, can have been missed.',
	];

	private readonly members = new Map<number, Member>();
	private readonly strangers: Set<number>;
	private readonly toldSockets = new Set<string>();
	private connections: ProbeConnection[] = [];
	/** Since the last time. */
	private newPids = new Set<number>();
	private readonly names = new Map<number, string>();
	private ended = 0;
	private moreFaults = false;
	private running: Promise<void> = Promise.resolve();
	private timer: Disposable | undefined;
	private closed = false;

	private constructor(
		private readonly options: ProcessWatchOptions,
		strangers: readonly number[],
	) {
		this.strangers = new Set(strangers);
		this.again();
	}

	/** Whoever runs already is nobody's child. */
	static async open(options: ProcessWatchOptions): Promise<ProcWatch> {
		return new ProcWatch(options, await allPids());
	}

	async drain(): Promise<ProcessesSeen> {
		await this.look();
		const children = [...this.newPids].map(pid => this.names.get(pid) ?? '');
		if (children.length === 0 && this.moreFaults && this.ended === 0) {
			children.push(UNSEEN_CHILD);
		}
		const { connections } = this;
		this.newPids = new Set();
		this.connections = [];
		this.ended = 0;
		this.moreFaults = false;
		return { connections, children };
	}

	async close(): Promise<void> {
		await this.look();
		this.closed = true;
		this.timer?.dispose();
		for (const [pid, { started }] of this.members) {
			if ((await statOf(pid))?.started === started) {
				try {
					process.kill(pid, 'SIGKILL');
				} catch {
					// It has ended meanwhile, which is what was wanted.
				}
			}
		}
	}

	private again(): void {
		this.timer = this.options.clock.schedule(PROBE_SAMPLE_MS, () => {
			void this.look().then(() => {
				if (!this.closed) {
					this.again();
				}
			});
		});
	}

	private look(): Promise<void> {
		this.running = this.running.then(() => this.lookNow()).catch(() => undefined);
		return this.running;
	}

	private async lookNow(): Promise<void> {
		const root = this.options.rootPid();
		if (root === undefined) {
			return;
		}
		const pids = await allPids();
		const alive = new Set(pids);
		for (const pid of [...this.members.keys()].filter(known => !alive.has(known))) {
			this.members.delete(pid);
			this.ended++;
		}
		for (const pid of [...this.strangers].filter(known => !alive.has(known))) {
			this.strangers.delete(pid);
		}
		for (const pid of pids) {
			if (!this.strangers.has(pid)) {
				await this.lookAt(pid, root);
			}
		}
		for (const pid of this.members.keys()) {
			await this.lookAtSockets(pid);
		}
	}

	private async lookAt(pid: number, root: number): Promise<void> {
		const stat = await statOf(pid);
		if (stat === undefined) {
			return;
		}
		const known = this.members.get(pid);
		if (known?.started === stat.started) {
			this.moreFaults ||= stat.childFaults > known.childFaults;
			known.childFaults = stat.childFaults;
		} else if (await this.isOurs(pid, stat, root)) {
			this.members.set(pid, { started: stat.started, name: '', childFaults: stat.childFaults });
			if (pid !== root) {
				this.newPids.add(pid);
			}
		} else {
			this.strangers.add(pid);
			return;
		}
		const name = await programOf(pid);
		if (name !== undefined) {
			this.names.set(pid, name);
		}
	}

	private async isOurs(pid: number, { parent, group }: ProcStat, root: number): Promise<boolean> {
		if (pid === root || group === root || this.members.has(parent)) {
			return true;
		}
		const environment = await readFile(`/proc/${String(pid)}/environ`, 'latin1').catch(() => '');
		return environment.split('\0').includes(this.options.mark);
	}

	private async lookAtSockets(pid: number): Promise<void> {
		const own = await socketsOf(pid);
		if (own.size === 0) {
			return;
		}
		const all: ProcSocket[] = [];
		for (const table of TABLES) {
			const text = await readFile(`/proc/${String(pid)}/net/${table}`, 'latin1').catch(() => '');
			all.push(...readProcSockets(text).filter(({ inode }) => own.has(inode)));
		}
		const doors = new Set(all.filter(({ listening }) => listening).map(({ local }) => local.port));
		for (const socket of all) {
			this.tell(socket, doors);
		}
	}

	private tell({ inode, listening, local, remote }: ProcSocket, doors: ReadonlySet<number>): void {
		const { host, port } = listening ? local : remote;
		const isSink = host === '127.0.0.1' && port === this.options.sinkPort;
		const came = !listening && doors.has(local.port);
		const key = `${inode} ${host} ${String(port)}`;
		if (port !== 0 && !isSink && !came && !this.toldSockets.has(key)) {
			this.toldSockets.add(key);
			this.connections.push({ kind: listening ? 'listening' : 'direct', host, port });
		}
	}
}

async function allPids(): Promise<readonly number[]> {
	const names = await readdir('/proc').catch(() => []);
	return names.filter(name => /^\d+$/.test(name)).map(Number);
}

async function statOf(pid: number): Promise<ProcStat | undefined> {
	return readProcStat(await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => ''));
}

async function programOf(pid: number): Promise<string | undefined> {
	const file = await readlink(`/proc/${String(pid)}/exe`).catch(() => undefined);
	return file === undefined ? undefined : baseName(file).replace(/ \(deleted\)$/, '');
}

async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
	const folder = `/proc/${String(pid)}/fd`;
	const names = await readdir(folder).catch(() => []);
	const targets = await Promise.all(names.map(name => readlink(`${folder}/${name}`).catch(() => '')));
	return new Set(targets.flatMap(target => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}
