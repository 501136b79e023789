import { type BadgeErrorCode } from '../domain/identity/badge';
import { type DenyReason, type ToolCode } from '../domain/identity/toolCodes';
import { type TrustLevel } from '../domain/identity/trustLevel';
import { type EvidenceRecord } from './evidenceRecord';

/** How a call of a tool was decided, and what was written about it. */
export interface GuardResult {
	readonly decision: 'ALLOW' | 'DENY';
	readonly denyReason?: DenyReason;
	/** The code of RFC-006 §10 for {@link denyReason}. */
	readonly denyCode?: ToolCode;
	/** One line for the server's log; not for the caller. */
	readonly denyDetail?: string;
	/** Why the badge does not count (RFC-002 §8.5). */
	readonly cause?: BadgeErrorCode;
	/** DID of the caller, where a badge of it holds; empty otherwise. */
	readonly agentDid: string;
	readonly badgeJti?: string;
	readonly authLevel: 'badge' | 'anonymous';
	/** Level of a badge that holds; null is not `0`. */
	readonly trustLevel: TrustLevel | null;
	readonly evidenceId: string;
	readonly evidence: EvidenceRecord;
}
