import { spawn } from 'node:child_process';

/** Leaders of the process groups that are ours and may still have members. */
const groups = new Set<number>();
let hooked = false;

/** Remembers a child so that it dies with this process (PROTO-22). Its own end is told by `forgetTree`. */
export function rememberTree(pid: number): void {
	groups.add(pid);
	if (!hooked) {
		hooked = true;
		process.once('exit', killAll);
	}
}

/** Kills what is left of a child's group after the child itself ended, and forgets it. */
export function forgetTree(pid: number): void {
	if (groups.delete(pid) && process.platform !== 'win32') {
		signalGroup(pid, 'SIGKILL');
	}
}

/** Signals a child and all that it started. On Windows `taskkill /t`, where there is no gentle signal. */
export function signalTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
	if (process.platform !== 'win32') {
		signalGroup(pid, signal);
		return;
	}
	const force = signal === 'SIGKILL' ? ['/f'] : [];
	const killer = spawn('taskkill', ['/pid', String(pid), '/t', ...force], { stdio: 'ignore', windowsHide: true });
	killer.on('error', () => {});
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
	try {
		process.kill(-pid, signal);
	} catch {
		// ESRCH: nobody is left, which is what was wanted.
	}
}

function killAll(): void {
	for (const pid of groups) {
		signalTree(pid, 'SIGKILL');
	}
}
