import { type ChildProcess, spawn } from 'node:child_process';
import { win32 } from 'node:path';
import { MAX_GUARDS, ORPHAN_TERM_POLLS } from '../limits';

/** How the guard is started; always detached, without a shell of Node's, with a pipe as its stdin. */
export interface GuardPlan {
	readonly file: string;
	/** The process ids that are known already follow. */
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
}

/**
 * Reads `+PID` and `-PID` until its input ends, which the kernel sees to however the host dies. Then every group that is
 * left gets SIGTERM and, where it is still there after about a second, SIGKILL. A group that was seen gone is never
 * signalled again, because its number may be somebody else's by then. Signals that end a whole login do not end it first.
 */
const POSIX_SCRIPT = `trap '' HUP INT TERM QUIT PIPE
set -f
g=' '
for p in "$@"; do g="$g$p "; done
while read -r l; do
	p=\${l#?}
	case $p in ''|*[!0-9]*|0|1) continue;; esac
	case $l in
	+*) g="$g$p ";;
	-*) n=' '; for q in $g; do [ "$q" = "$p" ] || n="$n$q "; done; g=$n;;
	esac
done
s=TERM
i=0
while [ "$g" != ' ' ]; do
	n=' '
	for q in $g; do kill -s $s -- "-$q" 2>/dev/null && n="$n$q "; done
	g=$n
	[ $s = KILL ] && exit
	s=0
	i=$((i+1))
	[ $i -gt ${String(ORPHAN_TERM_POLLS)} ] && s=KILL
	sleep 0.1 2>/dev/null || { sleep 1; s=KILL; }
done`;

/** The same for Windows, where a tree is found by its root and ended by `taskkill`; there is no gentle way. */
const WIN32_SCRIPT = `const [taskkill, ...known] = process.argv.slice(1);
const pids = new Set(known);
let text = '';
process.stdin.setEncoding('utf8').on('data', chunk => {
	const lines = (text + chunk).split('\\n');
	text = lines.pop();
	for (const line of lines) {
		if (/^[+-][1-9][0-9]*$/.test(line)) line[0] === '+' ? pids.add(line.slice(1)) : pids.delete(line.slice(1));
	}
}).on('error', () => {}).on('close', () => {
	for (const pid of pids) {
		require('child_process').spawn(taskkill, ['/pid', pid, '/t', '/f'], { stdio: 'ignore', windowsHide: true }).on('error', () => {});
	}
});`;

/**
 * What watches over the children of this process. POSIX: `/bin/sh`, because `process.execPath` is a whole Electron in the
 * extension host. Windows has nothing as small: the runtime itself, as plain Node. Pure.
 */
export function guardPlan(
	platform: NodeJS.Platform,
	execPath: string,
	env: Readonly<Record<string, string | undefined>>,
): GuardPlan {
	if (platform !== 'win32') {
		return { file: '/bin/sh', args: ['-c', POSIX_SCRIPT, 'mcp-firewall-guard'], env: { PATH: '/usr/bin:/bin' } };
	}
	const systemRoot = env.SystemRoot ?? env.SYSTEMROOT ?? 'C:\\Windows';
	return {
		file: execPath,
		args: ['-e', WIN32_SCRIPT, taskkill(env)],
		env: { ELECTRON_RUN_AS_NODE: '1', SystemRoot: systemRoot },
	};
}

/** The system's own `taskkill`: by its bare name, the working directory would be searched first (libuv). Pure. */
export function taskkill(env: Readonly<Record<string, string | undefined>>): string {
	return win32.join(env.SystemRoot ?? env.SYSTEMROOT ?? 'C:\\Windows', 'System32', 'taskkill.exe');
}

/**
 * One small process that outlives this one, however this one ends (`kill -9`, a crash of the extension host), and then ends
 * the process groups that were added and not removed. Not covered: a process that has left its group (a daemon in a session
 * of its own), and a guard that is killed together with its host.
 */
export class OrphanGuard {
	private readonly pids = new Set<number>();
	private child: ChildProcess | undefined;
	private started = 0;

	constructor(private readonly plan: GuardPlan) {}

	/** The process id of the guard while it runs. */
	get pid(): number | undefined {
		return this.child?.pid;
	}

	/** Starts the guard where it does not run; called before a child is started, so that no child is without one. */
	ready(): void {
		if (this.child !== undefined || this.started >= MAX_GUARDS) {
			return;
		}
		this.started++;
		// A folder of the person's must not stay in use because of the guard.
		const child = spawn(this.plan.file, [...this.plan.args, ...[...this.pids].map(String)], {
			env: { ...this.plan.env },
			cwd: process.platform === 'win32' ? undefined : '/',
			detached: true,
			windowsHide: true,
			stdio: ['pipe', 'ignore', 'ignore'],
		});
		this.child = child;
		child.on('error', () => this.ended(child));
		child.on('exit', () => this.ended(child));
		child.stdin.on('error', () => {});
		child.unref();
		// A pipe of Node's is a socket; without this it would keep the process alive.
		(child.stdin as { unref?: () => void }).unref?.();
	}

	/** A child that leads a group of its own. */
	add(pid: number): void {
		this.ready();
		this.pids.add(pid);
		this.tell(`+${String(pid)}`);
	}

	/** It has ended, and so has its group; its number may be given to somebody else from now on. */
	remove(pid: number): void {
		if (this.pids.delete(pid)) {
			this.tell(`-${String(pid)}`);
		}
	}

	private tell(line: string): void {
		this.child?.stdin?.write(`${line}\n`);
	}

	/** Somebody ended the guard: as long as there is something to guard, there is another one. */
	private ended(child: ChildProcess): void {
		if (this.child !== child) {
			return;
		}
		this.child = undefined;
		if (this.pids.size > 0) {
			this.ready();
		}
	}
}
