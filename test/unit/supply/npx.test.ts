import { existsSync } from 'node:fs';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type StdioLaunch } from '../../../src/domain/registry/launch';
import { acceptUnpinned, isUnpinned, SUPPLY_GAPS } from '../../../src/domain/registry/supplyGaps';
import { listTools } from '../../../src/proxy/inspectServer';
import { realClock } from '../proxy/support';
import { folderForTest, lay, outcome, suppliesAt } from './look';
import { npmRegistry } from './npmRegistry';

// npm itself is run, with packages of a registry on loopback.
vi.setConfig({ testTimeout: 240_000 });

const SERVER = 'mf-demo-server';

async function demo(...args: readonly string[]) {
	const code = await readFile(join(process.cwd(), 'test/fixtures/servers/bytes.mjs'), 'utf8');
	const trap = `import { writeFileSync as w } from 'node:fs'; w(process.env.MF_RAN, 'ran');`;
	const server = (version: string) => ({
		...{ name: SERVER, version },
		// Programs of a package stand first in PATH while npm runs something for it.
		manifest: {
			bin: { [SERVER]: 'cli.mjs', node: 'cli.mjs', sh: 'cli.mjs', exit: 'cli.mjs' },
			dependencies: { 'mf-demo-dep': '^1.0.0' },
			author: 'Somebody',
		},
		files: { 'cli.mjs': `#!/usr/bin/env node\nimport 'mf-demo-dep';\n${trap}\n${code}` },
	});
	const dep = {
		name: 'mf-demo-dep',
		version: '1.0.0',
		files: { 'index.js': '// dep\n' },
		manifest: { main: 'index.js' },
	};
	const registry = await npmRegistry([dep, server('1.0.0'), server('1.4.2')]);
	const home = await folderForTest();
	await lay(home, { 'ws/readme.md': '' });
	const log = join(home, 'received');
	const launch: StdioLaunch = { kind: 'stdio', command: 'npx', args: [...args, log], env: [] };
	const env = {
		HOME: home,
		npm_config_cache: join(home, 'cache'),
		npm_config_registry: registry.url,
		MF_RAN: join(home, 'ran'),
	};
	const resolved = { command: 'npx', args: launch.args, cwd: join(home, 'ws'), env };
	return { registry, home, log, launch, resolved, supplies: suppliesAt(home) };
}

