import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Grant } from '../../../src/domain/approval/grant';
import { GrantFile, type GrantKey } from '../../../src/storage/grantFile';
import { grantKey } from '../../../src/vscode/grantKey';
import { ManualClock } from '../support/manualClock';
import { expectMode } from '../support/machine';

const HOUR = 3_600_000;
const clock = new ManualClock();
const logger = { trace() {}, info() {}, warn() {}, error() {} };
const KEY = Buffer.alloc(32, 7);

function aGrant(over: Partial<Grant> = {}): Grant {
	return {
		id: 'g1',
		scope: 'workspace',
		binding: {
			serverId: 'a'.repeat(64),
			serverName: 'files',
			tool: 'write_file',
			capability: 'filesystem.write',
			toolDigest: 'b'.repeat(64),
			entryDigest: 'c'.repeat(64),
			policyDigest: 'd'.repeat(64),
			askedBy: 'e'.repeat(64),
		},
		reach: { kind: 'folders', folders: ['/ws/notes'] },
		madeAt: clock.now(),
		expiresAt: clock.now() + HOUR,
		workspace: 'w'.repeat(64),
		...over,
	};
}

async function aFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'mcp-firewall-grants-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return folder;
}

/** The marks in secret storage, by folder. */
const marks = new Map<string, string>();

function keyOf(directory: string, key: Uint8Array | undefined = KEY): GrantKey {
	return {
		get: () => Promise.resolve(key),
		mark: () => Promise.resolve(marks.get(directory)),
		setMark: mark => Promise.resolve(void marks.set(directory, mark)),
	};
}

function open(directory: string, key: Uint8Array | undefined = KEY, at: ManualClock = clock) {
	const refused: string[] = [];
	const file = new GrantFile({
		...{ directory, clock: at, logger, key: keyOf(directory, key) },
		onRefused: why => refused.push(why),
	});
	return { file, refused };
}

const WORKSPACE = 'w'.repeat(64);
const edit = async (folder: string, change: (text: string) => string) => {
	const path = join(folder, 'grants.json');
	await writeFile(path, change(await readFile(path, 'utf8')));
};

