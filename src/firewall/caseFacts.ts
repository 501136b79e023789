import { type JsonObject } from '../base/json';
import { capabilityOf } from '../domain/policy/capability';
import { raisedByArguments } from '../domain/policy/capabilityTokens';
import { type CallFacts, type HostFacts } from '../domain/policy/facts';
import { type PolicyLoad } from '../domain/policy/policy';
import { carriesGitOption } from '../domain/policy/revisionPaths';
import { type SessionFacts } from '../domain/policy/sessionFacts';
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
		...call.session,
	};
}

function mapped(load: PolicyLoad, call: ThoughtCall): string {
	const policyTable = load.policy?.capabilities ?? new Map<string, string>();
	const { capability, source } = capabilityOf({ policyTable, serverName: call.server, tool: call.tool });
	if (capability === 'git.read' && carriesGitOption(call.arguments)) {
		return 'git.write';
	}
	return source === 'policy' ? capability : raisedByArguments(capability, call.arguments);
}
