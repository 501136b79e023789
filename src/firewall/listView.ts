import { principalFacts } from '../domain/policy/identityVerdict';
import { type PolicyLoad } from '../domain/policy/policy';
import { type ListedTool, mayEverPass } from '../domain/policy/visibility';
import { type Presentation } from '../domain/registry/annotations';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { capabilityFor } from './judge';
import { type PathContext } from './pathContext';
import { type GuardedServer } from './ports';
import { presentationOf } from './presentTool';
import { serverFolderOf } from './serverFolder';
import { type ShownAs } from './shownTools';

/** All that tells, at one moment, how the tools of a session are shown: asked once for a whole list, however long it is. */
export interface ListView {
	readonly load: PolicyLoad;
	readonly server: GuardedServer;
	readonly presentation: Presentation;
	/** What is the same for every tool of the server. */
	readonly about: Omit<ListedTool, 'tool' | 'capability'>;
}

/** How tools of this session would be shown now. */
export function listViewOf({ server, ports, editor }: Pick<PathContext, 'server' | 'ports' | 'editor'>): ListView {
	const load = ports.policy.current();
	const principal = server.principal?.current();
	const serverFolder = serverFolderOf(server, ports.host());
	return {
		...{ load, server, presentation: presentationOf(editor, load) },
		about: {
			server: server.name,
			...(serverFolder !== undefined && { serverFolder }),
			...(principal && { principal: principalFacts(principal) }),
		},
	};
}

/** How one tool is shown: hidden where no arguments could make a call of it pass. */
export function shownAs(
	{ load, server, presentation, about }: ListView,
	entry: ServerEntry | undefined,
	tool: ToolDescriptor,
): ShownAs {
	const capability = capabilityFor(load, { server, entry, tool: tool.name, descriptor: tool });
	return mayEverPass(load, { ...about, tool: tool.name, capability }) ? presentation : 'hidden';
}
