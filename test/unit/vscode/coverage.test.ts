import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { type FoundInventory, type InventoryItem } from '../../../src/domain/registry/inventory';
import { originPlaces } from '../../../src/domain/registry/originPlaces';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { CoverageWatch } from '../../../src/storage/coverageWatch';
import { findDevcontainers, findServers } from '../../../src/storage/inventoryFiles';
import { systemClock } from '../../../src/storage/system';
import { Coverage, type CoverageAnswer, type CoverageOptions } from '../../../src/vscode/coverage';
import { coverageDocument, coverageSentence, noticeText, uncoveredLines } from '../../../src/vscode/coverageText';
import { aServerEntry } from '../support/serverEntries';
import { lacks } from '../support/machine';

const NOWHERE = { registered: [], home: '/home/p' };

const noLinks = lacks('links', 'a link leads outside');
/** Where there is what it needs. */
const test = it.skipIf(noLinks);

const DEADLINE_MS = 2000;
const SIGNS = { files: [], programs: [] };

let root: string;
let home: string;
let ws: string;
const open: { dispose(): void }[] = [];

beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'coverage-'));
	home = join(root, 'home');
	ws = join(root, 'ws');
	mkdirSync(home);
	mkdirSync(ws);
});
afterEach(() => {
	for (const each of open.splice(0)) {
		each.dispose();
	}
	rmSync(root, { recursive: true, force: true });
});

const places = () =>
	originPlaces({
		platform: 'linux',
		home,
		env: {},
		folders: [ws],
		workspaceFile: join(root, 'a.code-workspace'),
		userFolders: [join(home, '.config', 'Code', 'User')],
		remote: false,
		devcontainers: findDevcontainers([ws]),
	});

/** Resolves with the servers of which a person is told next; rejects when nobody is told within the deadline. */
function nextTold(start: (tell: CoverageOptions['tell']) => void): Promise<readonly InventoryItem[]> {
	return new Promise((resolve, reject) => {
		const deadline = systemClock.schedule(DEADLINE_MS, () => reject(new Error('nobody was told within 2 s')));
		start(items => {
			deadline.dispose();
			resolve(items);
			return Promise.resolve(undefined);
		});
	});
}

function memory() {
	let keys: readonly string[] = [];
	return {
		get: () => keys,
		set: (all: readonly string[]) => {
			keys = all;
			return Promise.resolve();
		},
	};
}

/** Follows the real files of a person and a folder; what is told goes to whoever listens at that time. */
async function followed() {
	const watch = new CoverageWatch({ places, clock: systemClock });
	let hear: CoverageOptions['tell'] = () => Promise.resolve(undefined);
	const coverage = new Coverage({
		...{
			onDidFind: watch.onDidFind,
			entries: () => [],
			placing: () => NOWHERE,
			mayTell: () => true,
			signs: SIGNS,
			isTrusted: () => true,
		},
		...{ memory: memory(), tell: items => hear(items), guard: () => Promise.resolve() },
	});
	open.push(coverage, watch);
	const first = new Promise(resolve => open.push(watch.onDidFind(resolve)));
	watch.refresh();
	await first;
	return { coverage, listen: (tell: CoverageOptions['tell']) => void (hear = tell) };
}

const SERVER = { dropped: { command: 'evil' } };
const put = (file: string, value: unknown) => {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, JSON.stringify(value));
};

