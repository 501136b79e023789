import { type ToolDescriptor } from '../registry/toolDescriptor';
import { wellKnownCapability } from '../registry/wellKnownServers';
import { UNKNOWN_CAPABILITY } from './capabilityName';
import { capabilityFromTokens, dangerOf } from './capabilityTokens';

/** What is known of a tool when its capability is wanted. */
export interface ToolSubject {
	/** The policy's `capabilities:` table, `server/tool` → capability. */
	readonly policyTable: ReadonlyMap<string, string>;
	/** The capability of the reviewed registry entry. */
	readonly pinned?: string;
	readonly serverName: string;
	/** npm package or command that the launch names. */
	readonly packageName?: string;
	readonly tool: string;
	/** As reviewed or as listed; attacker-controlled. */
	readonly descriptor?: ToolDescriptor;
}

/** A capability and who said so. */
export interface CapabilityReading {
	readonly capability: string;
	readonly source: 'pin' | 'policy' | 'shipped' | 'tokens' | 'unknown';
}

/**
 * The capability of a tool: the reviewer's word, else the policy author's, else what we ship for well-known servers, else
 * the most dangerous reading of the tool's own words, else `unknown`, which no allow covers. Shipped data found by the
 * package counts as it stands; found by the server's mere name, it counts unless the tool's words sound more dangerous.
 */
export function capabilityOf(subject: ToolSubject): CapabilityReading {
	const { pinned, policyTable, serverName, packageName, tool, descriptor } = subject;
	if (pinned !== undefined) {
		return { capability: pinned, source: 'pin' };
	}
	const written = policyTable.get(`${serverName}/${tool}`);
	if (written !== undefined) {
		return { capability: written, source: 'policy' };
	}
	const byPackage = packageName === undefined ? undefined : wellKnownCapability(packageName, tool);
	if (byPackage !== undefined) {
		return { capability: byPackage, source: 'shipped' };
	}
	const tokens = capabilityFromTokens(tool, descriptor);
	const byName = wellKnownCapability(serverName, tool);
	if (byName !== undefined && dangerOf(tokens) <= dangerOf(byName)) {
		return { capability: byName, source: 'shipped' };
	}
	return { capability: tokens, source: tokens === UNKNOWN_CAPABILITY ? 'unknown' : 'tokens' };
}
