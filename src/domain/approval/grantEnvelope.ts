import { classOf, isWithinClass } from '../identity/capabilityClass';
import { type Grant, type GrantBinding, type GrantEnvelope, MAX_GRANT_MS } from './grant';

/** What of a call an envelope is about. */
export interface AuthorityCall {
	readonly session: string;
	readonly binding: GrantBinding;
	/** The DID that the server has proven; absent where it has none. */
	readonly did?: string;
}

/** Who gives authority where nobody has named this installation. */
const NOBODY = 'urn:mcp-firewall:installation';

/** Whose authority it is: the DID that the server has proven, else its id, which is the digest of its launch. */
export function subjectOf({ binding, did }: Omit<AuthorityCall, 'session'>): string {
	return did ?? `urn:mcp-firewall:server:${binding.serverId}`;
}

/**
 * The envelope of a grant that was just made for a session. `installation` is the DID of this installation. Like every grant it ends after
 * 30 days, however long its session lives.
 */
export function envelopeOfGrant(
	grant: Pick<Grant, 'id' | 'binding' | 'reach' | 'madeAt'>,
	call: AuthorityCall,
	installation: string | undefined,
): GrantEnvelope {
	const { id, binding, reach, madeAt } = grant;
	return {
		envelope_id: id,
		issuer_did: installation ?? NOBODY,
		subject_did: subjectOf(call),
		txn_id: call.session,
		parent_authority_hash: null,
		capability_class: classIn(binding.capability),
		constraints: { tool: binding.tool, reach },
		delegation_depth_remaining: 0,
		issued_at: Math.floor(madeAt / 1000),
		expires_at: Math.floor((madeAt + MAX_GRANT_MS) / 1000),
	};
}

/**
 * True when a call stays within an envelope: same session, same subject, same tool, its class at or below the envelope's, and in time.
 * What of the reach it needs, `reaches` asks (grantReach.ts). INVARIANT: this only ever narrows what a grant covers.
 */
export function envelopeAdmits(envelope: GrantEnvelope, call: AuthorityCall, now: number): boolean {
	return (
		envelope.txn_id === call.session &&
		envelope.subject_did === subjectOf(call) &&
		envelope.constraints.tool === call.binding.tool &&
		isWithinClass(classIn(call.binding.capability), envelope.capability_class) &&
		// The beginning is what `hasExpired` (grantReach.ts) looks at: clocks are set back by seconds all the time.
		now < envelope.expires_at * 1000
	);
}

/** `unknown` is a class by itself, below which nothing lies. */
function classIn(capability: string): string {
	return classOf(capability) ?? 'unknown';
}
