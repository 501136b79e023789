import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { challengeMeta, popNonce, PROOF_KEY, verifyProof } from '../../../src/domain/identity/proofOfPossession';
import { callerIdentity } from '../../../src/guard/callerCredential';
import { guard, guardSync } from '../../../src/guard/guard';
import { guardedServer, type GuardedServerOptions } from '../../../src/guard/guardedServer';
import { generateServerKeypair } from '../../../src/guard/registration';
import { ServerIdentity } from '../../../src/guard/serverIdentity';
import { GuardRig } from './support';

let rig: GuardRig;
const open: { close(): Promise<unknown> }[] = [];

beforeEach(async () => {
	rig = await GuardRig.open();
	vi.stubEnv('CAPISCIO_LOG_LEVEL', 'off');
});

afterEach(async () => {
	for (const each of open.splice(0)) await each.close();
	await rig.close();
});

/** A server with a tool for anybody, one for level 2, and one that was registered past the guard. */
async function serve(options: GuardedServerOptions = {}) {
	const ran: string[] = [];
	const mcp = new McpServer({ name: 't', version: '1' });
	const guarded = guardedServer(mcp, { ...rig.config(), ...options });
	guarded.registerTool('read', { inputSchema: { name: z.string().default('x') } }, ({ name }, extra) => {
		ran.push(`read ${name} ${JSON.stringify([extra._meta, extra.requestInfo])}`);
		return { content: [{ type: 'text', text: JSON.stringify(callerIdentity()) }] };
	});
	guarded.registerTool('write', { description: 'w', minTrustLevel: 2 }, () => {
		ran.push('write');
		return { content: [] };
	});
	mcp.registerTool('past', {}, () => {
		ran.push('past');
		return { content: [] };
	});
	const [mine, theirs] = InMemoryTransport.createLinkedPair();
	await guarded.connect(mine);
	const client = new Client({ name: 'c', version: '1' });
	open.push(client, guarded);
	let result: { readonly _meta?: Readonly<Record<string, unknown>> | undefined } = {};
	/** Connects, perhaps with something in `_meta` of `initialize`, and gives the result of that. */
	const connect = async (_meta?: object) => {
		const [send, begin] = [theirs.send.bind(theirs), theirs.start.bind(theirs)];
		theirs.send = (message, how) => {
			const initialize = 'method' in message && message.method === 'initialize' && _meta !== undefined;
			return send(
				initialize ? ({ ...message, params: { ...message.params, _meta } } as typeof message) : message,
				how,
			);
		};
		theirs.start = async () => {
			const passOn = theirs.onmessage;
			theirs.onmessage = (message, info) => {
				if ('result' in message && 'serverInfo' in message.result) result = message.result;
				passOn?.(message, info);
			};
			await begin();
		};
		await client.connect(theirs);
		return result;
	};
	return { ran, mcp, guarded, client, connect };
}

const call = (client: Client, name: string, badge?: unknown, args: object = {}) =>
	client.callTool({
		...{ name, arguments: args as Record<string, unknown> },
		...(badge !== undefined && { _meta: { capiscio_caller_badge: badge } }),
	});

