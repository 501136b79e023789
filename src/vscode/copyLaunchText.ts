import { type ShimLaunch } from './discoveryShim';
import { say } from './say';

/** A client that a launch can be written for. */
export interface LaunchClient {
	readonly id: 'claude-code' | 'cursor' | 'copilot-cli' | 'inspector' | 'other';
	readonly label: string;
	/** What the entry is and where it goes, for the list. */
	readonly detail: string;
	/** What to do with what was copied; one sentence. */
	readonly where: string;
	readonly documentation: string;
}

/** The clients, in the order in which they are offered. */
export const launchClients: readonly LaunchClient[] = [
	{
		id: 'claude-code',
		label: 'Claude Code',
		get detail() {
			return say('a command line: claude mcp add …');
		},
		get where() {
			return say('Run it in a terminal, in the folder of your project.');
		},
		documentation: 'https://code.claude.com/docs/en/mcp',
	},
	{
		id: 'cursor',
		label: 'Cursor',
		get detail() {
			return say('JSON for ~/.cursor/mcp.json or .cursor/mcp.json');
		},
		get where() {
			return say(
				'Paste it into .cursor/mcp.json of your project, or ~/.cursor/mcp.json; merge it with what is there.',
			);
		},
		documentation: 'https://cursor.com/docs/context/mcp',
	},
	{
		id: 'copilot-cli',
		label: 'Copilot CLI',
		get detail() {
			return say('JSON for ~/.copilot/mcp-config.json');
		},
		get where() {
			return say('Paste it into ~/.copilot/mcp-config.json; merge it with what is there.');
		},
		documentation: 'https://docs.github.com/en/copilot/how-tos/copilot-cli',
	},
	{
		id: 'inspector',
		label: 'MCP Inspector',
		get detail() {
			return say('a command line: npx @modelcontextprotocol/inspector …');
		},
		get where() {
			return say('Run it in a terminal.');
		},
		documentation: 'https://github.com/modelcontextprotocol/inspector',
	},
	{
		id: 'other',
		get label() {
			return say('Other…');
		},
		get detail() {
			return say('JSON with "mcpServers", which most clients read');
		},
		get where() {
			return say('Paste it where your client keeps its MCP servers; merge it with what is there.');
		},
		documentation: 'https://modelcontextprotocol.io/docs/develop/connect-local-servers',
	},
];

/** How command lines are quoted: for a POSIX shell, or for PowerShell. */
export type Quoting = 'posix' | 'powershell';

/** What is copied: the entry or the command line by which a client starts the shim for a server. */
export function launchText(
	client: LaunchClient['id'],
	serverName: string,
	{ command, args, env }: ShimLaunch,
	quoting: Quoting,
): string {
	const name = clientName(serverName);
	const run = [command, ...args];
	const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
	const given = Object.keys(env).length > 0 ? { env } : {};
	switch (client) {
		case 'claude-code': {
			// Another option behind --env: it takes every word up to one.
			const flags = [...variables.flatMap(each => ['--env', each]), '--transport', 'stdio'];
			return shellLine(['claude', 'mcp', 'add', ...flags, name, '--', ...run], quoting);
		}
		case 'inspector': {
			const flags = variables.flatMap(each => ['-e', each]);
			return shellLine(['npx', '@modelcontextprotocol/inspector', ...flags, '--', ...run], quoting);
		}
		case 'copilot-cli':
			return entry(name, { type: 'local', command, args, ...given, tools: ['*'] });
		case 'cursor':
		case 'other':
			return entry(name, { command, args, ...given });
	}
}

function entry(name: string, launch: Readonly<Record<string, unknown>>): string {
	return `${JSON.stringify({ mcpServers: { [name]: launch } }, undefined, 2)}\n`;
}

/** The names that every client takes: letters, digits, `-` and `_`. */
function clientName(name: string): string {
	const plain = name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
	return plain === '' ? 'guarded' : plain.slice(0, 60);
}

function shellLine(words: readonly string[], quoting: Quoting): string {
	const plain = quoting === 'posix' ? /^[\w@%+=:,./-]+$/ : /^(?!--$)[\w+=:./-]+$/;
	return words.map(word => (plain.test(word) ? word : quoted(word, quoting))).join(' ');
}

/** PowerShell takes typographic single quotes for the plain one, takes `--` for itself, and reads `@` and `,`. */
function quoted(word: string, quoting: Quoting): string {
	return quoting === 'posix' ? `'${word.replaceAll("'", `'\\''`)}'` : `'${word.replace(/['‘’‚‛]/g, '$&$&')}'`;
}
