import { spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { silentLogger } from '../../../src/base/logger';
import { chooseWindows } from '../../../src/storage/chooseWindow';
import { readFolderOf, readHomes, readWindows } from '../../../src/storage/discoveryFiles';
import {
	connectFile,
	discoveryFolder,
	folderFileOf,
	foldersFolder,
	homesFolder,
	windowsFolder,
} from '../../../src/storage/discoveryPlace';
import {
	type HomeRecord,
	readHomeRecord,
	readWindowRecord,
	type WindowRecord,
	writeRecord,
} from '../../../src/storage/discoveryRecord';
import {
	publishConnect,
	publishFolder,
	publishHome,
	publishWindow,
	windowFile,
} from '../../../src/storage/discoveryWriter';
import { readStop, saysStopped, writeStop } from '../../../src/storage/stopFile';
import { DiscoveryWindow } from '../../../src/vscode/discoveryWindow';
import { ids, realClock } from '../proxy/support';
import { freshKey } from '../identity/issuer';
import { NO_TRUST_SETTINGS } from '../../../src/domain/identity/trustSettings';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'what is private is a mode');
const noLinks = lacks('links', 'one folder has two names');
const notRoot = lacks('root', 'a file is given to somebody else');

let root: string;
let told: string[];
const tell = (why: string) => told.push(why);

beforeEach(async () => {
	root = join(await mkdtemp(join(tmpdir(), 'mf-discovery-')), 'root');
	told = [];
});

afterEach(() => rm(join(root, '..'), { recursive: true, force: true }));

const idOf = (digit: string) => digit.repeat(64);

function aWindow(digit: string, more: Partial<WindowRecord> = {}): WindowRecord {
	return {
		id: digit.repeat(32),
		pid: process.pid,
		startedAt: 1,
		extensionVersion: '0.1.0',
		folders: ['/work/a'],
		restricted: false,
		servers: [served('a', 'Files')],
		...more,
	};
}

function served(digit: string, name: string) {
	return {
		id: idOf(digit),
		name,
		uri: `unix:///tmp/mf-x/mcp.sock#/servers/${idOf(digit)}/mcp`,
		token: 't'.repeat(32),
	};
}

const aHome: HomeRecord = {
	dataDirectory: '/home/p/data',
	extensionPath: '/home/p/ext',
	extensionVersion: '0.1.0',
	updatedAt: 5,
	policy: {
		base: '/home/p/ext/policies/balanced.yaml',
		organisation: ['/etc/mcp-firewall/policy.yaml'],
		required: [],
		composition: '/home/p/ext/policies/composition.yaml',
		trustedFiles: { '/work/a/.vscode/mcp-firewall.yaml': idOf('d') },
	},
};

