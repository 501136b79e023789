import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { aKeyPair, aToken } from '../unit/identity/adminKeys';
import {
	aPlace,
	cliForTests,
	fixtureServer,
	GatewayProcess,
	journalOf,
	type Place,
	runCli,
} from './support/gatewayProcess';
import { localOpa, type Rules } from './support/localOpa';

const cli = await cliForTests();

const POLICY = `deny:
  - capability: filesystem.delete
allow:
  - capability: compute.run
capabilities:
  disclosing/echo: compute.run
  disclosing/other: compute.run
  disclosing/erase: filesystem.delete
`;

const RULES: Rules = {
	'mcp/authz/allow': input => (input.action as JsonObject).mcp_tool === 'echo',
	'mcp/authz': input => ({
		allow: (input.action as JsonObject).mcp_tool === 'echo',
		reason: 'echo alone',
		decision_id: `d-${(input.resource as { readonly identifier: string }).identifier}`,
	}),
};

const TOKEN_VARIABLE = 'MCP_FIREWALL_BREAK_GLASS';

function start(place: Place, flags: readonly string[], env: Readonly<Record<string, string>> = {}): GatewayProcess {
	return new GatewayProcess({
		...{ cli, place, server: fixtureServer('disclosing.mjs'), env },
		flags: ['--server-id', 'disclosing', ...flags],
	});
}

const reasonOf = (answer: JsonObject) =>
	((answer.error as JsonObject | undefined)?.data as JsonObject | undefined)?.reason;
const calls = async (place: Place) => (await journalOf(place.data)).entries.filter(({ kind }) => kind === 'call');

describe('the gateway with OPA beside it', () => {
	it.each(['/v1/data/mcp/authz', '/v1/data/mcp/authz/allow'])('%s', async path => {
		const opa = await localOpa(RULES, 's3cret');
		const place = await aPlace(POLICY);
		const gateway = start(place, ['--decision-service', `${opa.url}${path}`, '--decision-kind', 'opa'], {
			MCP_FIREWALL_DECISION_HEADERS: 'authorization=Bearer%20s3cret',
		});
		await gateway.initialize();
		expect(await gateway.call(1, 'echo', { secret: 'canary' })).toHaveProperty('result');
		expect(reasonOf(await gateway.call(2, 'other', {}))).toBe('decision_denied');
		expect(reasonOf(await gateway.call(3, 'erase', {}))).toBe('destructive_operation');
		await gateway.end();
		expect(opa.inputs).toHaveLength(2);
		expect(opa.inputs[0]).toMatchObject({
			pip_version: 'capiscio.pip.v1',
			action: { capability_class: 'compute.run', mcp_tool: 'echo' },
			resource: { identifier: 'disclosing/echo' },
			context: { enforcement_mode: 'EM-GUARD' },
		});
		expect(JSON.stringify(opa.inputs)).not.toContain('canary');
		const [first, second] = await calls(place);
		expect(first?.authority?.decisionId).toMatch(path.endsWith('authz') ? /^d-disclosing\/echo$/ : /^opa:/);
		expect(second).toMatchObject({
			outcome: 'refused',
			authority: { code: 'TOOL_POLICY_DENIED', cause: 'PDP_DENY' },
		});
		expect(gateway.stderr).not.toContain('s3cret');
	});

	it('refuses where OPA wants a token that it was not given, and where its rule is undefined', async () => {
		const opa = await localOpa(RULES, 's3cret');
		for (const [path, headers] of [
			['mcp/authz', ''],
			['mcp/nothing', 'authorization=Bearer%20s3cret'],
		] as const) {
			const place = await aPlace(POLICY);
			const flags = ['--decision-service', `${opa.url}/v1/data/${path}`, '--decision-kind', 'opa'];
			const gateway = start(place, flags, { MCP_FIREWALL_DECISION_HEADERS: headers });
			await gateway.initialize();
			expect(reasonOf(await gateway.call(1, 'echo', {}))).toBe('decision_unavailable');
			await gateway.end();
			expect(await calls(place)).toMatchObject([{ authority: { cause: 'PDP_UNAVAILABLE' } }]);
		}
	});
});

