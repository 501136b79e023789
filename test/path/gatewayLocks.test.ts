import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { isAlive } from '../unit/proxy/support';
import { aPlace, cliForTests, fixtureServer, GatewayProcess, journalOf, type Place } from './support/gatewayProcess';
import { localOpa } from './support/localOpa';

// Files are followed by the clock on the wall.
vi.setConfig({ testTimeout: 60_000 });

const cli = await cliForTests();

const POLICY = `allow:
  - capability: compute.run
capabilities:
  disclosing/echo: compute.run
  slow/wait: compute.run
`;
const DENIED = 'settings:\n  deniedServers: [{serverName: disclosing}]\n';
const reasonOf = (answer: JsonObject) =>
	((answer.error as JsonObject | undefined)?.data as JsonObject | undefined)?.reason;

/** A place with an organisation's file that locks nothing yet, and how a gateway is started there. */
async function office() {
	const place: Place = await aPlace(POLICY);
	const file = join(place.folder, 'org.yaml');
	await writeFile(file, '{}\n');
	return {
		place,
		file,
		start: (flags: readonly string[] = [], server = fixtureServer('disclosing.mjs'), name = 'disclosing') =>
			new GatewayProcess({
				...{ cli, place, server },
				flags: ['--server-id', name, '--organisation', file, ...flags],
			}),
		/** As documented: a finished file is renamed over it. */
		say: async (text: string) => {
			await writeFile(`${file}.new`, text);
			await rename(`${file}.new`, file);
		},
	};
}

describe('a running gateway follows what the organisation locks', () => {
	it('a server that is denied ends with its process and the call that hangs, and does not start again', async () => {
		const { place, say, start } = await office();
		const gateway = start([], fixtureServer('slow.mjs', 'deaf'), 'slow');
		await gateway.initialize();
		const hanging = gateway.call(1, 'wait', {});
		await gateway.said(/calling/);
		const pid = Number((await gateway.said(/pid (\d+)/))[1]);
		await say('settings:\n  deniedServers: [{serverName: slow}]\n');
		expect(reasonOf(await hanging)).toBe('server_not_listed');
		expect(await gateway.exit).toBe(2);
		expect(isAlive(pid)).toBe(false);
		expect(gateway.stderr).toMatch(/this server may not run\. It is on .*\(.*org\.yaml:2\)/);
		const { entries } = await journalOf(place.data);
		expect(entries.filter(({ kind }) => kind === 'call')).toMatchObject([
			{ outcome: 'cancelled', detail: 'server_not_listed' },
		]);
		expect(entries).toContainEqual(expect.objectContaining({ event: 'upstream-ended', detail: 'stopped by us' }));
		expect(await start([], fixtureServer('slow.mjs'), 'slow').exit).toBe(64);
	});

	it('where it listens, it ends as well', async () => {
		const { say, start } = await office();
		const gateway = start(['--listen', '0']);
		await gateway.said(/listening at/);
		await say('settings:\n  allowedServers: []\n');
		expect(await gateway.exit).toBe(2);
		expect(gateway.stderr).toContain('not on your organisation’s list of allowed MCP servers');
	});

	it('a file that is cut off denies and ends nothing; whole again, what it says counts', async () => {
		const { file, say, start } = await office();
		const gateway = start();
		await gateway.initialize();
		expect(await gateway.call(1, 'echo', {})).toHaveProperty('result');
		await writeFile(file, DENIED.slice(0, -12));
		await gateway.said(/org\.yaml/);
		expect(reasonOf(await gateway.call(2, 'echo', {}))).toBe('policy_unusable');
		await say('settings:\n  deniedServers: [{serverName: other}]\n');
		let id = 3;
		await expect
			.poll(async () => reasonOf(await gateway.call(id++, 'echo', {})), { timeout: 10_000 })
			.toBe(undefined);
		await say(DENIED);
		expect(await gateway.exit).toBe(2);
	});

	it('a decision service that is locked later is asked from then on, and not once it is taken back', async () => {
		const opa = await localOpa(
			{ 'mcp/authz': () => ({ allow: false, reason: 'nobody', decision_id: 'd' }) },
			's3cret',
		);
		const { say, start } = await office();
		const gateway = start();
		await gateway.initialize();
		expect(await gateway.call(1, 'echo', {})).toHaveProperty('result');
		await say(`settings:\n  decisionService.url: ${opa.url}/v1/data/mcp/authz\n  decisionService.kind: opa\n`);
		let id = 2;
		const next = async () => reasonOf(await gateway.call(id++, 'echo', {}));
		await expect.poll(next, { timeout: 10_000 }).toMatch(/^decision_/);
		await say('{}\n');
		await expect.poll(next, { timeout: 10_000 }).toBe(undefined);
		expect(await gateway.end()).toBe(0);
	});
});
