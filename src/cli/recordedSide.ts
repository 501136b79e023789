import { type AuditEntry } from '../domain/audit/auditRecord';
import { capabilityOf } from '../domain/policy/capability';
import { raisedByArguments } from '../domain/policy/capabilityTokens';
import { type PolicySide } from '../domain/policy/compareVerdicts';
import { type CallFacts } from '../domain/policy/facts';
import { type PolicyLoad } from '../domain/policy/policy';
import { resolvePrefixes } from '../firewall/pathFacts';
import { realPathResolver } from '../storage/realPath';

/**
 * A recorded call under a policy that did not decide it. What the policy itself brings is worked out anew: its table of
 * capabilities, and its path prefixes, of which those that the record does not know are resolved on this machine.
 */
export async function recordedSide(load: PolicyLoad, entry: AuditEntry, recalled: CallFacts): Promise<PolicySide> {
	const capability = capabilityUnder(load, entry, recalled);
	const prefixes =
		load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, recalled.host, realPathResolver);
	return { load, facts: { ...recalled, capability, prefixes: new Map([...prefixes, ...recalled.prefixes]) } };
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
