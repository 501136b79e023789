import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { type ToolDescriptor } from '../../../src/domain/registry/toolDescriptor';
import { type ResolvedHttpLaunch, type ResolvedLaunch } from '../../../src/domain/registry/resolveLaunch';
import { readOriginRecords } from '../../../src/storage/originRecord';
import { RegistryFile } from '../../../src/storage/registryFile';
import { type GuardDeps, type GuardUi, type ReviewDecision, type ReviewRequest } from '../../../src/vscode/guardPorts';
import { guardServers } from '../../../src/vscode/guardServers';
import { folderOf, mcpFiles } from '../../../src/vscode/mcpFiles';
import { idOfCandidate } from '../../../src/vscode/registerServer';
import { reviewServer } from '../../../src/vscode/reviewServer';
import { reviewedEntry } from '../../../src/vscode/reviewedEntry';
import { undoGuard } from '../../../src/vscode/undoGuard';
import { NO_SURFACE } from '../../../src/domain/registry/surfacePin';
import { collectCredentials } from '../../../src/vscode/collectCredentials';
import { aServerEntry } from '../support/serverEntries';

const TEXT = `{
	// the files of this project
	"servers": {
		"files": { "command": "srv", "args": ["\${workspaceFolder}", "\${env:KEY}"], "env": { "TOKEN": "s3cret" } },
		"web": { "url": "ftp://x" }, // never
	}
}
`;

const SHIM = '/home/p/.mcp-firewall/connect.cjs';

const SURFACE = {
	serverInfo: { name: '', version: '' },
	protocolVersion: '',
	tools: [],
	prompts: [],
	resourceTemplates: [],
};

function decided({ tools }: Pick<ReviewDecision, 'tools'>): ReviewDecision {
	return { tools, surface: NO_SURFACE, ceiling: 'internal', owner: 'dev' };
}

let root: string;
let folder: string;
let file: string;
let registry: RegistryFile;
let tools: ToolDescriptor[];
let said: string[];
let launched: (ResolvedLaunch | ResolvedHttpLaunch)[];
let secrets: Map<string, Readonly<Record<string, string>>>;

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'guard-'));
	folder = join(root, 'ws');
	file = join(folder, '.vscode', 'mcp.json');
	await mkdir(join(folder, '.vscode'), { recursive: true });
	await writeFile(file, TEXT);
	registry = await RegistryFile.open(join(root, 'global', 'registry'), silentLogger);
	tools = [{ name: 'read' }, { name: 'odd' }];
	said = [];
	launched = [];
	secrets = new Map();
});
afterEach(async () => {
	registry.dispose();
	await rm(root, { recursive: true, force: true });
});

const storage = () => join(root, 'User', 'globalStorage', 'ext');

const origins = () => ({
	directory: join(root, 'global', 'origins'),
	key: { get: () => Promise.resolve(Buffer.alloc(32, 7)) },
});
const answers = new Map<string, string>();

function deps(ui: Partial<GuardUi> = {}, more: Partial<GuardDeps> = {}): GuardDeps {
	let next = 0;
	return {
		ui: {
			isTrusted: () => true,
			hasUnsavedChanges: () => false,
			info: message => void said.push(`info: ${message}`),
			error: message => void said.push(`error: ${message}`),
			confirm: () => Promise.resolve(true),
			pickServers: candidates => Promise.resolve(candidates),
			pickEntry: ([entry]) => Promise.resolve(entry),
			confirmLaunch: () => Promise.resolve(true),
			progress: (_title, run) => run(new AbortController().signal),
			review: request => Promise.resolve(decided(request)),
			announce: () => Promise.resolve(undefined),
			...ui,
		},
		registry,
		secrets: {
			store: (id, values) => Promise.resolve(void secrets.set(id, values)),
			load: id => Promise.resolve(secrets.get(id) ?? {}),
			delete: id => Promise.resolve(void secrets.delete(id)),
		},
		backups: origins(),
		files: () => mcpFiles([folder], storage()),
		shimFor: (id, at) => ({
			command: '/bin/node',
			args: [SHIM, id, ...(at === undefined ? [] : ['--workspace', at])],
			env: {},
		}),
		shimSigns: { files: [SHIM], programs: ['/bin/node'] },
		host: () => ({ userHome: '/home/p', env: { KEY: 'k3y' } }),
		listTools: launch => {
			launched.push(launch);
			return Promise.resolve({ ...SURFACE, tools });
		},
		listDeadlineMs: 1000,
		suggestCapability: (_server, tool) =>
			tool.name === 'read'
				? { capability: 'filesystem.read', source: 'tokens', why: [] }
				: { capability: 'unknown', source: 'unknown', why: [] },
		pinSupply: () => Promise.resolve({ source: { kind: 'unknown', name: 'x' }, files: [], gaps: [] }),
		collectCredentials: candidate =>
			collectCredentials(candidate, {
				clock: { now: () => 0 },
				host: () => ({ userHome: '/home/p', env: { KEY: 'k3y' } }),
				ask: (_server, input) => Promise.resolve(answers.get(input.id)),
				tell: (_server, problem) => void said.push(`error: ${problem}`),
				isGuarded: launch =>
					registry.find(
						idOfCandidate({ registry, host: () => ({ userHome: '/home/p' }) }, candidate.source, launch).id,
					) !== undefined,
			}),
		reviewer: 'dev',
		openPanel: () => Promise.resolve(),
		clock: { now: () => 0, monotonic: () => 0, schedule: () => ({ dispose() {} }) },
		ids: { uuid: () => `id-${String(next++)}`, token: () => '' },
		logger: silentLogger,
		...more,
	};
}

