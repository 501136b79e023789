import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { type RememberedAnswer } from '../../../src/domain/approval/grant';
import { type FoundAt, inventoryOf } from '../../../src/domain/registry/inventory';
import { type Principal, unknownPrincipal } from '../../../src/domain/identity/principal';
import { type Launch, serverIdOf } from '../../../src/domain/registry/launch';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { LastUses, usedItem } from '../../../src/vscode/lastUses';
import { credentialTree, grantTree } from '../../../src/vscode/rememberedTree';
import { reviewsDue, serverTree, type ServerTreeFacts } from '../../../src/vscode/serverTree';
import { isTreeNode, serverArgument, type TreeNode } from '../../../src/vscode/treeNode';
import { keepsOff, type UnguardedServer, unguardedServers } from '../../../src/vscode/unguardedServers';
import { aServerEntry, aToolPin } from '../support/serverEntries';

const NOW = Date.parse('2026-06-01T12:00:00.000Z');
const DAY = 24 * 3_600_000;
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const noUses = new LastUses(new Emitter<AuditEntry>().event);

function factsOf(parts: Partial<ServerTreeFacts> = {}): ServerTreeFacts {
	return {
		...{ entries: [], isHere: () => true, stopped: false, hasDrifted: () => false, uses: noUses },
		...{ unguarded: [], now: NOW },
		...parts,
	};
}

const aStray = (parts: Partial<UnguardedServer>): UnguardedServer => ({
	...{ key: 'k', name: 'a', files: ['/f'], place: '/f', isOfEditor: true },
	...parts,
});
const item = (key: string) => ({ key, digest: '0'.repeat(64), reviewed: {} });
const entry = aServerEntry({
	reviewedAt: ago(2 * DAY),
	tools: [aToolPin({ name: 'read_file' }), aToolPin({ name: 'write_file' }, 'filesystem.write')],
	surface: { prompts: [item('summary')], resourceTemplates: [item('file:///{path}')] },
});
const only = (nodes: readonly TreeNode[] | undefined) => nodes?.[0] as TreeNode;
const everything = (nodes: readonly TreeNode[]): TreeNode[] =>
	nodes.flatMap(node => [node, ...everything(node.children?.() ?? [])]);
const shown = (nodes: readonly TreeNode[]) => nodes.map(({ label, description }) => `${label}: ${description}`);

