import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DisposableStore } from '../../../src/base/disposable';
import { silentLogger } from '../../../src/base/logger';
import { changeStatus, RESTED_BY_PERSON, REVOKED_BY_PERSON } from '../../../src/domain/registry/changeStatus';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { REVIEWED_EARLIER } from '../../../src/domain/registry/migrateRegistry';
import { type ServerEntry, type ServerStatus } from '../../../src/domain/registry/serverEntry';
import { withFileLock } from '../../../src/storage/fileLock';
import { readRegistryContent } from '../../../src/storage/registryContent';
import { RegistryFile } from '../../../src/storage/registryFile';
import { runs } from '../support/runs';
import { aServerEntry, aToolPin } from '../support/serverEntries';
import { expectMode } from '../support/machine';

// Several processes start, and locks that were left behind are waited for.
vi.setConfig({ testTimeout: 60_000 });

let directory: string;
let store: DisposableStore;

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'registry-'));
	store = new DisposableStore();
});
afterEach(async () => {
	store.dispose();
	await rm(directory, { recursive: true, force: true });
});

const file = () => join(directory, 'registry.json');
const open = async () => store.add(await RegistryFile.open(directory, silentLogger));

function entry(name: string, parts: Partial<ServerEntry> = {}): ServerEntry {
	const launch = { kind: 'stdio', command: name, args: [], env: [] } as const;
	return aServerEntry({ name, launch, tools: [aToolPin({ name: 'read' })], ...parts });
}

const until = async (registry: RegistryFile, ready: () => boolean) => {
	while (!ready()) {
		await new Promise<void>(resolve => {
			const heard = registry.onDidChange(() => {
				heard.dispose();
				resolve();
			});
		});
	}
};