const DROPS: readonly (readonly [where: string, file: () => string, value: () => unknown])[] = [
	['.vscode/mcp.json', () => join(ws, '.vscode', 'mcp.json'), () => ({ servers: SERVER })],
	['.mcp.json', () => join(ws, '.mcp.json'), () => ({ mcpServers: SERVER })],
	['.github/mcp.json', () => join(ws, '.github', 'mcp.json'), () => ({ mcpServers: SERVER })],
	['the settings of a folder', () => join(ws, '.vscode', 'settings.json'), () => ({ 'mcp.servers': SERVER })],
	['.cursor/mcp.json', () => join(ws, '.cursor', 'mcp.json'), () => ({ mcpServers: SERVER })],
	[
		'devcontainer.json',
		() => join(ws, '.devcontainer', 'devcontainer.json'),
		() => ({ customizations: { vscode: { mcp: { servers: SERVER } } } }),
	],
	['*.code-workspace', () => join(root, 'a.code-workspace'), () => ({ folders: [], mcp: { servers: SERVER } })],
	["the user's mcp.json", () => join(home, '.config/Code/User/mcp.json'), () => ({ servers: SERVER })],
	["the user's settings", () => join(home, '.config/Code/User/settings.json'), () => ({ mcp: { servers: SERVER } })],
	["the remote user's mcp.json", () => join(home, '.vscode-server/data/User/mcp.json'), () => ({ servers: SERVER })],
	['Copilot CLI', () => join(home, '.copilot', 'mcp-config.json'), () => ({ mcpServers: SERVER })],
	['Claude Code', () => join(home, '.claude.json'), () => ({ projects: { [ws]: { mcpServers: SERVER } } })],
	['Claude Desktop', () => join(home, '.config/Claude/claude_desktop_config.json'), () => ({ mcpServers: SERVER })],
	['Cursor', () => join(home, '.cursor', 'mcp.json'), () => ({ mcpServers: SERVER })],
	['Windsurf', () => join(home, '.codeium/windsurf/mcp_config.json'), () => ({ mcpServers: SERVER })],
];

describe('C7 a server that is dropped into', () => {
	it.each(DROPS)('%s is told within 2 s, though its folder was not there', async (_where, file, value) => {
		const { listen, coverage } = await followed();
		const told = await nextTold(tell => {
			listen(tell);
			put(file(), value());
		});
		expect(told).toMatchObject([{ name: 'dropped', coverage: 'unguarded', places: [{ file: file() }] }]);
		expect(coverage.inventory).toMatchObject({ guarded: 0, total: 1 });
	});

	test('a file that is replaced at once, and the target of a link, is told within 2 s too', async () => {
		const file = join(ws, '.vscode', 'mcp.json');
		put(join(ws, 'real.json'), { servers: {} });
		mkdirSync(dirname(file));
		symlinkSync(join(ws, 'real.json'), file);
		const { listen } = await followed();
		const first = await nextTold(tell => {
			listen(tell);
			put(join(ws, 'real.json'), { servers: { linked: { command: 'x' } } });
		});
		expect(first).toMatchObject([{ name: 'linked' }]);
		const second = await nextTold(tell => {
			listen(tell);
			put(join(ws, 'new.json'), { servers: { moved: { url: 'https://example.com' } } });
			renameSync(join(ws, 'new.json'), join(ws, 'real.json'));
		});
		expect(second).toMatchObject([{ name: 'moved' }]);
	});
});

describe('C7 what a folder hides', () => {
	const hidden: readonly (readonly [string, (file: string) => void])[] = [
		['behind a link that leads outside', file => symlinkSync(join(root, 'outside.json'), file)],
		['in bytes that are no text', file => writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]))],
		['in a folder where a file should be', file => mkdirSync(file)],
	];
	it.each(hidden.slice(noLinks ? 1 : 0))('%s is told within 2 s', async (_how, make) => {
		put(join(root, 'outside.json'), { servers: SERVER });
		const { listen, coverage } = await followed();
		const told = await nextTold(tell => {
			listen(tell);
			make(join(ws, '.mcp.json'));
		});
		expect(told).toMatchObject([{ name: '.mcp.json', coverage: 'unsupported' }]);
		expect(coverage.inventory).toMatchObject({ guarded: 0, total: 1 });
	});
});

