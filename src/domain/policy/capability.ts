import { type Phrase, phrase } from '../../base/phrase';
import { type ToolDescriptor } from '../registry/toolDescriptor';
import { wellKnownCapability } from '../registry/wellKnownServers';
import { UNKNOWN_CAPABILITY } from './capabilityName';
import { dangerOf, explainTokens, raisedByHints } from './capabilityTokens';

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

/** What a reviewer is offered: a capability, where it comes from, and why. Only ever a suggestion. */
export interface CapabilitySuggestion extends CapabilityReading {
	/** One sentence each, of our own words. */
	readonly why: readonly Phrase[];
}

/**
 * The capability of a tool: the reviewer's word, else the policy author's, else what we ship for well-known servers, else
 * the most dangerous reading of the tool's own words, else `unknown`, which no allow covers. Shipped data found by the
 * package counts unless the server's hints raise it; found by the server's mere name, it counts unless the tool's words
 * sound more dangerous.
 */
export function capabilityOf(subject: ToolSubject): CapabilityReading {
	const { capability, source } = suggestCapability(subject);
	return { capability, source };
}

/** {@link capabilityOf} with its reasons, for whoever reviews a tool. A server's hint raises it, never lowers it. */
export function suggestCapability(subject: ToolSubject): CapabilitySuggestion {
	const { pinned, policyTable, serverName, packageName, tool, descriptor } = subject;
	if (pinned !== undefined) {
		return { capability: pinned, source: 'pin', why: [phrase('a reviewer chose it')] };
	}
	const written = policyTable.get(`${serverName}/${tool}`);
	if (written !== undefined) {
		return { capability: written, source: 'policy', why: [phrase('the policy\u2019s capabilities table says so')] };
	}
	const shipped = (capability: string, why: Phrase): CapabilitySuggestion => ({
		...raisedByHints({ capability, why: [why] }, descriptor),
		source: 'shipped',
	});
	const byPackage = packageName === undefined ? undefined : wellKnownCapability(packageName, tool);
	if (byPackage !== undefined) {
		return shipped(byPackage, phrase('known for this tool, by the server\u2019s package'));
	}
	const words = explainTokens(tool, descriptor);
	const byName = wellKnownCapability(serverName, tool);
	if (byName !== undefined && dangerOf(words.capability) <= dangerOf(byName)) {
		return shipped(byName, phrase('known for this tool, by the server\u2019s name'));
	}
	return { ...words, source: words.capability === UNKNOWN_CAPABILITY ? 'unknown' : 'tokens' };
}
