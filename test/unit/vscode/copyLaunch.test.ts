import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { launchClients, launchText } from '../../../src/vscode/copyLaunchText';
import { shimLaunch } from '../../../src/vscode/discoveryShim';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'a POSIX shell reads the line');

const id = 'a'.repeat(64);
const file = "/home/o'neil/.mcp-firewall/connect.cjs";
const folder = '/work/a b/$(touch x)';
const desktop = shimLaunch({ program: '/opt/My Code/code', isElectron: true }, file, id, folder);
const server = shimLaunch({ program: '/opt/node', isElectron: false }, '/s/connect.cjs', id, undefined);

/** What a POSIX shell hands to the program of a line. */
function words(line: string): string[] {
	const program = line.split(' ')[0] ?? '';
	const { stdout } = spawnSync('sh', ['-c', `${program}() { printf '%s\\0' "$@"; }\n${line}`], { encoding: 'utf8' });
	return stdout.split('\0').slice(0, -1);
}

describe('the launch for another client', () => {
	it('names the runtime of the editor, which is Node only when it is told so, and the folder that is open', () => {
		expect(desktop).toEqual({
			command: '/opt/My Code/code',
			args: [file, id, '--workspace', folder],
			env: { ELECTRON_RUN_AS_NODE: '1' },
		});
		expect(server).toEqual({ command: '/opt/node', args: ['/s/connect.cjs', id], env: {} });
	});

	it.skipIf(noPosix)('Claude Code: one line, whatever stands in paths; --env ends at the next option', () => {
		expect(words(launchText('claude-code', 'My Files!', desktop, 'posix'))).toEqual([
			...['mcp', 'add', '--env', 'ELECTRON_RUN_AS_NODE=1', '--transport', 'stdio', 'My-Files'],
			...['--', '/opt/My Code/code', file, id, '--workspace', folder],
		]);
	});

	it.skipIf(noPosix)('MCP Inspector: our own options stand behind "--"', () => {
		expect(words(launchText('inspector', 'x', desktop, 'posix'))).toEqual([
			...['@modelcontextprotocol/inspector', '-e', 'ELECTRON_RUN_AS_NODE=1'],
			...['--', '/opt/My Code/code', file, id, '--workspace', folder],
		]);
	});

	it('PowerShell doubles a quote and expands nothing between single ones', () => {
		expect(launchText('claude-code', 'x', desktop, 'powershell')).toContain(
			"'/home/o''neil/.mcp-firewall/connect.cjs' " + id + " --workspace '/work/a b/$(touch x)'",
		);
	});

	it('PowerShell: typographic quotes end a text as well, and "--", "@" and "," are its own when they stand bare', () => {
		const hostile = shimLaunch({ program: 'node', isElectron: false }, '/s.cjs', id, '/work/x’; calc; ‘');
		expect(launchText('claude-code', 'x', hostile, 'powershell')).toContain("'--' node /s.cjs");
		expect(launchText('claude-code', 'x', hostile, 'powershell')).toContain("'/work/x’’; calc; ‘‘'");
		expect(launchText('inspector', 'x', hostile, 'powershell')).toContain("npx '@modelcontextprotocol/inspector'");
	});

	it.each(['cursor', 'other'] as const)('%s: JSON with mcpServers', client => {
		expect(JSON.parse(launchText(client, 'a.b', desktop, 'posix'))).toEqual({ mcpServers: { 'a-b': desktop } });
		const { command, args } = server;
		expect(JSON.parse(launchText(client, '漢字', server, 'posix'))).toEqual({
			mcpServers: { guarded: { command, args } },
		});
	});

	it('Copilot CLI: JSON with a type and the tools', () => {
		expect(JSON.parse(launchText('copilot-cli', 'x', desktop, 'posix'))).toEqual({
			mcpServers: { x: { type: 'local', ...desktop, tools: ['*'] } },
		});
	});

	it('every client says where it goes and where that is documented', () => {
		for (const { where, documentation, detail } of launchClients) {
			expect(where).toMatch(/\.$/);
			expect(detail).not.toBe('');
			expect(new URL(documentation).protocol).toBe('https:');
		}
	});
});