describe('Coverage', () => {
	const launch = { kind: 'stdio', command: 'x', args: [], env: [] } as const;
	const foundIn = (file: string, command = 'x'): FoundInventory => ({
		found: [
			{
				server: { name: 's', launch: { ...launch, command }, values: {}, inputs: [], line: 1 },
				place: { kind: 'workspace', file, within: '/' },
			},
		],
		problems: [],
	});

	function told(answers: CoverageAnswer[], more: Partial<CoverageOptions> = {}) {
		const source = new Emitter<FoundInventory>();
		const said: string[][] = [];
		const guarded: string[][] = [];
		const names = (items: readonly InventoryItem[]) => items.map(({ name }) => name);
		const coverage = new Coverage({
			...{
				onDidFind: source.event,
				entries: () => [],
				placing: () => NOWHERE,
				mayTell: () => true,
				signs: SIGNS,
				isTrusted: () => true,
			},
			memory: memory(),
			tell: items => {
				said.push(names(items));
				return Promise.resolve(answers.shift());
			},
			guard: items => Promise.resolve(guarded.push(names(items))),
			...more,
		});
		open.push(coverage);
		/** What is asked and answered follows in promises that are done already. */
		const find = async (found: FoundInventory) => {
			source.fire(found);
			for (let turn = 0; turn < 20; turn++) {
				await Promise.resolve();
			}
		};
		return { coverage, find, said, guarded };
	}

	it('tells once, however often the file is read, and again of another launch or another file', async () => {
		const { find, said } = told([]);
		await find(foundIn('/a'));
		await find(foundIn('/a'));
		expect(said).toEqual([['s']]);
		await find(foundIn('/a', 'y'));
		expect(said).toHaveLength(2);
		await find(foundIn('/b'));
		expect(said).toHaveLength(3);
	});

	it('never tells again of what a person does not want to hear of, in whichever file', async () => {
		const { find, said } = told(['never']);
		await find(foundIn('/a'));
		await find(foundIn('/b'));
		expect(said).toHaveLength(1);
	});

	it('guards with one click what it told of, and nothing without it', async () => {
		const { find, guarded } = told([undefined, 'guard']);
		await find(foundIn('/a'));
		expect(guarded).toEqual([]);
		await find(foundIn('/a', 'y'));
		expect(guarded).toEqual([['s']]);
	});

	it('a click that comes after they were guarded by another way guards nothing, and is answered', async () => {
		const answer: { late?: (answer: CoverageAnswer) => void } = {};
		const settled: string[] = [];
		const { coverage, find, guarded } = told([], {
			tell: () => new Promise(resolve => (answer.late = resolve)),
			tellSettled: () => void settled.push('said'),
		});
		await find(foundIn('/a'));
		expect(coverage.inventory.items.map(({ coverage: word }) => word)).toEqual(['unguarded']);
		await find({ found: [], problems: [] });
		answer.late?.('guard');
		await find({ found: [], problems: [] });
		expect([guarded, settled]).toEqual([[], ['said']]);
	});

	it('tells once more when a workspace is trusted, because something can be done then', async () => {
		let trusted = false;
		const { find, said } = told([], { isTrusted: () => trusted });
		await find(foundIn('/a'));
		await find(foundIn('/a'));
		expect(said).toHaveLength(1);
		trusted = true;
		await find(foundIn('/a'));
		expect(said).toHaveLength(2);
	});

	it('says nothing while the registry cannot be read', async () => {
		const { find, said } = told([], { mayTell: () => false });
		await find(foundIn('/a'));
		expect(said).toEqual([]);
	});

	it('follows the registry', async () => {
		let entries: readonly ServerEntry[] = [];
		const { coverage, find } = told([], {
			entries: () => entries,
			placing: () => ({ ...NOWHERE, registered: entries }),
		});
		await find({ found: [], problems: [] });
		entries = [aServerEntry()];
		coverage.update();
		expect(coverage.inventory).toMatchObject({ guarded: 1, total: 1 });
	});
});

describe('findServers', () => {
	it('E1 counts servers over five places and hides no file that cannot be read', async () => {
		put(join(ws, '.vscode', 'mcp.json'), { servers: { a: { command: 'a' }, b: { url: 'https://b' }, c: {} } });
		put(join(ws, '.mcp.json'), { mcpServers: { d: { command: 'd' }, e: { command: 'e' } } });
		put(join(ws, '.devcontainer', 'api', 'devcontainer.json'), {
			customizations: { vscode: { mcp: { servers: { f: { command: 'f' }, g: { command: 'g' } } } } },
		});
		put(join(home, '.cursor', 'mcp.json'), { mcpServers: { h: { command: 'h' }, i: { url: 'https://i' } } });
		put(join(home, '.claude.json'), {
			mcpServers: { j: { command: 'j' }, k: { command: 'k' } },
			projects: {
				[ws]: { mcpServers: { l: { command: 'l' } } },
				'/else': { mcpServers: { no: { command: 'z' } } },
			},
		});
		writeFileSync(join(root, 'a.code-workspace'), '{ "mcp": ');
		const { found, problems } = await findServers(places());
		expect(
			found
				.map(({ server }) => server.name)
				.sort()
				.join(''),
		).toBe('abcdefghijkl');
		expect(problems).toEqual([`${join(root, 'a.code-workspace')}, line 1: value expected.`]);
	});
});

