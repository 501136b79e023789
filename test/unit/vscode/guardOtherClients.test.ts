import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { NO_SURFACE } from '../../../src/domain/registry/surfacePin';
import { findServers } from '../../../src/storage/inventoryFiles';
import { RegistryFile } from '../../../src/storage/registryFile';
import { collectCredentials } from '../../../src/vscode/collectCredentials';
import { inventoryOf } from '../../../src/domain/registry/inventory';
import { readServerEntry } from '../../../src/domain/registry/readServerEntry';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { type JsonValue } from '../../../src/base/json';
import { entryLaunch } from '../../../src/vscode/entryLaunch';
import { type Candidate, type GuardDeps } from '../../../src/vscode/guardPorts';
import { guardServers } from '../../../src/vscode/guardServers';
import { folderOf, mcpFiles } from '../../../src/vscode/mcpFiles';
import { stopGuarding } from '../../../src/vscode/undoGuard';

const NODE = '/usr/bin/node';

let root: string;
let home: string;
let folder: string;
let shim: string;
let registry: RegistryFile;
let said: string[];
let picks: number;

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'clients-'));
	home = join(root, 'home');
	folder = join(root, 'ws');
	shim = join(home, '.mcp-firewall', 'connect.cjs');
	await mkdir(home);
	await mkdir(folder);
	registry = await RegistryFile.open(join(root, 'global', 'registry'), silentLogger);
	said = [];
	picks = 0;
});
afterEach(async () => {
	registry.dispose();
	await rm(root, { recursive: true, force: true });
});

const files = () =>
	mcpFiles([folder], join(home, '.config', 'Code', 'User', 'globalStorage', 'ext'), {
		...{ platform: 'linux', home, env: {}, remote: false },
	});

function deps(): GuardDeps {
	let next = 0;
	return {
		ui: {
			isTrusted: () => true,
			hasUnsavedChanges: () => false,
			info: message => void said.push(message),
			error: message => void said.push(message),
			confirm: () => Promise.resolve(true),
			pickServers: candidates => {
				picks++;
				return Promise.resolve(candidates);
			},
			pickEntry: ([entry]) => Promise.resolve(entry),
			confirmLaunch: () => Promise.resolve(true),
			progress: (_title, run) => run(new AbortController().signal),
			review: ({ tools }) => Promise.resolve({ tools, surface: NO_SURFACE, ceiling: 'internal', owner: 'dev' }),
			announce: () => Promise.resolve(undefined),
		},
		registry,
		secrets: {
			store: () => Promise.resolve(),
			load: () => Promise.resolve({}),
			delete: () => Promise.resolve(),
		},
		backups: {
			directory: join(root, 'global', 'origins'),
			key: { get: () => Promise.resolve(Buffer.alloc(32, 1)) },
		},
		files,
		shimFor: (id, at) => ({
			command: NODE,
			args: [shim, id, ...(at === undefined ? [] : ['--workspace', at])],
			env: {},
		}),
		shimSigns: { files: [shim], programs: [NODE] },
		host: () => ({ userHome: home, env: {} }),
		listTools: () =>
			Promise.resolve({
				serverInfo: { name: 's', version: '1' },
				protocolVersion: '2025-11-25',
				tools: [{ name: 'read' }],
				prompts: [],
				resourceTemplates: [],
			}),
		listDeadlineMs: 1000,
		suggestCapability: () => ({ capability: 'unknown', source: 'unknown', why: [] }),
		pinSupply: () => Promise.resolve({ source: { kind: 'unknown', name: 'x' }, files: [], gaps: [] }),
		collectCredentials: candidate =>
			collectCredentials(candidate, {
				clock: { now: () => 0 },
				host: () => ({ userHome: home, env: {} }),
				ask: () => Promise.resolve(undefined),
				tell: () => undefined,
				isGuarded: () => false,
			}),
		reviewer: 'dev',
		openPanel: () => Promise.resolve(),
		clock: { now: () => 0, monotonic: () => 0, schedule: () => ({ dispose() {} }) },
		ids: { uuid: () => `id-${String(next++)}-${String(Math.trunc(performance.now() * 1000))}`, token: () => '' },
		logger: silentLogger,
	};
}

async function put(name: string, text: string): Promise<string> {
	const file = join(name.startsWith('~') ? home : folder, name.replace('~/', ''));
	await mkdir(dirname(file), { recursive: true });
	await writeFile(file, text);
	return file;
}