describe('guardedServer: every tools/call is decided before the SDK sees it', () => {
	it('level 0 for anybody, level 2 for a badge; the refusal is a result with the code and nothing else', async () => {
		const { client, connect, ran } = await serve();
		await connect();
		expect((await call(client, 'read')).isError).toBeUndefined();
		const refused = await call(client, 'write');
		expect(refused).toMatchObject({ isError: true, _meta: { capiscio_deny_reason: 'TOOL_AUTH_MISSING' } });
		expect((refused.content as { text: string }[])[0]?.text).toMatch(
			/^TOOL_AUTH_MISSING \(evidence [0-9a-f-]{36}\)$/,
		);
		expect((await call(client, 'write', rig.badge({ level: '1' })))._meta).toMatchObject({
			capiscio_deny_reason: 'TOOL_TRUST_INSUFFICIENT',
		});
		expect((await call(client, 'write', rig.badge())).isError).toBeUndefined();
		expect(ran.filter(each => each === 'write')).toHaveLength(1);
		expect(rig.evidence.map(each => each['capiscio.decision'])).toEqual(['ALLOW', 'DENY', 'DENY', 'ALLOW']);
	});

	it('a tool knows who calls, and does not get the badge', async () => {
		const { client, connect, ran } = await serve();
		await connect();
		const badge = rig.badge();
		const result = await call(client, 'read', badge);
		expect(JSON.parse((result.content as { text: string }[])[0]!.text)).toMatchObject({ did: rig.did, level: '2' });
		expect(ran.join()).not.toContain(badge);
	});

	it('a tool that was registered on the server itself is guarded by what the server asks', async () => {
		const { client, connect, ran } = await serve({ requireBadge: true });
		await connect();
		expect((await call(client, 'past')).isError).toBe(true);
		await call(client, 'past', rig.badge());
		expect(ran).toEqual(['past']);
	});

	it('who connects the server past the guard comes through it all the same', async () => {
		const mcp = new McpServer({ name: 't', version: '1' });
		guardedServer(mcp, { ...rig.config(), requireBadge: true }).registerTool('t', {}, () => ({ content: [] }));
		const [mine, theirs] = InMemoryTransport.createLinkedPair();
		await mcp.server.connect(mine);
		const client = new Client({ name: 'c', version: '1' });
		open.push(client, mcp);
		await client.connect(theirs);
		expect((await call(client, 't')).isError).toBe(true);
	});

	it('a badge that is no text denies, and arguments that do not fit leave evidence', async () => {
		const { client, connect, ran } = await serve();
		await connect();
		for (const badge of ['', 'a.b.c', 7, {}, []]) {
			expect((await call(client, 'read', badge))._meta).toMatchObject({
				capiscio_deny_reason: 'TOOL_BADGE_INVALID',
			});
		}
		await call(client, 'read', undefined, { name: 7 }).catch(() => {});
		expect(ran).toEqual([]);
		expect(rig.evidence).toHaveLength(6);
	});

	it('the hash is that of the arguments as they came, before defaults', async () => {
		const { client, connect } = await serve();
		await connect();
		await call(client, 'read');
		expect(rig.evidence[0]?.['capiscio.tool.params_hash']).toBe(
			'sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o',
		);
	});

	it('the level of one tool is not that of another (§6.1 #18)', async () => {
		const { client, connect, guarded } = await serve();
		guarded.registerTool('admin', { minTrustLevel: 4 }, () => ({ content: [] }));
		await connect();
		expect((await call(client, 'admin', rig.badge())).isError).toBe(true);
		expect((await call(client, 'write', rig.badge())).isError).toBeUndefined();
	});

	/** An issuer that does not answer before it is let. */
	function slow() {
		const slowed = { asked: 0, release: () => {} };
		const held = new Promise<void>(resolve => (slowed.release = resolve));
		const fetch: typeof rig.fetch = async request => {
			slowed.asked++;
			await held;
			return rig.fetch(request);
		};
		return { slowed, fetch };
	}

	it('a call that is cancelled while its badge is verified does not run', async () => {
		const { slowed, fetch } = slow();
		const { client, connect, ran } = await serve({ fetch });
		await connect();
		const stop = new AbortController();
		const called = client.callTool({ name: 'write', _meta: { capiscio_caller_badge: rig.badge() } }, undefined, {
			signal: stop.signal,
		});
		const caught = expect(called).rejects.toThrow();
		await vi.waitFor(() => expect(slowed.asked).toBe(1));
		stop.abort();
		await caught;
		slowed.release();
		await vi.waitFor(() => expect(rig.evidence).toHaveLength(1));
		await client.ping();
		expect(ran).toEqual([]);
	});

	it('a call whose client has gone meanwhile does not run', async () => {
		const { slowed, fetch } = slow();
		const { client, connect, ran } = await serve({ fetch });
		await connect();
		const called = call(client, 'write', rig.badge()).catch(() => 'closed');
		await vi.waitFor(() => expect(slowed.asked).toBe(1));
		await client.close();
		expect(await called).toBe('closed');
		slowed.release();
		await vi.waitFor(() => expect(rig.evidence).toHaveLength(1));
		expect(ran).toEqual([]);
	});

	it('guard and guardSync inside of a tool know the caller that was verified', async () => {
		const { client, connect, guarded } = await serve();
		const inner = guard({ ...rig.config({ minTrustLevel: 2 }), toolName: 'inner' }, () => 'a');
		const now = guardSync({ ...rig.config({ minTrustLevel: 2 }), toolName: 'now' }, () => 's');
		guarded.registerTool('outer', {}, async () => ({ content: [{ type: 'text', text: (await inner()) + now() }] }));
		await connect();
		expect(await call(client, 'outer', rig.badge())).toMatchObject({ content: [{ text: 'as' }] });
		expect((await call(client, 'outer')).isError).toBe(true);
	});

	it('a badge for another server denies; one for this DID passes', async () => {
		const { privateKeyPem } = await generateServerKeypair();
		const identity = new ServerIdentity({ privateKeyPem });
		const { client, connect } = await serve({ identity });
		await connect();
		expect((await call(client, 'write', rig.badge({ aud: 'did:web:other.example' }))).isError).toBe(true);
		expect((await call(client, 'write', rig.badge({ aud: identity.did }))).isError).toBeUndefined();
	});
});