describe('the discovery folder', () => {
	it('hangs on the home folder alone, so that every process of a person finds it', () => {
		expect(discoveryFolder('/home/p', 'linux')).toBe('/home/p/.mcp-firewall');
		expect(discoveryFolder('/Users/p', 'darwin')).toBe('/Users/p/.mcp-firewall');
		expect(discoveryFolder('C:/Users/p', 'win32')).toBe('C:/Users/p/AppData/Local/mcp-firewall');
	});

	it.skipIf(noPosix)('is 0700 and holds files of 0600, whatever it was before', async () => {
		await publishWindow(root, aWindow('1'));
		await chmod(root, 0o755);
		await publishWindow(root, aWindow('2'));
		await publishHome(root, aHome);
		const modes = await Promise.all(
			[root, windowsFolder(root), homesFolder(root), windowFile(root, aWindow('1').id)].map(async each =>
				((await lstat(each)).mode & 0o777).toString(8),
			),
		);
		expect(modes).toEqual(['700', '700', '700', '600']);
		const [home] = await readdir(homesFolder(root));
		expect((await lstat(join(homesFolder(root), home!))).mode & 0o777).toBe(0o600);
	});

	it('gives back two windows as they were written, and what guarding without one needs', async () => {
		const windows = [aWindow('1'), aWindow('2', { folders: [], servers: [] })];
		await Promise.all(windows.map(window => publishWindow(root, window)));
		await publishHome(root, aHome);
		await publishHome(root, { ...aHome, dataDirectory: '/home/p/other', updatedAt: 9 });
		const read = await readWindows(root, tell);
		expect([...read].sort((a, b) => a.id.localeCompare(b.id))).toEqual(windows);
		expect((await readHomes(root, tell)).map(({ dataDirectory }) => dataDirectory)).toEqual([
			'/home/p/other',
			'/home/p/data',
		]);
		expect(told).toEqual([]);
	});

	it('nothing is there, nothing is said', async () => {
		expect(await readWindows(root, tell)).toEqual([]);
		expect(told).toEqual([]);
	});

	it('a window that was killed is left aside and its file removed', async () => {
		const dead = spawnSync(process.execPath, ['-e', '']).pid;
		await publishWindow(root, aWindow('1', { pid: dead }));
		await publishWindow(root, aWindow('2'));
		expect((await readWindows(root, tell)).map(({ id }) => id)).toEqual([aWindow('2').id]);
		expect(await readdir(windowsFolder(root))).toEqual([`${aWindow('2').id}.json`]);
	});

	it.skipIf(noPosix)('what others can read, and links, are refused and named', async () => {
		await publishWindow(root, aWindow('1'));
		await publishWindow(root, aWindow('2'));
		const loose = windowFile(root, aWindow('1').id);
		await chmod(loose, 0o644);
		await rename(windowFile(root, aWindow('2').id), join(root, 'elsewhere'));
		await symlink(join(root, 'elsewhere'), windowFile(root, aWindow('2').id));
		expect(await readWindows(root, tell)).toEqual([]);
		expect(told.sort()).toEqual(
			[
				`${loose} can be read or written by others (chmod go=)`,
				`${windowFile(root, aWindow('2').id)} cannot be read`,
			].sort(),
		);
	});

	it.skipIf(noPosix)('a folder that is a link, or open to others, is refused whole', async () => {
		await publishWindow(root, aWindow('1'));
		await chmod(windowsFolder(root), 0o750);
		expect(await readWindows(root, tell)).toEqual([]);
		await chmod(windowsFolder(root), 0o700);
		await rename(root, `${root}-moved`);
		await symlink(`${root}-moved`, root);
		expect(await readWindows(root, tell)).toEqual([]);
		expect(told).toEqual([
			`${windowsFolder(root)} can be read or written by others (chmod go=)`,
			`${root} is not a folder`,
		]);
	});

	it.skipIf(notRoot)(
		'a file or folder of somebody else is refused (only root can make one, so only root tests it)',
		async () => {
			await publishWindow(root, aWindow('1'));
			await chown(windowFile(root, aWindow('1').id), 4711, 4711);
			expect(await readWindows(root, tell)).toEqual([]);
			await chown(root, 4711, 4711);
			expect(await readWindows(root, tell)).toEqual([]);
			expect(told).toEqual([
				`${windowFile(root, aWindow('1').id)} belongs to somebody else`,
				`${root} belongs to somebody else`,
			]);
		},
	);

	it('race: a reader beside a writer sees the old file or the new one, never half of one', async () => {
		await publishWindow(root, aWindow('1'));
		const seen = new Set<number>();
		const writing = (async () => {
			for (let at = 2; at < 40; at++) {
				await publishWindow(
					root,
					aWindow('1', { startedAt: at, folders: Array.from({ length: at }, () => '/a') }),
				);
			}
		})();
		const writer = { done: false };
		void writing.then(() => (writer.done = true));
		while (!writer.done) {
			const [window] = await readWindows(root, tell);
			expect(window?.folders.length).toBe(window?.startedAt);
			seen.add(window?.startedAt ?? 0);
		}
		await writing;
		expect(told).toEqual([]);
		expect(seen.size).toBeGreaterThan(1);
	});

	it('the small program starts the shim that was published last', async () => {
		const shim = join(root, '..', "odd 'name'.cjs");
		await writeFile(shim, 'console.log("shim", ...process.argv.slice(2))');
		expect(await publishConnect(root, shim)).toBe(connectFile(root));
		const { stdout } = spawnSync(process.execPath, [connectFile(root), 'a', 'b'], { encoding: 'utf8' });
		expect(stdout).toBe('shim a b\n');
		await rm(shim);
		const gone = spawnSync(process.execPath, [connectFile(root)], { encoding: 'utf8' });
		expect([gone.status, gone.stdout]).toEqual([1, '']);
		expect(gone.stderr).toMatch(/^mcp-firewall: this version of the extension is gone\. Open VS Code once/);
	});
});

