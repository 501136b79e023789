import { type JsonValue } from '../base/json';
import { DEFAULT_INSPECTION } from '../domain/policy/inspectionPolicy';
import { policyFor } from '../domain/policy/folderPower';
import { type Policy, type PolicyLoad } from '../domain/policy/policy';
import { mayEverPass } from '../domain/policy/visibility';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { capabilityFor } from './judge';
import { type SessionClient } from './sessionPaths';
import { presentationOf } from './presentTool';

/**
 * What a policy makes of the list of tools that the editor's chat gets from a reviewed server: which of them it is offered,
 * whose question comes first, how the list is screened. Two policies for which this is the same give the very same list, but
 * for who the server proves to be: sessions are told when that changes it, and a call by a list of before is refused. VS Code
 * stops a running server, and cancels its calls, half a second after anything of its definition has changed
 * (`McpService.updateCollectedServers`), so a policy may only show in a definition through this. `serverFolder`:
 * as in the facts of the server's calls.
 */
export function shownUnder(
	load: PolicyLoad,
	entry: ServerEntry,
	editor: Pick<SessionClient, 'presentation'>,
	serverFolder?: string,
): Readonly<Record<string, JsonValue>> {
	const { name } = entry;
	const server = { id: entry.id, name, roots: [], reviewRequired: true };
	return {
		presentation: presentationOf(editor, load),
		tools: entry.tools.map(({ name: tool }) => {
			const capability = capabilityFor(load, { server, entry, tool, descriptor: undefined });
			const listed = { server: name, tool, capability, ...(serverFolder !== undefined && { serverFolder }) };
			return [tool, mayEverPass(load, listed)];
		}),
		screened: screeningOf(policyFor(load.policy, serverFolder), name),
	};
}

/** How inspection treats what this server says, wherever in the policy that stands. */
function screeningOf(policy: Policy | undefined, name: string): JsonValue {
	const { answers, suppress: all, results } = policy?.inspection ?? DEFAULT_INSPECTION;
	const suppress = all.filter(({ server }) => server === name);
	const withoutPlaces = (key: string, value: unknown) => (key === 'at' ? undefined : value);
	return JSON.parse(JSON.stringify({ answers, suppress, results }, withoutPlaces)) as JsonValue;
}
