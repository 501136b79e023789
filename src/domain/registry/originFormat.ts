import { type ServerOrigin } from './serverEntry';

/** How a text of a definition names a variable: `${env:NAME}` and more, `${NAME}` alone, or not at all. */
export type VariableStyle = 'vscode' | 'shell' | 'none';

/** What the files of one kind of place look like. */
export interface OriginFormat {
	/** Where the objects lie whose members are servers, from the top of the document; `*` is any key. */
	readonly paths: readonly (readonly string[])[];
	readonly variables: VariableStyle;
	/**
	 * Which shape the launch of our shim has that takes the place of a guarded server; absent where the entry goes, because
	 * VS Code reads the file itself and gets the guarded definition from us.
	 */
	readonly shim?: 'plain' | 'local';
	/** True where `"disabled": true` keeps the client from starting a server. VS Code starts it all the same. */
	readonly honoursDisabled?: true;
}

/** The path of VS Code's own `mcp.json`, and what is meant where no path is given. */
export const SERVERS_PATH: readonly string[] = ['servers'];

const VSCODE: OriginFormat = { paths: [SERVERS_PATH], variables: 'vscode' };

/** `.mcp.json` is read by VS Code, Claude Code and Copilot alike; the older of them wrote `servers`. */
const PORTABLE: OriginFormat = { paths: [['mcpServers'], SERVERS_PATH], variables: 'shell' };

/** Settings may be written as objects or with dots in the key. */
const SETTINGS: readonly (readonly string[])[] = [['mcp', 'servers'], ['mcp.servers']];

/**
 * The format of a file. Sources: VS Code docs, "MCP configuration reference" (mcp.json, dev containers, workspaces, the
 * portable `.mcp.json`); code.claude.com/docs/en/mcp (scopes, `projects`); cursor.com/docs/mcp; docs.windsurf.com
 * (`mcp_config.json`); docs.github.com, Copilot CLI (`mcp-config.json`).
 */
export function formatOf({ kind, file }: ServerOrigin): OriginFormat {
	switch (kind) {
		case 'workspace':
		case 'user':
		case 'remote-user':
		case 'command-line':
			return VSCODE;
		case 'code-workspace':
			return {
				paths: [['mcp', 'servers'], ...SETTINGS.map(path => ['settings', ...path])],
				variables: 'vscode',
			};
		case 'settings':
			return { paths: SETTINGS, variables: 'vscode' };
		case 'devcontainer':
			return {
				paths: [
					['customizations', 'vscode', 'mcp', 'servers'],
					...SETTINGS.map(path => ['customizations', 'vscode', 'settings', ...path]),
				],
				variables: 'vscode',
			};
		case 'project':
		case 'github':
			return PORTABLE;
		case 'copilot':
			return { paths: [['mcpServers']], variables: 'shell', shim: 'local' };
		case 'claude':
			return /[\\/]claude_desktop_config\.json$/.test(file)
				? { paths: [['mcpServers']], variables: 'none', shim: 'plain' }
				: { paths: [['mcpServers'], ['projects', '*', 'mcpServers']], variables: 'shell', shim: 'plain' };
		case 'cursor':
			return { paths: [['mcpServers']], variables: 'vscode', shim: 'plain' };
		case 'windsurf':
			return { paths: [['mcpServers']], variables: 'vscode', shim: 'plain', honoursDisabled: true };
	}
}
