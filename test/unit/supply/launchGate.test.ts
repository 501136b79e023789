import { existsSync } from 'node:fs';
import { appendFile, copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { serverIdOf, type StdioLaunch } from '../../../src/domain/registry/launch';
import { resolveLaunch } from '../../../src/domain/registry/resolveLaunch';
import { type ServerEntry, type ServerStatus } from '../../../src/domain/registry/serverEntry';
import { type Notice } from '../../../src/firewall/ports';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { RegistryFile } from '../../../src/storage/registryFile';
import { LaunchGate } from '../../../src/storage/launchGate';
import { MemoryTrail } from '../../path/support/memoryTrail';
import { exchange } from '../proxy/httpClient';
import { ids, neverAsked, openPaths, realClock } from '../proxy/support';
import { aServerEntry } from '../support/serverEntries';
import { folderForTest, suppliesAt } from './look';

vi.setConfig({ testTimeout: 120_000 });

const FIXTURE = join(process.cwd(), 'test/fixtures/servers/bytes.mjs');

/** A window as far as starting goes: real registry, gate, endpoint and server. */
async function openWindow(options: { readonly shared?: true } = {}) {
	const folder = await folderForTest();
	const script = join(folder, 'server.mjs');
	const log = join(folder, 'received');
	await copyFile(FIXTURE, script);
	const registry = await RegistryFile.open(join(folder, 'registry'), silentLogger);
	const supplies = suppliesAt(folder);
	const trail = new MemoryTrail([]);
	const notices: Notice[] = [];
	const stop = { stopped: false, onDidStop: () => ({ dispose: () => undefined }) };
	const window = { restricted: false };
	const gate = new LaunchGate({
		registry,
		supplies,
		ports: { trail, ids, clock: realClock, logger: silentLogger, notify: each => notices.push(each), stop },
		isRestricted: () => window.restricted,
	});
	const launch: StdioLaunch = { kind: 'stdio', command: process.execPath, args: [script, log], cwd: folder, env: [] };
	const resolve = (entry: ServerEntry) => {
		const found =
			entry.launch.kind === 'stdio'
				? resolveLaunch(entry.launch, {}, { userHome: folder, env: {} })
				: { problem: 'by URL' };
		return 'problem' in found ? Promise.reject(new Error(found.problem)) : Promise.resolve(found);
	};
	const endpoint = await Endpoint.open({
		...{ at: { directory: folder }, sessionPaths: openPaths, clock: realClock, ids, logger: silentLogger },
		// As the workbench does: whatever the registry holds is served, and the gate says whether it runs.
		servers: id => ({
			server: { id, name: 'bytes', reviewRequired: true, roots: [] },
			approver: neverAsked,
			shared: options.shared === true,
			launch: () => gate.admit({ id, name: 'bytes' }, resolve),
		}),
	});
	onTestFinished(async () => {
		await endpoint.close({ afterClose: 0, afterTerm: 0 });
		registry.dispose();
	});
	const pin = await supplies.pin({ command: launch.command, args: launch.args, cwd: folder, env: {} });
	const entry = aServerEntry({ name: 'bytes', launch, supply: pin });
	const post = (id: string, message: object, headers: Record<string, string> = {}) =>
		exchange(endpoint.uriFor(id), { body: JSON.stringify({ jsonrpc: '2.0', ...message }), headers });
	const initialize = (id: string) =>
		post(id, {
			...{ id: 0, method: 'initialize' },
			params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
		});
	return { folder, script, log, gate, registry, trail, notices, stop, window, entry, post, initialize };
}

describe('N1, E2 nothing runs without an approved entry', () => {
	it('property: of random definitions only what is registered, approved and unchanged is started; else zero bytes', async () => {
		const { log, registry, trail, entry, initialize } = await openWindow();
		const approved = { arbitrary: fc.constant<ServerStatus | 'unregistered'>('approved'), weight: 2 };
		const others = fc.constantFrom('unregistered' as const, 'pending-review', 'suspended', 'revoked');
		const statuses = fc.oneof(approved, { arbitrary: others, weight: 1 });
		const supply = fc.constantFrom(
			...[entry.supply, entry.supply, entry.supply],
			{ ...entry.supply, files: [] },
			{ ...entry.supply, files: entry.supply.files.map(file => ({ ...file, digest: 'a'.repeat(64) })) },
			{ ...entry.supply, source: { kind: 'npm' as const, name: 'another' } },
		);
		const other = fc.constantFrom('none', 'args', 'cwd');
		let started = 0;
		await fc.assert(
			fc.asyncProperty(statuses, supply, other, async (status, pinned, change) => {
				await rm(log, { force: true });
				const launch = entry.launch as StdioLaunch;
				const changed: StdioLaunch =
					change === 'args'
						? { ...launch, args: ['-e', '0', ...launch.args] }
						: change === 'cwd'
							? { ...launch, cwd: '/' }
							: launch;
				const drawn = { ...entry, id: serverIdOf(changed), launch: changed, supply: pinned };
				if (status !== 'unregistered') {
					expect(await registry.put({ ...drawn, status })).toEqual({ kind: 'done' });
				}
				const answer = await initialize(drawn.id);
				const mayRun = status === 'approved' && pinned === entry.supply && change !== 'args';
				expect(existsSync(log)).toBe(mayRun);
				expect(answer.body.includes('AgentActionBlocked')).toBe(!mayRun);
				started += mayRun ? 1 : 0;
				await registry.remove(drawn.id);
			}),
			{ numRuns: 60 },
		);
		expect(started).toBeGreaterThan(5);
		const refused = trail.entries.filter(({ outcome }) => outcome === 'refused');
		expect(refused).toHaveLength(60 - started);
	});

	it('A5 AUD-11: the names of the secrets that it is started with stand in the trail before it runs', async () => {
		const { trail, registry, entry, initialize } = await openWindow();
		const credentials = [{ kind: 'env', name: 'KEY', storedAt: '2026-01-01T00:00:00.000Z' }] as const;
		await registry.put({ ...entry, credentials });
		await initialize(entry.id);
		expect(trail.entries).toMatchObject([
			{
				...{ event: 'credential-used', actor: 'firewall', server: { id: entry.id } },
				...{ credentials: ['env:KEY'], credentialFacts: [{ issuedAt: '2026-01-01T00:00:00.000Z' }] },
			},
		]);
	});

	it('E2 a definition that no registry knows is refused with its reason, and the trail has it', async () => {
		const { log, trail, entry, initialize } = await openWindow();
		expect((await initialize(entry.id)).body).toContain('reason=server_not_approved');
		expect(existsSync(log)).toBe(false);
		expect(trail.entries).toMatchObject([{ outcome: 'refused', detail: 'server_not_approved' }]);
	});
});

describe('a restricted window', () => {
	it('starts nothing, not even what is approved, and leaves it approved; once trusted it does', async () => {
		const { log, registry, trail, window, entry, initialize } = await openWindow();
		await registry.put(entry);
		window.restricted = true;
		const refused = (await initialize(entry.id)).body;
		expect(refused).toContain('reason=workspace_restricted. The person has not trusted this workspace');
		expect(existsSync(log)).toBe(false);
		expect(trail.entries).toMatchObject([{ outcome: 'refused', detail: 'workspace_restricted' }]);
		expect(registry.find(entry.id)).toMatchObject({ status: 'approved', revision: entry.revision });
		window.restricted = false;
		expect((await initialize(entry.id)).body).toContain('serverInfo');
	});
});

describe('C2, C10 a changed byte suspends before anything is started', () => {
	it('C2 zero bytes reach it; the answer, the registry, the trail and the notice say what changed', async () => {
		const { log, script, registry, trail, notices, entry, initialize } = await openWindow();
		await registry.put(entry);
		await appendFile(script, '\n// evil text of a server\n');
		const answer = await initialize(entry.id);
		expect(answer.body).toContain('reason=supply_changed. supply-chain: entry script changed');
		expect(answer.body).not.toContain('evil text');
		expect(answer.body).not.toContain(script);
		expect(existsSync(log)).toBe(false);
		expect(registry.find(entry.id)).toMatchObject({
			...{
				status: 'suspended',
				statusReason: 'supply-chain: entry script changed',
				revision: entry.revision + 1,
			},
		});
		expect(trail.entries).toMatchObject([
			{ event: 'server-suspended', detail: 'supply-chain: entry script changed (entry_changed)' },
			{ outcome: 'refused', detail: 'supply_changed: supply-chain: entry script changed' },
		]);
		expect(notices).toEqual([
			{
				kind: 'suspended',
				server: { id: entry.id, name: 'bytes' },
				reason: 'supply-chain: entry script changed',
			},
		]);
	});

	it('A2, E7 the trail says by what the server was known, also of a start that was refused for it', async () => {
		const { script, gate, registry, trail, entry, initialize } = await openWindow();
		await registry.put(entry);
		expect(gate.authOf(entry.id)).toBeUndefined();
		expect((await initialize(entry.id)).body).toContain('serverInfo');
		expect(gate.authOf(entry.id)).toMatchObject({ method: 'file-digest', result: 'ok' });
		await appendFile(script, ' ');
		await initialize(entry.id);
		const failed = { method: 'file-digest', result: 'failed', at: expect.any(String) as string };
		expect(gate.authOf(entry.id)).toEqual(failed);
		expect(trail.entries).toMatchObject([
			{ event: 'server-suspended', auth: failed },
			{ outcome: 'refused', method: 'initialize', auth: failed },
		]);
	});

	it('C2 putting the byte back does not bring it back: a person has to review it', async () => {
		const { log, script, registry, entry, initialize } = await openWindow();
		await registry.put(entry);
		await appendFile(script, ' ');
		await initialize(entry.id);
		await copyFile(FIXTURE, script);
		expect((await initialize(entry.id)).body).toContain('reason=server_not_approved');
		expect(existsSync(log)).toBe(false);
	});

	it.each([{}, { shared: true as const }])(
		'C2 a process that is started again within its session is looked at again: %j',
		async options => {
			const { log, script, registry, entry, post, initialize } = await openWindow(options);
			await registry.put(entry);
			const begun = await initialize(entry.id);
			const headers = { 'mcp-session-id': String(begun.headers['mcp-session-id']) };
			await post(entry.id, { method: 'notifications/initialized' }, headers);
			const call = { method: 'tools/call', params: { name: 'pid', arguments: {} } };
			const first = await post(entry.id, { id: 1, ...call }, headers);
			const pid = Number(/"text":"(\d+)"/.exec(first.body)?.[1]);
			await appendFile(script, ' ');
			const before = await readFile(log, 'utf8');
			process.kill(pid, 'SIGKILL');
			await expect
				.poll(() => post(entry.id, { id: 2, ...call }, headers).then(({ body }) => body), { timeout: 20_000 })
				.toMatch(/supply_changed|server_not_approved|-32001|[Ss]ession/);
			expect(registry.find(entry.id)?.status).toBe('suspended');
			expect((await readFile(log, 'utf8')).slice(before.length)).not.toContain('started');
		},
	);

	it('C8 what was revoked while it was looked at stays down, and so does everything under the emergency stop', async () => {
		const { log, registry, stop, entry, initialize } = await openWindow();
		await registry.put(entry);
		stop.stopped = true;
		expect((await initialize(entry.id)).body).toContain('reason=emergency_stop');
		stop.stopped = false;
		await registry.put({ ...entry, status: 'revoked' });
		expect((await initialize(entry.id)).body).toContain('reason=server_revoked');
		expect(registry.find(entry.id)?.status).toBe('revoked');
		expect(existsSync(log)).toBe(false);
	});

	it('a trail that cannot be written does not open the gate', async () => {
		const { log, script, registry, trail, entry, initialize } = await openWindow();
		await registry.put(entry);
		trail.fails = () => true;
		await appendFile(script, ' ');
		expect((await initialize(entry.id)).body).toContain('reason=supply_changed');
		expect(existsSync(log)).toBe(false);
	});
});
