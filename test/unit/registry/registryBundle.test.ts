import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DisposableStore } from '../../../src/base/disposable';
import { silentLogger } from '../../../src/base/logger';
import { importEntries } from '../../../src/domain/registry/importEntries';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { fingerprintOf, openBundle, plainFingerprint } from '../../../src/domain/registry/registryBundle';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { PublisherFile } from '../../../src/storage/publisherFile';
import { newPublisherKey, publisherKeyOf, verifyEd25519 } from '../../../src/storage/publisherKey';
import { RegistryFile } from '../../../src/storage/registryFile';
import { exportRegistry, importRegistry } from '../../../src/storage/registryTransfer';
import { runs } from '../support/runs';
import { aServerEntry, aToolPin } from '../support/serverEntries';

const NOW = Date.parse('2026-11-28T00:00:00Z');
const DAY = 24 * 60 * 60_000;
const pem = newPublisherKey();

let directory: string;
let store: DisposableStore;
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'bundle-'));
	store = new DisposableStore();
});
afterEach(async () => {
	store.dispose();
	await rm(directory, { recursive: true, force: true });
});

function entry(name: string, parts: Partial<ServerEntry> = {}): ServerEntry {
	const launch = { kind: 'stdio', command: name, args: [], env: ['TOKEN'] } as const;
	return aServerEntry({
		...{ name, launch, tools: [aToolPin({ name: 'read' })], roots: ['/home/dev/secret-project'] },
		credentials: [{ kind: 'env', name: 'TOKEN', storedAt: '2026-01-01T00:00:00.000Z' }],
		supply: {
			source: { kind: 'path', name: 'server.mjs' },
			files: [{ role: 'entry', path: '/home/dev/tools/server.mjs', digest: 'a'.repeat(64) }],
			gaps: [],
		},
		...parts,
	});
}

const signed = (entries: readonly ServerEntry[], daysValid?: number) =>
	exportRegistry(entries, { pem, name: 'Security team', now: NOW, ...(daysValid !== undefined && { daysValid }) });

async function place() {
	const folder = join(directory, 'registry');
	const registry = store.add(await RegistryFile.open(folder, silentLogger));
	return { registry, publishers: new PublisherFile(folder), clock: { now: NOW } };
}

async function bring(
	at: Awaited<ReturnType<typeof place>>,
	text: string,
	ask: () => Promise<boolean> = () => Promise.resolve(true),
) {
	const file = join(directory, 'bundle.json');
	await writeFile(file, text);
	return importRegistry(file, { ...at, now: () => at.clock.now }, ask);
}

const yes = () => Promise.resolve(true);
const nobody = () => Promise.reject(new Error('nobody should be asked'));