describe('what a person reads', () => {
	const item = (name: string, coverage: InventoryItem['coverage'] = 'unguarded'): InventoryItem => ({
		...{ coverage, name, key: name },
		places: [{ kind: 'workspace', file: '/ws/.vscode/mcp.json\u202E', within: '/ws', line: 3 }],
		...(coverage === 'unsupported' && { why: 'It is odd.' }),
	});

	it('names the server and its file, with nothing that cannot be seen', () => {
		const text = noticeText([item('a\nb](http://x)')], true);
		expect(text).toContain('“a⏎b] (http://x)” in /ws/.vscode/mcp.json\\u{202E} is not guarded');
		expect(noticeText([item('a', 'unsupported')], false)).toMatch(/It is odd\. Nothing is started here/);
		expect(
			noticeText(
				['a', 'b', 'c', 'd', 'e'].map(name => item(name)),
				true,
			),
		).toMatch(/5 .*“d” and 1 more/);
	});

	it('tells servers of one name apart by their folders, where they have one', () => {
		const of = (name: string, folder?: string): InventoryItem => ({
			...item(name),
			...{ key: `${name} ${folder}`, id: name },
			places: [
				folder === undefined
					? { kind: 'user', file: '/u/mcp.json', within: '/u', folder: '/w/harbour', line: 1 }
					: { kind: 'workspace', file: `${folder}/.vscode/mcp.json`, within: folder, folder, line: 1 },
			],
		});
		const items = [of('depth', '/w/harbour'), of('depth', 'C:\\w\\quay\u202e'), of('depth'), of('tide', '/w/quay')];
		expect(noticeText(items, true)).toContain(': “depth” (harbour), “depth” (quay\\u{202E}), “depth”, “tide”.');
	});

	it('counts in words that fit', () => {
		const said = [
			[0, 0],
			[0, 1],
			[3, 4],
			[1, 1],
			[2, 2],
		].map(([guarded = 0, total = 0]) => coverageSentence({ guarded, total }));
		expect(said).toEqual([
			'No MCP server is defined here.',
			'0 of 1 MCP servers is guarded.',
			'3 of 4 MCP servers are guarded.',
			'1 guarded server.',
			'2 guarded servers.',
		]);
	});

	it('lists what is open by file, and ends', () => {
		const items = Array.from({ length: 14 }, (_, index) => item(`s${String(index)}`));
		const lines = uncoveredLines({ items, guarded: 0, total: 14, problems: ['x'] });
		expect(lines).toHaveLength(12);
		expect(lines.slice(-2)).toEqual(['and 4 more', '1 file cannot be read.']);
	});

	it('puts the whole of it into a document, texts of files quoted', () => {
		const entry = aServerEntry({ launch: { kind: 'stdio', command: 'x\n│ fake', args: [], env: [] } });
		const guarded: InventoryItem = { coverage: 'guarded', name: 'g', places: [], key: 'g', entry, id: entry.id };
		const items = [guarded, item('u'), item('o', 'unsupported')];
		const text = coverageDocument({ items, guarded: 1, total: 3, problems: ['f: bad\u200B.'] }, []);
		expect(text).toMatch(/Guarded\n {2}“g”, approved/);
		expect(text).toMatch(/Not guarded\n {2}“u”\n {2}\/ws\/\.vscode\/mcp\.json\\u\{202E\}, line 3/);
		expect(text).toContain('f: bad\\u{200B}.');
		expect(text).toContain('no stable interface');
		expect(text).not.toContain('\u202E');
	});
});
