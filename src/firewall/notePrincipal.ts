import { inEnglish } from '../base/phrase';
import { type AuditRecord, type RecordedAuthority, type RecordedPrincipal } from '../domain/audit/auditRecord';
import { jwkOfDidKey } from '../domain/identity/did';
import { type Principal } from '../domain/identity/principal';
import { TOOL_CODES } from '../domain/identity/toolCodes';
import { maskText } from '../domain/inspection/maskSecrets';
import { enforcementModeOf } from '../domain/policy/identityVerdict';
import { type PolicyLoad } from '../domain/policy/policy';
import { type AuthorityVerdict } from '../domain/policy/verdict';
import { type Judgement } from './judge';

/** What is noted of identity in the draft of an entry. */
export type PrincipalDraft = { -readonly [K in 'principal' | 'authority']?: AuditRecord[K] };

/** How much of a text is masked, so that no secret is cut in two before it is seen, and how much of that is kept. */
const MAX_LOOK = 4_096;
const MAX_TEXT = 512;

/** Notes who the server was when a message was judged, and what tool authority (RFC-006) had to say where it said no. */
export function notePrincipal({ principal, verdict, load }: Judgement, draft: PrincipalDraft): void {
	if (principal !== undefined) {
		draft.principal = recordedPrincipal(principal);
	}
	if (verdict.authority !== undefined) {
		noteAuthority(load, draft, authorityFacts(verdict.authority));
	}
}

/** Adds to what tool authority and the decision service said of a call; the mode is the one of the policy that judged it. */
export function noteAuthority(load: PolicyLoad, draft: PrincipalDraft, more: Partial<RecordedAuthority>): void {
	const mode = load.policy === undefined ? 'guard' : enforcementModeOf(load.policy);
	draft.authority = { mode, ...draft.authority, ...more };
}

/** A principal as entries keep it: masked and bounded. DID, issuer and id are attacker-controlled. */
export function recordedPrincipal(principal: Principal): RecordedPrincipal {
	const { state, level, badge, proof, binding, pin, errors, blocked, cause } = principal;
	const { did, jti, issuer, keyThumbprint } = principal;
	return {
		...{ state, badge, proof, binding, pin, errors, blocked },
		...(level !== undefined && { level }),
		...(cause !== undefined && { cause }),
		// A did:key is a public key, which looks like a secret to whoever does not know that.
		...(did !== undefined && { did: jwkOfDidKey(did) === undefined ? plain(did) : did }),
		...(jti !== undefined && { jti: plain(jti) }),
		...(issuer !== undefined && { issuer: plain(issuer) }),
		// Ours, of a key that was read.
		...(keyThumbprint !== undefined && { keyThumbprint }),
	};
}

/** What tool authority said, as entries keep it. */
export function authorityFacts({ reason, cause, why, at, observed, mode }: AuthorityVerdict): RecordedAuthority {
	return {
		mode,
		code: TOOL_CODES[reason],
		...(cause !== undefined && { cause }),
		why: inEnglish(why),
		...(at !== undefined && { at: { file: at.file, line: at.line } }),
		...(observed && { observed: true as const }),
	};
}

function plain(text: string): string {
	return maskText(text.slice(0, MAX_LOOK)).slice(0, MAX_TEXT);
}
