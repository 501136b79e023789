import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { runCommand } from '../../../src/cli/command';
import { registryRoom } from '../../../src/cli/registryRoom';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { readMcpJson } from '../../../src/domain/registry/mcpJson';
import { type ReachableServer } from '../../../src/domain/registry/registryAudit';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { readOriginFile } from '../../../src/storage/originFile';
import { RegistryFile } from '../../../src/storage/registryFile';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { aServerEntry, aToolPin } from '../support/serverEntries';
import { expectMode } from '../support/machine';

let data: string;
let places: readonly string[] = [];
beforeEach(async () => {
	data = await mkdtemp(join(tmpdir(), 'registry-cli-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

/** Servers by whatever files a test names; the search for them is not what is tested. */
const room = registryRoom(() => async entries => {
	const servers: ReachableServer[] = [];
	const problems: string[] = [];
	for (const file of places) {
		const read = await readOriginFile(file, dirname(file));
		const found = readMcpJson(read.kind === 'file' ? read.text : '{', file);
		problems.push(...found.problems.map(({ message }) => `${file}: ${message}.`));
		for (const { name, launch, line } of found.servers) {
			const id = launch && serverIdOf(launch);
			const guarded = entries.some(entry => entry.id === id && entry.name === name);
			servers.push({ name, ...(id !== undefined && { id }), places: [{ file, line }], guarded });
		}
	}
	return { servers, problems };
});

async function run(...args: string[]) {
	const ran = { code: 0, out: [] as string[], err: [] as string[] };
	const out = {
		stdout: (line: string) => void ran.out.push(line),
		stderr: (line: string) => void ran.err.push(line),
	};
	ran.code = await runCommand(room, ['registry', ...args, '--data', data], out);
	return ran;
}

function entry(name: string, parts: Partial<ServerEntry> = {}): ServerEntry {
	const launch = { kind: 'stdio', command: 'npx', args: ['-y', `${name}@1.4.2`], env: [] } as const;
	return aServerEntry({
		...{ name, launch, tools: [aToolPin({ name: 'read' }), aToolPin({ name: 'write' }, 'filesystem.write')] },
		supply: { source: { kind: 'npm', name, version: '1.4.2' }, files: [], gaps: [] },
		...parts,
	});
}

async function register(...entries: readonly ServerEntry[]): Promise<void> {
	const registry = await RegistryFile.open(join(data, 'registry'), silentLogger);
	expect(await registry.putAll(entries, [])).toEqual({ kind: 'done' });
	registry.dispose();
}

const statusOf = async (name: string) => {
	const registry = await RegistryFile.open(join(data, 'registry'), silentLogger);
	registry.dispose();
	return registry.all().find(each => each.name === name);
};

describe('registry audit', () => {
	const FIELDS = ['source', 'version', 'schema', 'category', 'risk', 'ceiling', 'owner', 'status', 'reviewedAt'];
	const twelve = Array.from({ length: 12 }, (_, at) => `server-${String(at)}`);

	async function fivePlaces(names: readonly string[]): Promise<void> {
		const files = ['.vscode/mcp.json', 'user/mcp.json', 'profile/mcp.json', 'remote/mcp.json', 'team/mcp.json'];
		places = files.map(file => join(data, 'files', file));
		for (const [at, file] of places.entries()) {
			const own = names.filter((_name, index) => index % places.length === at);
			const launchOf = (name: string) => ({ command: 'npx', args: ['-y', `${name}@1.4.2`] });
			const servers: Record<string, object> = Object.fromEntries(
				own.map(name => [name, launchOf(name)] as const),
			);
			await mkdir(dirname(file), { recursive: true });
			await writeFile(file, JSON.stringify({ servers }));
		}
	}

	it('E1: 12 servers over 5 places, every field of every capability, exit 0', async () => {
		await fivePlaces(twelve);
		await register(...twelve.map(name => entry(name)));
		const { code, out } = await run('audit', '--json');
		const report = JSON.parse(out.join('')) as { rows: Record<string, string>[]; gaps: unknown[] };
		expect(code).toBe(0);
		expect(report.gaps).toEqual([]);
		expect(new Set(report.rows.map(row => row.server)).size).toBe(12);
		expect(report.rows).toHaveLength(24);
		for (const row of report.rows) {
			expect(FIELDS.filter(field => (row[field] ?? '') === '')).toEqual([]);
		}
	});

	it.each<[string, Partial<ServerEntry> | undefined, RegExp]>([
		['a server that is not registered', undefined, /server-0: is not registered/],
		['one that waits for a review', { status: 'pending-review' }, /server-0: is pending-review/],
		['one that drifted', { status: 'suspended', statusReason: 'a tool drifted' }, /suspended \(a tool drifted\)/],
		['an unknown owner', { owner: 'unknown' }, /server-0 \/ read: has no owner/],
		[
			'a tool of an unknown capability',
			{ tools: [aToolPin({ name: 'x' }, 'unknown')] },
			/x: has no category, risk/,
		],
		[
			'an unknown source',
			{ supply: { source: { kind: 'unknown', name: 'x' }, files: [], gaps: [] } },
			/has no source, version/,
		],
	])('E1: %s is a gap, exit 1', async (_what, parts, gap) => {
		await fivePlaces(twelve);
		const first = parts === undefined ? [] : [entry('server-0', parts)];
		await register(...first, ...twelve.slice(1).map(name => entry(name)));
		const { code, out } = await run('audit');
		expect(code).toBe(1);
		expect(out.filter(line => line.startsWith('GAP')).join('\n')).toMatch(gap);
	});

	it('E1: a place that cannot be read is a gap, and what was revoked is none', async () => {
		await fivePlaces([]);
		await register(entry('gone', { status: 'revoked', owner: 'unknown' }));
		expect((await run('audit')).code).toBe(0);
		await writeFile(places[2]!, '{"servers":');
		const { code, out } = await run('audit');
		expect([code, out.some(line => line.startsWith('GAP'))]).toEqual([1, true]);
	});
});

describe('registry revoke, suspend, resume', () => {
	it('C8, N7: revoked is final, rest is not, and both are in the trail', async () => {
		await register(entry('a'), entry('b'));
		expect((await run('suspend', 'a')).code).toBe(0);
		expect(await statusOf('a')).toMatchObject({ status: 'suspended', revision: 2 });
		expect((await run('resume', 'a')).code).toBe(0);
		expect(await statusOf('a')).toMatchObject({ status: 'approved', revision: 3 });
		expect((await run('revoke', entry('b').id.slice(0, 12))).code).toBe(0);
		const resumed = await run('resume', 'b');
		expect([resumed.code, resumed.err.join('')]).toEqual([2, expect.stringContaining('has to be reviewed')]);
		expect((await statusOf('b'))?.status).toBe('revoked');
		expect(await verifyTrail(data)).toMatchObject({ ok: true, files: 3 });
	});

	it('C8: revoked for one folder is revoked for all that have the launch, and each is said', async () => {
		const boundTo = '/ws/two';
		const two = entry('a', { name: 'a (two)', boundTo, id: serverIdOf(entry('a').launch, boundTo) });
		await register(entry('a'), two);
		const { code, out } = await run('revoke', 'a (two)');
		expect([code, out]).toEqual([
			0,
			[
				'a (two) is revoked. Only a review in VS Code brings it back.',
				'a is revoked as well: it has the same launch. Only a review in VS Code brings it back.',
			],
		]);
		expect((await statusOf('a'))?.status).toBe('revoked');
		const trail = await Promise.all(
			(await readdir(join(data, 'trail'))).map(name => readFile(join(data, 'trail', name), 'utf8')),
		);
		expect(trail.join('').match(/"event":"server-revoked"/g)).toHaveLength(2);
	});

	it.each(['nobody', ''])('refuses a name that no server has: %j', async name => {
		await register(entry('a'));
		expect((await run('revoke', name)).code).toBe(2);
		expect((await statusOf('a'))?.status).toBe('approved');
	});

	it('refuses a registry that cannot be used, and one that is not there', async () => {
		expect((await run('list')).code).toBe(2);
		await register(entry('a'));
		await writeFile(join(data, 'registry', 'registry.json'), '{}');
		expect((await run('revoke', 'a')).code).toBe(2);
	});
});

describe('registry show', () => {
	it('names the folder for which a file of many folders keeps the server', async () => {
		const file = '/home/p/.claude.json';
		await register({ ...entry('a'), origin: { kind: 'claude', file, project: '/work/a' } });
		expect((await run('show', 'a')).out).toEqual(
			expect.arrayContaining([`defined in  ${file}`, 'for folder  /work/a']),
		);
	});
});

describe('registry export and import', () => {
	it('N3: a key is made privately, the file names its print, and the import asks for it', async () => {
		await register(entry('a'));
		const [key, file] = [join(data, 'key.pem'), join(data, 'bundle.json')];
		const exported = await run('export', file, '--key', key, '--days', '30');
		expect(exported.code).toBe(0);
		expectMode(key, 0o600);
		const print = /fingerprint: (.+)/.exec(exported.out.join('\n'))?.[1] ?? '';
		expect((await run('export', file, '--key', key)).code).toBe(2);
		data = await mkdtemp(join(tmpdir(), 'registry-cli-'));
		await register();
		await mkdir(join(data, 'registry'), { recursive: true });
		const unknown = await run('import', file);
		expect([unknown.code, unknown.err.join('\n')]).toEqual([2, expect.stringContaining(print)]);
		expect((await run('import', file, '--publisher', 'f'.repeat(64))).code).toBe(2);
		expect(await statusOf('a')).toBeUndefined();
		expect((await run('import', file, '--publisher', print)).code).toBe(0);
		expect((await statusOf('a'))?.status).toBe('pending-review');
		expect((await run('list')).out.join('')).toContain('pending-review');
		expect((await run('show', 'a')).out.join('\n')).toMatch(/npm a 1\.4\.2/);
		await rm(dirname(key), { recursive: true, force: true });
	});

	it('refuses a key that others can read', async () => {
		await register(entry('a'));
		const key = join(data, 'key.pem');
		await writeFile(key, 'x', { mode: 0o644 });
		const { code, err } = await run('export', join(data, 'b.json'), '--key', key);
		expect([code, err.join('')]).toEqual([2, expect.stringContaining('read by others')]);
	});
});