describe('GrantFile', () => {
	it('gives out what was kept, to another window too, from a file of its owner alone', async () => {
		const folder = await aFolder();
		expect(await open(folder).file.add(aGrant())).toBe(true);
		expect(await open(folder).file.load(WORKSPACE)).toEqual([aGrant()]);
		expect(await open(folder).file.load('x'.repeat(64))).toEqual([]);
		expectMode(join(folder, 'grants.json'), 0o600);
	});

	it('what one window takes back holds in the other', async () => {
		const folder = await aFolder();
		const [one, other] = [open(folder).file, open(folder).file];
		await one.add(aGrant());
		expect(await other.load(WORKSPACE)).toHaveLength(1);
		let changes = 0;
		other.onDidChange(() => changes++);
		await one.remove(['g1']);
		expect(await other.load(WORKSPACE)).toEqual([]);
		expect(changes).toBe(1);
	});

	it('APPR-08: an older file put back after a grant was taken back is refused as a whole, told once, in every window', async () => {
		const folder = await aFolder();
		const { file, refused } = open(folder);
		await file.add(aGrant());
		await file.add(aGrant({ id: 'g2' }));
		const old = await readFile(join(folder, 'grants.json'), 'utf8');
		expect(await file.remove(['g1'])).toBe(true);
		expect(await file.load(WORKSPACE)).toHaveLength(1);
		await edit(folder, () => old);
		expect([
			await file.load(WORKSPACE),
			await file.load(WORKSPACE),
			await open(folder).file.load(WORKSPACE),
		]).toEqual([...[[], [], []]]);
		expect(refused).toHaveLength(1);
		expect(refused[0]).toContain('older one was put back');
		expect(await file.available()).toBe(true);
		expect(await file.add(aGrant({ id: 'g3' }))).toBe(true);
		expect((await file.load(WORKSPACE)).map(({ id }) => id)).toEqual(['g3']);
	});

	it('APPR-08: an older record under the mark of today, and a file without a mark, are refused', async () => {
		const folder = await aFolder();
		const { file, refused } = open(folder);
		await file.add(aGrant());
		const old = await readFile(join(folder, 'grants.json'), 'utf8');
		await file.remove(['g1']);
		await edit(folder, () => old.replace(/"mark": "[0-9a-f]+"/, `"mark": "${marks.get(folder)!}"`));
		expect(await file.load(WORKSPACE)).toEqual([]);
		await edit(folder, () => old.replace(/"mark": "[0-9a-f]+",/, ''));
		expect(await file.load(WORKSPACE)).toEqual([]);
		expect(refused).toHaveLength(2);
	});

	it('APPR-08: windows that write at once lose grants at most: what one says it took back stays away', async () => {
		for (let round = 0; round < 20; round++) {
			const folder = await aFolder();
			const windows = [open(folder).file, open(folder).file, open(folder).file];
			await windows[0]!.add(aGrant());
			await Promise.all(windows.map(file => file.load(WORKSPACE)));
			const [gone] = await Promise.all([
				windows[0]!.remove(['g1']),
				windows[1]!.add(aGrant({ id: 'g2' })),
				windows[2]!.add(aGrant({ id: 'g3' })),
			]);
			const ids = (await open(folder).file.load(WORKSPACE)).map(({ id }) => id);
			expect([gone, ids.includes('g1')]).not.toEqual([true, true]);
		}
	});

	it('APPR-08: a write that another window slips into is made again over what that one wrote', async () => {
		const folder = await aFolder();
		const other = open(folder).file;
		await other.add(aGrant());
		const key = keyOf(folder);
		let slip: (() => Promise<unknown>) | undefined = () => other.remove(['g1']);
		const slow: GrantKey = {
			...key,
			async setMark(mark) {
				await key.setMark(mark);
				const run = slip;
				slip = undefined;
				await run?.();
			},
		};
		const file = new GrantFile({ ...{ directory: folder, clock, logger, key: slow }, onRefused: () => {} });
		expect(await file.add(aGrant({ id: 'g2' }))).toBe(true);
		expect((await open(folder).file.load(WORKSPACE)).map(({ id }) => id)).toEqual(['g2']);
	});

	it('where the mark cannot be had or kept there are no grants, and nothing is written', async () => {
		const folder = await aFolder();
		await open(folder).file.add(aGrant());
		const locked = () => Promise.reject(new Error('The keyring is locked.'));
		for (const broken of [{ mark: locked }, { setMark: locked }]) {
			const key = { ...keyOf(folder), ...broken };
			const file = new GrantFile({ ...{ directory: folder, clock, logger, key }, onRefused: () => {} });
			expect(await file.remove(['g1'])).toBe(false);
		}
		expect(await open(folder).file.load(WORKSPACE)).toHaveLength(1);
	});

	it('APPR-08: a record without a signature is refused, told once, and not written again', async () => {
		const folder = await aFolder();
		await writeFile(
			join(folder, 'grants.json'),
			JSON.stringify({ version: 2, mark: 'm', grants: [{ grant: aGrant() }, { grant: aGrant(), mac: '' }] }),
		);
		marks.set(folder, 'm');
		const { file, refused } = open(folder);
		expect(await file.load(WORKSPACE)).toEqual([]);
		expect(await file.load(WORKSPACE)).toEqual([]);
		expect(refused).toHaveLength(2);
		await file.add(aGrant({ id: 'g2' }));
		expect(await readFile(join(folder, 'grants.json'), 'utf8')).not.toContain('"g1"');
	});

	it('APPR-09: a record that was signed with another key is refused', async () => {
		const folder = await aFolder();
		await open(folder, Buffer.alloc(32)).file.add(aGrant());
		const { file, refused } = open(folder);
		expect(await file.load(WORKSPACE)).toEqual([]);
		expect(refused).toEqual(['its signature is not ours, or it was altered']);
	});

	it.each([
		[
			'a longer life',
			(text: string) => text.replace(/"expiresAt": (\d+)/, (_, n) => `"expiresAt": ${String(Number(n) + 1)}`),
		],
		['another folder', (text: string) => text.replace('/ws/notes', '/ws')],
		['another tool', (text: string) => text.replace('write_file', 'delete_file')],
		[
			'two members that changed places',
			(text: string) => text.replace(/b{64}/, '#').replace(/c{64}/, 'b'.repeat(64)).replace('#', 'c'.repeat(64)),
		],
		[
			'a border between members that moved',
			(text: string) => text.replace('"files"', '"filesw"').replace('"write_file"', '"rite_file"'),
		],
		['a member too many', (text: string) => text.replace('"scope"', '"uses": 9, "scope"')],
		['another workspace', (text: string) => text.replace(/w{64}/, 'v'.repeat(64))],
	])('APPR-10: %s is refused', async (_name, change) => {
		const folder = await aFolder();
		await open(folder).file.add(aGrant());
		await edit(folder, change);
		const { file, refused } = open(folder);
		expect([...(await file.load(WORKSPACE)), ...(await file.load('v'.repeat(64)))]).toEqual([]);
		expect(refused).toHaveLength(1);
	});

	it('APPR-04: one that has expired is not given out, nor one whose life is longer than the longest', async () => {
		const at = new ManualClock();
		const folder = await aFolder();
		const { file } = open(folder, KEY, at);
		await file.add(aGrant({ madeAt: at.now(), expiresAt: at.now() + HOUR }));
		at.advance(HOUR);
		expect(await file.load(WORKSPACE)).toEqual([]);
		expect(await file.add(aGrant({ expiresAt: aGrant().madeAt + 31 * 24 * HOUR }))).toBe(false);
	});

	it('without a key there are no grants, and the file stays as it is', async () => {
		const folder = await aFolder();
		await open(folder).file.add(aGrant());
		const { file } = open(folder, Buffer.alloc(0));
		expect(await file.available()).toBe(false);
		expect(await file.load(WORKSPACE)).toEqual([]);
		expect(await file.add(aGrant({ id: 'g2' }))).toBe(false);
		expect(await open(folder).file.load(WORKSPACE)).toHaveLength(1);
	});

	it.each(['{', '[]', '{"version":3,"grants":[]}', '{"version":1,"version":1,"grants":[]}'])(
		'a file that reads %s gives no grants and is not written over',
		async text => {
			const folder = await aFolder();
			await writeFile(join(folder, 'grants.json'), text);
			const { file, refused } = open(folder);
			expect(await file.available()).toBe(false);
			expect(await file.add(aGrant())).toBe(false);
			expect(refused).toHaveLength(1);
			expect(await readFile(join(folder, 'grants.json'), 'utf8')).toBe(text);
		},
	);

	it('APPR-15: the environment does not choose where it is', async () => {
		const folder = await aFolder();
		const elsewhere = await aFolder();
		for (const name of ['CAPFENCE_DB_PATH', 'MCP_FIREWALL_DATA', 'XDG_DATA_HOME', 'HOME']) {
			vi.stubEnv(name, elsewhere);
		}
		await open(folder).file.add(aGrant());
		await expect(stat(join(elsewhere, 'grants.json'))).rejects.toThrow('ENOENT');
		expect((await stat(join(folder, 'grants.json'))).isFile()).toBe(true);
	});
});

describe('grantKey', () => {
	it('APPR-09: is random, made once, and none where storage keeps nothing or holds something else', async () => {
		const secrets = () => {
			const kept = new Map<string, string>();
			return {
				kept,
				get: (name: string) => Promise.resolve(kept.get(name)),
				store: (name: string, value: string) => Promise.resolve(void kept.set(name, value)),
			};
		};
		const [one, two] = [secrets(), secrets()];
		const key = await grantKey(one, logger).get();
		expect(key).toHaveLength(32);
		expect(await grantKey(one, logger).get()).toEqual(key);
		expect(await grantKey(two, logger).get()).not.toEqual(key);
		one.kept.set('grant-key', 'default');
		expect(await grantKey(one, logger).get()).toBeUndefined();
		const deaf = { get: () => Promise.resolve(undefined), store: () => Promise.resolve() };
		expect(await grantKey(deaf, logger).get()).toBeUndefined();
		const broken = { get: () => Promise.reject(new Error('locked')), store: () => Promise.resolve() };
		expect(await grantKey(broken, logger).get()).toBeUndefined();
	});
});
