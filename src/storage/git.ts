import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { dirname, resolve } from 'node:path';
import { errorText, FirewallError } from '../base/errors';

/** What a run of git may take. */
export interface GitLimits {
	/** Milliseconds. */
	readonly timeout: number;
	/** Bytes of output. */
	readonly maxBuffer?: number;
	/** Its standard input. */
	readonly input?: string;
}

/** Those variables of git that say who writes and where git is; all others could lead it to another repository. */
const KEPT = /^GIT_(?:(?:AUTHOR|COMMITTER)_|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$|EXEC_PATH$)/i;

/**
 * Runs git in a folder whose configuration anybody may have written: no shell, no hooks, no monitor, no question, and no
 * transport, since a repository that lacks an object may name a program that fetches it. Resolves with what git says; rejects with
 * `usage` and git's last words.
 */
export function runGit(folder: string, args: readonly string[], { input, ...limits }: GitLimits): Promise<string> {
	return new Promise((take, reject) => {
		const child = execFile(
			'git',
			[
				...['--no-pager', '-C', resolve(folder), '-c', `core.hooksPath=${devNull}`],
				...['-c', 'core.fsmonitor=false', ...args],
			],
			{
				...limits,
				windowsHide: true,
				// On Windows a git.exe of the working directory would be found before the one of the machine.
				cwd: dirname(process.execPath),
				env: gitEnvironment(process.env),
			},
			(error, stdout, stderr) => {
				if (error === null) {
					take(stdout);
				} else {
					const said = stderr.trim().split('\n').at(-1) ?? '';
					const why = said === '' ? errorText(error) : said.slice(0, 200);
					reject(new FirewallError('usage', why, { cause: error }));
				}
			},
		);
		// A git that has ended already says so by its exit code.
		child.stdin?.on('error', () => undefined);
		child.stdin?.end(input);
	});
}

function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const kept = Object.entries(env).filter(([name]) => !/^GIT_/i.test(name) || KEPT.test(name));
	return {
		...Object.fromEntries(kept),
		...{ GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true', GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: 'none' },
	};
}
