import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { type ToolDescriptor } from '../../src/domain/registry/toolDescriptor';
import { GuardedProcess } from './support/guardedProcess';
import { lacks } from '../unit/support/machine';

const noPosix = lacks('posix', 'the paths are those of POSIX');

const string = { type: 'string' };
const tool = (name: string, ...names: string[]): ToolDescriptor => ({
	name,
	inputSchema: { type: 'object', properties: Object.fromEntries(names.map(each => [each, string])) },
});

const POLICY = `methods: strict
allow:
  - capability: filesystem.read
    path_prefix: \${workspaceFolder}
  - capability: network.request
    hosts: [api.example.com]
  - capability: github.write
    args:
      /owner: {equals: octocat}
      /repo: {one_of: [hello, world]}
  - capability: payments.transfer
    args:
      /account: {equals: "4711"}
`;
const open = () =>
	GuardedProcess.open({
		policy: POLICY,
		tools: [
			[tool('read_file', 'path'), 'filesystem.read'],
			[tool('fetch', 'url'), 'network.request'],
			[tool('create_issue', 'owner', 'repo', 'title'), 'github.write'],
			[tool('transfer', 'account', 'amount'), 'payments.transfer'],
		],
	});

/** One message, what scope it is about, and whether it lies within. `WS` stands for the workspace. */
type Row = readonly [scope: string, method: string, params: JsonObject, within: boolean];

const call = (name: string, args: JsonObject): JsonObject => ({ name, arguments: args });
const ROWS: readonly Row[] = [
	['path', 'tools/call', call('read_file', { path: 'WS/a.md' }), true],
	['path', 'tools/call', call('read_file', { path: '/etc/passwd' }), false],
	['path', 'tools/call', call('read_file', { path: 'WS/../secret' }), false],
	['path', 'tools/call', call('read_file', { path: 'WS-evil/a.md' }), false],
	['path', 'tools/call', call('read_file', { path: 'WS/link/a.md' }), false],
	['path', 'tools/call', call('read_file', { path: 'WS/%2e%2e/secret' }), false],
	['path', 'tools/call', call('read_file', { path: 'WS/\u0000/a.md' }), false],
	['path', 'resources/read', { uri: 'file://WS/a.md' }, true],
	['path', 'resources/read', { uri: 'file:///etc/passwd' }, false],
	['path', 'resources/read', { uri: '/etc/passwd' }, false],
	['path', 'resources/subscribe', { uri: 'file:///etc/passwd' }, false],
	['path', 'subscriptions/listen', { notifications: { resourceSubscriptions: ['file:///etc/passwd'] } }, false],
	['host', 'tools/call', call('fetch', { url: 'https://api.example.com/v1' }), true],
	['host', 'tools/call', call('fetch', { url: 'https://collect.example.net/v1' }), false],
	['host', 'tools/call', call('fetch', { url: 'https://api.example.com.evil.net/' }), false],
	['host', 'tools/call', call('fetch', { url: 'https://api.example.com@evil.net/' }), false],
	['host', 'tools/call', call('fetch', { url: 'http://169.254.169.254/latest' }), false],
	['tool', 'tools/call', call('delete_everything', {}), false],
	['tool', 'tools/call', call('Read_File', { path: 'WS/a.md' }), false],
	['tool', 'tools/call', call('r\u0435ad_file', { path: 'WS/a.md' }), false],
	['repo', 'tools/call', call('create_issue', { owner: 'octocat', repo: 'hello', title: 't' }), true],
	['repo', 'tools/call', call('create_issue', { owner: 'octocat', repo: 'payroll', title: 't' }), false],
	['repo', 'tools/call', call('create_issue', { owner: 'somebody', repo: 'hello', title: 't' }), false],
	['repo', 'tools/call', call('create_issue', { repo: 'hello', title: 't' }), false],
	['account', 'tools/call', call('transfer', { account: '4711', amount: '1' }), true],
	['account', 'tools/call', call('transfer', { account: '4712', amount: '1' }), false],
	['account', 'tools/call', call('transfer', { amount: '1' }), false],
	['method', 'Tools/Call', call('read_file', { path: 'WS/a.md' }), false],
	['method', 'tools/call ', call('read_file', { path: 'WS/a.md' }), false],
	['method', 'tool/call', call('read_file', { path: 'WS/a.md' }), false],
	['method', 'files/fetch', { path: '/etc/passwd' }, false],
];

describe('C3: what is out of scope does not reach the server', () => {
	it.skipIf(noPosix)(
		'method × scope through the real path: the log of the server holds what is within, and nothing else',
		{ timeout: 60_000 },
		async () => {
			const guarded = await open();
			const ws = guarded.workspace;
			await symlink('/etc', join(ws, 'link'));
			for (const [scope, method, params, within] of ROWS) {
				const real = JSON.parse(JSON.stringify(params).replaceAll('WS', ws)) as JsonObject;
				const before = (await guarded.received()).length;
				const answer = await guarded.request(method, real);
				// What the firewall asks by itself, to compare the server with its review, has ids of its own.
				const fresh = (await guarded.received())
					.slice(before)
					.split('\n')
					.filter(line => line !== '' && !line.includes('"id":"mcp-firewall-'));
				const row = `${scope}: ${method} ${JSON.stringify(params)}`;
				expect(fresh.length, `${row} ${JSON.stringify(answer)}`).toBe(within ? 1 : 0);
				expect(Object.hasOwn(answer, 'error'), row).toBe(!within);
			}
		},
	);

	it('every refusal names what decided: a rule and its place, or that none allows it', async () => {
		const guarded = await open();
		const { error } = await guarded.call('transfer', { account: '4712' });
		expect(error).toMatchObject({
			code: -32000,
			data: { decision: 'denied', reason: 'policy_default_deny', rule: null },
		});
	});
});
