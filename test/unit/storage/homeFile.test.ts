import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderFileOf, homeFileOf } from '../../../src/storage/discoveryPlace';
import { type HomeRecord } from '../../../src/storage/discoveryRecord';
import { publishFolder, publishHome } from '../../../src/storage/discoveryWriter';
import { HomeFile } from '../../../src/storage/homeFile';
import { lacks } from '../support/machine';
import { ManualClock } from '../support/manualClock';
import { systemClock } from '../../../src/storage/system';

const noModes = lacks('posix', 'whose a file is stands in its mode');

const HOME: HomeRecord = {
	...{ dataDirectory: '/data/one', extensionPath: '/ext', extensionVersion: '1', updatedAt: 1 },
	policy: { base: '/p.yaml', composition: '/c.yaml', organisation: [], required: [], trustedFiles: {} },
};
const DENIED = [{ source: 'chat.mcp.deniedServers', denied: [{ serverName: 'notes' }] }];

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'mf-home-'));
	await publishHome(root, HOME);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** The file as it is followed, by looks alone. */
function followed(places: readonly string[] = []) {
	const told: string[] = [];
	const file = new HomeFile(root, HOME, new ManualClock(), why => told.push(why), places);
	let changes = 0;
	file.onDidChange(() => changes++);
	return { file, told, changes: () => changes };
}

describe('what an editor leaves for guarding without its window, followed', () => {
	it('another list of servers counts, once; what only says when is no change', async () => {
		const { file, changes } = followed();
		await publishHome(root, { ...HOME, updatedAt: 2 });
		await file.look();
		expect([changes(), file.current.serverLists]).toEqual([0, undefined]);
		await publishHome(root, { ...HOME, updatedAt: 3, serverLists: DENIED });
		await file.look();
		await file.look();
		expect([changes(), file.current.serverLists]).toEqual([1, DENIED]);
		file.dispose();
	});

	it('INVARIANT: a file that is gone, damaged or another editor’s loosens nothing', async () => {
		await publishHome(root, { ...HOME, serverLists: DENIED });
		const { file, told, changes } = followed();
		await file.look();
		const place = homeFileOf(root, HOME.dataDirectory);
		await rm(place);
		await file.look();
		expect(told).toEqual([]);
		const complaint = `${place} is not what MCP Firewall wrote`;
		await writeFile(place, '{"version":1', { mode: 0o600 });
		await file.look();
		await file.look();
		expect(told).toEqual([complaint]);
		// What is said twice in a row is told once.
		await rm(place);
		await file.look();
		await writeFile(place, JSON.stringify({ version: 1, ...HOME, dataDirectory: '/data/two' }), { mode: 0o600 });
		await file.look();
		expect(told).toEqual([complaint, complaint]);
		expect([changes(), file.current.serverLists]).toEqual([1, DENIED]);
		file.dispose();
	});

	it('INVARIANT 4: what the workspace of a folder says holds in it and below, nowhere else, and no other window takes it back', async () => {
		const folder = { dataDirectory: HOME.dataDirectory, folder: '/x', serverLists: DENIED };
		const trustedFiles = { '/x/.vscode/mcp-firewall.yaml': 'a'.repeat(64) };
		await publishFolder(root, { ...folder, trustedFiles });
		const [inside, outside] = [followed(['/x/src', '/x', '/']), followed(['/y', '/'])];
		await inside.file.look();
		await outside.file.look();
		expect(inside.file.current).toMatchObject({ serverLists: DENIED, policy: { trustedFiles } });
		expect(outside.file.current).toEqual(HOME);
		const ACCESS = [{ source: 'chat.mcp.access', access: 'registry' as const }];
		// Another window, with another folder that says something.
		await publishFolder(root, { ...folder, folder: '/y', serverLists: [], trustedFiles: {} });
		await publishHome(root, { ...HOME, updatedAt: 2, serverLists: ACCESS });
		await inside.file.look();
		expect(inside.file.current).toMatchObject({ serverLists: [...ACCESS, ...DENIED], policy: { trustedFiles } });
		await rm(folderFileOf(root, HOME.dataDirectory, '/x'));
		await inside.file.look();
		expect(inside.file.current.serverLists).toEqual([...ACCESS, ...DENIED]);
		await publishFolder(root, { ...folder, trustedFiles });
		await publishFolder(root, { ...folder, serverLists: [], trustedFiles: {} });
		await inside.file.look();
		expect(inside.file.current).toMatchObject({ serverLists: ACCESS, policy: { trustedFiles: {} } });
		inside.file.dispose();
		outside.file.dispose();
	});

	it('INVARIANT 3: in a folder whose own file cannot be read nothing runs, until it can', async () => {
		const folder = { dataDirectory: HOME.dataDirectory, folder: '/x', serverLists: DENIED, trustedFiles: {} };
		await publishFolder(root, folder);
		const place = folderFileOf(root, HOME.dataDirectory, '/x');
		await writeFile(place, '{"version":1', { mode: 0o600 });
		const { file, told } = followed(['/x']);
		await file.look();
		await file.look();
		expect(told).toEqual([`${place} is not what MCP Firewall wrote`]);
		expect(file.current.serverLists).toEqual([{ source: expect.any(String) as string, allowed: [] }]);
		await publishFolder(root, folder);
		await file.look();
		expect(file.current.serverLists).toEqual(DENIED);
		file.dispose();
	});

	it.skipIf(noModes)('what others can write does not count', async () => {
		await publishHome(root, { ...HOME, serverLists: DENIED });
		await chmod(homeFileOf(root, HOME.dataDirectory), 0o666);
		const { file, told, changes } = followed();
		await file.look();
		expect([changes(), told]).toEqual([0, [expect.stringContaining('can be read or written by others')]]);
		file.dispose();
	});

	it('a look goes on after somebody who listens has failed, and why is told', async () => {
		const { file, told } = followed();
		let first = true;
		file.onDidChange(() => {
			if (first) {
				first = false;
				throw new Error('the listener failed');
			}
		});
		await publishHome(root, { ...HOME, extensionVersion: '2' });
		await file.look();
		expect(told).toEqual(['the listener failed']);
		await publishHome(root, { ...HOME, serverLists: DENIED });
		await file.look();
		expect(file.current.serverLists).toEqual(DENIED);
		file.dispose();
	});

	it('what a window writes is told without asking, and nothing more after it is disposed of', async () => {
		const file = new HomeFile(root, HOME, systemClock);
		let changes = 0;
		file.onDidChange(() => changes++);
		await publishHome(root, { ...HOME, serverLists: DENIED });
		await expect.poll(() => changes, { timeout: 5_000 }).toBe(1);
		file.dispose();
		await publishHome(root, HOME);
		await file.look();
		expect(file.current.serverLists).toEqual(DENIED);
	});
});