const text = (file: string) => readFile(file, 'utf8');
const count = async () =>
	inventoryOf(await findServers(files()), registry.all(), deps().shimSigns, {
		registered: registry.all(),
		home: deps().host().userHome,
	});

const CASES: readonly (readonly [name: string, text: string, shim: 'plain' | 'local' | 'none', folder: boolean])[] = [
	['~/.cursor/mcp.json', '{ "mcpServers": { "a": { "command": "x" } } }', 'plain', false],
	['.cursor/mcp.json', '{\r\n  "mcpServers": {\r\n    "a": { "command": "x" }\r\n  }\r\n}', 'plain', true],
	[
		'~/.claude.json',
		'{"projects":{"FOLDER":{"mcpServers":{"a":{"type":"stdio","command":"x"}}}},"n":1}',
		'plain',
		true,
	],
	['~/.config/Claude/claude_desktop_config.json', '{"mcpServers":{"a":{"command":"x"}}}', 'plain', false],
	['~/.codeium/windsurf/mcp_config.json', '{"mcpServers":{"a":{"command":"x","disabled":false}}}', 'plain', false],
	['~/.copilot/mcp-config.json', '{"mcpServers":{"a":{"type":"local","command":"x","tools":["*"]}}}', 'local', false],
	['.mcp.json', '{"mcpServers":{"a":{"command":"x"}}}', 'none', false],
	[
		'.devcontainer.json',
		'{ // here\n"customizations":{"vscode":{"mcp":{"servers":{"a":{"command":"x"}}}}}}',
		'none',
		false,
	],
	[
		'.vscode/settings.json',
		'\uFEFF{\r\n\t"a": 1, // b\r\n\t"mcp.servers": { "a": { "command": "x" }, },\r\n}',
		'none',
		false,
	],
];

describe('C7 a server in', () => {
	it.each(CASES)('%s is guarded, and comes back byte for byte', async (name, template, shape, inFolder) => {
		const before = template.replace('FOLDER', folder);
		const file = await put(name, before);
		expect(await count()).toMatchObject({ guarded: 0, total: 1 });
		const [entry] = await guardServers(deps());
		expect(said).toEqual([]);
		expect(entry).toMatchObject({ name: 'a', origin: { file }, launch: { command: 'x' } });
		expect(await count()).toMatchObject({ guarded: 1, total: 1 });
		const now = await text(file);
		const [own] = (await findServers(files())).found;
		if (shape === 'none') {
			expect(own).toBeUndefined();
		} else {
			const args = [shim, entry!.id, ...(inFolder ? ['--workspace', folder] : [])];
			expect(own?.server).toMatchObject({ name: 'a', launch: { command: NODE, args } });
			expect(now.includes('"type":"local"')).toBe(shape === 'local');
		}
		// What is guarded is not offered again.
		expect(await guardServers(deps())).toEqual([]);
		expect(await text(file)).toBe(now);
		await stopGuarding(deps(), entry!);
		expect(await text(file)).toBe(before);
		expect(registry.all()).toEqual([]);
	});
});

