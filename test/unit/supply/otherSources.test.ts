import { execFileSync } from 'node:child_process';
import { appendFile, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type StdioLaunch } from '../../../src/domain/registry/launch';
import { isUnpinned, SUPPLY_GAPS } from '../../../src/domain/registry/supplyGaps';
import { folderForTest, lay, outcome, resolved, suppliesAt } from './look';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'a program is a script here');
/** Where there is what it needs. */
const test = it.skipIf(noPosix);

vi.setConfig({ testTimeout: 120_000 });

const DIGEST = `sha256:${'b'.repeat(64)}`;

describe('C2 Python', () => {
	it('a script in a real environment: what it imports beside itself, its lockfile and its packages are pinned', async () => {
		const folder = await folderForTest();
		execFileSync('python3', ['-m', 'venv', '--without-pip', join(folder, 'venv')]);
		const [version] = execFileSync('ls', [join(folder, 'venv/lib')], { encoding: 'utf8' }).split('\n');
		const packages = `venv/lib/${version ?? ''}/site-packages`;
		await lay(folder, {
			'app/server.py': 'import json\nimport helper\nfrom pkg import near\n',
			'app/helper.py': '',
			'app/pkg/__init__.py': '',
			'app/pkg/near.py': 'from . import deep\n',
			'app/pkg/deep.py': '',
			'app/pyproject.toml': '[project]\nname = "own"\n',
			'app/uv.lock': 'version = 1\n',
			[`${packages}/mcp/__init__.py`]: '',
		});
		const supplies = suppliesAt(folder);
		const launch = resolved(folder, join(folder, 'venv/bin/python'), '-u', 'app/server.py');
		const pin = await supplies.pin(launch);
		expect(pin.gaps).toEqual([]);
		expect(await outcome(supplies, pin, launch)).toBe('same');
		const changes = [
			['app/server.py', 'entry_changed'],
			['app/pkg/deep.py', 'package_changed'],
			['app/pkg/__init__.py', 'package_changed'],
			['app/uv.lock', 'lockfile_changed'],
			['app/pyproject.toml', 'manifest_changed'],
			[`${packages}/mcp/__init__.py`, 'dependencies_changed'],
		] as const;
		for (const [name, reason] of changes) {
			const before = await readFile(join(folder, name), 'utf8');
			await appendFile(join(folder, name), '#\n');
			expect(await outcome(supplies, pin, launch), name).toEqual([reason]);
			await lay(folder, { [name]: before });
		}
		expect(await outcome(supplies, pin, launch)).toBe('same');
		// A module of the standard library is taken from beside the script, once it lies there.
		await lay(folder, { 'app/json.py': '' });
		expect(await outcome(supplies, pin, launch)).toEqual(['package_changed']);
	});

	it('of the system’s own Python the packages are a gap that a person is told', async () => {
		const folder = await folderForTest();
		await lay(folder, { 'server.py': '' });
		const pin = await suppliesAt(folder).pin(resolved(folder, 'python3', 'server.py'));
		expect(pin.gaps).toContain(SUPPLY_GAPS.pythonPackages);
	});
});

describe('C2 uvx, from what lies in the cache of uv', () => {
	test('an exact version is pinned by its unpacked files, whatever its name is spelt like', async () => {
		const folder = await folderForTest();
		await lay(folder, { 'bin/uvx': '#!/bin/sh\nexit 1\n' }, 0o755);
		await lay(folder, {
			'cache/archive-v0/abc/mcp_server_git-1.2.3.dist-info/RECORD': '',
			'cache/archive-v0/abc/mcp_server_git/server.py': '',
			'cache/archive-v0/other/mcp_server_git-1.2.4.dist-info/RECORD': '',
		});
		const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, UV_CACHE_DIR: join(folder, 'cache') };
		const launch = { ...resolved(folder, 'uvx', 'mcp-server-git==1.2.3'), env };
		const supplies = suppliesAt(folder);
		const pin = await supplies.pin(launch);
		expect(pin.source).toEqual({ kind: 'pypi', name: 'mcp-server-git', version: '1.2.3' });
		expect(pin.gaps).not.toContain(SUPPLY_GAPS.notCached);
		expect(isUnpinned(pin)).toBe(false);
		await appendFile(join(folder, 'cache/archive-v0/abc/mcp_server_git/server.py'), 'evil()\n');
		expect(await outcome(supplies, pin, launch)).toEqual(['package_changed']);
		const unpinned = await supplies.pin({ ...launch, args: ['mcp-server-git'] });
		expect(isUnpinned(unpinned)).toBe(true);
	});
});

