import { type JsonObject } from '../base/json';
import { type CallFacts, type HostFacts, type PrincipalFacts } from '../domain/policy/facts';
import { trustRank } from '../domain/policy/identityVerdict';
import { type PolicyLoad } from '../domain/policy/policy';
import { type SessionFacts } from '../domain/policy/sessionFacts';
import { capabilityFor } from './judge';
import { collectPathFacts, resolvePrefixes } from './pathFacts';
import { type PathResolver } from './ports';

/** A call that somebody thought up: what its author says of it, and nothing else. */
export interface ThoughtCall {
	readonly server: string;
	readonly tool: string;
	/** Absent: mapped as for a live call of an unreviewed server. */
	readonly capability?: string;
	readonly arguments: JsonObject;
	readonly session?: Omit<SessionFacts, 'urls'>;
	/** Who the server is; its level counts for rules too, unless the session says another. */
	readonly principal?: PrincipalFacts;
}

/** What a call that somebody thought up is judged with. */
export interface CaseWorld {
	readonly paths: PathResolver;
	/** Milliseconds since 1970, for calls that do not say when they are made. */
	readonly now: number;
}

/** The facts of a call on a host, as a gateway would gather them. Relative paths start in the workspace. */
export async function factsOfCase(
	load: PolicyLoad,
	call: ThoughtCall,
	host: HostFacts,
	{ paths, now }: CaseWorld,
): Promise<CallFacts> {
	const { tool } = call;
	const capability = call.capability ?? mapped(load, call);
	const root = host.workspaceFolders[0];
	const { principal } = call;
	const trustLevel = trustRank(principal);
	return {
		server: { id: call.server, name: call.server },
		tool,
		capability,
		arguments: call.arguments,
		...(call.session?.direction === 'server'
			? { paths: [] }
			: await collectPathFacts(call.arguments, undefined, root === undefined ? [] : [root], host, paths, {
					tool,
					capability,
				})),
		host,
		prefixes: load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, host, paths),
		labels: new Set(),
		usage: new Map(),
		now,
		...(principal !== undefined && { principal }),
		...(trustLevel !== undefined && { trustLevel }),
		...(call.session?.direction === 'server' && { isMethod: true as const }),
		...call.session,
	};
}

/** As for a live call of a server that nobody reviewed (gateway.md ARG-03: one engine for both). */
function mapped(load: PolicyLoad, { server, tool, arguments: args }: ThoughtCall): string {
	const unreviewed = { id: server, name: server, roots: [], reviewRequired: false };
	const nothing = { entry: undefined, descriptor: undefined };
	return capabilityFor(load, { ...nothing, server: unreviewed, tool, arguments: args });
}
