import { describe, expect, it } from 'vitest';
import { launchName } from '../../../src/domain/registry/launchName';

const named = (command: string, ...args: string[]) => launchName({ kind: 'stdio', command, args, env: [] });

describe('the name of a launch', () => {
	it('C1 is not taken from an argument that merely looks like an installed package', () => {
		const claim = '/x/node_modules/@modelcontextprotocol/server-filesystem/y';
		expect(named('node', '/tmp/evil.js', claim).packageName).toBeUndefined();
		expect(named('/opt/evil', claim).packageName).toBeUndefined();
		expect(named('sh', claim).packageName).toBeUndefined();
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
