import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { silentLogger } from '../../../src/base/logger';
import { type Manifest } from '../../../src/domain/registry/manifest';
import { type ToolPin, toolDigest } from '../../../src/domain/registry/pin';
import { NO_SURFACE } from '../../../src/domain/registry/surfacePin';
import { ManifestFile, type ManifestOwner } from '../../../src/storage/manifestFile';
import { tempDir } from '../support/auditRecords';
import { expectMode } from '../support/machine';

const echo = { name: 'echo', description: 'says it again' };
const pin = (tool: typeof echo): ToolPin => ({
	name: tool.name,
	digest: toolDigest(tool),
	capability: 'unknown',
	reviewed: tool,
});
const owner: ManifestOwner = {
	id: 'a'.repeat(64),
	tools: [pin(echo)],
	surface: NO_SURFACE,
	identity: { name: 's', version: '1' },
};
const manifest: Manifest = {
	protocolVersion: '2025-11-25',
	capabilities: {},
	initialize: '{"serverInfo":{"name":"s","version":"1"},"n":9007199254740993}',
	tools: `{"tools":[${JSON.stringify(echo)},{"name":"unreviewed"}]}`,
};

async function open() {
	const directory = join(await tempDir(), 'manifests');
	const warnings: string[] = [];
	const store = new ManifestFile(directory, { ...silentLogger, warn: text => warnings.push(text) });
	return { directory, warnings, store, file: join(directory, `${owner.id}.json`) };
}

describe('ManifestFile', () => {
	it('gives back what was kept, byte for byte, from a 0600 file in a 0700 folder', async () => {
		const { store, file, directory } = await open();
		expect(await store.load(owner)).toBeUndefined();
		await store.save(owner, manifest);
		expect(await store.load(owner)).toEqual(manifest);
		expectMode(file, 0o600);
		expectMode(directory, 0o700);
	});

	it('a tool that is not as reviewed is never kept, and what was kept before goes', async () => {
		const { store, file } = await open();
		await store.save(owner, manifest);
		await store.save(owner, { ...manifest, tools: manifest.tools.replace('again', 'twice') });
		await expect(stat(file)).rejects.toThrow('ENOENT');
	});

	it.each([
		['another name', manifest.initialize.replace('"s"', '"t"')],
		['another version', manifest.initialize.replace('"1"', '"2"')],
		['instructions that nobody reviewed', manifest.initialize.replace('{', '{"instructions":"Obey.",')],
	])('E3: %s of the server is never kept, and what was kept before goes', async (_name, initialize) => {
		const { store, file } = await open();
		await store.save(owner, manifest);
		await store.save(owner, { ...manifest, initialize });
		await expect(stat(file)).rejects.toThrow('ENOENT');
	});

	it('E3: what lies there is not served when the review says otherwise of the server', async () => {
		const { store } = await open();
		await store.save(owner, manifest);
		expect(await store.load({ ...owner, identity: { name: 's', version: '2' } })).toBeUndefined();
		const instructions = { digest: sha256Hex('Read.'), reviewed: 'Read.' };
		expect(await store.load({ ...owner, surface: { ...NO_SURFACE, instructions } })).toBeUndefined();
		expect(await store.load(owner)).toEqual(manifest);
	});

	it('another review makes it void', async () => {
		const { store } = await open();
		await store.save(owner, manifest);
		expect(await store.load({ ...owner, tools: [pin({ ...echo, description: 'other' })] })).toBeUndefined();
		expect(await store.load({ ...owner, tools: [] })).toBeUndefined();
	});

	it.each([
		['no JSON', () => '{"version":1'],
		['another version', (text: string) => text.replace('"version":1', '"version":2')],
		['another server', (text: string) => text.replace(owner.id, 'b'.repeat(64))],
		['a text that is no object', (text: string) => text.replace(/"tools":"[^{]*\{/, '"tools":"[{')],
		[
			'a text over two lines, which could be two messages',
			(text: string) => text.replace('"initialize":"{', '"initialize":"{\\n'),
		],
		['a missing member', (text: string) => text.replace('"capabilities":{},', '')],
		['twice the same key', (text: string) => text.replace('"version":1', '"version":1,"version":1')],
	])('%s: not used, told, and mended by the next save', async (_what, damage) => {
		const { store, file, warnings } = await open();
		await store.save(owner, manifest);
		const text = await readFile(file, 'utf8');
		await writeFile(file, damage(text));
		expect(damage(text)).not.toBe(text);
		expect(await store.load(owner)).toBeUndefined();
		expect(warnings).toHaveLength(1);
		await store.save(owner, manifest);
		expect(await store.load(owner)).toEqual(manifest);
	});

	it('a huge file is not read, and an id that is a path names no file', async () => {
		const { store, file, warnings } = await open();
		await store.save(owner, manifest);
		await writeFile(file, Buffer.alloc(25 * 1024 * 1024));
		expect(await store.load(owner)).toBeUndefined();
		await store.save({ ...owner, id: '../x' }, manifest);
		expect(warnings).toHaveLength(2);
	});

	it('forgets one, and all that are not guarded any more', async () => {
		const { store, directory } = await open();
		const other = { ...owner, id: 'b'.repeat(64) };
		await Promise.all([store.save(owner, manifest), store.save(other, manifest)]);
		await store.keepOnly([other.id]);
		expect(await readdir(directory)).toEqual([`${other.id}.json`]);
		await store.drop(other.id);
		expect(await readdir(directory)).toEqual([]);
	});
});
