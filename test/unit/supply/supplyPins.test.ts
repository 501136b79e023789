import { execFileSync } from 'node:child_process';
import { appendFile, cp, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { SUPPLY_GAPS } from '../../../src/domain/registry/supplyGaps';
import { folderForTest, lay, outcome, resolved, suppliesAt } from './look';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'a program is a script here, npm lays links, pipes have names');
/** Where there is what it needs. */
const test = it.skipIf(noPosix);

// Programs of some hundred megabytes are read, on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000 });

const MODULES = join(process.cwd(), 'test/servers/node_modules');

/** A project with a server of its own: script, helper, manifest, lockfile and one dependency with one of its own. */
async function project() {
	const folder = await folderForTest();
	const lock = {
		lockfileVersion: 3,
		packages: { 'node_modules/dep': { resolved: 'https://registry.example/dep.tgz' } },
	};
	await lay(folder, {
		'package.json': JSON.stringify({ name: 'own', version: '1.0.0', dependencies: { dep: '1' } }),
		'package-lock.json': JSON.stringify(lock),
		'src/server.mjs': "import './helper.mjs';\nimport 'dep';\n",
		'src/helper.mjs': 'export {};\n',
		'node_modules/dep/package.json': JSON.stringify({
			name: 'dep',
			version: '1.0.0',
			dependencies: { deeper: '1' },
		}),
		'node_modules/dep/index.js': '// dep\n',
		'node_modules/deeper/package.json': JSON.stringify({ name: 'deeper', version: '1.0.0' }),
		'node_modules/deeper/index.js': '// deeper\n',
	});
	const launch = resolved(folder, 'node', join('src', 'server.mjs'));
	const supplies = suppliesAt(folder);
	return { folder, launch, supplies, pin: await supplies.pin(launch) };
}

