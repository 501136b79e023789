import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../../src/base/phrase';
import { capabilityOf, suggestCapability, type ToolSubject } from '../../../src/domain/policy/capability';
import { isCapability } from '../../../src/domain/policy/capabilityName';
import { capabilityFromTokens, dangerOf, raisedByArguments } from '../../../src/domain/policy/capabilityTokens';
import { nameTokens } from '../../../src/domain/policy/nameTokens';
import { isToolName, readTool } from '../../../src/domain/registry/toolDescriptor';
import { read, verdictOf } from './support';
import { runs } from '../support/runs';

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
	it.each([
		['export_file', ['path', 'content'], 'filesystem.write'],
		['export_file', ['path'], 'filesystem.write'],
		['open_file', ['path'], 'unknown'],
		['load_file', ['path'], 'unknown'],
		['view', ['path', 'content'], 'filesystem.write'],
		['search_files', ['path', 'output_path'], 'filesystem.write'],
		['search_files', ['path', 'output_format', 'pattern'], 'filesystem.read'],
		['find_files', ['path', 'exec'], 'shell.execute'],
		['find_files', ['path', 'delete'], 'filesystem.delete'],
		['read_file', ['path', 'overwrite'], 'filesystem.write'],
		['stat_and_overwrite_file', ['path'], 'filesystem.write'],
		['read_and_exfiltrate_file', ['path'], 'unknown'],
		['frobnicate_file_read', ['path'], 'unknown'],
		['read_multiple_files', ['paths'], 'filesystem.read'],
		['list_directory_with_sizes', ['path'], 'filesystem.read'],
		['read_file_12_90', ['path'], 'filesystem.read'],
	] as const)('NAME-02 %s {%j} is %s', (tool, keys, capability) => {
		expect(capabilityFromTokens(tool, props(...keys))).toBe(capability);
	});
	it.each([
		[{ path: '/x', operation: 'delete' }, 'filesystem.delete'],
		[{ path: '/x', mode: 'w' }, 'filesystem.write'],
		[{ path: '/x', action: 'write_file' }, 'filesystem.write'],
		[{ path: '/x', options: { content: 'x' } }, 'filesystem.write'],
		[{ path: '/x', exec: 'rm' }, 'shell.execute'],
		[{ path: '/x', overwrite: true }, 'filesystem.write'],
		[{ path: '/x', overwrite: false, include_content: true, mode: 'text', content_type: 'x' }, 'filesystem.read'],
	])('NAME-02 a read with %j is %s', (args, capability) => {
		expect(raisedByArguments('filesystem.read', args)).toBe(capability);
	});
	it('annotations raise, never lower', () => {
		const annotated = (annotations: Record<string, boolean>) => ({ ...props('path'), annotations });
		expect(capabilityFromTokens('read_file', annotated({ destructiveHint: true }))).toBe('filesystem.write');
		expect(capabilityFromTokens('delete_file', annotated({ readOnlyHint: true, destructiveHint: false }))).toBe(
			'filesystem.delete',
		);
	});
	it('PATH-23 a command that the schema does not show is a shell all the same', () => {
		expect(raisedByArguments('filesystem.read', { path: '/x', command: 'cat /etc/passwd' })).toBe('shell.execute');
		expect(raisedByArguments('filesystem.read', { options: [{ shellCommand: ['x'] }] })).toBe('shell.execute');
		expect(raisedByArguments('filesystem.read', { path: '/x', recommended: true })).toBe('filesystem.read');
		expect(raisedByArguments('unknown', { command: 'x' })).toBe('unknown');
	});
	it('splits into whole words', () => {
		expect(nameTokens('k8s_oauth2token ABCd a1B2 __x--y')).toEqual(
			'k 8 s oauth 2 token ab cd a 1 b 2 x y'.split(' '),
		);
		expect(nameTokens('a'.repeat(300))).toEqual(['a'.repeat(256)]);
		expect(nameTokens('t\u043eken')).toEqual(['t', 'ken']);
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
	it.each([
		'r\u0435ad_file',
		'read_file\n',
		'read file',
		' read_file',
		're\u0301ad',
		'read\u200b_file',
		'',
		'a'.repeat(129),
	])('NAME-05 %j is no name of a tool', name => {
		expect(isToolName(name)).toBe(false);
		expect(readTool({ name, inputSchema: { type: 'object' } })).toBeUndefined();
	});
	it('NAME-05 the same tool of another server is another tool', () => {
		const policyTable = new Map([['a/do_it', 'notes.read']]);
		expect(of('a', 'do_it', { policyTable }).capability).toBe('notes.read');
		expect(of('b', 'do_it', { policyTable }).capability).toBe('unknown');
		expect(of('a', 'Do_It', { policyTable }).capability).toBe('unknown');
	});
	it.each([[undefined], [7], [['read_file']], [{ name: 'read_file' }], [null]])('NAME-06 %j is no name', name => {
		expect(readTool({ name: name as unknown as string })).toBeUndefined();
	});
	it('NAME-07 what stands beside the arguments gives no capability', () => {
		const descriptor = {
			...props('path'),
			annotations: { capability: 'compute.run', _meta: { capability: 'x.read' } },
		};
		expect(of('mine', 'delete_file', { descriptor }).capability).toBe('filesystem.delete');
	});
	it.each(['get_and_purge', 'list_then_send_mail', 'view_and_unlink', 'get_secret', 'query_raw_sql', 'whatever'])(
		'NAME-01 %s is not covered by an allow of filesystem.read',
		async tool => {
			const { capability } = of('mine', tool);
			const verdict = await verdictOf('allow:\n  - filesystem.read\n', { ...read({}), capability, tool });
			expect(verdict.effect).toBe('deny');
		},
	);
	it.each(['move_file', 'edit_file', 'unlink', 'fetch', 'eval', 'python', 'terminal'])(
		'NAME-02 %s needs an entry of its own',
		async tool => {
			const { capability } = of('mine', tool);
			const verdict = await verdictOf('allow:\n  - mcp.execute\n', { ...read({}), capability, tool });
			expect(verdict.effect).toBe('deny');
		},
	);
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

describe('suggestCapability', () => {
	const suggest = (serverName: string, tool: string, more: Partial<ToolSubject> = {}) =>
		suggestCapability({ policyTable: new Map(), serverName, tool, ...more });
	const why = (...subject: Parameters<typeof suggest>) => suggest(...subject).why.map(inEnglish);
	it('says why', () => {
		expect(why('mine', 'read_file')).toEqual(['its name says \u201cread\u201d', 'its name says \u201cfile\u201d']);
		expect(suggest('mine', 'read_file')).toMatchObject({
			capability: 'filesystem.read',
			source: 'tokens',
		});
		expect(why('mine', 'do', { descriptor: props('shell_command') })).toEqual(['it takes \u201cshell\u201d']);
		expect(why('filesystem', 'read_file')).toEqual(['known for this tool, by the server\u2019s name']);
		expect(suggest('mine', 'frobnicate')).toMatchObject({ capability: 'unknown', source: 'unknown' });
		expect(why('mine', 'x', { pinned: 'a.b' })).toEqual(['a reviewer chose it']);
	});
	it('a hint raises what we ship', () => {
		const descriptor = { name: 'read_file', annotations: { destructiveHint: true } };
		expect(suggest('filesystem', 'read_file', { descriptor })).toMatchObject({ capability: 'filesystem.write' });
		const packageName = '@modelcontextprotocol/server-filesystem';
		expect(suggest('x', 'read_file', { descriptor, packageName })).toMatchObject({
			capability: 'filesystem.write',
			source: 'shipped',
		});
		expect(suggest('x', 'read_file', { packageName }).capability).toBe('filesystem.read');
	});
	const word = fc.constantFrom(
		...'read get file list delete send fetch sql query table run pay path secret move drop x url tree write'.split(
			' ',
		),
	);
	const tools = fc.array(word, { minLength: 1, maxLength: 4 }).map(parts => parts.join('_'));
	const annotations = fc.record(
		{
			readOnlyHint: fc.boolean(),
			destructiveHint: fc.boolean(),
			idempotentHint: fc.boolean(),
			openWorldHint: fc.boolean(),
			title: fc.string(),
		},
		{ requiredKeys: [] },
	);
	const servers = fc.constantFrom('mine', 'filesystem', 'github', 'everything');
	it('a hint from the server raises risk, never lowers it', () => {
		fc.assert(
			fc.property(servers, tools, fc.array(word, { maxLength: 3 }), annotations, (server, tool, keys, hints) => {
				const descriptor = props(...keys);
				const without = suggest(server, tool, { descriptor });
				const hinted = suggest(server, tool, { descriptor: { ...descriptor, annotations: hints } });
				expect(dangerOf(hinted.capability)).toBeGreaterThanOrEqual(dangerOf(without.capability));
				if (without.capability === 'unknown') {
					expect(hinted.capability).toBe('unknown');
				}
			}),
			runs(1000),
		);
	});
	it('a hint never touches what a person or the policy said', () => {
		fc.assert(
			fc.property(tools, annotations, (tool, hints) => {
				const descriptor = { ...props('path'), annotations: hints };
				expect(suggest('mine', tool, { descriptor, pinned: 'a.read' }).capability).toBe('a.read');
				const policyTable = new Map([[`mine/${tool}`, 'b.read']]);
				expect(suggest('mine', tool, { descriptor, policyTable }).capability).toBe('b.read');
			}),
		);
	});
	it('any text gives a capability or unknown, and reasons without the text of the server', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (tool, key) => {
				const { capability, why } = suggest('mine', tool, { descriptor: props(key) });
				expect(capability === 'unknown' || isCapability(capability)).toBe(true);
				expect(why.map(inEnglish).join('\n')).toMatch(/^[\x20-\x7e\u201c\u201d\u2019\n]+$/);
			}),
		);
	});
});