describe('the gateway with a break-glass token', () => {
	const admin = aKeyPair();

	async function aBroken() {
		const place = await aPlace(POLICY);
		const keys = join(place.folder, 'keys.json');
		await writeFile(keys, JSON.stringify({ keys: [admin.publicJwk] }));
		const flags = ['--decision-service', 'http://127.0.0.1:1/', '--break-glass-keys', keys];
		return { place, flags, keys };
	}

	it('goes on without the decision service, says so, and no child and no trail has the token', async () => {
		const { place, flags } = await aBroken();
		const token = await aToken(admin, Math.floor(Date.now() / 1000));
		const gateway = start(place, [...flags, '--env', TOKEN_VARIABLE], { [TOKEN_VARIABLE]: token });
		await gateway.initialize();
		const answer = await gateway.call(1, 'echo', {});
		expect(answer).toHaveProperty('result');
		expect(JSON.stringify(answer)).not.toContain(TOKEN_VARIABLE);
		expect(reasonOf(await gateway.call(2, 'erase', {}))).toBe('destructive_operation');
		await gateway.end();
		expect(gateway.stderr).toMatch(/break-glass token is in use until/);
		const { entries } = await journalOf(place.data);
		expect(entries.filter(({ kind }) => kind === 'call')[0]?.authority).toMatchObject({
			override: { jti: 'token-1', sub: 'ops@example', reason: 'the decision service burns' },
		});
		const events = entries.map(({ event }) => event);
		expect(events.filter(event => event?.startsWith('break-glass'))).toEqual([
			'break-glass-used',
			'break-glass-ended',
		]);
		expect(JSON.stringify(entries) + gateway.stderr).not.toContain(token.split('.')[2]);

		// Used is used, also after a restart.
		const again = start(place, flags, { [TOKEN_VARIABLE]: token });
		await again.initialize();
		expect(reasonOf(await again.call(1, 'echo', {}))).toBe('decision_unavailable');
		await again.end();
		expect(again.stderr).toMatch(/counts for nothing: it was used before/);
	});

	it('that somebody else signed counts for nothing', async () => {
		const { place, flags } = await aBroken();
		const token = await aToken(aKeyPair(), Math.floor(Date.now() / 1000));
		const gateway = start(place, flags, { [TOKEN_VARIABLE]: token });
		await gateway.initialize();
		expect(reasonOf(await gateway.call(1, 'echo', {}))).toBe('decision_unavailable');
		await gateway.end();
		expect(gateway.stderr).toMatch(/counts for nothing: it is not signed/);
	});

	it('takes no private key, no published one, and no half of the options', async () => {
		const { place, flags, keys } = await aBroken();
		const args = ['gateway', '--policy', place.policy, '--data', place.data];
		const run = (more: readonly string[]) => runCli(cli, [...args, ...more, '--', 'true']);
		await writeFile(keys, JSON.stringify(admin.privateJwk));
		const ran = await run(flags);
		expect([ran.code, ran.stdout]).toEqual([64, '']);
		expect(ran.stderr).toMatch(/private/);
		expect(ran.stderr).not.toContain(admin.privateJwk.d);
		for (const more of [
			['--break-glass-keys', keys],
			['--decision-kind', 'opa'],
			['--decision-service', 'http://pdp.example.com'],
			['--decision-service', 'http://127.0.0.1:1', '--decision-kind', 'rego'],
		]) {
			expect((await run(more)).code).toBe(64);
		}
	});
});

describe('the files that say whose word counts', () => {
	it('INVARIANT 9: no guarded tool touches the trust settings and the administrators’ keys, whatever the policy allows', async () => {
		const opa = await localOpa({ 'mcp/authz/allow': () => true });
		const place = await aPlace('allow: [filesystem.write]\ncapabilities: {disclosing/echo: filesystem.write}\n');
		const [keys, identity] = ['keys.json', 'identity.json'].map(name => join(place.workspace, name)) as [
			string,
			string,
		];
		await writeFile(keys, JSON.stringify(aKeyPair().publicJwk));
		await writeFile(identity, '{}');
		const service = ['--decision-service', `${opa.url}/v1/data/mcp/authz/allow`, '--decision-kind', 'opa'];
		const gateway = start(place, [...service, '--break-glass-keys', keys, '--identity', 'identity.json']);
		await gateway.initialize();
		expect(await gateway.call(1, 'echo', { path: join(place.workspace, 'readme.md') })).toHaveProperty('result');
		for (const [at, path] of [keys, identity].entries()) {
			expect(reasonOf(await gateway.call(10 + at, 'echo', { path, content: '[]' }))).toBe('protected_path');
		}
		await gateway.end();
	});
});
