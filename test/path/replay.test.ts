import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
	aPlace,
	cliForTests,
	GatewayProcess,
	journalOf,
	packagedServer,
	type Place,
	runCli,
} from './support/gatewayProcess';
import { expectMode } from '../unit/support/machine';

const cli = await cliForTests();

const POLICY = `composition: require_approval
deny:
  - {id: no-etc, capability: filesystem.*, path_prefix: /etc}
  - {id: no-canary, capability: filesystem.write, contains: forbidden-word}
allow:
  - id: read-here
    capability: filesystem.read
    path_prefix: \${workspaceFolder}
    limits: {calls_per_session: 3}
  - id: write-here
    capability: filesystem.write
    path_prefix: \${workspaceFolder}
    args: {/content: {max_length: 20000}}
`;
const SECRET = `ghp_${'a1B2'.repeat(9)}`;

/** Drives real calls through a gateway in front of server-filesystem: allowed, denied, masked, cut and used-up ones. */
async function recorded(policy = POLICY): Promise<Place> {
	const place = await aPlace(policy);
	const server = packagedServer('@modelcontextprotocol/server-filesystem', place.workspace);
	const gateway = new GatewayProcess({ cli, place, server, flags: ['--server-id', 'filesystem'] });
	await gateway.initialize();
	const readme = join(place.workspace, 'readme.md');
	const note = join(place.workspace, 'note.txt');
	await gateway.call(1, 'read_text_file', { path: readme });
	await gateway.call(2, 'read_text_file', { path: '/etc/passwd' });
	await gateway.call(3, 'write_file', { path: note, content: `key ${SECRET} here` });
	await gateway.call(4, 'write_file', { path: note, content: `${'x'.repeat(9_000)} forbidden-word` });
	await gateway.call(5, 'write_file', { path: note, content: 'y'.repeat(12_000) });
	await gateway.call(6, 'read_text_file', { path: join(place.data, 'trail') });
	for (let id = 7; id < 12; id++) {
		await gateway.call(id, 'read_text_file', { path: readme });
	}
	await gateway.end();
	return place;
}

/** Runs a command whose stdout is closed before its first line. */
async function withoutReader(...args: string[]): Promise<{ readonly code: unknown; readonly told: string }> {
	const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
	child.stdout.destroy();
	let told = '';
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => (told += chunk));
	return { code: await new Promise(resolve => child.once('close', resolve)), told };
}

