import { type DecisionPoint } from '../domain/identity/decisionPoint';
import { weighObligations } from '../domain/identity/obligations';
import { pipRequest } from '../domain/identity/pipRequest';
import { type Caller, type ToolAccess } from '../domain/identity/toolAccess';
import { TOOL_CODES } from '../domain/identity/toolCodes';
import { systemIds } from '../storage/system';

/** What a decision service made of a call that the guard itself would allow. */
export interface ServiceOutcome {
	readonly access: ToolAccess;
	readonly decisionId: string | undefined;
}

/**
 * Asks a decision service (RFC-005) about a call. INVARIANT: it can only deny: it is asked after everything else has allowed,
 * and no answer is a denial. An obligation that asks for a person cannot be met here, and denies. Never rejects.
 */
export async function askService(
	tool: string,
	caller: Caller,
	service: DecisionPoint,
	guard: {
		readonly serverOrigin: string | undefined;
		readonly now: () => number;
		readonly paramsHash: string | undefined;
	},
): Promise<ServiceOutcome> {
	const name = guard.serverOrigin ?? 'mcp-server';
	const badge = caller.kind === 'badge' && caller.result.ok ? caller.result.badge : undefined;
	const request = pipRequest({
		...(badge && { caller: { did: badge.sub, jti: badge.jti, ial: badge.ial, level: badge.level } }),
		...{ capability: 'unknown', tool, server: { id: name, name }, session: systemIds.uuid() },
		...{ mode: 'guard', now: guard.now() },
		...(guard.paramsHash !== undefined && { paramsHash: guard.paramsHash }),
	});
	try {
		const answer = await service.ask(request, new AbortController().signal);
		if (answer.kind === 'unavailable') {
			return { access: refused('The decision service gave no decision.'), decisionId: undefined };
		}
		const { asks, blocked } = weighObligations(answer.obligations, 'guard');
		const denied = answer.decision !== 'ALLOW' || asks || blocked;
		const scope = answer.errorCode === 'SCOPE_INSUFFICIENT';
		return {
			access: denied ? refused('The decision service denied it.', scope) : { decision: 'ALLOW' },
			decisionId: answer.decisionId,
		};
	} catch {
		return { access: refused('The decision service failed.'), decisionId: undefined };
	}
}

function refused(detail: string, scope = false): ToolAccess {
	const reason = scope ? 'scope_insufficient' : 'policy_denied';
	return { decision: 'DENY', reason, code: TOOL_CODES[reason], detail };
}
