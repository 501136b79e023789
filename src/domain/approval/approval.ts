import { type JsonObject } from '../../base/json';
import { type ToolDescriptor } from '../registry/toolDescriptor';
import { type Finding } from '../inspection/finding';
import { type PathFact } from '../policy/facts';
import { type ApprovalScope } from '../policy/ruleConditions';
import { type Verdict } from '../policy/verdict';

/** The question to a person. Host facts and server text are kept apart so that they are shown apart. */
export interface ApprovalRequest {
	readonly id: string;
	readonly session: string;
	readonly server: { readonly id: string; readonly name: string };
	readonly tool: string;
	readonly capability: string;
	readonly verdict: Verdict;
	readonly paths: readonly PathFact[];
	readonly findings: readonly Finding[];
	/** The frozen arguments that will be sent. Attacker-controlled. */
	readonly arguments: JsonObject;
	/** Digest of what will be sent; the answer is bound to it. */
	readonly digest: string;
	/** What the server says of the tool. Attacker-controlled: shown as quoted data only. */
	readonly description?: ToolDescriptor;
	/** How long a yes may be remembered; never empty. An answer of another scope is no yes. */
	readonly scopes: readonly ApprovalScope[];
	/** Milliseconds until no answer becomes deny. */
	readonly timeoutMs: number;
}

/** What the person answered. All but the two `allowed-*` are deny. */
export type ApprovalOutcome =
	'allowed-once' | 'allowed-session' | 'denied' | 'dismissed' | 'timeout' | 'cancelled' | 'unavailable';

/** The answer, bound to the digest of the request it answers. */
export interface ApprovalAnswer {
	readonly requestId: string;
	readonly digest: string;
	readonly outcome: ApprovalOutcome;
}

/** True for the two answers that let a call go. */
export function isAllowed(outcome: ApprovalOutcome): boolean {
	return outcome === 'allowed-once' || outcome === 'allowed-session';
}
