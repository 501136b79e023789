import { errorText, FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { type AnchoredHead } from '../domain/audit/checkpoint';
import { runGit } from './git';
import { headLine } from './headAnchor';

const DEADLINE_MS = 10_000;

/**
 * Appends heads, one JSON line each, to the note `refs/notes/mcp-firewall` of the commit that is checked out in a folder (git-notes(1)).
 * Rejects with `usage` where there is no repository, no commit, no git, or no name to write by.
 */
export async function appendGitNote(folder: string, heads: readonly AnchoredHead[]): Promise<void> {
	try {
		await runGit(folder, ['notes', '--ref=mcp-firewall', 'append', '-F', '-', 'HEAD'], {
			timeout: DEADLINE_MS,
			input: heads.map(headLine).join(''),
		});
	} catch (error) {
		throw new FirewallError('usage', phrase('git could not keep the note: {0}', errorText(error)), {
			cause: error,
		});
	}
}
