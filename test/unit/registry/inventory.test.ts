import { describe, expect, it } from 'vitest';
import { type FoundAt, inventoryOf } from '../../../src/domain/registry/inventory';
import { serverIdOf, type StdioLaunch } from '../../../src/domain/registry/launch';
import { type FoundServer } from '../../../src/domain/registry/mcpJson';
import { type OriginPlace, originPlaces } from '../../../src/domain/registry/originPlaces';
import { shimmedServer } from '../../../src/domain/registry/shimSigns';
import { strayTools } from '../../../src/domain/registry/strayTools';
import { idOfCandidate } from '../../../src/vscode/registerServer';
import { aServerEntry, aToolPin } from '../support/serverEntries';

const SIGNS = { files: ['/home/p/.mcp-firewall/connect.cjs'], programs: ['/usr/bin/node'] };
const HOME = '/home/p';
const NOWHERE = { registered: [], home: HOME };
const launchOf = (command: string, ...args: string[]): StdioLaunch => ({ kind: 'stdio', command, args, env: [] });

function found(name: string, parts: Partial<FoundServer>, file = '/ws/.vscode/mcp.json'): FoundAt {
	return {
		server: { name, values: {}, inputs: [], line: 3, ...parts },
		place: { kind: 'workspace', file, within: '/ws' },
	};
}
const inventory = (all: readonly FoundAt[], entries = [aServerEntry()], registered = entries) =>
	inventoryOf({ found: all, problems: [] }, entries, SIGNS, { registered, home: HOME });
const sayings = ({ items }: ReturnType<typeof inventory>) => items.map(({ name, coverage }) => `${name} ${coverage}`);

describe('inventoryOf', () => {
	it('E1 counts what is registered, what goes round the firewall, and what cannot be guarded', () => {
		const all = [
			found('new', { launch: launchOf('new') }),
			found('odd', { unsupported: 'It is odd.' }),
			found('off', { launch: launchOf('off'), disabled: true }),
		];
		const result = inventory(all);
		expect(sayings(result)).toEqual(['filesystem guarded', 'new unguarded', 'odd unsupported', 'off inactive']);
		expect(result).toMatchObject({ guarded: 1, total: 3 });
	});

	it('does not take a registered server for guarded that a file starts as well', () => {
		const entry = aServerEntry();
		const result = inventory([found('again', { launch: entry.launch })], [entry]);
		expect(sayings(result)).toEqual(['again unguarded']);
		expect(result).toMatchObject({ guarded: 0, total: 1 });
	});

	it('counts a server once, whichever files define it, and tells all of them', () => {
		const all = ['/ws/.mcp.json', '/ws/.vscode/mcp.json', '/home/p/.cursor/mcp.json'].map((file, index) =>
			found(`name ${index}`, { launch: launchOf('same') }, file),
		);
		const result = inventory(all, []);
		expect(result.total).toBe(1);
		expect(result.items[0]?.places.map(({ file }) => file)).toEqual([
			'/ws/.mcp.json',
			'/ws/.vscode/mcp.json',
			'/home/p/.cursor/mcp.json',
		]);
	});

	it('of the same launch in two folders each is a server of its own', () => {
		const launch = launchOf('npx', '${workspaceFolder}');
		const inFolder = (folder: string, name = 'files', file = `${folder}/.mcp.json`): FoundAt => ({
			server: { name, launch, values: {}, inputs: [], line: 1 },
			place: { kind: 'project', file, within: folder, folder },
		});
		const both = [
			inFolder('/ws/one'),
			inFolder('/ws/one', 'again', '/ws/one/.vscode/mcp.json'),
			inFolder('/ws/two'),
		];
		const open = inventory(both, []);
		expect(sayings(open)).toEqual(['files unguarded', 'files unguarded']);
		expect(open.items.map(({ places }) => places.length)).toEqual([2, 1]);

		const origin = { kind: 'project', file: '/ws/one/.mcp.json' } as const;
		const one = aServerEntry({ name: 'files', launch, origin });
		const half = inventory([inFolder('/ws/two')], [one]);
		expect(sayings(half)).toEqual(['files guarded', 'files unguarded']);
		expect(half.items[1]).toMatchObject({ id: serverIdOf(launch, '/ws/two'), places: [{ folder: '/ws/two' }] });

		const bound = { id: serverIdOf(launch, '/ws/two'), boundTo: '/ws/two' };
		const two = aServerEntry({
			...bound,
			name: 'files (two)',
			launch,
			origin: { ...origin, file: '/ws/two/.mcp.json' },
		});
		expect(inventory([], [one, two])).toMatchObject({ guarded: 2, total: 2 });
		expect(sayings(inventory([inFolder('/ws/two')], [one, two]))).toEqual(['files guarded', 'files unguarded']);
		expect(inventory([inFolder('/ws/two')], [one, two]).items[1]?.entry).toBe(two);
		// What the person guarded from a file of their own is in every folder, and is started past the firewall.
		const mine = aServerEntry({ name: 'mine', launch });
		expect(sayings(inventory([inFolder('/ws/two')], [mine]))).toEqual(['files unguarded']);
	});

	it('a definition is the server that guarding it would make: whatever folder is open, and whatever is registered elsewhere', () => {
		const launch = launchOf('npx', '${workspaceFolder}');
		const elsewhere = aServerEntry({ launch, origin: { kind: 'project', file: '/ws/one/.mcp.json' } });
		const places: readonly OriginPlace[] = originPlaces({
			...{ platform: 'linux', home: HOME, env: {}, folders: [HOME], remote: false },
			...{ userFolders: [`${HOME}/.config/Code/User`], workspaceFile: `${HOME}/all.code-workspace` },
		});
		const registered = [elsewhere];
		const ids = places.map(place => {
			const { items } = inventory(
				[{ server: { name: 's', launch, values: {}, inputs: [], line: 1 }, place }],
				[],
				registered,
			);
			return [place.file, items[0]?.id];
		});
		const host = () => ({ userHome: HOME });
		expect(ids).toEqual(
			places.map(place => [
				place.file,
				idOfCandidate({ registry: { all: () => registered }, host }, place, launch).id,
			]),
		);
		const bound = ids.filter(([, id]) => id === serverIdOf(launch, HOME)).map(([file]) => file);
		expect(bound).toContain(`${HOME}/.mcp.json`);
		expect(bound).not.toContain(`${HOME}/.cursor/mcp.json`);
		expect(bound).not.toContain(`${HOME}/.claude.json`);
		expect(bound).not.toContain(`${HOME}/all.code-workspace`);
	});

	it('what lists forbid is not unguarded: it does not run, or cannot be guarded and still goes round the firewall', () => {
		const why = 'It is denied.';
		const asks: string[] = [];
		const under = (all: readonly FoundAt[], coverage: 'inactive' | 'unsupported', entries = [aServerEntry()]) =>
			inventoryOf(
				{ found: all, problems: [] },
				entries,
				SIGNS,
				{ registered: entries, home: HOME },
				({ name }, { file }) => {
					asks.push(`${name} ${file}`);
					return name === 'barred' ? { coverage, why } : undefined;
				},
			);
		const all = [found('barred', { launch: launchOf('x') }), found('free', { launch: launchOf('y') })];
		expect(under(all, 'inactive')).toMatchObject({ guarded: 1, total: 2 });
		expect(sayings(under(all, 'inactive'))).toEqual(['filesystem guarded', 'barred inactive', 'free unguarded']);
		expect(under(all, 'unsupported')).toMatchObject({ guarded: 1, total: 3 });
		expect(under(all, 'unsupported').items[1]).toMatchObject({ name: 'barred', coverage: 'unsupported', why });
		expect(asks.slice(0, 2)).toEqual(['barred /ws/.vscode/mcp.json', 'free /ws/.vscode/mcp.json']);
		const entry = aServerEntry();
		const again = [found('barred', { launch: entry.launch })];
		expect(sayings(under(again, 'unsupported', [entry]))).toEqual(['barred unsupported']);
		expect(sayings(under(again, 'inactive', [entry]))).toEqual(['filesystem guarded']);
	});

	it('what one client may not start and another does is open', () => {
		const all = ['/ws/.vscode/mcp.json', '/home/p/.cursor/mcp.json'].map(file =>
			found('s', { launch: launchOf('x') }, file),
		);
		const { items, total } = inventoryOf({ found: all, problems: [] }, [], SIGNS, NOWHERE, (_server, { file }) => ({
			...{ coverage: file.includes('.vscode') ? 'inactive' : 'unsupported', why: 'It is denied.' },
		}));
		expect([items.map(({ coverage, places }) => [coverage, places.length]), total]).toEqual([
			[['unsupported', 2]],
			1,
		]);
	});

	it('takes a changed launch for another server, and a disabled one that is enabled too', () => {
		const keys = [
			found('a', { launch: launchOf('x') }),
			found('a', { launch: launchOf('x', '--more') }),
			found('a', { launch: launchOf('x'), disabled: true }),
			found('a', { unsupported: 'One.' }),
			found('a', { unsupported: 'Two.' }),
		].map(each => inventory([each], []).items[0]?.key);
		expect(new Set(keys).size).toBe(5);
	});

	it('knows our shim of a registered server, and refuses to count that of another', () => {
		const entry = aServerEntry();
		const shim = (id: string) => launchOf('/usr/bin/node', SIGNS.files[0]!, id);
		expect(sayings(inventory([found('fs', { launch: shim(entry.id) })], [entry]))).toEqual(['filesystem guarded']);
		expect(sayings(inventory([found('fs', { launch: shim('0'.repeat(64)) })], []))).toEqual(['fs inactive']);
	});
});

