import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { errorText, FirewallError } from '../base/errors';
import { type AnchoredHead } from '../domain/audit/checkpoint';
import { headLine } from './headAnchor';

const DEADLINE_MS = 10_000;

/**
 * Appends heads, one JSON line each, to the note `refs/notes/mcp-firewall` of the commit that is checked out in a folder (git-notes(1)).
 * No shell, no hooks, no question. Rejects with `usage` where there is no repository, no commit, no git, or no name to write by.
 */
export function appendGitNote(folder: string, heads: readonly AnchoredHead[]): Promise<void> {
	return new Promise((resolve, reject) => {
		// `-C` and no `cwd`: on Windows a program of the folder would be found before the one of the machine.
		const child = execFile(
			'git',
			[
				...['-C', folder, '-c', `core.hooksPath=${devNull}`, '-c', 'core.fsmonitor=false'],
				...['notes', '--ref=mcp-firewall', 'append', '-F', '-', 'HEAD'],
			],
			{
				timeout: DEADLINE_MS,
				windowsHide: true,
				env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true' },
			},
			(error, _stdout, stderr) => {
				if (error === null) {
					resolve();
				} else {
					const why = stderr.trim().split('\n').at(-1) ?? '';
					const text = `git could not keep the note: ${why === '' ? errorText(error) : why.slice(0, 200)}`;
					reject(new FirewallError('usage', text, { cause: error }));
				}
			},
		);
		// A git that has ended already says so by its exit code.
		child.stdin?.on('error', () => undefined);
		child.stdin?.end(heads.map(headLine).join(''));
	});
}
