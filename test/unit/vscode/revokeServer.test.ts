import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { silentLogger } from '../../../src/base/logger';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { RegistryFile } from '../../../src/storage/registryFile';
import { followStandings } from '../../../src/vscode/followStandings';
import { resumeServer, revokeServer, suspendServer } from '../../../src/vscode/revokeServer';
import { ids, realClock } from '../proxy/support';
import { aServerEntry } from '../support/serverEntries';

async function person() {
	const directory = await mkdtemp(join(tmpdir(), 'revoke-'));
	onTestFinished(() => rm(directory, { recursive: true, force: true }));
	const registry = await RegistryFile.open(directory, silentLogger);
	onTestFinished(() => registry.dispose());
	const said: string[] = [];
	const offered: string[][] = [];
	const noted: AuditRecord[] = [];
	const deps = {
		registry,
		ui: {
			info: (text: string) => void said.push(text),
			error: (text: string) => void said.push(`ERROR ${text}`),
			pickEntry: (entries: readonly ServerEntry[]) => {
				offered.push(entries.map(({ name }) => name));
				return Promise.resolve(entries[0]);
			},
		},
		ports: {
			...{ ids, clock: realClock, logger: silentLogger },
			trail: {
				append: (record: AuditRecord) => {
					noted.push(record);
					return Promise.resolve({ ...record, v: 2 as const, seq: 0, prev: '', hash: '' });
				},
			},
		},
		reviewer: 'dev',
	};
	const entry = aServerEntry({ name: 'files' });
	await registry.put(entry);
	return { directory, registry, deps, said, offered, noted, entry };
}

describe('one server at a time', () => {
	it('C8: revoked at once, with who did it, and only a review brings it back', async () => {
		const { deps, registry, said, noted, entry } = await person();
		await revokeServer(deps, entry.id);
		expect(registry.find(entry.id)).toMatchObject({ status: 'revoked', statusReason: 'revoked by a person' });
		expect(noted).toMatchObject([{ event: 'server-revoked', detail: 'by dev', server: { name: 'files' } }]);
		expect(said.join()).toContain('Only a review brings it back');
		await resumeServer(deps, entry.id);
		expect(registry.find(entry.id)?.status).toBe('revoked');
	});

	it('C8: for one folder is for all that have the launch: the person is told, and the trail has each', async () => {
		const { deps, registry, said, noted, entry } = await person();
		const bound = (folder: string, status: ServerEntry['status']) =>
			aServerEntry({ id: serverIdOf(entry.launch, folder), boundTo: folder, name: `files (${folder})`, status });
		await registry.putAll([bound('/b', 'approved'), bound('/c', 'revoked')], registry.all());
		await revokeServer(deps, bound('/b', 'approved').id);
		expect(registry.all().map(({ status }) => status)).toEqual(['revoked', 'revoked', 'revoked']);
		expect(noted.map(({ server }) => server?.name)).toEqual(['files (/b)', 'files']);
		expect(noted.every(({ before, after }) => before !== after && after !== undefined)).toBe(true);
		expect(said.join()).toContain('“files (/b)” is revoked.');
		expect(said.join()).toContain('the same launch: “files”.');
		expect(said.join()).not.toContain('(/c)');
	});

	it('N7: what a person put to rest goes on by a person; what drifted is not offered', async () => {
		const { deps, registry, offered, entry } = await person();
		await suspendServer(deps);
		expect(registry.find(entry.id)?.status).toBe('suspended');
		await resumeServer(deps);
		expect(registry.find(entry.id)?.status).toBe('approved');
		await registry.setStatus(entry.id, 'suspended', 'a tool drifted');
		await resumeServer(deps);
		expect(registry.find(entry.id)?.status).toBe('suspended');
		expect(offered).toEqual([['files'], ['files']]);
	});

	it('C8: where other windows cannot be told, the person is, and this window holds it back all the same', async () => {
		const { deps, directory, registry, said, entry } = await person();
		const lock = join(directory, 'registry.json.lock');
		await writeFile(lock, '');
		await utimes(lock, new Date(0), new Date(0));
		await revokeServer(deps, entry.id);
		expect(registry.find(entry.id)?.status).toBe('revoked');
		expect(said.join()).toMatch(/^ERROR .*other windows were not told/);
	});
});

/** A window whose folders stay. */
const STAYS = { belongsHere: () => true, onDidMove: new Emitter<void>().event };

describe('followStandings', () => {
	it('C8: ends at once what may not run any more, in good order what is gone, and nothing else', async () => {
		const { registry, entry } = await person();
		const gone = aServerEntry({ name: 'gone', launch: { kind: 'stdio', command: 'gone', args: [], env: [] } });
		const fine = aServerEntry({ name: 'fine', launch: { kind: 'stdio', command: 'fine', args: [], env: [] } });
		await registry.putAll([gone, fine], registry.all());
		const ended: [string, unknown][] = [];
		const followed = followStandings(
			registry,
			{
				activeServers: () => [entry.id, gone.id, fine.id],
				stopServer: (id, graces) => {
					ended.push([id, graces]);
					return Promise.resolve();
				},
			},
			STAYS,
		);
		onTestFinished(() => followed.dispose());
		const change = registry.setStatus(entry.id, 'revoked', 'revoked by a person');
		// Before the disk knows.
		expect(ended).toEqual([[entry.id, { afterClose: 0, afterTerm: 0 }]]);
		await change;
		ended.splice(0);
		await registry.remove(gone.id);
		expect(ended.filter(([id]) => id !== entry.id)).toEqual([[gone.id, undefined]]);
	});

	it('ends in good order what belongs to a folder that was closed, and nothing else', async () => {
		const { registry, entry } = await person();
		const other = aServerEntry({ name: 'other', launch: { kind: 'stdio', command: 'other', args: [], env: [] } });
		await registry.putAll([other], registry.all());
		const ended: [string, unknown][] = [];
		const moved = new Emitter<void>();
		const open = new Set([entry.id, other.id]);
		const endpoint = {
			activeServers: () => [entry.id, other.id, 'released'],
			stopServer: (id: string, graces?: unknown) => {
				ended.push([id, graces]);
				return Promise.resolve();
			},
		};
		const followed = followStandings(registry, endpoint, {
			belongsHere: ({ id }) => open.has(id),
			onDidMove: moved.event,
		});
		onTestFinished(() => followed.dispose());
		moved.fire();
		expect(ended).toEqual([]);
		open.delete(other.id);
		moved.fire();
		expect(ended).toEqual([[other.id, undefined]]);
	});

	it('ends nothing while the registry cannot be read', async () => {
		const { directory, registry, entry } = await person();
		const ended: string[] = [];
		const followed = followStandings(
			registry,
			{
				activeServers: () => [entry.id],
				stopServer: id => {
					ended.push(id);
					return Promise.resolve();
				},
			},
			STAYS,
		);
		onTestFinished(() => followed.dispose());
		await writeFile(join(directory, 'registry.json'), '{');
		await registry.reload();
		expect([registry.problem === undefined, ended]).toEqual([false, []]);
	});
});
