import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { silentLogger } from '../../../src/base/logger';
import { type Launch, serverIdOf } from '../../../src/domain/registry/launch';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { Journal } from '../../../src/storage/journal';
import { RegistryFile } from '../../../src/storage/registryFile';
import { collectCredentials } from '../../../src/vscode/collectCredentials';
import {
	type CredentialDeps,
	followCredentials,
	revokeCredential,
	rotateCredential,
} from '../../../src/vscode/credentials';
import { entryLaunch } from '../../../src/vscode/entryLaunch';
import { envSecrets } from '../../../src/vscode/envSecrets';
import { exchange } from '../proxy/httpClient';
import { ScriptedServer } from '../proxy/httpServer';
import { ids, neverAsked, openPaths, realClock } from '../proxy/support';
import { aServerEntry } from '../support/serverEntries';
import { signed } from '../support/trailKey';

const DUMPER = fileURLToPath(new URL('../../fixtures/servers/dumper.mjs', import.meta.url));

let root: string;
let stored: Map<string, string>;
let registry: RegistryFile;
let journal: Journal;
let endpoint: Endpoint;
let told: string[];
let logged: string[];

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'credentials-'));
	stored = new Map();
	[told, logged] = [[], []];
	registry = await RegistryFile.open(join(root, 'data', 'registry'), silentLogger);
	journal = await Journal.open({
		...{ dir: join(root, 'data', 'trail'), clock: realClock, ids, logger: silentLogger },
		...signed(),
	});
	const log = (text: string) => void logged.push(text);
	const logger = { trace: log, info: log, warn: log, error: log };
	endpoint = await Endpoint.open({
		...{ at: { directory: root }, sessionPaths: openPaths, clock: realClock, ids, logger },
		onStderr: (_id, line) => log(line),
		servers: id => {
			const entry = registry.find(id);
			return (
				entry && {
					server: { id, name: entry.name, reviewRequired: false, roots: [] },
					approver: neverAsked,
					launch: async () => entryLaunch(entry, await secrets().load(id), []),
				}
			);
		},
	});
});
afterEach(async () => {
	await endpoint.close({ afterClose: 0, afterTerm: 0 });
	registry.dispose();
	await journal.close();
	await rm(root, { recursive: true, force: true });
});

const secrets = () =>
	envSecrets({
		get: key => Promise.resolve(stored.get(key)),
		store: (key, value) => Promise.resolve(void stored.set(key, value)),
		delete: key => Promise.resolve(void stored.delete(key)),
		keys: () => Promise.resolve([...stored.keys()]),
		onDidChange: new Emitter<{ key: string }>().event,
	});

function deps(answer?: string): CredentialDeps {
	return {
		...{ registry, secrets: secrets(), tell: message => void told.push(message) },
		ports: { trail: journal, ids, clock: realClock, logger: silentLogger },
		askValue: () => Promise.resolve(answer),
		signOut: () => Promise.resolve(),
	};
}

/** Adopts a definition as guarding does, without the review. */
async function adopt(name: string, launch: Launch, values: Record<string, string>): Promise<ServerEntry> {
	const server = { name, launch, values, inputs: [], line: 1 };
	const collected = await collectCredentials(
		{ server, source: { kind: 'user', file: join(root, 'mcp.json'), within: root } },
		{
			clock: realClock,
			host: () => ({ userHome: root, env: { GH_TOKEN: `canary-${name}-host` } }),
			ask: () => Promise.resolve(undefined),
			tell: (_name, problem) => void told.push(problem),
			isGuarded: () => false,
		},
	);
	const { credentials } = collected!;
	const entry = aServerEntry({ id: serverIdOf(collected!.launch), name, launch: collected!.launch, credentials });
	await secrets().store(entry.id, collected!.values);
	expect(await registry.put(entry)).toEqual({ kind: 'done' });
	return entry;
}

const stdio = (name: string): Launch => ({
	kind: 'stdio',
	command: process.execPath,
	args: [DUMPER, join(root, `${name}.dump`), '--token', `canary-${name}-arg`, '--host', '${env:GH_TOKEN}'],
	env: ['SECRET'],
});

async function start(entry: ServerEntry) {
	const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
	const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
	return exchange(endpoint.uriFor(entry.id), { body });
}

async function dumps(name: string): Promise<string[]> {
	return (await readFile(join(root, `${name}.dump`), 'utf8')).trim().split('\n');
}

/** Everything of the product that lies on the disk. */
async function onDisk(): Promise<string> {
	const files = await readdir(join(root, 'data'), { recursive: true, withFileTypes: true });
	const texts = files.filter(file => file.isFile()).map(file => readFile(join(file.parentPath, file.name), 'utf8'));
	return (await Promise.all(texts)).join('\n');
}

