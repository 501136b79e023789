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

/** Triples of process id, parent id and state: from /proc on Linux (a slim machine has no `ps`), else from `ps`. */
function processes() {
	if (windows) return [];
	if (process.platform === 'linux') {
		return readdirSync('/proc')
			.filter(name => /^\d+$/.test(name))
			.flatMap(name => {
				try {
					// "pid (name, which may hold anything) state ppid …"
					const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
					const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
					return [[Number(name), Number(parent), state]];
				} catch {
					return [];
				}
			});
	}
	const listing = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
	return listing.split('\n').map(line => {
		const [pid, parent, state = ''] = line.trim().split(/\s+/);
		return [Number(pid), Number(parent), state];
	});
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

/**
 * Ends a process and everything it started, what it starts while it ends too: asks first, insists after `graceMs`. Resolves when all
 * are gone, or 5 s after it insisted.
 */
export async function killTree(pid, graceMs = 3000) {
	if (pid === undefined) return;
	if (windows) {
		await run('taskkill', ['/pid', String(pid), '/t', '/f'], { quiet: true });
		return;
	}
	// Whose parent ended belongs to somebody else: what was seen once is remembered.
	const family = new Set([pid]);
	const alive = () => {
		const found = processes();
		for (let before = 0; before < family.size;) {
			before = family.size;
			for (const [child, parent] of found) if (family.has(parent)) family.add(child);
		}
		// What ended, and was not collected by its parent yet, writes no more.
		return found.filter(([each, , state]) => family.has(each) && !state.startsWith('Z')).map(([each]) => each);
	};
	const signal = (all, name) => {
		for (const each of all) {
			try {
				process.kill(each, name);
			} catch {
				// Gone already.
			}
		}
	};
	const asked = Date.now();
	let told = alive();
	signal(told, 'SIGTERM');
	for (let left = told; left.length > 0; left = alive()) {
		const waited = Date.now() - asked;
		if (waited >= graceMs) signal(left, 'SIGKILL');
		if (waited >= graceMs + 5000) return;
		signal(
			left.filter(each => !told.includes(each)),
			'SIGTERM',
		);
		told = left;
		await delay(100);
	}
}
