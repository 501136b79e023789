import { isJsonArray, type JsonValue } from '../../base/json';
import { type Launch } from './launch';
import { type ServerOrigin } from './serverEntry';
import { matchesServer, readMatchers } from './serverMatcher';

/** What VS Code itself goes by: the values in effect. */
export interface EditorRules {
	/** Of VS Code, `1.139.1`. */
	readonly version: string;
	/** `chat.mcp.access`, as the person set it: a workspace may set it too, and must hide no server. */
	readonly access?: JsonValue;
	/** `chat.mcp.deniedServers`. */
	readonly denied?: JsonValue;
}

/** The files that VS Code reads and, as far as is known, no other client. Others have read `.vscode/mcp.json`. */
const OF_EDITOR: ReadonlySet<ServerOrigin['kind']> = new Set<ServerOrigin['kind']>([
	'settings',
	'code-workspace',
	'devcontainer',
	'user',
	'remote-user',
]);

/**
 * True where VS Code itself keeps a definition of one of its files from running, so that it does not run past the firewall.
 * INVARIANT: whatever could be read in another way by VS Code (an odd entry, a URL, a variable) counts as not kept.
 */
export function editorBars(
	{ version, access, denied }: EditorRules,
	{ name, launch }: { readonly name: string; readonly launch: Launch },
	kind: ServerOrigin['kind'],
): boolean {
	if (!OF_EDITOR.has(kind)) {
		return false;
	}
	const command = launch.kind === 'stdio' ? [launch.command, ...launch.args] : undefined;
	const plain = command?.some(part => part.includes('${')) === false ? { command } : {};
	const matchers =
		isJsonArray(denied) && knowsLists(version)
			? denied.map(readMatchers).flatMap(({ ok, all }) => (ok ? all.filter(each => each.kind !== 'url') : []))
			: [];
	return access === 'none' || matchers.some(matcher => matchesServer(matcher, { name, ...plain }));
}

/** The policy ChatDeniedMcpServers came with 1.130; an earlier version goes by nothing that stands in the setting. */
function knowsLists(version: string): boolean {
	const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
	return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 130);
}