describe('C2 containers', () => {
	/** An engine that notes what it is asked, in place of one that needs a daemon. */
	async function engine() {
		const folder = await folderForTest();
		const digests = JSON.stringify([`ghcr.io/x/y@${DIGEST}`]);
		await lay(folder, { 'bin/docker': `#!/bin/sh\necho "$@" >> ${folder}/asked\necho '${digests}'\n` }, 0o755);
		const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
		const launch: StdioLaunch = {
			kind: 'stdio',
			command: 'docker',
			args: ['run', '-i', '--rm', 'ghcr.io/x/y:1.4'],
			env: [],
		};
		const asked = () => readFile(join(folder, 'asked'), 'utf8').catch(() => '');
		return {
			launch,
			asked,
			at: { ...resolved(folder, 'docker', ...launch.args), env },
			supplies: suppliesAt(folder),
		};
	}

	test('a tag is unpinned; the engine is asked for the digest of the image, and nothing else, after a click', async () => {
		const { launch, asked, at, supplies } = await engine();
		expect(isUnpinned(await supplies.pin(at))).toBe(true);
		expect(await asked()).toBe('');
		const proposal = await supplies.propose(launch, true, at);
		expect(proposal?.launch).toMatchObject({ args: ['run', '-i', '--rm', `ghcr.io/x/y:1.4@${DIGEST}`] });
		expect(await asked()).toBe('image inspect --format {{json .RepoDigests}} ghcr.io/x/y:1.4\n');
	});

	test('asks the engine of the person, never a program that a definition names by its place', async () => {
		const { launch, asked, at, supplies } = await engine();
		const folder = await folderForTest();
		await lay(folder, { docker: `#!/bin/sh\ntouch ${folder}/ran\n` }, 0o755);
		const evil = { ...launch, command: join(folder, 'docker') };
		await supplies.propose(evil, false, { ...at, command: evil.command });
		await supplies.propose(evil, false);
		await expect(readFile(join(folder, 'ran'))).rejects.toThrow('ENOENT');
		expect(await asked()).toContain('image inspect');
	});

	it('a digest is what is pinned; another digest is another server, and no pin of this one fits it', async () => {
		const { at, supplies } = await engine();
		const launch = { ...at, args: ['run', '-i', `ghcr.io/x/y@${DIGEST}`] };
		const pin = await supplies.pin(launch);
		expect(pin).toMatchObject({ source: { kind: 'oci', name: 'ghcr.io/x/y', version: DIGEST }, integrity: DIGEST });
		expect(isUnpinned(pin)).toBe(false);
		const other = { ...at, args: ['run', '-i', `ghcr.io/x/y@sha256:${'c'.repeat(64)}`] };
		expect(await outcome(supplies, pin, other)).toEqual(['source_changed', 'integrity_changed']);
	});
});

describe('C2 servers by URL', () => {
	it('another host, port or scheme is another origin; another path of it is not', async () => {
		const supplies = suppliesAt(await folderForTest());
		const at = (url: string) => ({ kind: 'http' as const, url, headers: {} });
		const pin = await supplies.pin(at('https://mcp.example.com/mcp'));
		const kinds = async (url: string) => (await supplies.check(pin, at(url))).kind;
		expect(await kinds('https://mcp.example.com/v2')).toBe('same');
		for (const url of [
			'https://evil.example/mcp',
			'http://mcp.example.com/mcp',
			'https://mcp.example.com:8443/mcp',
		]) {
			expect(await kinds(url)).toBe('differs');
		}
	});
});

describe('what runs something else than its files is told', () => {
	it.each([
		[
			['sh', '-c', 'npx some-server'],
			[SUPPLY_GAPS.unpinned, SUPPLY_GAPS.wrapper],
		],
		[['node', '-e', 'require(process.argv[1])'], [SUPPLY_GAPS.computed]],
		[['env', 'A=1', 'node'], [SUPPLY_GAPS.unpinned]],
	])('%j', async ([command = '', ...args], gaps) => {
		const folder = await folderForTest();
		const pin = await suppliesAt(folder).pin(resolved(folder, command, ...args));
		expect(pin.gaps).toEqual(expect.arrayContaining(gaps));
	});

	it.skipIf(noPosix)('a package runner that goes by another name, or is started by its script', async () => {
		const folder = await folderForTest();
		await lay(folder, { 'npm/bin/npx-cli.js': '#!/usr/bin/env node\n' }, 0o755);
		await symlink(join(folder, 'npm/bin/npx-cli.js'), join(folder, 'server'));
		const supplies = suppliesAt(folder);
		for (const launch of [
			resolved(folder, './server', '-y', 'some-server'),
			resolved(folder, 'node', 'npm/bin/npx-cli.js', '-y', 'some-server'),
		]) {
			expect(isUnpinned(await supplies.pin(launch))).toBe(true);
		}
	});

	it('a variable that can load other code, and a file of variables', async () => {
		const folder = await folderForTest();
		await lay(folder, { 'server.mjs': '', '.env': '' });
		const supplies = suppliesAt(folder);
		const launch = resolved(folder, 'node', 'server.mjs');
		const loaded = await supplies.pin({ ...launch, env: { NODE_OPTIONS: '--require ./x.cjs' } });
		expect(loaded.gaps).toContain(SUPPLY_GAPS.environment);
		const filed = await supplies.pin({ ...launch, args: ['--env-file=.env', 'server.mjs'] });
		expect(filed.gaps).toContain(SUPPLY_GAPS.environment);
		const plain = await supplies.pin({
			...launch,
			env: { API_KEY: 'x', PYTHONUNBUFFERED: '1', PATH: process.env.PATH ?? '' },
		});
		expect(plain.gaps).not.toContain(SUPPLY_GAPS.environment);
	});

	it.skipIf(noPosix)('a shell script and a computed import', async () => {
		const folder = await folderForTest();
		await lay(folder, { start: '#!/bin/bash\nexec node server.js\n' }, 0o755);
		await lay(folder, { 'server.mjs': 'await import(process.env.X);\n' });
		expect((await suppliesAt(folder).pin(resolved(folder, './start'))).gaps).toEqual([SUPPLY_GAPS.wrapper]);
		expect((await suppliesAt(folder).pin(resolved(folder, 'node', 'server.mjs'))).gaps).toEqual([
			SUPPLY_GAPS.computed,
		]);
	});
});
