import { describe, expect, it } from 'vitest';
import { launchName } from '../../../src/domain/registry/launchName';

const named = (command: string, ...args: string[]) => launchName({ kind: 'stdio', command, args, env: [] });

describe('the name of a launch', () => {
	it.each([
		['https://MCP.example.com:8443/mcp?x=1', 'mcp.example.com'],
		['http://[::1]:3000/', '[::1]'],
		['nonsense', 'server'],
	])('is the host of a URL: %s', (url, name) => {
		expect(launchName({ kind: 'http', url, headers: [] })).toEqual({ name });
	});

	it('C1 is not taken from an argument that merely looks like an installed package', () => {
		const claim = '/x/node_modules/@modelcontextprotocol/server-filesystem/y';
		expect(named('node', '/tmp/evil.js', claim).packageName).toBeUndefined();
		expect(named('/opt/evil', claim).packageName).toBeUndefined();
		expect(named('sh', claim).packageName).toBeUndefined();
	});

	it('C10 is not taken from a runner that is told to run something else', () => {
		const known = '@modelcontextprotocol/server-everything';
		expect(named('npx', '-y', `${known}@npm:evil-pkg`).packageName).toBeUndefined();
		expect(named('npx', '--registry=https://evil.example', known).packageName).toBeUndefined();
		expect(named('npx', '--package', known, '--package', 'evil', 'evilbin').packageName).toBeUndefined();
		expect(named('uvx', '--with', 'mcp-server-git', 'evil').packageName).toBeUndefined();
	});

	it('C10 is read behind the cmd of Windows, unless that would read a word otherwise', () => {
		const known = '@modelcontextprotocol/server-everything';
		expect(named('cmd', '/c', 'npx', '-y', known)).toEqual({ name: 'everything', packageName: known });
		expect(named('cmd.exe', '/d', '/c', 'npx.cmd', known)).toEqual({ name: 'everything', packageName: known });
		expect(named('cmd', '/c', 'npx', '-y', known, '&', 'evil')).toEqual({ name: 'cmd' });
		expect(named('cmd', '/k', 'npx', '-y', known)).toEqual({ name: 'cmd' });
	});

	it('is that of the package which a script lies in', () => {
		const script = '/w/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js';
		expect(named('node', script, '/ws')).toEqual({
			name: 'filesystem',
			packageName: '@modelcontextprotocol/server-filesystem',
		});
		expect(named('/usr/bin/node', '--no-warnings', script).name).toBe('filesystem');
		expect(named('C:\\node.exe', 'C:\\w\\node_modules\\plain-server\\i.js').packageName).toBe('plain-server');
	});

	it('is that of the package which a runner runs, without its version', () => {
		expect(named('npx', '-y', '@scope/pkg@1.2.3', '/ws').packageName).toBe('@scope/pkg');
		expect(named('npx.cmd', 'pkg').packageName).toBe('pkg');
		expect(named('uvx', 'mcp-server-git').name).toBe('git');
	});

	it('is the program where nothing else is known', () => {
		expect(named('/opt/bin/my-server', '--x')).toEqual({ name: 'my-server' });
		expect(named('node')).toEqual({ name: 'node' });
		expect(named('/w/node_modules/.bin/thing')).toEqual({ name: 'thing' });
	});
});