describe('RegistryFile of several windows', () => {
	it('C8: a change in one window leaves what another one revoked revoked, before it has heard of it', async () => {
		const [one, other] = [await open(), await open()];
		await one.put(entry('a', { status: 'approved' }));
		await other.reload();
		const seen = other.find(entry('a').id)!;
		await one.setStatus(seen.id, 'revoked', REVOKED_BY_PERSON);
		const changed = await other.update(seen.id, now => ({ ...now, owner: 'somebody' }));
		expect(changed).toEqual({ kind: 'done' });
		expect(other.find(seen.id)).toMatchObject({ status: 'revoked', owner: 'somebody' });
	});

	it('C8: several are put together only over what this window has seen', async () => {
		const [one, other] = [await open(), await open()];
		await one.put(entry('a', { status: 'approved' }));
		await other.reload();
		const seen = other.all();
		await one.setStatus(seen[0]!.id, 'revoked', REVOKED_BY_PERSON);
		expect(await other.putAll(seen, seen)).toMatchObject({ kind: 'problem', conflict: true });
		expect(other.all()[0]).toMatchObject({ status: 'revoked' });
	});

	it('an entry that is gone is not brought back by a change', async () => {
		const one = await open();
		expect(await one.update(entry('a').id, now => now)).toMatchObject({ kind: 'problem' });
		expect(one.all()).toEqual([]);
	});

	it('C1: 4 processes that write at once lose nothing, and the file is whole whenever it is read', async () => {
		const program = join(directory, 'writer.cjs');
		await build({
			entryPoints: [join(import.meta.dirname, '..', 'support', 'registryWriter.ts')],
			...{ bundle: true, platform: 'node', format: 'cjs', outfile: program, logLevel: 'error' },
			alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
		});
		const writers = { running: true };
		const codes = Promise.all(
			['a', 'b', 'c', 'd'].map(async name => {
				const child = spawn(process.execPath, [program, directory, name, '25'], {
					stdio: ['ignore', 'inherit', 'inherit'],
				});
				return ((await once(child, 'close')) as [number | null])[0];
			}),
		).finally(() => (writers.running = false));
		const seen: number[] = [];
		while (writers.running) {
			const text = await readFile(file(), 'utf8').catch(() => undefined);
			if (text !== undefined) {
				const content = readRegistryContent(text, file());
				expect(content.problem).toBeUndefined();
				seen.push(content.entries.find(({ name }) => name === 'common')?.revision ?? 0);
			}
		}
		expect(await codes).toEqual([0, 0, 0, 0]);
		const registry = await open();
		expect(registry.all()).toHaveLength(4 * 25 + 1);
		expect(registry.all().find(({ name }) => name === 'common')?.revision).toBe(100);
		expect(seen).toEqual([...seen].sort((left, right) => left - right));
	});

	it('a lock that a killed process left behind holds nobody up for long', async () => {
		await mkdir(`${file()}.lock`);
		const longAgo = new Date(Date.now() - 60_000);
		await utimes(`${file()}.lock`, longAgo, longAgo);
		const registry = await open();
		expect(await registry.put(entry('a'))).toEqual({ kind: 'done' });
	});

	it('a lock that cannot be had refuses the change with a sentence, and changes nothing', async () => {
		const registry = await open();
		await registry.put(entry('a'));
		const before = await readFile(file(), 'utf8');
		let free = () => {};
		const held = new Promise<void>(resolve => (free = resolve));
		const holder = withFileLock(file(), () => held);
		const outcome = await withFileLock(file(), () => Promise.resolve('ran'), 50);
		expect(outcome).toMatchObject({
			kind: 'problem',
			problem: expect.stringContaining('another process') as unknown,
		});
		expect(await readFile(file(), 'utf8')).toBe(before);
		free();
		await holder;
		expect(await registry.put(entry('b'))).toEqual({ kind: 'done' });
	});

	it('a place that cannot be written is told at once, not waited for', async () => {
		await writeFile(join(directory, 'plain'), '');
		const outcome = await withFileLock(join(directory, 'plain', 'x'), () => Promise.resolve('ran'));
		expect(outcome.kind).toBe('problem');
	});

	it('C1: a change that another window made meanwhile is a conflict, not lost', async () => {
		const [one, two] = [await open(), await open()];
		await one.put(entry('a'));
		await two.reload();
		await two.put({ ...entry('a'), owner: 'two' });
		expect(await one.put({ ...entry('a'), owner: 'one' }, { expected: 1 })).toMatchObject({ conflict: true });
		await one.reload();
		expect(one.find(entry('a').id)).toMatchObject({ owner: 'two', revision: 2 });
		expect(await one.put({ ...entry('a'), owner: 'one' }, { expected: 2 })).toEqual({ kind: 'done' });
		expect(one.find(entry('a').id)).toMatchObject({ owner: 'one', revision: 3 });
		expect(await one.put(entry('new'), { expected: 1 })).toMatchObject({ conflict: true });
	});

	it('the revision never goes back, and a change of nothing does not move it', async () => {
		const registry = await open();
		await registry.put({ ...entry('a'), revision: 7 });
		await registry.put({ ...entry('a'), revision: 3 });
		expect(registry.find(entry('a').id)?.revision).toBe(7);
		await registry.put({ ...entry('a'), owner: 'else', revision: 2 });
		expect(registry.find(entry('a').id)?.revision).toBe(8);
	});

	it('C8: a revoked server is so in every window, and after a restart', async () => {
		const [one, two] = [await open(), await open()];
		await one.put(entry('a'));
		await until(two, () => two.find(entry('a').id) !== undefined);
		const change = one.setStatus(entry('a').id, 'revoked', REVOKED_BY_PERSON);
		// Before anything is written.
		expect(one.find(entry('a').id)?.status).toBe('revoked');
		expect(await change).toEqual({ kind: 'done' });
		await until(two, () => two.find(entry('a').id)?.status === 'revoked');
		expect((await open()).find(entry('a').id)).toMatchObject({ status: 'revoked', revision: 2 });
		expect(await two.setStatus(entry('a').id, 'approved', '')).toMatchObject({ kind: 'problem' });
	});

	it('C8: a launch that is revoked for one folder is so for every other, also where this window did not know of it', async () => {
		const [one, two] = [await open(), await open()];
		const { id, launch } = entry('a');
		const bound = (folder: string) =>
			entry('a', { name: `a (${folder})`, id: serverIdOf(launch, folder), boundTo: folder });
		await one.putAll([entry('a'), bound('/b'), entry('else')], []);
		await two.reload();
		await one.put(bound('/c'));
		const change = two.setStatus(bound('/b').id, 'revoked', REVOKED_BY_PERSON);
		// Before anything is written.
		expect(two.find(id)?.status).toBe('revoked');
		expect(await change).toEqual({ kind: 'done' });
		const after = (await open()).all().map(({ name, status, statusReason }) => [name, status, statusReason]);
		expect(after).toEqual([
			['a', 'revoked', REVOKED_BY_PERSON],
			['a (/b)', 'revoked', REVOKED_BY_PERSON],
			['else', 'approved', undefined],
			['a (/c)', 'revoked', REVOKED_BY_PERSON],
		]);
		// Each comes back by a review of its own; rest is of one.
		await one.reload();
		await one.put({ ...one.find(id)!, status: 'approved', owner: 'reviewed anew' });
		await one.put({ ...one.find(bound('/b').id)!, status: 'approved', owner: 'reviewed anew' });
		await one.setStatus(id, 'suspended', RESTED_BY_PERSON);
		expect(one.all().map(({ status }) => status)).toEqual(['suspended', 'approved', 'approved', 'revoked']);
	});

	it('C8: what cannot be written is revoked here all the same, until it is reviewed anew', async () => {
		const registry = await open();
		await registry.put(entry('a'));
		const longAgo = new Date(Date.now() - 60_000);
		await writeFile(`${file()}.lock`, 'in the way');
		await utimes(`${file()}.lock`, longAgo, longAgo);
		const change = registry.setStatus(entry('a').id, 'revoked', REVOKED_BY_PERSON);
		expect(registry.find(entry('a').id)?.status).toBe('revoked');
		expect(await change).toMatchObject({ kind: 'problem' });
		await registry.reload();
		expect(registry.find(entry('a').id)?.status).toBe('revoked');
		await rm(`${file()}.lock`);
		await registry.put({ ...entry('a'), owner: 'reviewed anew' });
		expect(registry.find(entry('a').id)?.status).toBe('approved');
	});

	it('a lost watcher is made good by looks: a folder that was taken away and came back', async () => {
		const registry = await open();
		await registry.put(entry('a'));
		const text = await readFile(file(), 'utf8');
		await rm(directory, { recursive: true });
		await until(registry, () => registry.all().length === 0);
		await mkdir(directory);
		await writeFile(file(), text);
		await until(registry, () => registry.all().length === 1);
	});
});

