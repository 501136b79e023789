import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const windows = process.platform === 'win32';

/**
 * Runs a program to its end, its output passed through or collected.
 *
 * @param {string} command program; npm and npx are resolved to their `.cmd` on Windows
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, timeoutMs?: number, shell?: boolean }} [options] `quiet` collects the
 *     output instead of passing it through
 * @returns {Promise<{ code: number, output: string }>} never rejects for a program that fails; a program that cannot be
 *     started or runs into its deadline has code 127 or 124
 */
export function run(command, args, options = {}) {
	return new Promise(resolve => {
		const script = windows && /^(npm|npx)$/.test(command);
		const child = spawn(script ? `${command}.cmd` : command, args, {
			cwd: options.cwd,
			env: options.env ?? process.env,
			stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
			shell: options.shell ?? script,
		});
		let output = '';
		let expired = false;
		const timer = options.timeoutMs
			? setTimeout(() => {
					expired = true;
					void killTree(child.pid);
				}, options.timeoutMs)
			: undefined;
		child.stdout?.on('data', chunk => (output += chunk));
		child.stderr?.on('data', chunk => (output += chunk));
		child.on('error', error => {
			clearTimeout(timer);
			resolve({ code: 127, output: `${output}${error.message}\n` });
		});
		child.on('close', code => {
			clearTimeout(timer);
			resolve({ code: expired ? 124 : (code ?? 1), output });
		});
	});
}

/** Like {@link run} with collected output, but a failing program throws an error that carries both ends of that output. */
export async function runOrThrow(command, args, options = {}) {
	const { code, output } = await run(command, args, { ...options, quiet: true });
	if (code !== 0) {
		throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${bothEnds(output.split('\n')).join('\n')}`);
	}
	return output;
}

function bothEnds(lines) {
	return lines.length <= 60 ? lines : [...lines.slice(0, 30), '…', ...lines.slice(-30)];
}

/** Process ids of everything below `pid`; empty where the system cannot tell. */
function descendants(pid) {
	const children = new Map();
	for (const [child, parent] of processes()) children.set(parent, [...(children.get(parent) ?? []), child]);
	const found = [];
	const queue = [pid];
	for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
		for (const child of children.get(next) ?? []) {
			found.push(child);
			queue.push(child);
		}
	}
	return found;
}

/** Pairs of process id and parent id: from /proc on Linux (a slim machine has no `ps`), else from `ps`. */
function processes() {
	if (windows) return [];
	if (process.platform === 'linux') {
		return readdirSync('/proc')
			.filter(name => /^\d+$/.test(name))
			.flatMap(name => {
				try {
					// "pid (name, which may hold anything) state ppid …"
					const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
					return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
				} catch {
					return [];
				}
			});
	}
	const listing = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
	return listing.split('\n').map(line => line.trim().split(/\s+/).map(Number));
}

/** Ids of the processes, except this one, that have every one of `texts` in their command line. */
export function processesNaming(...texts) {
	if (windows) return [];
	const listing = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' });
	return listing
		.split('\n')
		.filter(line => texts.every(text => line.includes(text)))
		.map(line => Number.parseInt(line, 10))
		.filter(pid => pid !== process.pid);
}

/** True while a process with this id exists. */
function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

/** Ends a process and everything it started: asks first, insists after `graceMs`. Resolves when all are gone. */
export async function killTree(pid, graceMs = 3000) {
	if (pid === undefined) return;
	if (windows) {
		await run('taskkill', ['/pid', String(pid), '/t', '/f'], { quiet: true });
		return;
	}
	const all = [pid, ...descendants(pid)];
	const signal = name => {
		for (const each of all) {
			try {
				process.kill(each, name);
			} catch {
				// Gone already.
			}
		}
	};
	signal('SIGTERM');
	const deadline = Date.now() + graceMs;
	while (all.some(isAlive) && Date.now() < deadline) await delay(50);
	signal('SIGKILL');
}