describe('hostile files', () => {
	const good = JSON.parse(writeRecord(aWindow('1'))) as Record<string, unknown>;
	const server = served('a', 'Files');
	it.each<[string, unknown]>([
		['not JSON', '{'],
		['a list', []],
		['no version', { ...good, version: 2 }],
		['another id than its name', { ...good, id: '2'.repeat(32) }],
		['a pid that signals a group', { ...good, pid: -1 }],
		['pid 0', { ...good, pid: 0 }],
		['a relative folder', { ...good, folders: ['a'] }],
		['folders that are none', { ...good, folders: 'x' }],
		['a server without token', { ...good, servers: [{ ...server, token: '' }] }],
		['a token that ends the header', { ...good, servers: [{ ...server, token: `${'t'.repeat(20)}\r\nX: y` }] }],
		['a URL of another machine', { ...good, servers: [{ ...server, uri: 'http://evil.example/servers/a/mcp' }] }],
		[
			'a URL that only begins like ours',
			{ ...good, servers: [{ ...server, uri: 'http://127.0.0.1:80@evil/servers/a/mcp' }] },
		],
		['another route', { ...good, servers: [{ ...server, uri: 'unix:///tmp/s#/elsewhere' }] }],
		['an id that is no digest', { ...good, servers: [{ ...server, id: '../x' }] }],
		['a name that cannot be shown', { ...good, servers: [{ ...server, name: 'a\u202eb' }] }],
		['null for a server', { ...good, servers: [null] }],
	])('%s is no window', (_, value) => {
		const text = typeof value === 'string' ? value : JSON.stringify(value);
		expect(readWindowRecord(text, '1'.repeat(32))).toBeUndefined();
	});

	it('a key that stands twice, and a file that is too long, are no window', () => {
		const text = writeRecord(aWindow('1'));
		expect(readWindowRecord(text, '1'.repeat(32))).toEqual(aWindow('1'));
		expect(readWindowRecord(text.replace('{', '{"pid": 1,'), '1'.repeat(32))).toBeUndefined();
		expect(readWindowRecord(text + ' '.repeat(1024 * 1024), '1'.repeat(32))).toBeUndefined();
	});

	it.each<[string, object]>([
		['a relative data directory', { ...aHome, dataDirectory: 'data' }],
		['no policy', { ...aHome, policy: undefined }],
		['a trusted digest that is none', { ...aHome, policy: { ...aHome.policy, trustedFiles: { '/a': 'x' } } }],
		['a decision service that cannot be read', { ...aHome, decision: 'https://pdp.example' }],
		['one of another kind', { ...aHome, decision: { url: 'https://x', kind: 'cedar', hasHeader: false } }],
		[
			'one of which it is not said whether it has a header',
			{ ...aHome, decision: { url: 'https://x', kind: 'pip' } },
		],
		['null for a decision service', { ...aHome, decision: null }],
		['organisation that is no list', { ...aHome, policy: { ...aHome.policy, organisation: '/a' } }],
	])('%s is no home', (_, value) => {
		expect(readHomeRecord(JSON.stringify({ version: 1, ...value }))).toBeUndefined();
		expect(readHomeRecord(writeRecord(aHome))).toEqual(aHome);
	});

	it.each<[string, object]>([
		['a relative folder', { folder: 'x' }],
		['lists that are none', { serverLists: {} }],
		['a list of another access', { serverLists: [{ source: 'x', access: 'all' }] }],
		['a trusted digest that is none', { trustedFiles: { '/a': 'x' } }],
		['another data directory', { dataDirectory: '/other' }],
	])('what a window left of a folder, with %s, is told and does not count', async (_, wrong) => {
		const record = { dataDirectory: '/d', folder: '/x', serverLists: [], trustedFiles: { '/x/y': idOf('a') } };
		await publishFolder(root, record);
		const file = folderFileOf(root, '/d', '/x');
		expect(await readFolderOf(root, '/d', '/x', tell)).toEqual(record);
		await writeFile(file, JSON.stringify({ version: 1, ...record, ...wrong }), { mode: 0o600 });
		expect(await readFolderOf(root, '/d', '/x', tell)).toBeUndefined();
		expect(told).toEqual([`${file} is not what MCP Firewall wrote`]);
	});

	it.skipIf(noLinks)('a folder has one file, whichever link leads there', async () => {
		const place = join(root, '..');
		await mkdir(join(place, 'folder'));
		await symlink(join(place, 'folder'), join(place, 'link'));
		expect(folderFileOf(root, '/d', join(place, 'link'))).toBe(folderFileOf(root, '/d', join(place, 'folder')));
		expect(folderFileOf(root, '/d', 'c:/Work')).toBe(folderFileOf(root, '/d', 'C:\\work'));
		expect(folderFileOf(root, '/d', '/x').startsWith(foldersFolder(root))).toBe(true);
	});

	it('whom the person trusts and who else decides is read as it was written; what is wrong about trust trusts nobody', () => {
		const home: HomeRecord = {
			...aHome,
			identity: {
				issuers: [
					{
						origin: 'https://ca.example.com',
						maxLevel: '2',
						domains: ['example.com'],
						keys: [freshKey().publicJwk],
					},
				],
				...{
					acceptLevelZero: true,
					trustedKeys: [freshKey().did],
					offline: true,
					maxStaleness: 60,
					audience: 'me',
				},
			},
			decision: { url: 'https://pdp.example.com/v1', kind: 'opa', hasHeader: true },
		};
		expect(readHomeRecord(writeRecord(home))).toEqual(home);
		const wrong = {
			version: 1,
			...aHome,
			identity: { issuers: 'all', acceptLevelZero: 1, testKeys: true, profile: 'dev' },
		};
		expect(readHomeRecord(JSON.stringify(wrong))?.identity).toEqual(NO_TRUST_SETTINGS);
	});
});