describe('changeStatus', () => {
	const all: readonly ServerStatus[] = ['pending-review', 'approved', 'suspended', 'revoked'];

	it('N1: without a review nothing becomes approved but what a person put to rest, and what is revoked stays so', () => {
		const status = fc.constantFrom(...all);
		const reason = fc.constantFrom(RESTED_BY_PERSON, REVOKED_BY_PERSON, 'a tool drifted');
		fc.assert(
			fc.property(
				status,
				reason,
				fc.array(fc.record({ status, reason }), { maxLength: 12 }),
				(first, why, changes) => {
					let now = entry('a', { status: first, ...(first !== 'approved' && { statusReason: why }) });
					for (const change of changes) {
						const next = changeStatus(now, change);
						if (typeof next === 'string' || next === now) {
							continue;
						}
						expect(next.revision).toBeGreaterThan(now.revision);
						expect(now.status).not.toBe('revoked');
						if (next.status === 'approved') {
							expect(now).toMatchObject({ status: 'suspended', statusReason: RESTED_BY_PERSON });
							expect(next.statusReason).toBeUndefined();
						}
						now = next;
					}
				},
			),
			runs(500),
		);
	});

	it('what drifted does not become resumable because a person put it to rest as well', () => {
		const drifted = entry('a', { status: 'suspended', statusReason: 'a tool drifted' });
		expect(changeStatus(drifted, { status: 'suspended', reason: RESTED_BY_PERSON })).toBe(drifted);
		const rested = entry('a', { status: 'suspended', statusReason: RESTED_BY_PERSON });
		expect(changeStatus(rested, { status: 'suspended', reason: 'a tool drifted' })).toMatchObject({
			statusReason: 'a tool drifted',
		});
	});
});

