import { TOOL_CODES } from '../domain/identity/toolCodes';
import { impostorVerdict, principalFacts, SERVER_IDENTITY_FAILED } from '../domain/policy/identityVerdict';
import { type Draft, type Ending, refused } from './ending';
import { authorityFacts, noteAuthority, recordedPrincipal } from './notePrincipal';
import { type PathContext } from './pathContext';

/**
 * Refuses what no policy judges (prompts, resources under names of the server's own) where the identity of the server failed.
 * Undefined means go: also in mode `observe`, which only notes it.
 */
export function refuseImpostor({ ports, server }: PathContext, draft: Draft): Ending | undefined {
	const load = ports.policy.current();
	const principal = server.principal?.current();
	if (principal === undefined || load.policy === undefined) {
		return undefined;
	}
	const authority = impostorVerdict(load.policy, principalFacts(principal));
	if (authority === undefined) {
		return undefined;
	}
	draft.principal = recordedPrincipal(principal);
	noteAuthority(load, draft, authorityFacts(authority));
	return authority.observed
		? undefined
		: refused(SERVER_IDENTITY_FAILED, draft.capability, undefined, TOOL_CODES[authority.reason]);
}