describe('the view of servers', () => {
	it('a server, its tools, prompts and resources, each with status, capability and last use', () => {
		const uses = new LastUses(new Emitter<AuditEntry>().event);
		const at = NOW - 3 * 60_000;
		uses.learn([
			{ server: 'filesystem', kind: 'tool', name: 'write_file', at, entryId: 'e1' },
			{ server: 'filesystem', kind: 'resource', name: 'file:///a.txt', at: NOW - DAY, entryId: 'e2' },
			{ server: 'another', kind: 'tool', name: 'read_file', at, entryId: 'e3' },
		]);
		const [server] = serverTree(factsOf({ entries: [entry], uses }));
		expect(shown([server!])).toEqual(['filesystem: approved · 2 tools · used 3 minutes ago']);
		const groups = server!.children!();
		expect(shown(groups)).toEqual(['Tools: 2', 'Prompts: 1', 'Resources: 1']);
		expect(groups.flatMap(node => shown(node.children!()))).toEqual([
			'read_file: filesystem.read · approved · never used',
			'write_file: filesystem.write · approved · used 3 minutes ago',
			'summary: approved · never used',
			'file:///{path}: approved · used 1 day ago',
		]);
	});

	it('a restricted workspace: the way to trust stands above the servers; a view without servers stays empty and says it itself', () => {
		const [first, ...others] = serverTree(factsOf({ entries: [entry], restricted: true }));
		expect(first).toMatchObject({ label: 'Restricted workspace', opens: { command: 'workbench.trust.manage' } });
		expect(first?.children).toBeUndefined();
		expect(others.map(({ label }) => label)).toEqual(['filesystem']);
		expect(serverTree(factsOf({ restricted: true }))).toEqual([]);
		expect(serverTree(factsOf({ entries: [entry] })).map(({ label }) => label)).toEqual(['filesystem']);
	});

	it('N6: what is unused for long is said to be so, counted from its review where it never was used', () => {
		const uses = new LastUses(new Emitter<AuditEntry>().event);
		uses.learn([{ server: 'filesystem', kind: 'tool', name: 'read_file', at: NOW - 31 * DAY, entryId: 'e' }]);
		const old = { ...entry, reviewedAt: ago(45 * DAY) };
		const tools = only(serverTree(factsOf({ entries: [old], uses }))[0]!.children!());
		expect(tools.children!().map(({ description }) => description.split(' · ').at(-1))).toEqual([
			'unused for 31 days',
			'never used in 45 days',
		]);
	});

	it.each([
		[{ status: 'pending-review' }, {}, 'review needed', 1],
		[{ status: 'suspended', statusReason: 'a byte changed' }, {}, 'suspended', 1],
		[{ status: 'revoked' }, {}, 'revoked', 0],
		[{}, { stopped: true }, 'stopped', 0],
		[{ status: 'suspended' }, { stopped: true }, 'suspended', 1],
		[{}, { isHere: () => false }, 'belongs to another folder', 0],
		[{}, { hasDrifted: () => true }, 'changed since its review', 1],
		[{}, {}, 'approved', 0],
	] as const)('%o %o is “%s”, and %i waits for a review', (parts, more, text, due) => {
		const facts = factsOf({ entries: [{ ...entry, ...parts }], ...more });
		const [server] = serverTree(facts);
		expect(server!.description.split(' · ')[0]).toBe(text);
		expect(server!.accessible).toContain(text);
		expect(reviewsDue(facts)).toBe(due);
		const tool = only(only(server!.children!()).children!());
		const runs = text === 'approved' || text === 'changed since its review';
		expect(tool.description.startsWith(runs ? 'filesystem.read · approved' : `refused: ${text}`)).toBe(true);
	});

	it('C7: VS Code keeps a guarded server off for an unguarded one of its name: the row says so, and for whose sake', () => {
		const strays = [aStray({ name: 'other' }), aStray({ name: 'FileSystem', place: 'quay/.vscode/mcp.json' })];
		const keptOff: ServerTreeFacts['keptOff'] = of => keepsOff(of, strays);
		const [server] = serverTree(factsOf({ entries: [entry], keptOff }));
		expect(server).toMatchObject({
			description: 'kept off by VS Code · 2 tools · never used',
			icon: 'warning',
			context: 'server approved stdio',
		});
		expect(server!.tooltip).toContain('while “FileSystem” in quay/.vscode/mcp.json is not guarded');
		expect(reviewsDue(factsOf({ entries: [entry], keptOff }))).toBe(0);
		// Of another client's file VS Code reads what its settings say.
		expect(keepsOff(entry, [aStray({ name: 'filesystem', isOfEditor: false })])).toBeUndefined();
		const isKept = (kind: FoundAt['place']['kind']) => {
			const launch: Launch = { kind: 'stdio', command: 'stray', args: [], env: [] };
			const server = { name: 'filesystem', values: {}, inputs: [], line: 1, launch };
			const found = [{ server, place: { kind, file: '/w/f.json', within: '/w' } }];
			const signs = { files: [], programs: [] };
			const placing = { registered: [entry], home: '/home/p' };
			const { items } = inventoryOf({ found, problems: [] }, [entry], signs, placing);
			return keepsOff(entry, unguardedServers({ items })) !== undefined;
		};
		expect([isKept('workspace'), isKept('user'), isKept('cursor'), isKept('claude')]).toEqual([
			true,
			true,
			false,
			false,
		]);
	});

	it('C7: a server that nobody guards is there as such, with its file', () => {
		const file = '/w/.vscode/mcp.json';
		const [node] = serverTree(
			factsOf({ unguarded: [aStray({ id: 'a'.repeat(64), name: 'stray', files: [file], place: file })] }),
		);
		expect(shown([node!])).toEqual(['stray: not guarded · /w/.vscode/mcp.json']);
		expect(node!.context).toBe('unguarded');
		expect(node!.target).toEqual({ kind: 'unguarded', id: 'a'.repeat(64), file });
	});

	it('E1: the view has every server of the inventory that runs past the firewall, once, and why one cannot be guarded', () => {
		const found = (name: string, launch: Launch | undefined, ...files: readonly string[]): readonly FoundAt[] =>
			files.map(file => ({
				server: {
					...{ name, values: {}, inputs: [], line: 1 },
					...(launch === undefined ? { unsupported: 'It has no command.' } : { launch }),
				},
				place: { kind: 'workspace', file, within: '/w' },
			}));
		const stray: Launch = { kind: 'stdio', command: 'stray', args: [], env: [] };
		const inventory = inventoryOf(
			{
				found: [
					...found('guarded', entry.launch),
					...found('stray', stray, '/w/a.json', '/w/b.json'),
					...found('odd', undefined, '/w/a.json'),
				],
				problems: [],
			},
			[entry],
			{ files: [], programs: [] },
			{ registered: [entry], home: '/home/p' },
		);
		const nodes = serverTree(factsOf({ entries: [entry], unguarded: unguardedServers(inventory) }));
		expect(shown(nodes.slice(1))).toEqual([
			'stray: not guarded · /w/a.json and 1 other file',
			'odd: cannot be guarded · /w/a.json',
		]);
		expect(nodes[1]!.target).toEqual({ kind: 'unguarded', id: serverIdOf(stray), file: '/w/a.json' });
		expect([nodes[2]!.context, nodes[2]!.target]).toEqual([
			'unsupported',
			{ kind: 'unguarded', file: '/w/a.json' },
		]);
		expect(nodes[2]!.tooltip).toContain('It has no command.');
	});

	it('a server of an open folder is there with the folder’s name, which a narrow view has room for', () => {
		const launch: Launch = { kind: 'stdio', command: 'x', args: [], env: [] };
		const of = (folder: string, file: string): FoundAt => ({
			server: { name: 'depth', values: {}, inputs: [], line: 1, launch: { ...launch, args: [file] } },
			place: { kind: 'workspace', file, within: folder, folder },
		});
		const places = [
			of('/w/harbour', '/w/harbour/.vscode/mcp.json'),
			of('C:\\w\\quay', 'C:\\w\\quay\\.vscode\\mcp.json'),
			of('/w/har', '/w/harbour/.mcp.json'),
			of('/', '/.mcp.json'),
		];
		const inventory = inventoryOf(
			{ found: places, problems: [] },
			[],
			{ files: [], programs: [] },
			{ registered: [], home: '/home/p' },
		);
		const nodes = serverTree(factsOf({ unguarded: unguardedServers(inventory) }));
		expect(shown(nodes)).toEqual([
			'depth: not guarded · harbour/.vscode/mcp.json',
			'depth: not guarded · quay\\.vscode\\mcp.json',
			'depth: not guarded · /w/harbour/.mcp.json',
			'depth: not guarded · /.mcp.json',
		]);
		expect(nodes[0]!.tooltip).toContain('/w/harbour/.vscode/mcp.json');
	});

	it('nothing guarded and nothing found is an empty view, which shows the welcome', () => {
		expect(serverTree(factsOf())).toEqual([]);
	});

	it('text of servers makes no icon, no markdown and no second line; nodes are told apart by their keys', () => {
		const evil = fc.stringMatching(/^[\s\S]{0,40}$/).map(text => `$(error)\n${text}[x](command:y)\u202e`);
		fc.assert(
			fc.property(evil, evil, (name, key) => {
				const hostile = {
					...entry,
					name,
					statusReason: key,
					surface: { prompts: [item(key)], resourceTemplates: [item(`${key}{x}`)] },
				};
				const all = everything(
					serverTree(
						factsOf({
							entries: [hostile],
							unguarded: [{ key, name, files: [key, name], place: key, why: name, isOfEditor: true }],
						}),
					),
				);
				for (const { label, description, accessible } of all) {
					for (const text of [label, description, accessible]) {
						expect(text).not.toMatch(/(?<!\\)\$\(|[\n\u202e]|\]\(/);
					}
				}
				expect(new Set(all.map(node => node.key)).size).toBe(all.length);
			}),
		);
	});

	it('of a server with 300 tools nothing is made before it is unfolded', () => {
		const tools = Array.from({ length: 300 }, (_, index) => aToolPin({ name: `tool_${String(index)}` }));
		let asked = 0;
		const of = () => {
			asked++;
			return undefined;
		};
		const uses = { of, ofServer: () => undefined, ofTemplate: () => undefined };
		const [server] = serverTree(factsOf({ entries: [{ ...entry, tools }], uses }));
		const groups = server!.children!();
		expect(asked).toBe(0);
		expect(only(groups).children!()).toHaveLength(300);
		expect(asked).toBe(300);
	});

	it('issue 8: who a server is stands first, opens the card, and only what failed is red, only what is verified green', () => {
		const verified: Principal = {
			...{ ...unknownPrincipal(1), state: 'VERIFIED_PRINCIPAL', did: 'did:web:a.example', level: '2' },
			...{ badge: 'ok', errors: [], issuer: 'https://ca.example' },
		};
		const nodeOf = (principal: Principal) => {
			const server = only(serverTree(factsOf({ entries: [entry], identityOf: () => principal })));
			return { server, node: only(server.children?.()) };
		};
		const { server, node } = nodeOf(verified);
		expect(node).toMatchObject({
			label: 'Identity: Verified, level 2 (Domain Validated)',
			color: 'testing.iconPassed',
		});
		expect(node.opens?.command).toBe('mcpFirewall.showTrustCard');
		expect(serverArgument(node)).toBe(entry.id);
		expect(server.tooltip).toContain('Identity: Verified');
		expect(node.tooltip).toContain('did:web:a.example');
		const failed = nodeOf({ ...verified, blocked: true }).node;
		expect(failed).toMatchObject({ label: 'Identity: FAILED', icon: 'error', color: 'list.errorForeground' });
		const declared = nodeOf({ ...verified, state: 'DECLARED_PRINCIPAL', did: 'did:web:\u202ex$(check)' }).node;
		expect(declared).toMatchObject({ label: 'Identity: Declared', icon: 'account' });
		expect(declared.color).toBeUndefined();
		expect(declared.tooltip).toContain('\\u{202E}');
		expect(nodeOf(unknownPrincipal(1)).node).toMatchObject({ label: 'Identity: No identity' });
		expect(nodeOf(unknownPrincipal(1)).node.color).toBeUndefined();
	});
});

describe('actions of the tree', () => {
	interface Menu {
		readonly command: string;
		readonly when: string;
		readonly group: string;
	}
	const { menus } = (
		JSON.parse(readFileSync('package.json', 'utf8')) as {
			contributes: { menus: Record<string, readonly Menu[]> };
		}
	).contributes;

	/** The commands at a node, by the `viewItem` conditions of package.json. */
	function actionsAt(view: string, { context }: TreeNode): string[] {
		return menus['view/item/context']!.filter(({ when }) => {
			const [, of] = /^view == (\S+)/.exec(when) ?? [];
			const [, pattern] = /viewItem =~ \/(.*)\/$/.exec(when) ?? [];
			const [, equal] = /viewItem == '?([^']+)'?$/.exec(when) ?? [];
			return of === view && (pattern !== undefined ? new RegExp(pattern).test(context) : equal === context);
		}).map(({ command }) => command.slice('mcpFirewall.tree'.length));
	}
	const at = (parts: Partial<ServerEntry>, more: Partial<ServerTreeFacts> = {}) =>
		new Set(
			actionsAt('mcpFirewall.servers', only(serverTree(factsOf({ entries: [{ ...entry, ...parts }], ...more })))),
		);

	it('fit what a server is', () => {
		const always = [
			'Review',
			'ShowDifference',
			'Probe',
			'ShowProbe',
			'ShowTrustCard',
			'ShowInPanel',
			'OpenOrigin',
			'StopGuarding',
		];
		const calls = ['TryToolCall', 'CopyLaunch'];
		expect(at({})).toEqual(new Set([...always, ...calls, 'Suspend', 'Revoke']));
		expect(at({ status: 'suspended' })).toEqual(new Set([...always, 'Resume', 'Revoke']));
		expect(at({ status: 'pending-review' })).toEqual(new Set([...always, 'Revoke']));
		expect(at({ status: 'revoked' })).toEqual(new Set(always));
		const http = at({ launch: { kind: 'http', url: 'https://mcp.example', headers: [] } });
		expect([http.has('Probe'), http.has('Review')]).toEqual([false, true]);
	});

	it('fit tools, servers that nobody guards, answers and credentials', () => {
		const tool = only(only(serverTree(factsOf({ entries: [entry] }))[0]!.children!()).children!());
		expect(actionsAt('mcpFirewall.servers', tool)).toEqual(['TryToolCall', 'TryToolCall', 'ShowInPanel']);
		const [stray] = serverTree(factsOf({ unguarded: [aStray({ id: 'x' })] }));
		expect(new Set(actionsAt('mcpFirewall.servers', stray!))).toEqual(new Set(['Guard', 'OpenOrigin']));
		const [odd] = serverTree(factsOf({ unguarded: [aStray({})] }));
		expect(actionsAt('mcpFirewall.servers', odd!)).toEqual(['OpenOrigin']);
		const [secrets] = credentialTree([withCredentials], NOW);
		const [stored, revoked] = secrets!.children!();
		expect(actionsAt('mcpFirewall.credentials', stored!)).toEqual(['RotateCredential', 'RevokeCredential']);
		expect(actionsAt('mcpFirewall.credentials', revoked!)).toEqual(['RotateCredential']);
		expect(actionsAt('mcpFirewall.grants', grantTree([denial], () => 0, NOW)[0]!)).toEqual(['RevokeGrant']);
	});

	it('take a node or an id, and nothing else', () => {
		const [server] = serverTree(factsOf({ entries: [entry] }));
		expect(isTreeNode(server)).toBe(true);
		expect(serverArgument(server)).toBe(entry.id);
		expect(serverArgument('an-id')).toBe('an-id');
		for (const other of [undefined, null, 3, {}, { target: null }, { target: { kind: 'grant', id: 'g' } }]) {
			expect(serverArgument(other)).toBeUndefined();
		}
	});
});

