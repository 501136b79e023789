import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RESTED_BY_PERSON, REVOKED_BY_PERSON } from '../../src/domain/registry/changeStatus';
import { type ServerEntry } from '../../src/domain/registry/serverEntry';
import { verifyTrail } from '../../src/storage/verifyTrail';
import { contains } from '../unit/proxy/support';
import { allGone, buildHost, Host, prepare, trial } from '../unit/support/stopTrial';

// Three hosts and their servers start in each test, beside whatever else the machine does; bench/stop.mjs measures.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Generous: this is no measurement. */
const DEADLINE_MS = 10_000;

let folder: string;
let program: string;
beforeAll(async () => {
	folder = await realpath(await mkdtemp(join(tmpdir(), 'mf-stop-')));
	program = await buildHost(folder, root);
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function threeHosts(): Promise<{
	readonly hosts: readonly Host[];
	readonly data: string;
	readonly idOf: (name: string) => string;
}> {
	const data = await mkdtemp(join(folder, 'data-'));
	const entries: readonly ServerEntry[] = await prepare(data, root);
	const hosts = await Promise.all([1, 2, 3].map(() => open(data)));
	return { hosts, data, idOf: name => entries.find(entry => entry.name === name)?.id ?? '' };
}

async function open(data: string): Promise<Host> {
	const host = await Host.start(program, data);
	onTestFinished(() => host.close());
	return host;
}

describe('the emergency stop and revocation over three windows', () => {
	it('C8, E6: a stop refuses what is in flight everywhere, ends every process, holds after a restart, until a person resumes', async () => {
		const { hosts, data, idOf } = await threeHosts();
		const [first, second, third] = hosts as [Host, Host, Host];
		for (const [serverIds, last] of [
			[['plain', 'deaf'], first],
			[['family', 'shared'], second],
			[['deaf', 'family'], third],
		] as const) {
			const done = await trial(hosts, serverIds.map(idOf), host => host.tell({ do: 'stop' }), DEADLINE_MS);
			expect(done.texts).toHaveLength(6);
			for (const text of done.texts) {
				expect(text).toContain('reason=emergency_stop');
				expect(text).not.toContain('"result"');
			}
			await Promise.all(hosts.map(host => host.until(() => host.stopped)));
			for (const host of hosts) {
				expect(await host.greet(idOf('plain'))).toEqual({ refused: contains('reason=emergency_stop') });
			}
			// A window that is opened now.
			const late = await open(data);
			expect(late.stopped).toBe(true);
			expect(await late.greet(idOf('plain'))).toEqual({ refused: contains('reason=emergency_stop') });
			await last.tell({ do: 'resume' });
			await Promise.all([...hosts, late].map(host => host.until(() => !host.stopped)));
			await late.close();
		}
		const again = await third.call(idOf('plain'));
		expect(again.host.pids(idOf('plain')).length).toBeGreaterThan(0);
		await Promise.all(hosts.map(host => host.close()));
		await allGone(
			hosts.flatMap(host => host.pids()),
			DEADLINE_MS,
		);
		expect(await verifyTrail(data)).toMatchObject({ ok: true });
		expect((await readdir(data)).sort()).toEqual([
			...['anchors', 'emergency-stop.json', 'keys', 'registry', 'trail', 'witnessed.json'],
		]);
	});

	it('C8: a revoked server ends everywhere, the others go on, and it does not start again, here or after a restart', async () => {
		const { hosts, data, idOf } = await threeHosts();
		const others = await Promise.all(hosts.map(host => host.call(idOf('plain'))));
		const revoke = { do: 'revoke', id: idOf('family'), reason: REVOKED_BY_PERSON } as const;
		const done = await trial(hosts, [idOf('family'), idOf('family')], host => host.tell(revoke), DEADLINE_MS);
		for (const text of done.texts) {
			expect(text).toContain('reason=server_revoked');
			expect(text).not.toContain('"result"');
		}
		const late = await open(data);
		for (const host of [...hosts, late]) {
			expect(await host.greet(idOf('family'))).toEqual({ refused: contains('reason=server_revoked') });
		}
		const answered = await Promise.race([...others.map(({ answer }) => answer), Promise.resolve('still running')]);
		expect(answered).toBe('still running');
		const stopped = Promise.all(others.map(({ answer }) => answer));
		await hosts[1]!.tell({ do: 'stop' });
		expect((await stopped).map(({ text }) => text.includes('reason=emergency_stop'))).toEqual([true, true, true]);
	});

	it('C8: a server that was put to rest ends everywhere, also where sessions share its process', async () => {
		const { hosts, idOf } = await threeHosts();
		const rest = { do: 'suspend', id: idOf('shared'), reason: RESTED_BY_PERSON } as const;
		const done = await trial(hosts, [idOf('shared'), idOf('shared')], host => host.tell(rest), DEADLINE_MS);
		expect(done.texts.filter(text => text.includes('reason=server_not_approved'))).toHaveLength(6);
	});
});