describe('guardedServer: disclosure (RFC-007 §6)', () => {
	const identityOf = async (more: object = {}) => {
		const { privateKeyPem, didKey } = await generateServerKeypair();
		return { did: didKey, identity: new ServerIdentity({ privateKeyPem, now: () => rig.time, ...more }) };
	};
	const publicOf = (identity: ServerIdentity) =>
		(identity.didDocument().verificationMethod as { publicKeyJwk: { kty: 'OKP'; crv: 'Ed25519'; x: string } }[])[0]!
			.publicKeyJwk;

	it('without an identity nothing is disclosed, and initialize is as the SDK made it', async () => {
		const { connect } = await serve();
		const initialized = await connect();
		expect(initialized).toHaveProperty('serverInfo');
		expect(initialized).not.toHaveProperty('_meta');
	});

	it('the DID and a fresh badge are in the _meta of initialize', async () => {
		const badges: string[] = [];
		const { identity, did } = await identityOf({
			renewBadge: () => {
				badges.push(rig.issuer.issue({ sub: did, key: publicOf(identity) }));
				return badges.at(-1)!;
			},
		});
		const { connect } = await serve({ identity });
		expect((await connect())._meta).toEqual({ capiscio_server_did: did, capiscio_server_badge: badges[0] });
	});

	it('a challenge on ping is answered for this DID and place, and only one that may be signed', async () => {
		const { identity, did } = await identityOf();
		const { client, connect } = await serve({ identity });
		await connect();
		const challenge = {
			v: 2 as const,
			nonce: popNonce('ab'.repeat(32)),
			aud: 'me',
			bind: `stdio:${'0'.repeat(64)}`,
		};
		const ping = (_meta: Record<string, unknown>) =>
			client.request({ method: 'ping', params: { _meta } }, z.looseObject({ _meta: z.any().optional() }));
		const answered = (await ping({ ...challengeMeta(challenge) })) as {
			readonly _meta?: Readonly<Record<string, unknown>>;
		};
		const proof = String(answered._meta?.[PROOF_KEY]);
		const at = Math.floor(rig.time / 1000);
		const expected = { did, key: publicOf(identity), askedAt: at, answeredAt: at };
		expect(await verifyProof(proof, challenge, expected)).toBe('ok');
		expect(await verifyProof(proof, { ...challenge, aud: 'other' }, expected)).toBe('failed');
		const odd = await ping({ ...challengeMeta({ ...challenge, bind: 'origin:https://other.example' }) });
		expect(odd).not.toHaveProperty('_meta');
	});

	it('the older challenge is answered in initialize (P-01), but never text that could be claims (P-10)', async () => {
		for (const [nonce, answered] of [
			[popNonce('cd'.repeat(32)), true],
			['{"jti":"x","iss":"did:key:z"}', false],
		] as const) {
			const { identity } = await identityOf();
			const { connect } = await serve({ identity });
			const { _meta = {} } = await connect({ capiscio_pop_nonce: nonce, capiscio_pop_created_at: 1 });
			expect('capiscio_pop_signature' in _meta).toBe(answered);
		}
	});

	it('a badge is renewed before its end, once at a time; one that has ended is not shown (§6.1 #22)', async () => {
		let asked = 0;
		const { identity, did } = await identityOf({
			renewBadge: () => {
				asked++;
				return rig.issuer.issue({ sub: did, key: publicOf(identity), ttl: 300 });
			},
		});
		const [one, two] = await Promise.all([identity.badge(), identity.badge()]);
		expect([one === two, asked]).toEqual([true, 1]);
		rig.time += 200_000;
		expect(await identity.badge()).toBe(one);
		rig.time += 50_000;
		expect(await identity.badge()).not.toBe(one);
		expect(asked).toBe(2);
	});

	it('where no badge can be had, the one at hand is shown to its end and no longer', async () => {
		const { identity, did } = await identityOf();
		const stale = new ServerIdentity({
			...{ did, now: () => rig.time, renewBadge: () => Promise.reject(new Error('down')) },
			badge: rig.issuer.issue({ sub: did, key: publicOf(identity), ttl: 100 }),
		});
		rig.time += 90_000;
		expect(await stale.headers()).toHaveProperty('Capiscio-Server-Badge');
		rig.time += 11_000;
		expect(await stale.headers()).toEqual({ 'Capiscio-Server-DID': did });
		expect(await stale.discovery()).toMatchObject({ server_did: did });
	});

	it.each([
		['no DID and no key', {}],
		['a DID that is none', { did: 'example.com' }],
		['a key that is none', { privateKeyPem: 'canary' }],
		['origins that are none', { did: 'did:web:a.example', origins: ['a.example'], privateKeyPem: 'KEY' }],
	])('%s is a GuardConfigError, without the key in it', async (_, options) => {
		const { privateKeyPem } = await generateServerKeypair();
		const given = { ...options, ...('origins' in options && { privateKeyPem }) };
		const made = () => new ServerIdentity(given);
		expect(made).toThrow(/GuardConfigError|identity|key|origins/);
		expect(made).not.toThrow(/canary|BEGIN/);
	});

	it("another's private key does not make a did:key", async () => {
		const [mine, theirs] = [await generateServerKeypair(), await generateServerKeypair()];
		expect(() => new ServerIdentity({ did: theirs.didKey, privateKeyPem: mine.privateKeyPem })).toThrow(
			/not that of/,
		);
	});
});