const withCredentials = aServerEntry({
	credentials: [
		{ kind: 'env', name: 'API_TOKEN', storedAt: ago(DAY) },
		{ kind: 'oauth', name: 'https://issuer.example', storedAt: ago(DAY), revoked: true },
	],
});
const denial: RememberedAnswer = {
	...{ kind: 'denial', id: 'd1', sentence: '' },
	denial: {
		...{
			id: 'd1',
			session: 's',
			serverId: 'x',
			serverName: '$(bug)',
			tool: 'write',
			capability: 'filesystem.write',
		},
		deniedAt: NOW - 60_000,
	},
};

describe('the views of grants and credentials', () => {
	it('a remembered answer says what it is in words, and its names make no icon', () => {
		const [node] = grantTree([denial], () => 0, NOW);
		expect(node!.label).toBe('Denied: \\$(bug)/write');
		expect(node!.accessible).toContain('session');
		expect(node!.target).toEqual({ kind: 'grant', id: 'd1' });
	});

	it('credentials stand by server, with name, kind and age, and a server without any is not there', () => {
		const tree = credentialTree([entry, withCredentials], NOW);
		expect(shown(tree)).toEqual(['filesystem: 2']);
		expect(shown(tree[0]!.children!())).toEqual([
			'API_TOKEN: environment variable · stored 1 day ago',
			'https://issuer.example: sign-in · revoked: the server is not started without a new one',
		]);
	});
});

