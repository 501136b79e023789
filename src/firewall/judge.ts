import { type JsonObject } from '../base/json';
import { capabilityOf } from '../domain/policy/capability';
import { decide } from '../domain/policy/decide';
import { type CallFacts } from '../domain/policy/facts';
import { type PolicyLoad } from '../domain/policy/policy';
import { type Verdict } from '../domain/policy/verdict';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { collectPathFacts, resolvePrefixes } from './pathFacts';
import { type FirewallPorts, type GuardedServer } from './ports';
import { protectedVerdict } from './protectedPaths';

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
}

/** A verdict with everything it was based on. */
export interface Judgement {
	readonly verdict: Verdict;
	readonly facts: CallFacts;
	readonly load: PolicyLoad;
}

type JudgePorts = Pick<FirewallPorts, 'policy' | 'paths' | 'host'>;

/** The capability of a tool: pinned at review, else from the deterministic mapping. */
export function capabilityFor(load: PolicyLoad, subject: Omit<Subject, 'arguments'>): string {
	if (subject.capability !== undefined) {
		return subject.capability;
	}
	const pin = subject.entry?.tools.find(candidate => candidate.name === subject.tool);
	return capabilityOf({
		policyTable: load.policy?.capabilities ?? new Map<string, string>(),
		...(pin && { pinned: pin.capability }),
		serverName: subject.server.name,
		...(subject.server.packageName !== undefined && { packageName: subject.server.packageName }),
		tool: subject.tool,
		...(subject.descriptor && { descriptor: subject.descriptor }),
	}).capability;
}

/** Gathers the facts of a call and decides. The only I/O is the resolution of symlinks behind the path port. */
export async function judge(ports: JudgePorts, subject: Subject): Promise<Judgement> {
	const load = ports.policy.current();
	const host = ports.host();
	const schema = subject.descriptor?.inputSchema;
	const facts: CallFacts = {
		server: { id: subject.server.id, name: subject.server.name },
		tool: subject.tool,
		capability: capabilityFor(load, subject),
		arguments: subject.arguments,
		paths: await collectPathFacts(subject.arguments, schema, subject.server.root, host, ports.paths),
		host,
		prefixes: load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, host, ports.paths),
	};
	const verdict = (await protectedVerdict(facts, ports.paths)) ?? decide(load, facts);
	return { verdict, facts, load };
}
