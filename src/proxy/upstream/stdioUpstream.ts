import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { type Clock } from '../../base/clock';
import { errorText, FirewallError } from '../../base/errors';
import { type Event } from '../../base/event';
import { phrase } from '../../base/phrase';
import { type Environment, upstreamEnvironment } from './environment';
import { EXIT_DRAIN_MS, MUTE_GRACE_MS, REAP_MS } from '../limits';
import { LineFramer } from '../relay/lineFramer';
import { OneShot } from '../relay/oneShot';
import { forgetTree, readyForTree, rememberTree, signalTree } from './processTree';
import { resolveCommand } from './resolveCommand';
import { spawnPlan } from './spawnPlan';
import { StderrTail } from './stderrTail';
import { GENTLE_STOP, type StopGraces, type Upstream, type UpstreamEnd, type UpstreamListener } from './upstream';

/** A launch with every placeholder resolved and every secret filled in. Never logged, never stored. */
export interface ResolvedLaunch {
	readonly kind?: 'stdio';
	readonly command: string;
	readonly args: readonly string[];
	/** Absolute; the current folder of this process when absent. */
	readonly cwd?: string;
	/** The variables set for this server, on top of the allow-listed part of our own environment. */
	readonly env: Environment;
}

const NEWLINE = Buffer.from('\n');
/** Below this a message and its newline are joined for one write; above, copying costs more than a second write. */
const JOIN_BYTES = 64 * 1024;

/** An MCP server that is a child process and speaks over stdin and stdout (MCP 2025-11-25 transports#stdio). */
export class StdioUpstream implements Upstream {
	private readonly stderr: StderrTail;
	private readonly ended = new OneShot<UpstreamEnd>();
	private child: ChildProcessWithoutNullStreams | undefined;
	private stopping = false;
	private drained: Promise<unknown> | undefined;

	readonly onStderr: Event<string>;

	constructor(
		private readonly launch: ResolvedLaunch,
		private readonly clock: Clock,
		private readonly parentEnv: Readonly<Record<string, string | undefined>> = process.env,
	) {
		this.stderr = new StderrTail(clock);
		this.onStderr = this.stderr.onLine;
	}

	/** The process id while it runs. */
	get pid(): number | undefined {
		return this.child?.pid;
	}

	async start(listener: UpstreamListener): Promise<void> {
		const platform = process.platform;
		const env = upstreamEnvironment(this.parentEnv, this.launch.env, platform);
		const cwd = this.launch.cwd ?? process.cwd();
		if (!(await isFolder(cwd))) {
			throw new FirewallError(
				'upstream-failed',
				phrase('Cannot start "{0}": the folder {1} does not exist.', this.launch.command, cwd),
			);
		}
		const file = await resolveCommand(this.launch.command, { cwd, env, platform });
		if (this.stopping) {
			throw new FirewallError('upstream-failed', 'Stopped before it was started.');
		}
		const plan = spawnPlan(file, this.launch.args, env, platform, cwd);
		readyForTree();
		const child = spawn(plan.file, [...plan.args], {
			cwd,
			env,
			shell: false,
			detached: platform !== 'win32',
			windowsHide: true,
			windowsVerbatimArguments: plan.windowsVerbatimArguments,
			stdio: ['pipe', 'pipe', 'pipe'],
		});
		this.child = child;
		if (child.pid !== undefined) {
			rememberTree(child.pid);
		}
		this.listen(child, listener);
		try {
			await once(child, 'spawn');
		} catch (error) {
			this.ended.fire({ stopped: true });
			throw new FirewallError('upstream-failed', phrase('Cannot start {0}: {1}', file, errorText(error)), {
				cause: error,
			});
		}
		child.once('exit', (code, signal) => this.exited(child, code, signal));
		void this.ended.promise.then(end => listener.end(end));
	}

