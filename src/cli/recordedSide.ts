import { type AuditEntry } from '../domain/audit/auditRecord';
import { capabilityOf } from '../domain/policy/capability';
import { raisedByArguments } from '../domain/policy/capabilityTokens';
import { type PolicySide } from '../domain/policy/compareVerdicts';
import { type CallFacts, type HostFacts } from '../domain/policy/facts';
import { type Policy, type PolicyLoad } from '../domain/policy/policy';
import { resolvePrefixes } from '../firewall/pathFacts';
import { textPaths } from '../firewall/textPaths';
import { realPathResolver } from '../storage/realPath';

/**
 * A recorded call under a policy that did not decide it. What the policy itself brings is worked out anew: its table of
 * capabilities, and its path prefixes. Of those that the record does not know, what stands in the policy itself is resolved on
 * this machine; folders that the trail names count as text, because a trail can come from anybody: no disk is looked at for it.
 */
export async function recordedSide(load: PolicyLoad, entry: AuditEntry, recalled: CallFacts): Promise<PolicySide> {
	const capability = capabilityUnder(load, entry, recalled);
	const prefixes =
		load.policy === undefined ? new Map<string, readonly string[]>() : await prefixesOf(load.policy, recalled.host);
	return { load, facts: { ...recalled, capability, prefixes: new Map([...prefixes, ...recalled.prefixes]) } };
}

async function prefixesOf(policy: Policy, recorded: HostFacts): Promise<ReadonlyMap<string, readonly string[]>> {
	const { platform, caseInsensitivePaths } = recorded;
	const own = await resolvePrefixes(
		policy,
		{ workspaceFolders: [], platform, caseInsensitivePaths },
		realPathResolver,
	);
	const text = await resolvePrefixes(policy, recorded, textPaths);
	return new Map(
		[...text].map(([written, forms]) => [written, [...new Set([...forms, ...(own.get(written) ?? [])])]]),
	);
}

function capabilityUnder(load: PolicyLoad, entry: AuditEntry, facts: CallFacts): string {
	const { tool, capability, server } = facts;
	const by = entry.facts?.by;
	if (by === 'pin' || by === 'path') {
		return capability;
	}
	const written = load.policy?.capabilities.get(`${server.name}/${tool}`);
	if (written !== undefined || by !== 'policy') {
		return written ?? capability;
	}
	// The table that named it is not this policy's: what is known without one.
	const reading = capabilityOf({ policyTable: new Map(), serverName: server.name, tool });
	return raisedByArguments(reading.capability, facts.arguments);
}