describe('a registry of version 1', () => {
	const old = (servers: readonly unknown[]) => JSON.stringify({ version: 1, servers });
	const oldEntry = (name: string, parts: object = {}) => {
		const { id, launch, origin, status, tools, reviewedAt } = entry(name);
		return { id, name, launch, origin, status, tools, reviewedAt, ...parts };
	};

	it('waits for a review with its pins, and nothing of it runs or is lost', async () => {
		const http = { kind: 'http', url: 'https://mcp.example.com/mcp', headers: ['Authorization'] } as const;
		const remote = { ...oldEntry('remote'), id: aServerEntry({ launch: http }).id, launch: http, shared: true };
		const text = old([oldEntry('a'), oldEntry('gone', { status: 'revoked' }), remote]);
		await writeFile(file(), text);
		const registry = await open();
		expect(registry.problem).toBeUndefined();
		expect(registry.all()).toMatchObject([
			{
				name: 'a',
				status: 'pending-review',
				statusReason: REVIEWED_EARLIER,
				tools: entry('a').tools,
				revision: 1,
			},
			{ name: 'gone', status: 'revoked' },
			{ name: 'remote', shared: true, credentials: [{ kind: 'header', name: 'Authorization' }] },
		]);
		expect(registry.all()[1]?.statusReason).toBeUndefined();
		expect(await readFile(file(), 'utf8')).toBe(text);
	});

	it('is written as version 2 with the next change, and kept beside it as it was', async () => {
		const text = old([oldEntry('a')]);
		await writeFile(file(), text);
		const registry = await open();
		expect(await registry.put(entry('b'))).toEqual({ kind: 'done' });
		expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ version: 2, servers: [{}, {}] });
		const kept = join(directory, 'registry.v1.json');
		expect(await readFile(kept, 'utf8')).toBe(text);
		expectMode(kept, 0o600);
		expect((await open()).all()).toEqual(registry.all());
	});

	it.each([
		['a field that version 1 did not have', oldEntry('a', { owner: 'me' })],
		['a status that does not exist', oldEntry('a', { status: 'trusted' })],
		['an id that is not that of the launch', oldEntry('a', { id: 'x' })],
		['a pin without its tool', oldEntry('a', { tools: [{ name: 'read', digest: 'x', capability: 'a.b' }] })],
		['no object', 'a'],
	])('is refused as a whole for %s', async (_what, bad) => {
		await writeFile(file(), old([oldEntry('b'), bad]));
		const registry = await open();
		expect(registry.problem).toBeDefined();
		expect(registry.all()).toEqual([]);
		expect(await registry.put(entry('c'))).toMatchObject({ kind: 'problem' });
	});

	it('a version from the future is a problem, and left as it is', async () => {
		const text = '{"version":3,"servers":[]}';
		await writeFile(file(), text);
		const registry = await open();
		expect(registry.problem?.message).toMatch(/version/);
		expect(await registry.setStatus('a', 'revoked', 'x')).toMatchObject({ kind: 'problem' });
		expect(await readFile(file(), 'utf8')).toBe(text);
	});
});