describe('a signed registry', () => {
	it('N3: any one byte that is changed is refused, and nothing is changed here', async () => {
		const at = await place();
		const text = signed([entry('a')]);
		fc.assert(
			fc.property(fc.nat(text.length - 2), fc.integer({ min: 0x20, max: 0x7e }), (where, code) => {
				const changed = text.slice(0, where) + String.fromCharCode(code) + text.slice(where + 1);
				const same = JSON.stringify(tolerant(changed)) === JSON.stringify(JSON.parse(text));
				if (!same) {
					expect(openBundle(changed, verifyEd25519).kind).toBe('problem');
				}
			}),
			runs(400),
		);
		// The last letter of 64 bytes has four bits that say nothing.
		const twin = text.replace(/(?<=[\w-]{85})[AQgw](?=")/, letter => String.fromCharCode(letter.charCodeAt(0) + 1));
		expect(twin).not.toBe(text);
		expect(openBundle(twin, verifyEd25519).kind).toBe('problem');
		const harmed = text.replace('"approved"', '"Approved"');
		expect(await bring(at, harmed, nobody)).toMatchObject({
			problem: expect.stringContaining('signature') as unknown,
		});
		expect(at.registry.all()).toEqual([]);
	});

	it('N3: an unknown publisher is refused unless a person compares the fingerprint, and is known from then on', async () => {
		const at = await place();
		const text = signed([entry('a')]);
		expect(await bring(at, text, () => Promise.resolve(false))).toMatchObject({
			problem: expect.stringContaining('not known') as unknown,
		});
		expect(at.registry.all()).toEqual([]);
		expect(await at.publishers.standing(publisherKeyOf(pem), NOW)).toBe('unknown');
		expect(await bring(at, text, yes)).toMatchObject({ kind: 'imported', what: { added: ['a'] } });
		expect(await bring(at, text, nobody)).toMatchObject({ kind: 'imported', what: { kept: ['a'] } });
		// A year later, the key is asked about again.
		at.clock.now = NOW + 366 * DAY;
		expect(await bring(at, text, () => Promise.resolve(false))).toMatchObject({
			problem: expect.stringContaining('expired') as unknown,
		});
	});

	it('N3: an expired one is refused, and its publisher is not remembered', async () => {
		const at = await place();
		at.clock.now = NOW + 8 * DAY;
		expect(await bring(at, signed([entry('a')], 7), yes)).toMatchObject({
			problem: expect.stringContaining('expired') as unknown,
		});
		expect(await at.publishers.standing(publisherKeyOf(pem), NOW)).toBe('unknown');
		at.clock.now = NOW - 2 * DAY;
		expect(await bring(at, signed([entry('a')]), yes)).toMatchObject({
			problem: expect.stringContaining('future') as unknown,
		});
		expect(at.registry.all()).toEqual([]);
	});

	it.each([
		['nothing', ''],
		['no object', '[]'],
		['another format', '{"format":"x"}'],
		['no signature', signed([]).replace(/"signature": "[^"]+"/, '"signature": ""')],
		['a key twice', signed([]).replace('"version"', '"format": "mcp-firewall-registry",\n\t"version"')],
	])('is refused where it says %s', (_what, text) => {
		expect(openBundle(text, verifyEd25519).kind).toBe('problem');
	});

	it('C1: what is new waits for a review with the pins of its publisher, whatever the bundle says', async () => {
		const at = await place();
		await bring(at, signed([entry('a'), entry('gone', { status: 'revoked' })]));
		expect(at.registry.all()).toMatchObject([
			{ name: 'a', status: 'pending-review', revision: 1, tools: entry('a').tools },
			{ name: 'gone', status: 'revoked' },
		]);
	});

	it('C1: folders, sharing and stored credentials are nothing that a publisher says', () => {
		const bundle = {
			...{ createdAt: new Date(NOW).toISOString(), publisher: { name: 'x', key: publisherKeyOf(pem) } },
			entries: [entry('a', { roots: ['/'], shared: true })],
		};
		const [taken] = importEntries(bundle, [], '/tmp/b').entries;
		expect(taken).toMatchObject({ status: 'pending-review', credentials: [{ revoked: true }] });
		expect(taken).not.toHaveProperty('roots');
		expect(taken).not.toHaveProperty('shared');
	});

	it('a folder of another machine is none of ours: what was bound to it is the plain server here', () => {
		const plain = entry('a');
		const bound = { ...plain, boundTo: '/theirs', id: serverIdOf(plain.launch, '/theirs') };
		const publisher = { name: 'x', key: publisherKeyOf(pem) };
		const bundle = { createdAt: new Date(NOW).toISOString(), publisher, entries: [bound] };
		const [taken] = importEntries(bundle, [], '/tmp/b').entries;
		expect(taken?.id).toBe(plain.id);
		expect(taken).not.toHaveProperty('boundTo');
		const revoked = { ...bundle, entries: [{ ...bound, status: 'revoked' as const }] };
		expect(importEntries(revoked, [plain], '/tmp/b').revoked).toEqual([plain.name]);
	});

	it('what its publisher revoked is revoked in every folder here, whichever of the two was bound there', () => {
		const publisher = { name: 'x', key: publisherKeyOf(pem) };
		const plain = entry('a');
		const boundTo = (folder: string, name: string, parts: Partial<ServerEntry> = {}): ServerEntry => ({
			...{ ...plain, name, boundTo: folder, id: serverIdOf(plain.launch, folder) },
			...parts,
		});
		const bring = (entries: readonly ServerEntry[], here: readonly ServerEntry[]) =>
			importEntries({ createdAt: new Date(NOW).toISOString(), publisher, entries }, here, '/tmp/b');
		const revoked = { status: 'revoked' } as const;
		const here = [plain, boundTo('/two', 'a (two)'), boundTo('/three', 'a (three)', revoked), entry('b')];
		const theirs = [
			[entry('a', revoked)],
			[plain, boundTo('/theirs', 'a (theirs)', revoked)],
			[boundTo('/theirs', 'a (theirs)', revoked), plain],
		];
		for (const entries of theirs) {
			const { entries: put, ...told } = bring(entries, here);
			expect(told).toEqual({ added: [], revoked: ['a', 'a (two)'], kept: ['a (three)'], clashes: [] });
			expect(put.map(({ id, status }) => [id, status])).toEqual(
				here.slice(0, 2).map(({ id }) => [id, 'revoked']),
			);
			// None of it is here: one entry, of the worst status, under the name that goes with no folder.
			const [taken, ...more] = bring(entries, []).entries;
			expect([taken, more]).toMatchObject([{ name: 'a', id: plain.id, status: 'revoked' }, []]);
			expect(bring(entries, []).clashes).toEqual([]);
		}
		const only = [boundTo('/two', 'a (two)')];
		expect(bring([plain], only)).toMatchObject({ entries: [], added: [], kept: ['a (two)'] });
	});

	it('a server that is here stays as it was reviewed here, and is revoked where its publisher revoked it', async () => {
		const at = await place();
		await at.registry.put(entry('a', { owner: 'me' }));
		await at.registry.put(entry('b'));
		await at.registry.put(entry('other', { name: 'c' }));
		const there = [
			entry('a', { status: 'suspended', owner: 'them' }),
			entry('b', { status: 'revoked' }),
			entry('c'),
		];
		expect(await bring(at, signed(there))).toMatchObject({
			what: { added: [], kept: ['a'], revoked: ['b'], clashes: ['c'] },
		});
		expect(at.registry.all()).toMatchObject([
			{ name: 'a', status: 'approved', owner: 'me', revision: 1 },
			{ name: 'b', status: 'revoked', revision: 2 },
			{ name: 'c', status: 'approved' },
		]);
	});

	it('C9: holds no folder of this person, and no credential counts as stored', () => {
		const text = signed([entry('a')]);
		expect(text).not.toContain('/home/dev');
		expect(text).not.toContain('PRIVATE KEY');
		expect(JSON.parse(text)).toMatchObject({
			entries: [
				{
					credentials: [{ name: 'TOKEN', revoked: true }],
					supply: { files: [{ path: 'server.mjs', digest: 'a'.repeat(64) }] },
				},
			],
		});
	});

	it('C9: what is bound to a folder is given away as the launch alone, once, and revoked where it is for one folder', () => {
		const plain = entry('a');
		const boundTo = '/home/dev/secret-project';
		const bound: ServerEntry = {
			...{ ...plain, name: 'a (secret-project)', boundTo, id: serverIdOf(plain.launch, boundTo) },
			status: 'revoked',
		};
		for (const entries of [[bound, plain], [bound]]) {
			const text = signed(entries);
			expect(text).not.toContain('/home/dev');
			const given = (JSON.parse(text) as { entries: object[] }).entries;
			expect(given).toMatchObject([{ id: plain.id, status: 'revoked' }]);
			expect(given[0]).not.toHaveProperty('boundTo');
		}
	});

	it('a list of publishers that cannot be read knows nobody, and takes nobody in', async () => {
		const at = await place();
		const file = join(directory, 'registry', 'publishers.json');
		await writeFile(file, '{"version":1,"publishers":[{}]}');
		expect(await bring(at, signed([entry('a')]))).toMatchObject({ kind: 'problem' });
		expect(at.registry.all()).toEqual([]);
		expect(await readFile(file, 'utf8')).toContain('[{}]');
	});

	it('fingerprints are compared however they are written', () => {
		const print = fingerprintOf(publisherKeyOf(pem));
		expect(print).toMatch(/^([0-9a-f]{8} ){7}[0-9a-f]{8}$/);
		expect(plainFingerprint(print.toUpperCase().replaceAll(' ', ':'))).toBe(plainFingerprint(print));
		expect(() => publisherKeyOf('SECRET-THAT-IS-NO-KEY')).toThrow(/^(?!.*SECRET)/);
	});
});

function tolerant(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
