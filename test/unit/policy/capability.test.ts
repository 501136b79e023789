import { describe, expect, it } from 'vitest';
import { capabilityOf } from '../../../src/domain/policy/capability';
import { capabilityFromTokens } from '../../../src/domain/policy/capabilityTokens';
import { nameTokens } from '../../../src/domain/policy/nameTokens';

const props = (...names: string[]) => ({
	name: 't',
	inputSchema: { type: 'object', properties: Object.fromEntries(names.map(name => [name, { type: 'string' }])) },
});

describe('capabilities from tokens', () => {
	it.each([
		['NAME-01 get_and_purge', 'filesystem.delete'],
		['NAME-01 list_then_send_mail', 'network.send'],
		['NAME-01 view_and_unlink', 'filesystem.delete'],
		['NAME-01 get_secret', 'secrets.read'],
		['NAME-01 query_raw_sql', 'database.write'],
		['NAME-02 move_file', 'filesystem.write'],
		['NAME-02 edit_file', 'filesystem.write'],
		['NAME-02 unlink', 'filesystem.delete'],
		['NAME-02 fetch', 'network.request'],
		['NAME-02 eval', 'shell.execute'],
		['NAME-02 python', 'shell.execute'],
		['NAME-02 terminal', 'shell.execute'],
		['NAME-03 push_files', 'network.send'],
		['NAME-03 show_file', 'filesystem.read'],
		['NAME-03 refresh', 'unknown'],
		['NAME-03 spreadsheet_read', 'unknown'],
		['NAME-03 dashboard_view', 'unknown'],
		['NAME-03 runtime_info', 'unknown'],
		['NAME-03 truncate_table', 'database.drop'],
		['NAME-04 thread_reader', 'unknown'],
		['NAME-04 create_payload', 'unknown'],
		['NAME-04 target_info', 'unknown'],
		['sh', 'shell.execute'],
		['runCommand', 'shell.execute'],
		['execute_sql', 'database.write'],
		['sql', 'database.write'],
		['query', 'database.read'],
		['read_database', 'database.read'],
		['write_database', 'database.write'],
		['drop_table', 'database.drop'],
		['delete_rows', 'database.delete'],
		['http_get', 'network.request'],
		['http_post', 'network.send'],
		['HTTPGet', 'network.request'],
		['create_directory', 'filesystem.write'],
		['directory_tree', 'filesystem.read'],
		['get-env', 'secrets.read'],
		['pay_invoice', 'payments.transfer'],
		['', 'unknown'],
		['read', 'unknown'],
	])('%s is %s', (title, capability) => {
		expect(capabilityFromTokens(title.split(' ').at(-1) ?? '', undefined)).toBe(capability);
	});
	it('the schema counts, and raises', () => {
		expect(capabilityFromTokens('read', props('path'))).toBe('filesystem.read');
		expect(capabilityFromTokens('query', props('sql'))).toBe('database.write');
		expect(capabilityFromTokens('lookup', props('pageUrl'))).toBe('network.request');
		expect(capabilityFromTokens('make', props('amount', 'currency'))).toBe('payments.transfer');
	});
	it('PATH-23 a command under a read-named tool is a shell', () => {
		expect(capabilityFromTokens('read_file', props('path', 'command'))).toBe('shell.execute');
	});
	it('annotations raise, never lower', () => {
		const annotated = (annotations: Record<string, boolean>) => ({ ...props('path'), annotations });
		expect(capabilityFromTokens('read_file', annotated({ destructiveHint: true }))).toBe('filesystem.write');
		expect(capabilityFromTokens('delete_file', annotated({ readOnlyHint: true, destructiveHint: false }))).toBe(
			'filesystem.delete',
		);
	});
	it('splits into whole words', () => {
		expect(nameTokens('HTTPGetFile2-now.please')).toEqual(['http', 'get', 'file', '2', 'now', 'please']);
	});
});

describe('capabilityOf', () => {
	const empty = new Map<string, string>();
	const of = (serverName: string, tool: string, more: object = {}) =>
		capabilityOf({ policyTable: empty, serverName, tool, ...more });
	it('the reviewer, then the policy, then shipped data, then words', () => {
		const policyTable = new Map([['filesystem/read_file', 'notes.read']]);
		expect(of('filesystem', 'read_file', { policyTable, pinned: 'x.y' })).toEqual({
			capability: 'x.y',
			source: 'pin',
		});
		expect(of('filesystem', 'read_file', { policyTable })).toEqual({ capability: 'notes.read', source: 'policy' });
		expect(of('filesystem', 'list_allowed_directories')).toEqual({
			capability: 'filesystem.roots',
			source: 'shipped',
		});
		expect(of('mine', 'read_file')).toEqual({ capability: 'filesystem.read', source: 'tokens' });
		expect(of('mine', 'frobnicate')).toEqual({ capability: 'unknown', source: 'unknown' });
	});
	it('NAME-05 names are compared exactly', () => {
		expect(of('mine', 'r\u0435ad_file').capability).toBe('unknown');
		expect(of('Everything', 'echo').capability).toBe('unknown');
		expect(of('everything', 'Echo').capability).toBe('unknown');
	});
	it('a server that only bears a known name cannot hide what its tool takes', () => {
		expect(of('everything', 'echo').capability).toBe('compute.run');
		expect(of('everything', 'echo', { descriptor: props('command') })).toEqual({
			capability: 'shell.execute',
			source: 'tokens',
		});
		const packageName = '@modelcontextprotocol/server-everything';
		expect(of('demo', 'echo', { packageName }).source).toBe('shipped');
	});
});
