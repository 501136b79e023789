import { provenCaller, type Caller, type ToolAccess } from '../domain/identity/toolAccess';
import { rankOf } from '../domain/identity/trustLevel';

/**
 * One attempt to call a tool, as RFC-006 v0.4 §7 writes it (schema `capiscio:rfc-006:tool-invocation:v0.4`). INVARIANT: no
 * argument, no result and no credential is in it; of arguments their hash, of a badge its id.
 */
export interface EvidenceRecord {
	readonly 'event.name': 'capiscio.tool_invocation';
	readonly 'capiscio.agent.did': string;
	readonly 'capiscio.badge.jti'?: string;
	readonly 'capiscio.auth.level': 'badge' | 'anonymous';
	readonly 'capiscio.target': string;
	readonly 'capiscio.policy_version': string;
	readonly 'capiscio.decision': 'ALLOW' | 'DENY';
	readonly 'capiscio.policy.decision_id'?: string;
	readonly 'capiscio.deny_reason'?: string;
	/** `sha256:` and base64url; absent where the arguments have no canonical form. Short arguments can be guessed from it. */
	readonly 'capiscio.tool.params_hash'?: string;
	/** UUID of the record. */
	readonly id: string;
	/** RFC 3339, UTC. */
	readonly timestamp: string;
	readonly trust_level?: number;
	readonly server_origin?: string;
	/** Digest of what the guard asked for, whatever {@link GuardConfig.policyVersion} calls it. */
	readonly 'mcp_firewall.policy_digest': string;
	/** Why the badge did not count. */
	readonly 'mcp_firewall.cause'?: string;
}

/** What a record is made of. */
export interface EvidenceFacts {
	readonly id: string;
	/** Unix milliseconds. */
	readonly at: number;
	readonly tool: string;
	readonly caller: Caller;
	readonly access: ToolAccess;
	readonly policyVersion: string;
	readonly policyDigest: string;
	readonly paramsHash: string | undefined;
	readonly serverOrigin: string | undefined;
	readonly decisionId: string | undefined;
}

/** Writes the record. */
export function evidenceRecord(facts: EvidenceFacts): EvidenceRecord {
	const { did, jti, level } = provenCaller(facts.caller);
	const { access } = facts;
	return {
		'event.name': 'capiscio.tool_invocation',
		'capiscio.agent.did': did ?? 'anonymous',
		...(jti !== undefined && { 'capiscio.badge.jti': jti }),
		'capiscio.auth.level': did === undefined ? 'anonymous' : 'badge',
		'capiscio.target': facts.tool,
		'capiscio.policy_version': facts.policyVersion,
		'capiscio.decision': access.decision,
		...(facts.decisionId !== undefined && { 'capiscio.policy.decision_id': facts.decisionId }),
		...(access.decision === 'DENY' && { 'capiscio.deny_reason': access.code }),
		...(facts.paramsHash !== undefined && { 'capiscio.tool.params_hash': facts.paramsHash }),
		id: facts.id,
		timestamp: new Date(facts.at).toISOString(),
		...(level !== undefined && { trust_level: rankOf(level) }),
		...(facts.serverOrigin !== undefined && { server_origin: facts.serverOrigin }),
		'mcp_firewall.policy_digest': facts.policyDigest,
		...(access.decision === 'DENY' && access.cause !== undefined && { 'mcp_firewall.cause': access.cause }),
	};
}
