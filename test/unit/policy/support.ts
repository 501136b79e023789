import { type JsonObject } from '../../../src/base/json';
import { decide } from '../../../src/domain/policy/decide';
import { type CallFacts, type HostFacts } from '../../../src/domain/policy/facts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type PolicyLoad } from '../../../src/domain/policy/policy';
import { type Verdict } from '../../../src/domain/policy/verdict';
import { collectPathFacts, resolvePrefixes } from '../../../src/firewall/pathFacts';
import { type PathResolver } from '../../../src/firewall/ports';

/** Seed 002 (gateway.md §2, P2). */
export const P2 = `deny:
  - capability: filesystem.delete
  - capability: filesystem.write
    path_prefix: "/etc"
  - capability: shell.execute
require_approval:
  - capability: filesystem.write
    path_prefix: "/data/prod"
allow:
  - capability: filesystem.read
  - capability: filesystem.write
    path_prefix: "/data/staging"
`;

/** Seed 004 with the workspace /ws/proj (gateway.md §2, P4). */
export const P4 = `policy_name: MCP Host Sandboxing Policy
version: 1.0.0
deny:
  - capability: filesystem.read
    path_prefix: "/etc"
  - capability: filesystem.read
    path_prefix: "/home/u/.ssh"
  - capability: shell.execute
require_approval:
  - capability: database.write
allow:
  - capability: filesystem.read
    path_prefix: "/ws/proj"
  - capability: filesystem.write
    path_prefix: "/ws/proj"
`;

/** Deny below /etc, allow the rest (gateway.md §2, PD). */
export const PD = `deny:
  - capability: filesystem.read
    path_prefix: /etc
allow:
  - capability: filesystem.read
`;

export const HOST: HostFacts = {
	workspaceFolders: ['/ws/proj'],
	home: '/home/u',
	platform: 'posix',
	caseInsensitivePaths: false,
};

export const HOMELESS: HostFacts = { workspaceFolders: ['/ws/proj'], platform: 'posix', caseInsensitivePaths: false };

export const WINDOWS: HostFacts = {
	workspaceFolders: ['C:\\ws\\proj'],
	home: 'C:\\Users\\u',
	platform: 'win32',
	caseInsensitivePaths: true,
};

/** A disk without symlinks, or with the given ones (link → target). */
export function disk(links: Readonly<Record<string, string>> = {}): PathResolver {
	return {
		realPath(path) {
			let real = path;
			for (const [link, target] of Object.entries(links)) {
				if (real === link || real.startsWith(`${link}/`)) {
					real = target + real.slice(link.length);
				}
			}
			return Promise.resolve(real);
		},
	};
}

export interface Call {
	readonly capability: string;
	readonly arguments?: JsonObject;
	readonly schema?: JsonObject;
	readonly server?: string;
	readonly tool?: string;
	readonly root?: string;
	readonly host?: HostFacts;
	readonly resolver?: PathResolver;
}

/** Tool and capability as live calls hand them on. Calls that name no tool are judged by their arguments alone. */
function looksAt({ tool, capability }: Call): { readonly tool?: string; readonly capability?: string } {
	return tool === undefined ? (capability.startsWith('git.') ? { capability } : {}) : { tool, capability };
}

export async function factsOf(load: PolicyLoad, call: Call): Promise<CallFacts> {
	const host = call.host ?? HOST;
	const resolver = call.resolver ?? disk();
	const args = call.arguments ?? {};
	return {
		server: { id: 'id', name: call.server ?? 'filesystem' },
		tool: call.tool ?? 'tool',
		capability: call.capability,
		arguments: args,
		...(await collectPathFacts(
			args,
			call.schema,
			call.root === undefined ? [] : [call.root],
			host,
			resolver,
			looksAt(call),
		)),
		host,
		prefixes: load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, host, resolver),
	};
}

/** The verdict of a policy text over a call, along the very path of live calls. */
export async function verdictOf(policy: string, call: Call): Promise<Verdict> {
	const load = parsePolicy(policy, 'policy.yaml');
	return decide(load, await factsOf(load, call));
}

export const read = (args: JsonObject | string, more: Partial<Call> = {}): Call => ({
	capability: 'filesystem.read',
	arguments: typeof args === 'string' ? { path: args } : args,
	...more,
});

export const write = (args: JsonObject | string, more: Partial<Call> = {}): Call => ({
	...read(args, more),
	capability: 'filesystem.write',
});