describe('the window that is chosen', () => {
	const holds = (folder: string, path: string) => path === folder || path.startsWith(`${folder}/`);
	const old = aWindow('1', { folders: ['/work'], startedAt: 1 });
	const inner = aWindow('2', { folders: ['/work/a'], startedAt: 2 });
	const newest = aWindow('3', { folders: ['/else'], startedAt: 3 });
	const all = [old, inner, newest];
	const order = (wanted: string, place: string, windows = all) => {
		const chosen = chooseWindows(windows, wanted, place, holds);
		return typeof chosen === 'string' ? chosen : chosen.map(({ window }) => window.id[0]);
	};

	it('has the innermost folder around the place, then is the newest', () => {
		expect(order(idOf('a'), '/work/a/src')).toEqual(['2', '1', '3']);
		expect(order('Files', '/nowhere')).toEqual(['3', '2', '1']);
		expect(order('Files', '/work/b')).toEqual(['1', '3', '2']);
	});

	it('serves the server: neither another id nor another name will do', () => {
		expect(order(idOf('b'), '/work/a')).toEqual([]);
		expect(order('files', '/work/a')).toEqual([]);
	});

	it('a name of several servers means the one here, or nothing', () => {
		const other = aWindow('4', { folders: ['/else'], servers: [served('b', 'Files')], startedAt: 9 });
		expect(order('Files', '/work/a', [inner, other])).toEqual(['2']);
		expect(order('Files', '/nowhere', [inner, other])).toMatch(/^Several servers are called "Files"/);
	});
});

describe('the emergency stop outside of the editor', () => {
	it('INVARIANT 3: only a file that says "false" lets anything run', async () => {
		expect([readStop(root), saysStopped(root)]).toEqual([true, false]);
		await writeStop(root, false);
		expect([readStop(root), saysStopped(root)]).toEqual([false, false]);
		await writeStop(root, true);
		expect([readStop(root), saysStopped(root)]).toEqual([true, true]);
		for (const text of ['', 'null', '{"stopped":0}', '{"stopped":false,"stopped":true}', '[]']) {
			await writeFile(join(root, 'emergency-stop.json'), text);
			expect([text, readStop(root)]).toEqual([text, true]);
		}
	});
});

