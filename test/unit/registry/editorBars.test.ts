import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { editorBars } from '../../../src/domain/registry/editorBars';
import { type Launch } from '../../../src/domain/registry/launch';
import { ORIGIN_KINDS } from '../../../src/domain/registry/serverEntry';

const node: Launch = { kind: 'stdio', command: 'node', args: ['server.js'], env: [] };
const denies = (...entries: readonly JsonValue[]) => ({ denied: entries });
type Rules = Omit<Parameters<typeof editorBars>[0], 'version'>;
const bars = (rules: Rules, launch: Launch = node, version = '1.139.1') =>
	editorBars({ version, ...rules }, { name: 'files', launch }, 'settings');

describe('what VS Code itself keeps from running', () => {
	it('everything while it starts no server at all, and what is denied by name or by command', () => {
		expect(bars({ access: 'none' })).toBe(true);
		expect(bars(denies({ serverName: 'files' }))).toBe(true);
		expect(bars(denies({ serverCommand: ['node', 'server.js'] }))).toBe(true);
	});

	it.each<[string, Rules]>([
		['there is no list', {}],
		['another is denied', denies({ serverName: 'Files' }, { serverCommand: ['node'] })],
		['only a registry is asked', { access: 'registry' }],
		['the list is none', { denied: 'files' }],
		['an entry has several keys, which VS Code leaves out', denies({ serverName: 'files', serverUrl: 'x' })],
	])('invariant: nothing where %s', (_why, rules) => {
		expect(bars(rules)).toBe(false);
	});

	it('invariant: nothing by what VS Code may read in another way, a URL or a variable', () => {
		const url = 'https://a.example/mcp';
		expect(bars(denies({ serverUrl: url }), { kind: 'http', url, headers: [] } as unknown as Launch)).toBe(false);
		const args = ['${workspaceFolder}/x.js'];
		expect(bars(denies({ serverCommand: ['node', ...args] }), { ...node, args })).toBe(false);
	});

	it('invariant: nothing by a list that this version does not know; what starts no server at all is older', () => {
		for (const [version, known] of Object.entries({
			'1.129.2': false,
			'1.130.0': true,
			'2.0.1': true,
			odd: false,
		})) {
			expect(bars(denies({ serverName: 'files' }), node, version)).toBe(known);
			expect(bars({ access: 'none' }, node, version)).toBe(true);
		}
	});

	it('no other client goes by it: of files that others read, it keeps nothing from running', () => {
		const kept = ORIGIN_KINDS.filter(kind =>
			editorBars({ version: '1.139.1', access: 'none' }, { name: 'files', launch: node }, kind),
		);
		expect([...kept].sort()).toEqual(['code-workspace', 'devcontainer', 'remote-user', 'settings', 'user']);
	});
});
