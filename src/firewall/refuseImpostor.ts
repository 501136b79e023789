import { TOOL_CODES } from '../domain/identity/toolCodes';
import { SERVER_IDENTITY_FAILED } from '../domain/policy/identityVerdict';
import { type Draft, type Ending, refused } from './ending';
import { impostorOf, noteImpostor } from './identityStanding';
import { type PathContext } from './pathContext';

/**
 * Refuses what no policy judges (prompts, resources under names of the server's own) where the identity of the server failed.
 * Undefined means go: also in mode `observe`, which only notes it.
 */
export function refuseImpostor(context: PathContext, draft: Draft): Ending | undefined {
	const impostor = impostorOf(context);
	if (impostor === undefined) {
		return undefined;
	}
	noteImpostor(impostor, draft);
	const { observed, reason } = impostor.authority;
	return observed ? undefined : refused(SERVER_IDENTITY_FAILED, draft.capability, undefined, TOOL_CODES[reason]);
}