describe('shimmedServer', () => {
	const id = serverIdOf(launchOf('x'));
	const shim = launchOf('/usr/bin/node', SIGNS.files[0]!, id);

	it.each<[string, Partial<StdioLaunch>]>([
		['another program', { command: '/tmp/node' }],
		['a program from the PATH', { command: 'node' }],
		['another file', { args: ['/tmp/connect.cjs', id] }],
		['an option of the program before', { args: ['--require', '/tmp/x.js', SIGNS.files[0]!, id] }],
		['more arguments', { args: [...shim.args, '--evil'] }],
		['a variable that loads code', { env: ['NODE_OPTIONS'] }],
		['a folder of its own', { cwd: '/tmp' }],
		['no id', { args: [SIGNS.files[0]!] }],
	])('does not take %s for our shim', (_what, parts) => {
		expect(shimmedServer({ ...shim, ...parts }, SIGNS)).toBeUndefined();
	});

	it('knows it with the folder and the variable that it is given', () => {
		expect(shimmedServer(shim, SIGNS)).toBe(id);
		const given = { ...shim, args: [...shim.args, '--workspace', '/ws'], env: ['ELECTRON_RUN_AS_NODE'] };
		expect(shimmedServer(given, SIGNS)).toBe(id);
	});
});

describe('strayTools', () => {
	it('C7 tells the tools of servers that another extension brought', () => {
		const entries = [aServerEntry({ tools: [aToolPin({ name: 'Read.File' })] })];
		const names = ['mcp_fs_read_file', 'mcp_other_run', 'copilot_read', 'mcp_x'];
		expect(strayTools(names, entries)).toEqual(['mcp_other_run', 'mcp_x']);
	});
});