describe('C2 what a launch starts is pinned by its bytes', () => {
	it('names every kind of file, absolute and free of symlinks', async () => {
		const { folder, pin } = await project();
		const told = pin.files.map(({ role, path }) => `${role} ${path.replace(folder, '')}`);
		expect(told.filter(line => !line.startsWith('executable'))).toEqual([
			'entry /src/server.mjs',
			'package /src',
			'manifest /package.json',
			'dependencies ',
			'lockfile /package-lock.json',
			'registry /.npmrc',
		]);
		expect(pin.files.find(({ role }) => role === 'executable')?.path).toMatch(/^\/.*node/);
		expect(pin.gaps).toEqual([]);
	});

	it('nothing differs where nothing changed, also when it is looked at by another window', async () => {
		const { folder, launch, supplies, pin } = await project();
		expect(await outcome(supplies, pin, launch)).toBe('same');
		expect(await outcome(suppliesAt(folder), pin, launch)).toBe('same');
	});

	it('C2, E3 one byte in the entry script, with size and times as they were, differs', async () => {
		const { folder, launch, supplies, pin } = await project();
		const file = join(folder, 'src/server.mjs');
		const text = await readFile(file, 'utf8');
		await utimes(file, 1, 1);
		expect(await outcome(supplies, pin, launch)).toBe('same');
		await writeFile(file, text.replace('dep', 'dap'));
		await utimes(file, 1, 1);
		expect(await outcome(supplies, pin, launch)).toContain('entry_changed');
	});

	it.each([
		['src/helper.mjs', 'package_changed'],
		['node_modules/dep/index.js', 'dependencies_changed'],
		['node_modules/deeper/index.js', 'dependencies_changed'],
		['package.json', 'manifest_changed'],
		['package-lock.json', 'lockfile_changed'],
	])('C2, E3 one more byte in %s: %s', async (name, reason) => {
		const { folder, launch, supplies, pin } = await project();
		await appendFile(join(folder, name), ' ');
		expect(await outcome(supplies, pin, launch)).toEqual([reason]);
	});

	it('C2 a package slipped in nearer to the server differs, although no reviewed file changed', async () => {
		const { folder, launch, supplies, pin } = await project();
		await lay(folder, {
			'src/node_modules/dep/package.json': JSON.stringify({ name: 'dep', version: '1.0.0' }),
			'node_modules/dep/node_modules/deeper/package.json': JSON.stringify({ name: 'deeper', version: '1.0.0' }),
		});
		expect(await outcome(supplies, pin, launch)).toContain('dependencies_changed');
	});

	it('C2 what is gone, or cannot be read, differs', async () => {
		const { folder, launch, supplies, pin } = await project();
		await rm(join(folder, 'src/helper.mjs'));
		expect(await outcome(supplies, pin, launch)).toContain('package_missing');
		await rm(join(folder, 'src/server.mjs'));
		const reasons = await outcome(supplies, pin, launch);
		expect(reasons).toContain('entry_missing');
		expect(reasons).toContain('not_pinned');
	});

	it.skipIf(noPosix)('C2 another program that is found first in PATH differs, before it is started', async () => {
		const folder = await folderForTest();
		const supplies = suppliesAt(folder);
		await lay(folder, { 'good/server': '#!/bin/sh\nexit 0\n', 'evil/server': '#!/bin/sh\nexit 0\n' }, 0o755);
		const path = (...names: readonly string[]) => names.map(name => join(folder, name)).join(':');
		const launch = { ...resolved(folder, 'server'), env: { PATH: path('empty', 'good') } };
		const pin = await supplies.pin(launch);
		expect(await outcome(supplies, pin, launch)).toBe('same');
		await rename(join(folder, 'evil'), join(folder, 'empty'));
		expect(await outcome(supplies, pin, launch)).toContain('entry_missing');
	});

	test('C2 a binary of the same name elsewhere is told as what it is, and so is a link that leads elsewhere', async () => {
		const folder = await folderForTest();
		const supplies = suppliesAt(folder);
		await cp('/bin/true', join(folder, 'one'));
		await cp('/bin/true', join(folder, 'two'));
		await symlink(join(folder, 'one'), join(folder, 'server'));
		const launch = resolved(folder, join(folder, 'server'));
		const pin = await supplies.pin(launch);
		await rm(join(folder, 'server'));
		await symlink(join(folder, 'two'), join(folder, 'server'));
		expect(await outcome(supplies, pin, launch)).toEqual(['path_shadowed']);
	});

	it('C2 a binary of which one byte is another differs', async () => {
		const folder = await folderForTest();
		const supplies = suppliesAt(folder);
		const file = join(folder, 'server');
		await cp('/bin/true', file);
		const launch = resolved(folder, file);
		const pin = await supplies.pin(launch);
		expect(pin.files).toMatchObject([{ role: 'executable', path: file }]);
		const bytes = await readFile(file);
		bytes[bytes.length - 1]! ^= 1;
		await writeFile(file, bytes);
		expect(await outcome(supplies, pin, launch)).toEqual(['executable_changed']);
	});

	it.skipIf(noPosix)('fails closed: what could not be pinned at all is never the same', async () => {
		const folder = await folderForTest();
		const supplies = suppliesAt(folder);
		const pin = await supplies.pin(resolved(folder, join(folder, 'nothing')));
		expect(pin).toMatchObject({ files: [], gaps: [SUPPLY_GAPS.unreadable] });
		await lay(folder, { nothing: '#!/bin/sh\n' }, 0o755);
		expect(await outcome(supplies, pin, resolved(folder, join(folder, 'nothing')))).toEqual(['not_pinned']);
	});

	it.skipIf(noPosix)('a pipe in the place of a script is not waited for', async () => {
		const { folder, launch, supplies, pin } = await project();
		const file = join(folder, 'src/helper.mjs');
		await rm(file);
		execFileSync('mkfifo', [file]);
		expect(await outcome(supplies, pin, launch)).toContain('package_missing');
	});

	it('what a server writes beside its code as data is no difference, what could be code is one', async () => {
		const folder = await folderForTest();
		const supplies = suppliesAt(folder);
		await lay(folder, {
			'node_modules/srv/package.json': JSON.stringify({ name: 'srv', version: '2.0.0', bin: 'cli.js' }),
			'node_modules/srv/cli.js': 'export {};\n',
		});
		const launch = resolved(folder, 'node', 'node_modules/srv/cli.js');
		const pin = await supplies.pin(launch);
		expect(pin.source).toEqual({ kind: 'npm', name: 'srv', version: '2.0.0' });
		await lay(folder, { 'node_modules/srv/memory.jsonl': '{}', 'node_modules/srv/x.db-wal': '' });
		expect(await outcome(supplies, pin, launch)).toBe('same');
		await lay(folder, { 'node_modules/srv/cli': '' });
		expect(await outcome(supplies, pin, launch)).toEqual(['package_changed']);
	});
});

