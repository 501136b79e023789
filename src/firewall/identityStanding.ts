import { type AuditRecord } from '../domain/audit/auditRecord';
import { type Principal } from '../domain/identity/principal';
import { impostorVerdict, principalFacts } from '../domain/policy/identityVerdict';
import { type PolicyLoad } from '../domain/policy/policy';
import { type AuthorityVerdict } from '../domain/policy/verdict';
import { authorityFacts, noteAuthority, type PrincipalDraft, recordedPrincipal } from './notePrincipal';
import { type FirewallPorts, type GuardedServer } from './ports';

/** A server whose identity failed, under the policy that says what comes of it. */
export interface Impostor {
	readonly principal: Principal;
	readonly load: PolicyLoad;
	readonly authority: AuthorityVerdict;
}

/** Where it is looked up. */
type Standing = { readonly ports: Pick<FirewallPorts, 'policy'>; readonly server: Pick<GuardedServer, 'principal'> };

/** The server where its identity has failed by now; undefined for every other. */
export function impostorOf({ ports, server }: Standing): Impostor | undefined {
	const load = ports.policy.current();
	const principal = server.principal?.current();
	if (principal === undefined) {
		return undefined;
	}
	const authority = impostorVerdict(load.policy, principalFacts(principal));
	return authority && { principal, load, authority };
}

/**
 * The same for what is in flight: undefined also where the policy only observes, and of what introduces a server, because that
 * is how it comes to be known.
 */
export function impostorInFlight(
	standing: Standing,
	{ method = '', from = 'client' }: Partial<Pick<AuditRecord, 'method' | 'from'>>,
): Impostor | undefined {
	const impostor = isIntroduction({ method, from }) ? undefined : impostorOf(standing);
	return impostor?.authority.observed === true ? undefined : impostor;
}

/** Notes who it was, and what is said of it. */
export function noteImpostor({ principal, load, authority }: Impostor, draft: PrincipalDraft): void {
	draft.principal = recordedPrincipal(principal);
	noteAuthority(load, draft, authorityFacts(authority));
}

/** What a client asks to get to know a server. It passes without a usable policy, so that refusals can say what is wrong. */
export function isIntroduction({
	method,
	from,
}: {
	readonly method: string;
	readonly from: 'client' | 'server';
}): boolean {
	return from === 'client' && (introduces(method) || method.endsWith('/list'));
}

/** Requests by which a server is made to say what it is. */
export function introduces(method: string): boolean {
	return method === 'initialize' || method === 'server/discover';
}
