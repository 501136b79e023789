import { execFile } from 'node:child_process';
import { baseName } from '../../base/baseName';
import { type Disposable } from '../../base/disposable';
import { type ProbeConnection } from '../../domain/probe/probeReport';
import { PROBE_LSOF_MS } from '../limits';
import { readLsof, readPs } from './lsofText';
import { type ProcessesSeen, type ProcessWatch, type ProcessWatchOptions } from './processWatch';

/** Milliseconds that one look may take. */
const LOOK_MS = 5_000;

/** Processes by `ps` and sockets by `lsof`, both of the system (macOS has no `/proc`). Slower, so it sees less. */
export class LsofWatch implements ProcessWatch {
	readonly blind = ['A connection or a program that lasted for less than about half a second can have been missed.'];

	private readonly known = new Map<number, string>();
	private readonly told = new Set<string>();
	private connections: ProbeConnection[] = [];
	private newPids = new Set<number>();
	private running: Promise<void> = Promise.resolve();
	private timer: Disposable | undefined;
	private closed = false;

	constructor(private readonly options: ProcessWatchOptions) {
		this.again();
	}

	async drain(): Promise<ProcessesSeen> {
		await this.look();
		const children = [...this.newPids].map(pid => this.known.get(pid) ?? '');
		const { connections } = this;
		this.newPids = new Set();
		this.connections = [];
		return { connections, children };
	}

	/** What is left of the server's group was ended with it; a process that left it is not found here. */
	close(): Promise<void> {
		this.closed = true;
		this.timer?.dispose();
		return this.running;
	}

	private again(): void {
		this.timer = this.options.clock.schedule(PROBE_LSOF_MS, () => {
			void this.look().then(() => {
				if (!this.closed) {
					this.again();
				}
			});
		});
	}

	private look(): Promise<void> {
		this.running = this.running.then(() => this.lookNow());
		return this.running;
	}

	private async lookNow(): Promise<void> {
		const root = this.options.rootPid();
		if (root === undefined || this.closed) {
			return;
		}
		const all = readPs(await output('ps', ['-axo', 'pid=,ppid=,pgid=,comm=']));
		const ours = new Set([root]);
		// Parents stand anywhere in the list, so it is read until nobody is added.
		for (let before = 0; before !== ours.size;) {
			before = ours.size;
			for (const { pid, parent, group } of all) {
				if (ours.has(parent) || group === root) {
					ours.add(pid);
				}
			}
		}
		for (const { pid, program } of all.filter(each => ours.has(each.pid))) {
			if (pid !== root && !this.known.has(pid)) {
				this.newPids.add(pid);
			}
			this.known.set(pid, baseName(program));
		}
		const pids = [...ours].join(',');
		for (const socket of readLsof(await output('lsof', ['-nP', '-a', '-i', '-p', pids, '-FpfnT']))) {
			const { key, kind, host, port } = socket;
			const isSink = host === '127.0.0.1' && port === this.options.sinkPort;
			if (!isSink && !this.told.has(key)) {
				this.told.add(key);
				this.connections.push({ kind, host, port });
			}
		}
	}
}

/** What a program of the system prints; empty where it is missing. `lsof` ends with 1 where it finds nothing. */
function output(file: string, args: readonly string[]): Promise<string> {
	return new Promise(resolve => {
		execFile(
			file,
			[...args],
			{ timeout: LOOK_MS, maxBuffer: 16 * 1024 * 1024, windowsHide: true },
			(_error, stdout) => {
				resolve(stdout);
			},
		);
	});
}