describe('C2, C10 npx PACKAGE@VERSION', () => {
	it('is fetched and pinned without being run; then the pinned file is started, not npx; a changed byte in the cache suspends', async () => {
		const { registry, home, log, resolved, supplies } = await demo('-y', `${SERVER}@1.0.0`);
		const pin = await supplies.pin(resolved);
		expect(existsSync(log)).toBe(false);
		expect(existsSync(join(home, 'ran'))).toBe(false);
		expect(pin).toMatchObject({
			...{ source: { kind: 'npm', name: SERVER, version: '1.0.0' }, publisher: 'Somebody' },
			// The test's own registry is named by a variable.
			gaps: [SUPPLY_GAPS.environment],
			installScripts: false,
		});
		expect(pin.integrity).toMatch(/^sha512-/);
		const entry = pin.files.find(({ role }) => role === 'entry')?.path ?? '';
		expect(entry.startsWith(join(home, 'cache/_npx/'))).toBe(true);

		// From here on there is no registry.
		await registry.close();
		const asked = registry.asked.length;
		const direct = await supplies.direct(resolved);
		expect(direct).toMatchObject({ args: [entry, log], cwd: resolved.cwd });
		expect(direct.command).toMatch(/^\/.*node$/);
		const options = { clock: realClock, clientInfo: { name: 't', version: '1' } };
		const surface = await listTools(direct, options, new AbortController().signal);
		expect(surface.tools.map(({ name }) => name)).toEqual(['pid']);
		expect(existsSync(log)).toBe(true);
		expect(existsSync(join(home, 'ran'))).toBe(true);
		expect(await outcome(supplies, pin, resolved)).toBe('same');
		expect(registry.asked).toHaveLength(asked);

		// What a workspace could slip in for npx: the same package and version, and another registry.
		await lay(resolved.cwd, {
			[`node_modules/${SERVER}/package.json`]: JSON.stringify({ name: SERVER, version: '1.0.0', bin: 'evil.js' }),
			[`node_modules/${SERVER}/evil.js`]: '#!/usr/bin/env node\n',
			[`node_modules/.bin/${SERVER}@1.0.0`]: '#!/bin/sh\n',
		});
		expect(await supplies.direct(resolved)).toEqual(direct);
		expect(await outcome(supplies, pin, resolved)).toBe('same');
		await lay(resolved.cwd, { '.npmrc': 'registry=https://evil.example/\n' });
		expect(await outcome(supplies, pin, resolved)).toEqual(['registry_changed']);
		await rm(join(resolved.cwd, '.npmrc'));

		const modules = entry.slice(0, entry.indexOf(SERVER));
		const dep = join(modules, 'mf-demo-dep/index.js');
		const text = await readFile(dep);
		await appendFile(dep, ' ');
		expect(await outcome(supplies, pin, resolved)).toEqual(['dependencies_changed']);
		await lay(modules, { 'mf-demo-dep/index.js': text.toString() });
		expect(await outcome(supplies, pin, resolved)).toBe('same');
		await appendFile(join(modules, '.package-lock.json'), ' ');
		await appendFile(entry, ' ');
		expect(await outcome(supplies, pin, resolved)).toEqual([
			'entry_changed',
			'package_changed',
			'lockfile_changed',
		]);

		// A cache that was emptied is not filled again behind anybody's back.
		await rm(join(home, 'cache'), { recursive: true });
		const reasons = await outcome(supplies, pin, resolved);
		expect(reasons).toEqual(expect.arrayContaining(['entry_missing', 'package_missing', 'not_pinned']));
		expect(registry.asked).toHaveLength(asked);
	});

	it('where it cannot be fetched, the gap says so and nothing was run', async () => {
		const { registry, log, resolved, supplies } = await demo('-y', `${SERVER}@1.0.0`);
		await registry.close();
		const pin = await supplies.pin({ ...resolved, env: { ...resolved.env, npm_config_fetch_retries: '0' } });
		expect(pin.gaps).toContain(SUPPLY_GAPS.notCached);
		expect(existsSync(log)).toBe(false);
	});
});

describe('C2 npx without an exact version', () => {
	it('is unpinned; a proposal comes from the cache, and from the registry only after a click', async () => {
		const { registry, launch, resolved, supplies } = await demo('-y', SERVER);
		const pin = await supplies.pin(resolved);
		expect(isUnpinned(pin)).toBe(true);
		expect(pin.source).toEqual({ kind: 'npm', name: SERVER });
		expect(await outcome(supplies, pin, resolved)).toEqual(['source_unpinned']);
		expect(await outcome(supplies, acceptUnpinned(pin), resolved)).toBe('same');
		expect(await supplies.propose(launch, false, resolved)).toBeUndefined();
		expect(registry.asked).toEqual([]);

		const proposal = await supplies.propose(launch, true, resolved);
		expect(proposal).toEqual({
			version: '1.4.2',
			launch: { ...launch, args: ['-y', `${SERVER}@1.4.2`, launch.args[2]] },
		});
		expect(registry.asked).toEqual([SERVER]);

		const pinned = await supplies.pin({ ...resolved, args: ['-y', `${SERVER}@1.0.0`] });
		expect(isUnpinned(pinned)).toBe(false);
		const asked = registry.asked.length;
		expect(await supplies.propose(launch, false, resolved)).toMatchObject({ version: '1.0.0' });
		expect(registry.asked).toHaveLength(asked);
	});
});