describe('policy replay', () => {
	it('ARG-03 every verdict of a real trail is the same again, also after the policy was edited', async () => {
		const place = await recorded();
		await writeFile(place.policy, 'deny: ["*"]\n');
		const ran = await runCli(cli, ['policy', 'replay', '--trail', place.data]);
		expect(ran.stderr).toBe('');
		expect(ran.stdout).toContain('Replayed 11 calls under 1 policy: 11 same, 0 different');
		expect(ran.code).toBe(0);
		const { entries, file } = await journalOf(place.data);
		const judged = entries.filter(entry => entry.facts !== undefined);
		expect(judged).toHaveLength(11);
		expect(new Set(judged.map(entry => entry.verdict?.reason))).toEqual(
			new Set(
				['policy_allow', 'policy_deny', 'protected_path', 'limit_exceeded', 'secret_then_network'].slice(0, 4),
			),
		);
		expect(await readFile(file, 'utf8')).not.toContain(SECRET);
		// What a read costs in the trail beyond what stood there before.
		const read = judged.find(entry => entry.tool === 'read_text_file' && entry.context === undefined);
		expect(JSON.stringify(read?.facts).length).toBeLessThan(400);
		expect(entries.filter(entry => entry.context !== undefined).length).toBeLessThanOrEqual(2);
		const [kept] = await readdir(join(place.data, 'policies'));
		expectMode(join(place.data, 'policies', kept ?? ''), 0o600);
	});

	it('a policy that is not kept is named, and --policy stands in for it: 2, then 0', async () => {
		const place = await recorded();
		await rm(join(place.data, 'policies'), { recursive: true });
		const lacking = await runCli(cli, ['policy', 'replay', '--trail', place.data]);
		expect(lacking.code).toBe(2);
		expect(lacking.stderr).toMatch(/11 calls decided by policy [0-9a-f]{64}, which is not kept here/);
		const given = await runCli(cli, ['policy', 'replay', '--trail', place.data, '--policy', place.policy]);
		expect(given).toMatchObject({ code: 0, stderr: '' });
		expect(given.stdout).toContain('11 same, 0 different');
		await writeFile(place.policy, 'deny: ["*"]\n');
		const other = await runCli(cli, ['policy', 'replay', '--trail', place.data, '--policy', place.policy]);
		expect(other.stdout).toContain('11 calls decided by another policy');
		expect(other.code).toBe(2);
	});

	it('AUD-01 a trail that was tampered with: 3', async () => {
		const place = await recorded();
		const { file } = await journalOf(place.data);
		const text = await readFile(file, 'utf8');
		await writeFile(file, text.replace('"effect":"deny"', '"effect":"allow"'));
		const ran = await runCli(cli, ['policy', 'replay', '--trail', place.data]);
		expect(ran).toMatchObject({ code: 3, stdout: '' });
		expect(ran.stderr).toContain('altered');
		for (const command of [
			['policy', 'diff', place.policy, place.policy, '--trail', place.data],
			['policy', 'explain', place.policy, '--trail', place.data, '--call', 'any'],
			['audit', 'verify', place.data],
		]) {
			expect((await runCli(cli, command)).code, command.join(' ')).toBe(3);
		}
	});

	it('a reader that goes away ends the command quietly: no stack trace', async () => {
		const place = await recorded();
		expect(await withoutReader('audit', 'logs', place.data, '--json')).toEqual({ code: 0, told: '' });
		const { file } = await journalOf(place.data);
		const text = await readFile(file, 'utf8');
		await writeFile(file, text.replace('"effect":"deny"', '"effect":"allow"'));
		expect(await withoutReader('audit', 'verify', place.data)).toEqual({ code: 3, told: '' });
	});
});

describe('policy diff', () => {
	it('newly allowed first, then asked, then denied; masked and cut arguments only where they decide', async () => {
		const place = await recorded();
		const next = join(place.folder, 'next.yaml');
		await writeFile(
			next,
			POLICY.replace('  - {id: no-etc, capability: filesystem.*, path_prefix: /etc}\n', '')
				.replace('allow:\n', 'allow:\n  - {id: etc, capability: filesystem.read, path_prefix: /etc}\n')
				.replace('    capability: filesystem.read\n', '    capability: filesystem.list\n')
				.replace('max_length: 20000', 'max_length: 10000'),
		);
		const diff = (...more: string[]) =>
			runCli(cli, ['policy', 'diff', place.policy, next, '--trail', place.data, ...more]);
		const ran = await diff();
		expect(ran.stderr).toBe('');
		const kinds = [...ran.stdout.matchAll(/^newly \w+/gm)].map(([kind]) => kind);
		expect(kinds[0]).toBe('newly allowed');
		expect(kinds.slice(1).every(kind => kind === 'newly denied')).toBe(true);
		expect(ran.stdout).toContain(`before: no-etc at ${place.policy}:3`);
		expect(ran.stdout).toContain(`after:  etc at ${next}:`);
		expect(ran.code).toBe(1);
		const json = JSON.parse((await diff('--json')).stdout) as { groups: { to: string }[]; untold: string[] };
		expect(json.groups[0]?.to).toBe('allow');
		// The secret is shorter than either limit, but nobody can tell any more; the cut ones neither.
		expect(json.untold.length).toBeGreaterThan(0);
		const same = await runCli(cli, ['policy', 'diff', place.policy, place.policy, '--trail', place.data]);
		expect(same).toMatchObject({ code: 0, stderr: '' });
		expect(same.stdout).toContain('11 calls compared, 0 decided differently');
	});
});