const canaries = (text: string) => [...new Set(text.match(/canary-[\w-]+/g) ?? [])].sort();

describe('C9: each server has its own secrets, and nobody else has them', () => {
	it('two processes and a server by URL see disjoint sets; disk, trail and logs see none', async () => {
		const web = await ScriptedServer.start(() => undefined);
		process.env.CANARY_OF_PARENT = 'canary-parent';
		try {
			const one = await adopt('one', stdio('one'), { SECRET: 'canary-one-env' });
			const two = await adopt('two', stdio('two'), { SECRET: 'canary-two-env' });
			const url = `${web.url}?api_key=canary-web-url`;
			const three = await adopt(
				'web',
				{ kind: 'http', url, headers: ['X-Key'] },
				{ 'X-Key': 'canary-web-header' },
			);
			for (const entry of [one, two, three]) {
				expect((await start(entry)).status).toBe(200);
			}
			expect(canaries((await dumps('one')).join())).toEqual([
				'canary-one-arg',
				'canary-one-env',
				'canary-one-host',
			]);
			expect(canaries((await dumps('two')).join())).toEqual([
				'canary-two-arg',
				'canary-two-env',
				'canary-two-host',
			]);
			const [got] = web.posts('initialize');
			expect(canaries(JSON.stringify([got?.url, got?.headers]))).toEqual(['canary-web-header', 'canary-web-url']);
			await revokeCredential(deps(), one.id, { kind: 'env', name: 'SECRET' });
			expect(canaries(await onDisk())).toEqual([]);
			expect(canaries(logged.join('\n') + JSON.stringify(registry.all()))).toEqual([]);
		} finally {
			delete process.env.CANARY_OF_PARENT;
			await web.close();
		}
	});
});

describe('N7: a credential is replaced or revoked by itself', () => {
	it.each([
		['env', 'SECRET', 'canary-one-env'],
		['variable', 'arg4', 'canary-one-arg'],
		['variable', 'env.GH_TOKEN', 'canary-one-host'],
	] as const)('drill with %s %s: sessions end, the next start has the new value only', async (kind, name, old) => {
		const entry = await adopt('one', stdio('one'), { SECRET: 'canary-one-env' });
		const ended: Promise<void>[] = [];
		const follow = followCredentials(registry, id => void ended.push(endpoint.stopServer(id)));
		expect((await start(entry)).status).toBe(200);
		expect(await rotateCredential(deps('${userHome} canary-new'), entry.id, { kind, name })).toBe(true);
		expect(ended).toHaveLength(1);
		await Promise.all(ended);
		expect(endpoint.activeSessions(entry.id)).toBe(0);
		expect((await start(registry.find(entry.id)!)).status).toBe(200);
		const [before, after] = await dumps('one');
		expect(before).toContain(old);
		expect(after).not.toContain(old);
		expect(after).toContain('${userHome} canary-new');
		expect([...stored.values()].join()).not.toContain(old);
		expect(registry.find(entry.id)).toMatchObject({ id: entry.id, revision: entry.revision + 1 });
		expect(await onDisk()).toMatch(/"credential-rotated"/);
		expect(await onDisk()).not.toContain('canary-new');
		follow.dispose();
	});

	it('a revoked one is gone, ends what runs, and no start happens before there is a new value', async () => {
		const entry = await adopt('one', stdio('one'), { SECRET: 'canary-one-env' });
		const ended: [string, boolean][] = [];
		const follow = followCredentials(registry, (id, revoked) => void ended.push([id, revoked]));
		expect(await revokeCredential(deps(), entry.id, { kind: 'env', name: 'SECRET' })).toBe(true);
		expect(ended).toEqual([[entry.id, true]]);
		expect([...stored.values()].join()).not.toContain('canary-one-env');
		const refused = await start(entry);
		expect(refused.body).toContain('The credential SECRET was revoked. Set a new value with');
		expect(await readdir(root)).not.toContain('one.dump');
		expect(await rotateCredential(deps('canary-new'), entry.id, { kind: 'env', name: 'SECRET' })).toBe(true);
		expect((await start(entry)).status).toBe(200);
		expect((await dumps('one'))[0]).toContain('canary-new');
		follow.dispose();
	});

	it('changes nothing when the person dismisses the question, or names what is not there', async () => {
		const entry = await adopt('one', stdio('one'), { SECRET: 'canary-one-env' });
		const before = [...stored];
		expect(await rotateCredential(deps(), entry.id, { kind: 'env', name: 'SECRET' })).toBe(false);
		expect(await rotateCredential(deps('x'), entry.id, { kind: 'env', name: 'OTHER' })).toBe(false);
		expect(await revokeCredential(deps(), 'nobody', { kind: 'env', name: 'SECRET' })).toBe(false);
		expect([[...stored], registry.all()]).toEqual([before, [entry]]);
	});
});
