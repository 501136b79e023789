import { type JsonObject } from '../base/json';
import { capabilityOf, type CapabilityReading } from '../domain/policy/capability';
import { raisedByArguments } from '../domain/policy/capabilityTokens';
import { type Principal } from '../domain/identity/principal';
import { type CallFacts, type HostFacts } from '../domain/policy/facts';
import { asksIdentity, principalFacts, trustRank } from '../domain/policy/identityVerdict';
import { judgeFacts } from '../domain/policy/judgeFacts';
import { type PolicyLoad } from '../domain/policy/policy';
import { policyPrefixes } from '../domain/policy/prefixes';
import { carriesGitOption } from '../domain/policy/revisionPaths';
import { type Direction } from '../domain/policy/ruleConditions';
import { type Verdict } from '../domain/policy/verdict';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { collectPathFacts, resolvePrefixes } from './pathFacts';
import { type FirewallPorts, type GuardedServer } from './ports';
import { resolveOwnPlaces } from './protectedPaths';
import { SessionMemory } from './sessionMemory';
import { serverFolderOf } from './serverFolder';

/** What there is to judge. */
export interface Subject {
	readonly server: GuardedServer;
	readonly entry: ServerEntry | undefined;
	readonly tool: string;
	readonly arguments: JsonObject;
	/** The tool as reviewed, or as listed in this session; attacker-controlled in the second case. */
	readonly descriptor: ToolDescriptor | undefined;
	/** Set where the capability does not come from a tool (resources). */
	readonly capability?: string;
	/** Who asks; the client where absent. What a server asks of its client names no files of ours. */
	readonly direction?: Direction;
	/** True where no rule claims the request, so that only denials and approvals speak of it; without one it passes. */
	readonly unclaimed?: boolean;
}

/** A verdict with everything it was based on. */
export interface Judgement {
	readonly verdict: Verdict;
	readonly facts: CallFacts;
	/** Who said what the capability is; `path` where it is the method's own. */
	readonly source: CapabilityReading['source'] | 'path';
	readonly load: PolicyLoad;
	/** Who the server was at that moment; absent where nobody looks. */
	readonly principal?: Principal;
}

type JudgePorts = Pick<FirewallPorts, 'policy' | 'paths' | 'host' | 'clock'>;

/**
 * The capability of a tool: pinned at review, else from the deterministic mapping, which the arguments can raise where
 * neither a reviewer nor the policy's author has said what the tool does (gateway.md PATH-23).
 */
export function capabilityFor(
	load: PolicyLoad,
	subject: Omit<Subject, 'arguments'> & { readonly arguments?: JsonObject },
): string {
	return readCapability(load, subject).capability;
}

function readCapability(
	load: PolicyLoad,
	subject: Omit<Subject, 'arguments'> & { readonly arguments?: JsonObject },
): { readonly capability: string; readonly source: Judgement['source'] } {
	if (subject.capability !== undefined) {
		return { capability: subject.capability, source: 'path' };
	}
	const pin = subject.entry?.tools.find(candidate => candidate.name === subject.tool);
	const { capability, source } = capabilityOf({
		policyTable: load.policy?.capabilities ?? new Map<string, string>(),
		...(pin && { pinned: pin.capability }),
		serverName: subject.server.name,
		...(subject.server.packageName !== undefined && { packageName: subject.server.packageName }),
		tool: subject.tool,
		...(subject.descriptor && { descriptor: subject.descriptor }),
	});
	if (capability === 'git.read' && carriesGitOption(subject.arguments ?? {})) {
		// Whoever said that the tool reads did not speak of git's options.
		return { capability: 'git.write', source };
	}
	return source === 'pin' || source === 'policy'
		? { capability, source }
		: { capability: raisedByArguments(capability, subject.arguments ?? {}), source };
}

/**
 * What the paths of a call are held against. A condition about paths fails where a call names none, wherever the prefixes lead:
 * then they are taken as they are written, and nobody waits for the disk.
 */
async function placesFor(
	{ policy }: PolicyLoad,
	host: HostFacts,
	{ paths }: Pick<JudgePorts, 'paths'>,
	named: boolean,
): Promise<Pick<CallFacts, 'prefixes' | 'ownPlaces'>> {
	if (!named) {
		return { prefixes: policy === undefined ? new Map() : policyPrefixes(policy, host) };
	}
	const [prefixes, ownPlaces] = await Promise.all([
		policy === undefined ? new Map<string, readonly string[]>() : resolvePrefixes(policy, host, paths),
		resolveOwnPlaces(host, paths),
	]);
	return { prefixes, ownPlaces };
}

/**
 * Who the server is. INVARIANT: a call waits until that is settled where the policy asks a level or a badge of it, or where the
 * server discloses something; what is not settled by then has proven nothing.
 */
async function principalOf(
	{ policy }: PolicyLoad,
	{ server, tool, capability: own }: Subject,
	capability: string,
	signal: AbortSignal,
): Promise<Principal | undefined> {
	const known = server.principal?.current();
	if (server.principal === undefined || known?.pending !== true || policy === undefined) {
		return known;
	}
	const isMethod = own === undefined ? undefined : true;
	// One that says who it is, or is remembered by it, may turn out to be an impostor: no call goes before that is known.
	const discloses = known.did !== undefined || known.pinnedSince !== undefined;
	return discloses || asksIdentity(policy, { server: server.name, tool, capability, isMethod })
		? server.principal.settled(signal)
		: known;
}

/**
 * Gathers the facts of a call and decides. The only I/O is the resolution of symlinks behind the path port, and the wait for
 * who the server is, where the policy asks for it. `memory` is what the window did before; without it the call is judged as
 * its first.
 */
export async function judge(
	ports: JudgePorts,
	subject: Subject,
	memory: SessionMemory = new SessionMemory(),
	signal: AbortSignal = new AbortController().signal,
): Promise<Judgement> {
	const load = ports.policy.current();
	const host = ports.host();
	const schema = subject.descriptor?.inputSchema;
	const { server, tool, direction = 'client' } = subject;
	const { capability, source } = readCapability(load, subject);
	const principal = await principalOf(load, subject, capability, signal);
	const trustLevel = trustRank(principal);
	const serverFolder = serverFolderOf(server, host);
	const { paths, possiblePaths } =
		direction === 'server'
			? { paths: [], possiblePaths: [] }
			: await collectPathFacts(subject.arguments, schema, server.roots, host, ports.paths, { tool, capability });
	const facts: CallFacts = {
		server: { id: server.id, name: server.name },
		tool,
		capability,
		arguments: subject.arguments,
		paths,
		possiblePaths,
		host,
		...(serverFolder !== undefined && { serverFolder }),
		...(await placesFor(load, host, ports, paths.length + possiblePaths.length > 0)),
		direction,
		...(subject.capability !== undefined && { isMethod: true as const }),
		...(principal !== undefined && { principal: principalFacts(principal) }),
		...(trustLevel !== undefined && { trustLevel }),
		...(subject.unclaimed === true && { unclaimed: true as const }),
		now: ports.clock.now(),
		...memory.factsFor(
			{ server, tool, capability, arguments: subject.arguments, paths, host },
			ports.clock.monotonic(),
		),
	};
	const verdict = judgeFacts(load, facts);
	return { verdict, facts, source, load, ...(principal !== undefined && { principal }) };
}
