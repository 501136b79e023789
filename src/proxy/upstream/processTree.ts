import { spawn } from 'node:child_process';
import { guardPlan, OrphanGuard, taskkill } from './orphanGuard';

/** Leaders of the process groups that are ours and may still have members. */
const groups = new Set<number>();
let hooked = false;
let guard: OrphanGuard | undefined;

/** Sees to it that children die with this process, however it ends. Called before a child is started. */
export function readyForTree(): void {
	guard ??= new OrphanGuard(guardPlan(process.platform, process.execPath, process.env));
	guard.ready();
}

/** Remembers a child so that it dies with this process (PROTO-22). Its own end is told by `forgetTree`. */
export function rememberTree(pid: number): void {
	groups.add(pid);
	guard?.add(pid);
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
	guard?.remove(pid);
}

/** Signals a child and all that it started. On Windows `taskkill /t`, where there is no gentle signal. */
export function signalTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
	if (process.platform !== 'win32') {
		signalGroup(pid, signal);
		return;
	}
	const force = signal === 'SIGKILL' ? ['/f'] : [];
	const args = ['/pid', String(pid), '/t', ...force];
	const killer = spawn(taskkill(process.env), args, { stdio: 'ignore', windowsHide: true });
	killer.on('error', () => {});
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
	try {
		process.kill(-pid, signal);
	} catch {
		// ESRCH: nobody is left, which is what was wanted. EPERM: what is left runs as another user (or, on macOS, has
		// ended and is not reaped yet); there is nothing that we could do about it.
	}
}

function killAll(): void {
	for (const pid of groups) {
		signalTree(pid, 'SIGKILL');
	}
}