	async send(bytes: Uint8Array): Promise<void> {
		const stdin = this.child?.stdin;
		if (stdin === undefined || !stdin.writable || this.ended.value !== undefined) {
			throw new FirewallError('upstream-failed', 'The server is not running.');
		}
		let room: boolean;
		if (bytes.length <= JOIN_BYTES) {
			room = stdin.write(Buffer.concat([bytes, NEWLINE]));
		} else {
			stdin.cork();
			stdin.write(bytes);
			room = stdin.write(NEWLINE);
			stdin.uncork();
		}
		if (!room) {
			this.drained ??= this.waitForDrain(stdin);
			await this.drained;
		}
	}

	pause(): void {
		this.child?.stdout.pause();
	}

	resume(): void {
		this.child?.stdout.resume();
	}

	async stop(graces: StopGraces = GENTLE_STOP): Promise<void> {
		this.stopping = true;
		const child = this.child;
		const pid = child?.pid;
		if (child === undefined || pid === undefined || this.ended.value !== undefined) {
			return;
		}
		child.stdin.end();
		child.stdout.resume();
		if (await this.ended.within(graces.afterClose, this.clock)) {
			return;
		}
		if (graces.afterTerm > 0) {
			signalTree(pid, 'SIGTERM');
			if (await this.ended.within(graces.afterTerm, this.clock)) {
				return;
			}
		}
		signalTree(pid, 'SIGKILL');
		await this.ended.within(REAP_MS, this.clock);
	}

	/** The last lines of stderr, cleaned. Attacker-controlled. */
	stderrText(): string {
		return this.stderr.text();
	}

	private listen(child: ChildProcessWithoutNullStreams, listener: UpstreamListener): void {
		const framer = new LineFramer({
			line: bytes => {
				if (this.ended.value === undefined) {
					listener.line(bytes);
				}
			},
			oversize: head => listener.oversize(head),
			oversizeEnd: head => listener.oversizeEnd(head),
			runaway: () => listener.runaway(),
		});
		child.stdout.on('data', (chunk: Buffer) => framer.push(chunk));
		child.stdout.once('end', () => this.mute(child));
		child.stderr.on('data', (chunk: Buffer) => this.stderr.push(chunk));
		child.stderr.once('end', () => this.stderr.end());
		// A broken pipe or a child that cannot be signalled shows as `exit`; without a listener it would end this
		// process.
		for (const source of [child, child.stdin, child.stdout, child.stderr]) {
			source.on('error', () => {});
		}
	}

	/** Output that is still in the pipe belongs to the session, but a grandchild may hold the pipe open for ever. */
	private exited(child: ChildProcessWithoutNullStreams, code: number | null, signal: string | null): void {
		if (child.pid !== undefined) {
			forgetTree(child.pid);
		}
		const end: UpstreamEnd = {
			...(code !== null && { code }),
			...(signal !== null && { signal }),
			stopped: this.stopping,
		};
		const timer = this.clock.schedule(EXIT_DRAIN_MS, () => this.ended.fire(end));
		child.once('close', () => {
			timer.dispose();
			this.ended.fire(end);
		});
		child.stdout.resume();
	}

	/** A server that closed its output can never answer again; what waits for it must not wait for the deadline. */
	private mute(child: ChildProcessWithoutNullStreams): void {
		const timer = this.clock.schedule(MUTE_GRACE_MS, () => {
			if (child.pid !== undefined && this.ended.value === undefined && !this.stopping) {
				signalTree(child.pid, 'SIGKILL');
			}
		});
		child.once('exit', () => timer.dispose());
	}

	private async waitForDrain(stdin: ChildProcessWithoutNullStreams['stdin']): Promise<void> {
		const gone = new AbortController();
		try {
			await Promise.race([once(stdin, 'drain', { signal: gone.signal }), this.ended.promise]);
		} catch {
			// An error of the pipe: the child is about to end, and that is told by itself.
		} finally {
			gone.abort();
			this.drained = undefined;
		}
	}
}

async function isFolder(path: string): Promise<boolean> {
	try {
		return (await stat(path)).isDirectory();
	} catch {
		return false;
	}
}