async function nothingChanged(): Promise<void> {
	expect(registry.all()).toEqual([]);
	expect(secrets.size).toBe(0);
	expect(await readFile(file, 'utf8')).toBe(TEXT);
	expect((await readOriginRecords(origins())).records).toEqual([]);
}

describe('guardServers', () => {
	it.each<[string, Partial<GuardUi>, Partial<GuardDeps>, number, RegExp | undefined]>([
		['the workspace is not trusted', { isTrusted: () => false }, {}, 0, /not trusted/],
		['nothing is picked', { pickServers: () => Promise.resolve(undefined) }, {}, 0, undefined],
		['the file has unsaved changes', { hasUnsavedChanges: () => true }, {}, 0, /unsaved/],
		['the launch is not confirmed', { confirmLaunch: () => Promise.resolve(false) }, {}, 0, undefined],
		['a variable has no value', {}, { host: () => ({ userHome: '/h', env: {} }) }, 0, /env:KEY/],
		['the server fails', {}, { listTools: () => Promise.reject(new Error('boom\u202e')) }, 0, /boom\\u\{202E\}/],
		['the review is dismissed', { review: () => Promise.resolve(undefined) }, {}, 1, undefined],
	])('changes nothing when %s', async (_when, ui, more, starts, message) => {
		expect(await guardServers(deps(ui, more))).toEqual([]);
		expect(launched).toHaveLength(starts);
		expect(said.join('\n')).toMatch(message ?? /^$/);
		await nothingChanged();
	});

	it('refuses two tools of one name', async () => {
		tools = [{ name: 'read' }, { name: 'read', description: 'other' }];
		expect(await guardServers(deps())).toEqual([]);
		await nothingChanged();
	});

	it('rolls back when the file changes during the review', async () => {
		const edited = TEXT.replace('"srv"', '"evil"');
		const review = async (request: ReviewRequest) => {
			await writeFile(file, edited);
			return decided(request);
		};
		expect(await guardServers(deps({ review }))).toEqual([]);
		expect(said.join()).toMatch(/changed meanwhile/);
		expect(registry.all()).toEqual([]);
		expect(secrets.size).toBe(0);
		expect(await readFile(file, 'utf8')).toBe(edited);
	});

	it('leaves what another window has guarded during the review, and its values, as they are', async () => {
		const review = async (request: ReviewRequest) => {
			const now = reviewedEntry(
				deps(),
				{ ...request, id: serverIdOf(request.launch), name: 'theirs' },
				{ surface: request.surface, supply: request.supply },
				decided(request),
			);
			expect(await registry.put({ ...now, owner: 'another' })).toEqual({ kind: 'done' });
			return decided(request);
		};
		expect(await guardServers(deps({ review }))).toEqual([]);
		expect(said.join()).toMatch(/another window changed this server meanwhile/);
		const [theirs] = registry.all();
		expect(theirs).toMatchObject({ name: 'theirs', owner: 'another', revision: 1 });
		expect([...secrets.keys()]).toEqual([theirs!.id]);
		expect(await readFile(file, 'utf8')).toBe(TEXT);
	});

	it('rolls back when the backup cannot be kept', async () => {
		await writeFile(join(root, 'blocked'), '');
		expect(
			await guardServers(deps({}, { backups: { ...origins(), directory: join(root, 'blocked', 'x') } })),
		).toEqual([]);
		await nothingChanged();
	});

	it('shows the launch without secrets, starts it with them, pins what was admitted and undoes byte for byte', async () => {
		const asked: unknown[] = [];
		const ui: Partial<GuardUi> = {
			confirmLaunch: question => Promise.resolve(asked.push(question) > 0),
			review: ({ tools: all }) =>
				Promise.resolve(
					decided({ tools: all.map(review => ({ ...review, admitted: review.tool.name === 'read' })) }),
				),
		};
		const [entry] = await guardServers(deps(ui));
		expect(asked).toMatchObject([{ command: 'srv', args: [folder, '${env:KEY}'], cwd: folder, env: ['TOKEN'] }]);
		expect(launched).toEqual([{ command: 'srv', args: [folder, 'k3y'], cwd: folder, env: { TOKEN: 's3cret' } }]);
		expect(registry.all()).toEqual([entry]);
		expect(entry?.tools.map(pin => [pin.name, pin.capability])).toEqual([['read', 'filesystem.read']]);
		expect(secrets.get(entry!.id)).toEqual({ TOKEN: 's3cret' });
		expect(await readFile(registry.file, 'utf8')).not.toContain('s3cret');
		expect(await readFile(file, 'utf8')).not.toContain('"files"');
		await undoGuard(deps());
		await nothingChanged();
	});

	it('I3: tokens are given back while the values that say where are still there', async () => {
		await guardServers(deps());
		const left: unknown[] = [];
		const onReleased: GuardDeps['onReleased'] = ({ id }) => {
			left.push(registry.find(id), secrets.has(id));
			return Promise.resolve();
		};
		await undoGuard(deps({}, { onReleased }));
		expect([left, secrets.size]).toEqual([[undefined, true], 0]);
	});

	it('who it was is forgotten with it, and by nothing that leaves it guarded', async () => {
		const [entry] = await guardServers(deps());
		const forgotten: string[] = [];
		const forgetPrincipal = (id: string) => Promise.resolve(forgotten.push(id) > 0);
		await undoGuard(deps({ pickEntry: () => Promise.resolve(undefined) }, { forgetPrincipal }));
		expect(forgotten).toEqual([]);
		await undoGuard(deps({}, { forgetPrincipal }));
		expect(forgotten).toEqual([entry?.id]);
	});

	it('undoes at once when asked to', async () => {
		await guardServers(deps({ announce: () => Promise.resolve('undo') }));
		await nothingChanged();
	});

	it('takes a server out again that version control put back, without starting it', async () => {
		await guardServers(deps());
		const without = await readFile(file, 'utf8');
		await writeFile(file, TEXT);
		expect(await guardServers(deps())).toHaveLength(1);
		expect(launched).toHaveLength(1);
		expect(await readFile(file, 'utf8')).toBe(without);
		await undoGuard(deps());
		await nothingChanged();
	});

	it('loses nothing unasked where its backup cannot be opened any more', async () => {
		await guardServers(deps());
		const backups = { ...origins(), key: { get: () => Promise.resolve(Buffer.alloc(32, 9)) } };
		const asked: string[] = [];
		const confirm = (answer: boolean) => (message: string, detail: string) => {
			asked.push(`${message} ${detail}`);
			return Promise.resolve(answer);
		};
		await undoGuard(deps({ confirm: confirm(false) }, { backups }));
		expect(asked.join()).toMatch(/cannot be put back[\s\S]*srv/);
		expect([registry.all().length, secrets.size]).toEqual([1, 1]);
		await undoGuard(deps({ confirm: confirm(true) }, { backups }));
		expect([registry.all().length, secrets.size]).toEqual([0, 0]);
	});

	it('leaves the secrets alone of a server that another window guards by then', async () => {
		const review: GuardUi['review'] = async request => {
			const other = await RegistryFile.open(join(root, 'global', 'registry'), silentLogger);
			const { launch, serverName } = request;
			await other.put(aServerEntry({ id: serverIdOf(launch), name: serverName, launch, owner: 'other' }));
			secrets.set(serverIdOf(launch), { TOKEN: 'theirs' });
			other.dispose();
			return decided(request);
		};
		expect(await guardServers(deps({ review }))).toEqual([]);
		expect(registry.all()[0]).toMatchObject({ owner: 'other' });
		expect([...secrets.values()]).toEqual([{ TOKEN: 'theirs' }]);
		expect(await readFile(file, 'utf8')).toBe(TEXT);
	});

	it('does not lend a reviewed launch to another folder, which has a server of its own with a review and secrets of its own', async () => {
		await guardServers(deps());
		const other = join(root, 'other');
		const otherFile = join(other, '.vscode', 'mcp.json');
		await mkdir(join(other, '.vscode'), { recursive: true });
		await writeFile(otherFile, TEXT);
		const both = () => deps({}, { files: () => mcpFiles([folder, other], storage()) });
		const refused = deps({ review: () => Promise.resolve(undefined) }, { files: both().files });
		expect(await guardServers(refused)).toEqual([]);
		expect(registry.all()).toHaveLength(1);
		expect(folderOf(registry.all()[0]!, [other])).toBe('elsewhere');
		expect(await reviewServer(deps(), [other])).toBe(false);

		const [second] = await guardServers(both());
		const [first] = registry.all();
		expect([first?.name, second?.name]).toEqual(['files', 'files (other)']);
		expect(second).toMatchObject({ launch: first?.launch, boundTo: other, origin: { file: otherFile } });
		expect([first?.boundTo, second?.id === first?.id]).toEqual([undefined, false]);
		expect([...secrets.keys()]).toEqual([first?.id, second?.id]);
		expect([folderOf(second!, [folder, other]), folderOf(second!, [folder])]).toEqual([
			{ folder: other },
			'elsewhere',
		]);
		// Each in its own folder.
		expect(launched.map(launch => 'cwd' in launch && launch.cwd)).toEqual([folder, other, other]);
		// What the disk says is what was kept.
		await registry.reload();
		expect([registry.problem, registry.find(second!.id)]).toEqual([undefined, second]);

		// Put back by version control, each is known again.
		const [a, b] = [await readFile(file, 'utf8'), await readFile(otherFile, 'utf8')];
		await writeFile(file, TEXT);
		await writeFile(otherFile, TEXT);
		expect((await guardServers(both())).map(({ id }) => id)).toEqual([first?.id, second?.id]);
		expect([await readFile(file, 'utf8'), await readFile(otherFile, 'utf8')]).toEqual([a, b]);
		expect(launched).toHaveLength(3);
		// Also when the first is not guarded any more.
		await undoGuard(deps({ pickEntry: ([entry]) => Promise.resolve(entry) }));
		await writeFile(otherFile, TEXT);
		expect(await guardServers(deps({}, { files: () => mcpFiles([other], storage()) }))).toEqual([second]);
		expect(registry.all()).toEqual([second]);
	});

	it('what is revoked for one folder is not guarded anew for another', async () => {
		const [first] = await guardServers(deps());
		await registry.setStatus(first!.id, 'revoked', 'a person said so');
		const other = join(root, 'other');
		await mkdir(join(other, '.vscode'), { recursive: true });
		await writeFile(join(other, '.vscode', 'mcp.json'), TEXT);
		expect(await guardServers(deps({}, { files: () => mcpFiles([other], storage()) }))).toEqual([]);
		expect(said.join()).toMatch(/guarded already/);
		expect(launched).toHaveLength(1);
	});

	it('keeps a server guarded when its file cannot be restored', async () => {
		await guardServers(deps());
		await writeFile(file, '{ broken');
		await undoGuard(deps());
		expect(said.join()).toMatch(/stays guarded/);
		expect(registry.all()).toHaveLength(1);
	});
});

