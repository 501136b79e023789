import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { freshKey, selfSigned } from '../unit/identity/issuer';
import {
	aPlace,
	cliForTests,
	fixtureServer,
	GatewayProcess,
	journalOf,
	type Place,
	runCli,
} from './support/gatewayProcess';

const cli = await cliForTests();

const POLICY = 'allow: ["*"]\ncapabilities:\n  disclosing/echo: compute.run\n';
const now = () => Math.floor(Date.now() / 1000);

/** A gateway in front of a server that discloses a key of its own, level 0. */
async function session(place: Place, key: ReturnType<typeof freshKey>, trust: JsonObject | undefined) {
	const log = join(place.folder, `${String(Math.random()).slice(2)}.log`);
	const what = { did: key.did, badge: selfSigned(key, now()), key: key.privateJwk, log };
	const file = join(place.folder, 'identity.json');
	await writeFile(file, JSON.stringify(trust ?? {}));
	const gateway = new GatewayProcess({
		...{ cli, place, server: fixtureServer('disclosing.mjs') },
		env: { DISCLOSING: JSON.stringify(what), CAPISCIO_API_KEY: 'sk_live_secret' },
		flags: [
			'--server-id',
			'disclosing',
			'--env',
			'DISCLOSING',
			...(trust === undefined ? [] : ['--identity', file]),
		],
	});
	await gateway.initialize();
	const answer = await gateway.call(1, 'echo', {});
	return { gateway, answer, seen: () => readFile(log, 'utf8') };
}

async function pinned(place: Place): Promise<readonly string[]> {
	const folder = join(place.data, 'principals');
	const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.json'));
	return Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
}

async function until<T>(look: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
	for (;;) {
		const value = await look();
		if (good(value)) {
			return value;
		}
		await new Promise(resolve => setImmediate(resolve));
	}
}

describe('gateway --identity', () => {
	it('a server that proves its key is remembered in the data folder, and nobody else sees the question', async () => {
		const place = await aPlace(POLICY);
		const key = freshKey();
		const { gateway, answer, seen } = await session(place, key, { acceptLevelZero: true });
		expect(answer.error).toBeUndefined();
		const [pin = ''] = await until(
			() => pinned(place),
			pins => pins.length === 1,
		);
		expect(JSON.parse(pin)).toMatchObject({ pin: { did: key.did } });
		expect((await seen()).match(/"ping"/g)).toHaveLength(1);
		expect(gateway.inbox.all.map(({ id }) => id)).toEqual(['hello', 1]);
		expect(gateway.garbage).toEqual([]);
		expect(gateway.stderr).not.toContain(key.privateJwk.d);
		expect(JSON.stringify(answer)).not.toContain('sk_live_secret');
	});

	it('the trail says who the server was; another key at the same launch gets no call, whatever the policy allows', async () => {
		const place = await aPlace(POLICY);
		const key = freshKey();
		const first = await session(place, key, { acceptLevelZero: true });
		expect(first.answer.error).toBeUndefined();
		await until(
			() => pinned(place),
			pins => pins.length === 1,
		);
		await first.gateway.end();
		const { entries } = await journalOf(place.data);
		const call = entries.find(({ method, principal }) => method === 'tools/call' && principal !== undefined);
		expect(call?.principal).toMatchObject({ state: 'VERIFIED_PRINCIPAL', level: '0', proof: 'ok', did: key.did });
		expect(JSON.stringify(entries)).not.toContain('eyJ');
		const second = await session(place, freshKey(), { acceptLevelZero: true });
		expect(second.answer.error).toMatchObject({ code: -32000 });
		expect(await second.seen()).not.toContain('tools/call');
		// Without trust in anybody too: what is remembered is enough.
		const third = await session(place, freshKey(), undefined);
		expect(third.answer.error).toMatchObject({ code: -32000 });
		expect(await third.seen()).not.toContain('tools/call');
	});

	it('a client that got its list of tools before it was known who the server is hears that there is another one', async () => {
		const place = await aPlace(
			'identity: {require_badge: true}\nallow: [compute.run]\ncapabilities: {disclosing/echo: compute.run}\n',
		);
		const file = join(place.folder, 'identity.json');
		await writeFile(file, JSON.stringify({ acceptLevelZero: true }));
		// It never answers the challenge, so it is known only after a while that it has proven nothing.
		const what = { did: freshKey().did, answers: 'silent' };
		const gateway = new GatewayProcess({
			...{ cli, place, server: fixtureServer('disclosing.mjs') },
			env: { DISCLOSING: JSON.stringify(what) },
			flags: ['--server-id', 'disclosing', '--env', 'DISCLOSING', '--identity', file],
		});
		await gateway.initialize();
		const names = async (id: number) => {
			const { result } = await gateway.request(id, 'tools/list');
			return (result as { readonly tools: readonly JsonObject[] }).tools.map(({ name }) => name);
		};
		expect(await names(1)).toContain('echo');
		await gateway.inbox.next(({ method }) => method === 'notifications/tools/list_changed');
		expect(await names(2)).toEqual([]);
	}, 20_000);

	it.each([
		['a file that is not there', undefined],
		['a file that is no YAML', '{'],
		['a file with tags', '!!js/function x'],
		['issuers without an origin', '{"issuers":[{"origin":"not a url"}]}'],
	])('%s: exit 64, and no server is started', async (_, content) => {
		const place = await aPlace(POLICY);
		const file = join(place.folder, 'identity.json');
		if (content !== undefined) {
			await writeFile(file, content);
		}
		const server = fixtureServer('disclosing.mjs');
		const flags = ['--policy', place.policy, '--data', place.data, '--identity', file];
		const ran = await runCli(cli, ['gateway', ...flags, '--', ...server]);
		expect(ran).toMatchObject({ code: 64, stdout: '' });
		expect(ran.stderr).toContain('--identity');
	});
});