describe('C10 supply chain of real packages', () => {
	it.each(['server-everything', 'server-filesystem', 'server-memory'])(
		'%s from npm: version, integrity, lockfile, publisher; its dependencies are pinned as a whole',
		async name => {
			const folder = await folderForTest();
			const supplies = suppliesAt(folder);
			const launch = resolved(folder, 'node', join(MODULES, '@modelcontextprotocol', name, 'dist/index.js'));
			const pin = await supplies.pin(launch);
			expect(pin.source).toMatchObject({ kind: 'npm', name: `@modelcontextprotocol/${name}` });
			expect(pin.source.version).toMatch(/^\d{4}\.\d+\.\d+$/);
			expect(pin.integrity).toMatch(/^sha512-/);
			expect(pin.installScripts).toBe(false);
			expect(pin.publisher).toContain('Model Context Protocol');
			expect(pin.files.map(({ role }) => role)).toEqual(
				expect.arrayContaining(['executable', 'entry', 'package', 'dependencies', 'lockfile', 'registry']),
			);
			expect(pin.gaps).toEqual([]);
			expect(await outcome(supplies, pin, launch)).toBe('same');
		},
	);

	it.skipIf(noPosix)('the bin of an installed package leads through its link to the same package', async () => {
		const folder = await folderForTest();
		const supplies = suppliesAt(folder);
		const pin = await supplies.pin(resolved(folder, join(MODULES, '.bin/mcp-server-memory')));
		expect(pin.source).toMatchObject({ kind: 'npm', name: '@modelcontextprotocol/server-memory' });
		expect(pin.files.map(({ role }) => role)).toContain('executable');
	});

	/** A copy of a real package with the lockfile that npm wrote, so that bytes may be flipped. */
	async function copied() {
		const folder = await folderForTest();
		const at = join(folder, 'node_modules/@modelcontextprotocol/server-memory');
		await mkdir(join(folder, 'node_modules'));
		await cp(join(MODULES, '@modelcontextprotocol/server-memory'), at, { recursive: true });
		await cp(join(MODULES, '../package-lock.json'), join(folder, 'package-lock.json'));
		const supplies = suppliesAt(folder);
		const launch = resolved(folder, 'node', join(at, 'dist/index.js'));
		const pin = await supplies.pin(launch);
		expect(await outcome(supplies, pin, launch)).toBe('same');
		const edit = async (file: string, from: string, to: string) => {
			const text = await readFile(join(folder, file), 'utf8');
			expect(text.includes(from)).toBe(true);
			await writeFile(join(folder, file), text.replace(from, to));
		};
		return { folder, supplies, launch, pin, edit, manifest: join(at, 'package.json').slice(folder.length + 1) };
	}

	it('C10 a transitive dependency that was bumped in the lockfile', async () => {
		const { supplies, launch, pin, edit } = await copied();
		await edit('package-lock.json', '"node_modules/zod": {', '"node_modules/zod": { "bumped": true,');
		expect(await outcome(supplies, pin, launch)).toEqual(['lockfile_changed']);
	});

	it('C10 another registry: in the lockfile, and in .npmrc; a token that changes is none', async () => {
		const { folder, supplies, launch, pin, edit } = await copied();
		await lay(folder, { '.npmrc': '//registry.npmjs.org/:_authToken=abc\n' });
		expect(await outcome(supplies, pin, launch)).toBe('same');
		await lay(folder, { '.npmrc': '@modelcontextprotocol:registry=https://evil.example/\n' });
		expect(await outcome(supplies, pin, launch)).toEqual(['registry_changed']);
		await rm(join(folder, '.npmrc'));
		const zod = '"node_modules/zod": {';
		await edit('package-lock.json', zod, `${zod} "resolved": "https://evil.example/zod.tgz",`);
		expect(await outcome(supplies, pin, launch)).toEqual(['lockfile_changed']);
	});

	it('C10 a postinstall that was added', async () => {
		const { supplies, launch, pin, edit, manifest } = await copied();
		await edit(manifest, '"scripts": {', '"scripts": { "postinstall": "node x.js",');
		expect(await outcome(supplies, pin, launch)).toEqual(['package_changed', 'install_scripts_added']);
	});

	it('C10 another integrity, another version', async () => {
		const { supplies, launch, pin, edit, manifest } = await copied();
		await edit('package-lock.json', pin.integrity ?? 'none', 'sha512-AAAA');
		expect(await outcome(supplies, pin, launch)).toEqual(['lockfile_changed', 'integrity_changed']);
		await edit(manifest, `"version": "${pin.source.version ?? ''}"`, '"version": "9999.0.0"');
		expect(await outcome(supplies, pin, launch)).toContain('source_changed');
	});
});