describe('C10 pinning a version', () => {
	const pinTo = (version: string | undefined, needsLookUp = false): Partial<GuardDeps> => ({
		pinProposal: (launch, _resolved, lookUp) =>
			Promise.resolve(
				version === undefined || launch.kind === 'http' || (needsLookUp && !lookUp)
					? undefined
					: { version, launch: { ...launch, args: [...launch.args, version] } },
			),
	});

	it('puts the version that is known here into the launch before it is shown and started', async () => {
		const questions: unknown[] = [];
		const confirmLaunch: GuardUi['confirmLaunch'] = question => {
			questions.push([question.args.at(-1), question.pinnedTo]);
			return Promise.resolve(true);
		};
		await guardServers(deps({ confirmLaunch }, pinTo('1.4.2')));
		expect(questions).toEqual([['1.4.2', '1.4.2']]);
		expect(registry.all()[0]?.launch).toMatchObject({ args: ['${workspaceFolder}', '${env:KEY}', '1.4.2'] });
		expect(await readFile(file, 'utf8')).not.toContain('"files"');
		await undoGuard(deps());
		expect(await readFile(file, 'utf8')).toBe(TEXT);
	});

	it('looks a version up only when the person asks for it, and begins anew', async () => {
		const answers: (boolean | undefined)[] = [];
		const review: GuardUi['review'] = request => {
			answers.push(request.canPin);
			return Promise.resolve(answers.length === 1 ? 'pin' : decided(request));
		};
		await guardServers(deps({ review }, pinTo('1.4.2', true)));
		expect(answers).toEqual([true, true]);
		expect(launched).toHaveLength(2);
		expect(registry.all()[0]?.launch).toMatchObject({ args: expect.arrayContaining(['1.4.2']) as unknown });
	});

	it('changes nothing when there is no version to be found', async () => {
		expect(await guardServers(deps({ review: () => Promise.resolve('pin') }, pinTo(undefined)))).toEqual([]);
		expect(said.join()).toMatch(/No exact version/);
		await nothingChanged();
	});

	it('ends when the person asks for a version a second time', async () => {
		expect(await guardServers(deps({ review: () => Promise.resolve('pin') }, pinTo('1', true)))).toEqual([]);
		expect(launched).toHaveLength(2);
		await nothingChanged();
	});
});

