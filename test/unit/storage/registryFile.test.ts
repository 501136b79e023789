import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DisposableStore } from '../../../src/base/disposable';
import { silentLogger } from '../../../src/base/logger';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { RegistryFile } from '../../../src/storage/registryFile';
import { aServerEntry, aToolPin } from '../support/serverEntries';
import { expectMode } from '../support/machine';

let directory: string;
let store: DisposableStore;

beforeEach(async () => {
	directory = join(await mkdtemp(join(tmpdir(), 'registry-')), 'global');
	store = new DisposableStore();
});
afterEach(async () => {
	store.dispose();
	await rm(join(directory, '..'), { recursive: true, force: true });
});

const file = () => join(directory, 'registry.json');
const open = async () => store.add(await RegistryFile.open(directory, silentLogger));

function entry(name: string, command = name): ServerEntry {
	const launch = { kind: 'stdio', command, args: [], env: [] } as const;
	const reviewed = { name: 'read' };
	return aServerEntry({ name, launch, tools: [aToolPin(reviewed)] });
}

const changed = (registry: RegistryFile) =>
	new Promise<void>(resolve => {
		store.add(registry.onDidChange(resolve));
	});

describe('RegistryFile', () => {
	it.each([
		['{\n"version": 2,\n"servers": [', 3, /expected/],
		['{"version":2,"servers":[],"servers":[]}', 1, /twice/],
		['{"version":3,"servers":[]}', 1, /version/],
		['{"version":2,\n"servers":[\n{}]}', 3, /\/servers\/0\/launch must be an object/],
		['', 1, /.+/],
	])('refuses everything while the file is malformed, and leaves it: %j', async (text, line, message) => {
		await open();
		await writeFile(file(), text);
		const registry = await open();
		expect(registry.problem).toMatchObject({ file: file(), line });
		expect(registry.problem?.message).toMatch(message);
		expect(registry.all()).toEqual([]);
		expect(await registry.put(entry('a'))).toMatchObject({ kind: 'problem' });
		expect(await registry.remove('a')).toMatchObject({ kind: 'problem' });
		expect(await readFile(file(), 'utf8')).toBe(text);
	});

	it('forgets its servers when the file turns malformed, and has them again when it is mended', async () => {
		const registry = await open();
		await registry.put(entry('a'));
		const good = await readFile(file(), 'utf8');
		const broken = changed(registry);
		await writeFile(file(), good.replace('"approved"', '"trusted"'));
		await broken;
		await registry.reload();
		expect(registry.find(entry('a').id)).toBeUndefined();
		expect(registry.problem?.line).toBeGreaterThan(1);
		await writeFile(file(), good);
		await registry.reload();
		expect(registry.problem).toBeUndefined();
		expect(registry.find(entry('a').id)).toEqual(entry('a'));
	});

	it('refuses a name that another server has, and an entry that would not be read again', async () => {
		const registry = await open();
		await registry.put(entry('Files'));
		expect(await registry.put(entry('files', 'other'))).toMatchObject({ kind: 'problem' });
		expect(await registry.put({ ...entry('b'), id: 'x' })).toMatchObject({ kind: 'problem' });
		expect(registry.all()).toEqual([entry('Files')]);
	});

	it('keeps entries privately and in order, replaces and removes them', async () => {
		const registry = await open();
		await Promise.all([registry.put(entry('a')), registry.put(entry('b')), registry.put(entry('c'))]);
		await registry.put({ ...entry('a'), status: 'revoked' });
		await registry.remove(entry('b').id);
		await registry.remove('not there');
		expect(registry.all().map(({ name, status }) => [name, status])).toEqual([
			['a', 'revoked'],
			['c', 'approved'],
		]);
		expectMode(file(), 0o600);
		expectMode(directory, 0o700);
		expect((await open()).all()).toEqual(registry.all());
	});

	it('sees what another window changes, and loses none of it', async () => {
		const [one, two] = [await open(), await open()];
		const seen = changed(two);
		await one.put(entry('a'));
		await seen;
		expect(two.find(entry('a').id)).toEqual(entry('a'));
		await two.put(entry('b'));
		await one.put(entry('c'));
		await two.reload();
		expect(two.all().map(({ name }) => name)).toEqual(['a', 'b', 'c']);
	});

	it('fires once for one change and not at all for none', async () => {
		const registry = await open();
		let fired = 0;
		store.add(registry.onDidChange(() => fired++));
		await registry.put(entry('a'));
		await registry.put(entry('a'));
		await registry.reload();
		expect(fired).toBe(1);
	});
});