describe('DiscoveryWindow', () => {
	const open = (changed: Emitter<void>, state: { entries: { id: string; name: string }[] }) =>
		new DiscoveryWindow({
			...{ root, dataDirectory: '/d', extensionPath: '/e', extensionVersion: '1', shim: '/e/dist/connect.cjs' },
			entries: () => state.entries as never,
			folders: () => ['/work/a'],
			addressOf: id => ({
				uri: `unix:///tmp/s#/servers/${id}/mcp`,
				headers: { Authorization: `Bearer ${'t'.repeat(32)}` },
			}),
			policyFiles: () => ({ base: '/p.yaml', workspace: [], composition: '/c.yaml' }),
			onDidChange: changed.event,
			...{ clock: realClock, ids, logger: silentLogger },
		});

	it('says that its folders are not trusted, and then leaves nothing behind that they could be allowed by', async () => {
		const publish = async (workspaceTrusted: boolean) => {
			const window = new DiscoveryWindow({
				...{
					root,
					dataDirectory: '/d',
					extensionPath: '/e',
					extensionVersion: '1',
					shim: '/e/dist/connect.cjs',
				},
				entries: () => [],
				folders: () => ['/work/a'],
				addressOf: () => ({ uri: '', headers: {} }),
				policyFiles: () => ({
					...{ base: '/p.yaml', workspace: [], composition: '/c.yaml' },
					trust: {
						workspaceTrusted,
						trustedDigests: new Set<string>(),
						trustedFiles: new Map([['/work/a/.vscode/mcp-firewall.yaml', idOf('a')]]),
					},
				}),
				onDidChange: new Emitter<void>().event,
				...{ clock: realClock, ids, logger: silentLogger },
			});
			await window.update();
			const [[record], [home]] = [await readWindows(root, tell), await readHomes(root, tell)];
			const folder = await readFolderOf(root, '/d', '/work/a', tell);
			window.dispose();
			expect(home?.policy.trustedFiles).toEqual({});
			return [record?.restricted, Object.keys(folder?.trustedFiles ?? {})];
		};
		expect(await publish(false)).toEqual([true, []]);
		expect(await publish(true)).toEqual([false, ['/work/a/.vscode/mcp-firewall.yaml']]);
		expect(await publish(false)).toEqual([true, []]);
	});

	it('INVARIANT 4: what the workspace of one folder says is left with that folder, and no window of another takes it back', async () => {
		const DENIED = [{ source: 'chat.mcp.deniedServers', denied: [{ serverName: 'notes' }] }];
		const OWN = [{ source: 'chat.mcp.access', access: 'registry' as const }];
		const publish = async (folder: string, lists: HomeRecord['serverLists'], trust: Record<string, string>) => {
			const window = new DiscoveryWindow({
				...{ root, dataDirectory: '/d', extensionPath: '/e', extensionVersion: '1', shim: '/e/connect.cjs' },
				entries: () => [],
				folders: () => [folder],
				addressOf: () => ({ uri: '', headers: {} }),
				policyFiles: () => ({
					...{ base: '/p.yaml', workspace: [], composition: '/c.yaml' },
					trust: {
						...{ workspaceTrusted: true, trustedDigests: new Set<string>() },
						trustedFiles: new Map(Object.entries(trust)),
					},
				}),
				settings: () => ({ serverLists: OWN }),
				workspaceLists: () => ({ lists: lists ?? [], perhapsShared: [] }),
				onDidChange: new Emitter<void>().event,
				...{ clock: realClock, ids, logger: silentLogger },
			});
			await window.update();
			window.dispose();
		};
		const trust = { '/work/x/.vscode/mcp-firewall.yaml': idOf('a') };
		await publish('/work/x', DENIED, trust);
		await publish('/work/y', undefined, {});
		expect((await readHomes(root, tell))[0]).toMatchObject({ serverLists: OWN, policy: { trustedFiles: {} } });
		expect(await readFolderOf(root, '/d', '/work/x', tell)).toEqual({
			...{ dataDirectory: '/d', folder: '/work/x', serverLists: DENIED, trustedFiles: trust },
		});
		// Nothing to say, nothing to leave; and another editor's is another file.
		expect(await readFolderOf(root, '/d', '/work/y', tell)).toBeUndefined();
		expect(await readFolderOf(root, '/other', '/work/x', tell)).toBeUndefined();
		// Its own window takes it back, in words.
		await publish('/work/x', undefined, {});
		expect(await readFolderOf(root, '/d', '/work/x', tell)).toMatchObject({ serverLists: [], trustedFiles: {} });
		expect(told).toEqual([]);
	});

	it('INVARIANT 4: a workspace that repeats what a policy of VS Code says does not take it from other folders', async () => {
		const DENIED = [{ source: 'chat.mcp.deniedServers', denied: [{ serverName: 'notes' }] }];
		const OTHER = [{ source: 'chat.mcp.allowedServers', allowed: [] }];
		const publish = async (serverLists: HomeRecord['serverLists'], perhaps: typeof DENIED | typeof OTHER) => {
			const window = new DiscoveryWindow({
				...{ root, dataDirectory: '/d', extensionPath: '/e', extensionVersion: '1', shim: '/e/connect.cjs' },
				entries: () => [],
				folders: () => ['/work/x'],
				addressOf: () => ({ uri: '', headers: {} }),
				policyFiles: () => ({ base: '/p.yaml', workspace: [], composition: '/c.yaml' }),
				...(serverLists && { settings: () => ({ serverLists }) }),
				workspaceLists: () => ({ lists: perhaps, perhapsShared: perhaps }),
				onDidChange: new Emitter<void>().event,
				...{ clock: realClock, ids, logger: silentLogger },
			});
			await window.update();
			window.dispose();
			return (await readHomes(root, tell))[0]?.serverLists;
		};
		// The first window of all cannot tell, so it holds everywhere.
		expect(await publish(undefined, DENIED)).toEqual(DENIED);
		expect(await publish(undefined, DENIED)).toEqual(DENIED);
		// A window that can tell; then what no other folder was told does not hold there.
		expect(await publish(undefined, [])).toBeUndefined();
		expect(await publish(undefined, OTHER)).toBeUndefined();
		expect(await publish(DENIED, [])).toEqual(DENIED);
		expect(await publish(undefined, DENIED)).toEqual(DENIED);
	});

	it('is there once it has started, follows changes, and is gone when the window closes', async () => {
		const changed = new Emitter<void>();
		const state = { entries: [] as { id: string; name: string }[] };
		const window = open(changed, state);
		await window.update();
		expect((await readWindows(root, tell))[0]).toMatchObject({
			pid: process.pid,
			folders: ['/work/a'],
			servers: [],
		});
		state.entries = [{ id: idOf('a'), name: 'Files' }];
		changed.fire();
		await window.update();
		const token = 't'.repeat(32);
		expect((await readWindows(root, tell))[0]?.servers).toMatchObject([{ id: idOf('a'), name: 'Files', token }]);
		window.dispose();
		expect(await readdir(windowsFolder(root))).toEqual([]);
		expect((await readHomes(root, tell))[0]).toMatchObject({ dataDirectory: '/d', policy: { base: '/p.yaml' } });
		expect(told).toEqual([]);
	});

	it('a window that closes while its file is being written leaves none', async () => {
		const window = open(new Emitter<void>(), { entries: [] });
		const written = window.update();
		window.dispose();
		await written;
		expect(await readWindows(root, tell)).toEqual([]);
	});

	it('two windows have two files', async () => {
		const windows = [open(new Emitter<void>(), { entries: [] }), open(new Emitter<void>(), { entries: [] })];
		await Promise.all(windows.map(window => window.update()));
		expect((await readWindows(root, tell)).length).toBe(2);
		windows[0]!.dispose();
		expect((await readWindows(root, tell)).length).toBe(1);
		windows[1]!.dispose();
	});
});