describe('reviewServer', () => {
	it('shows new, changed and removed tools and pins only what is admitted now', async () => {
		await guardServers(deps());
		tools = [{ name: 'read', description: 'now it also deletes' }, { name: 'fresh' }];
		const requests: ReviewRequest[] = [];
		const review = (request: ReviewRequest) => {
			requests.push(request);
			return Promise.resolve(decided(request));
		};
		expect(await reviewServer(deps({ review }), [folder])).toBe(true);
		expect(requests[0]?.removed).toEqual(['odd']);
		expect(requests[0]?.tools).toMatchObject([
			{ tool: { name: 'read' }, state: 'drifted', before: { name: 'read' }, admitted: false },
			{ tool: { name: 'fresh' }, state: 'unreviewed', admitted: false },
		]);
		expect(registry.all()[0]?.tools).toEqual([]);
	});

	it.each(['pending-review', 'suspended', 'revoked'] as const)('C6 approves a server that is %s', async status => {
		await guardServers(deps());
		const [entry] = registry.all();
		await registry.put({ ...entry!, status, statusReason: 'why not' });
		const asked: string[] = [];
		const reviewed: unknown[] = [];
		const confirm = (message: string, detail: string) => {
			asked.push(`${message} ${detail}`);
			return Promise.resolve(true);
		};
		const onReviewed: GuardDeps['onReviewed'] = (before, after) => {
			reviewed.push([before.status, before.revision, after.status, after.revision]);
		};
		expect(await reviewServer(deps({ confirm }, { onReviewed }), [folder], entry!.id)).toBe(true);
		expect(registry.find(entry!.id)).toMatchObject({ status: 'approved', revision: 3 });
		expect(registry.find(entry!.id)).not.toHaveProperty('statusReason');
		expect(reviewed).toEqual([[status, 2, 'approved', 3]]);
		expect(asked).toHaveLength(status === 'revoked' ? 1 : 0);
		expect(asked.join()).toMatch(status === 'revoked' ? /revoked: why not/ : /^$/);
	});

	it('C8 starts nothing of a revoked server unless the person wants to review it', async () => {
		await guardServers(deps());
		await registry.put({ ...registry.all()[0]!, status: 'revoked' });
		expect(await reviewServer(deps({ confirm: () => Promise.resolve(false) }), [folder])).toBe(false);
		expect(launched).toHaveLength(1);
		expect(registry.all()[0]?.status).toBe('revoked');
	});

	it('C6 leaves a server as it was when the person says not now', async () => {
		await guardServers(deps());
		await registry.put({ ...registry.all()[0]!, status: 'suspended' });
		const before = registry.all();
		expect(await reviewServer(deps({ review: () => Promise.resolve(undefined) }), [folder])).toBe(false);
		expect(registry.all()).toEqual(before);
	});

	it('does not undo what happened to the server while it was reviewed', async () => {
		await guardServers(deps());
		const review = async (request: ReviewRequest) => {
			await registry.put({ ...registry.all()[0]!, status: 'revoked', revision: 2 });
			return decided(request);
		};
		expect(await reviewServer(deps({ review }), [folder])).toBe(false);
		expect(registry.all()[0]?.status).toBe('revoked');
		expect(said.join()).toMatch(/another window changed this server meanwhile/);
	});

	it('says that a server is gone', async () => {
		await guardServers(deps());
		expect(await reviewServer(deps(), [folder], 'f'.repeat(64))).toBe(false);
		expect(said.join()).toMatch(/not guarded any more/);
	});

	it('starts nothing while the registry is malformed', async () => {
		await guardServers(deps());
		await writeFile(registry.file, '{');
		await registry.reload();
		expect(await reviewServer(deps(), [folder])).toBe(false);
		expect(launched).toHaveLength(1);
	});
});

describe('mcpFiles', () => {
	it('finds the default profile of a profile', () => {
		const files = mcpFiles([], '/u/User/profiles/p1/globalStorage/ext').map(source => source.file);
		expect(files).toEqual(['/u/User/profiles/p1/mcp.json', '/u/User/mcp.json']);
	});
});