describe('last uses', () => {
	const entryOf = (parts: Partial<AuditEntry>): AuditEntry => ({
		...{ v: 2, seq: 0, prev: '', hash: '', id: 'e', at: ago(0), kind: 'call', outcome: 'answered' },
		server: { id: 'x', name: 'fs' },
		...parts,
	});

	it.each([
		['a call', { tool: 'read' }, ['tool', 'read']],
		['a prompt', { kind: 'message', method: 'prompts/get', arguments: { name: 'p' } }, ['prompt', 'p']],
		[
			'a resource',
			{ kind: 'message', method: 'resources/read', arguments: { uri: 'file:///a' } },
			['resource', 'file:///a'],
		],
		['a refused call', { tool: 'read', outcome: 'refused' }, undefined],
		['a verdict', { kind: 'verdict', tool: 'read', outcome: 'pending' }, undefined],
		['a list', { kind: 'list', method: 'tools/list' }, undefined],
		['an event without a server', { server: undefined, tool: 'read' }, undefined],
	] as const)('%s', (_what, parts, expected) => {
		const used = usedItem(entryOf(parts as Partial<AuditEntry>));
		expect(used && [used.kind, used.name]).toEqual(expected);
	});

	it('the newest counts, whatever order they come in, and each is told', () => {
		const appended = new Emitter<AuditEntry>();
		const uses = new LastUses(appended.event);
		let told = 0;
		uses.onDidChange(() => told++);
		appended.fire(entryOf({ id: 'new', tool: 'read' }));
		uses.learn([{ server: 'fs', kind: 'tool', name: 'read', at: NOW - DAY, entryId: 'old' }]);
		expect(uses.of('fs', 'tool', 'read')?.entryId).toBe('new');
		expect(uses.ofServer('fs')?.entryId).toBe('new');
		expect(uses.ofServer('other')).toBeUndefined();
		expect(told).toBe(2);
	});
});