describe('guardServers', () => {
	it('guards with one click what was named, and nothing else', async () => {
		await put('.vscode/mcp.json', '{"servers":{"a":{"command":"x"},"b":{"command":"y"}}}');
		const wanted = serverIdOf({ kind: 'stdio', command: 'y', args: [], env: [] });
		const guarded = await guardServers(deps(), ({ server }: Candidate) => serverIdOf(server.launch) === wanted);
		expect(guarded.map(({ name }) => name)).toEqual(['b']);
		expect(picks).toBe(0);
	});

	it('lets other clients of the person share one review, and gives each its file back', async () => {
		const own = '{"servers":{"a":{"command":"x"}}}';
		const cursor = '{"mcpServers":{"mine":{"command":"x"}}}';
		const [first, second] = [
			await put('~/.config/Code/User/mcp.json', own),
			await put('~/.cursor/mcp.json', cursor),
		];
		const guarded = await guardServers(deps());
		expect(guarded.map(({ id }) => id)).toEqual([registry.all()[0]!.id, registry.all()[0]!.id]);
		expect(registry.all()).toHaveLength(1);
		expect(await text(first)).not.toContain('"a"');
		expect(await text(second)).toContain(registry.all()[0]!.id);
		await stopGuarding(deps(), registry.all()[0]!);
		expect([await text(first), await text(second)]).toEqual([own, cursor]);
	});

	it('a server of one of Claude Code’s projects is of that folder, and the same launch of another one a server of its own', async () => {
		const other = join(root, 'other');
		await mkdir(other);
		const servers = '{"mcpServers":{"a":{"command":"x","args":["."]}}}';
		const before = `{"projects":{"${folder}":${servers},"${other}":${servers},"/closed":${servers}},"mcpServers":{}}`;
		const file = await put('~/.claude.json', before);
		const both = mcpFiles([other, folder], join(home, '.config', 'Code', 'User', 'globalStorage', 'ext'), {
			...{ platform: 'linux', home, env: {}, remote: false },
		});
		const guarded = await guardServers({ ...deps(), files: () => both });
		expect(said).toEqual([]);
		expect(guarded.map(({ name, origin, boundTo }) => [name, origin, boundTo])).toEqual([
			['a', { kind: 'claude', file, project: folder }, undefined],
			['a (other)', { kind: 'claude', file, project: other }, other],
		]);
		const [first, second] = guarded as [ServerEntry, ServerEntry];
		// Each in its own folder, whichever is open first; nowhere where its folder is not open.
		expect(folderOf(first, [other, folder], { userHome: home })).toEqual({ folder });
		expect(folderOf(second, [other, folder], { userHome: home })).toEqual({ folder: other });
		expect(folderOf(second, [folder], { userHome: home })).toBe('elsewhere');
		expect(entryLaunch(second, {}, [folder, other], { userHome: home })).toMatchObject({ cwd: other });
		expect(() => entryLaunch(second, {}, [folder], { userHome: home })).toThrow(`The folder ${other} is not open`);
		const found = JSON.parse(await text(file)) as { projects: Record<string, unknown> };
		expect(found.projects['/closed']).toEqual(JSON.parse(servers));
		expect(JSON.stringify(found.projects[other])).toContain(`"${second.id}","--workspace","${other}"`);
		// It is read back as it was written.
		expect(readServerEntry(JSON.parse(JSON.stringify(second)) as JsonValue)).toEqual(second);
		await stopGuarding(deps(), first);
		await stopGuarding(deps(), second);
		expect(await text(file)).toBe(before);
	});

	it('what such a server was guarded as before it had a folder is found again', async () => {
		await put('~/.claude.json', `{"projects":{"${folder}":{"mcpServers":{"a":{"command":"x"}}}}}`);
		const [entry] = await guardServers(deps());
		const { project, ...origin } = entry!.origin;
		expect(project).toBe(folder);
		await registry.put({ ...entry!, origin, revision: 2 }, { expected: 1 });
		await put('~/.claude.json', `{"projects":{"${folder}":{"mcpServers":{"a":{"command":"x"}}}}}`);
		expect(await count()).toMatchObject({ guarded: 0, total: 1 });
		expect((await guardServers(deps())).map(({ id }) => id)).toEqual([entry!.id]);
		expect(registry.all()).toHaveLength(1);
	});

	it("does not lend what was reviewed for a project to the person's own server in the same file", async () => {
		const file = await put('~/.claude.json', `{"projects":{"${folder}":{"mcpServers":{"a":{"command":"x"}}}}}`);
		const [first] = await guardServers(deps());
		expect(first?.origin.project).toBe(folder);
		const now = JSON.parse(await text(file)) as { mcpServers?: unknown };
		now.mcpServers = { mine: { command: 'x' } };
		await writeFile(file, JSON.stringify(now));
		expect(await guardServers(deps())).toEqual([]);
		expect(said.join()).toMatch(`guarded already as “a”, from ${folder}.`);
		// It still starts what it said, and nothing that was reviewed for the folder.
		expect((JSON.parse(await text(file)) as typeof now).mcpServers).toEqual(now.mcpServers);
	});

	it("takes a project's server out of its file again", async () => {
		const again = `{"projects":{"${folder}":{"mcpServers":{"a":{"command":"x"}}}}}`;
		const file = await put('~/.claude.json', again);
		const [first] = await guardServers(deps());
		await writeFile(file, again);
		expect((await guardServers(deps())).map(({ id }) => id)).toEqual([first!.id]);
		expect(await text(file)).toContain(`"${first!.id}","--workspace","${folder}"`);
	});

	it("does not lend what was reviewed for a folder to the person's own files", async () => {
		await put('.vscode/mcp.json', '{"servers":{"a":{"command":"x"}}}');
		await guardServers(deps());
		const file = await put('~/.cursor/mcp.json', '{"mcpServers":{"a":{"command":"x"}}}');
		expect(await guardServers(deps())).toEqual([]);
		expect(said.join()).toMatch(/guarded already/);
		expect(await text(file)).toContain('"x"');
	});
});
