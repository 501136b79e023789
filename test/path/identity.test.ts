import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_TRUST_SETTINGS } from '../../src/domain/identity/trustSettings';
import { freshKey, selfSigned } from '../unit/identity/issuer';
import { openRelay, realClock } from '../unit/proxy/support';
import { SharedServer } from '../../src/proxy/life/sharedUpstream';
import { type Upstream } from '../../src/proxy/upstream/upstream';
import { StdioUpstream } from '../../src/proxy/upstream/stdioUpstream';
import { fixtureServer } from './support/gatewayProcess';
import { IdentityRig } from './support/identityRig';

const VERIFIED = { state: 'VERIFIED_PRINCIPAL', errors: [], blocked: false };

describe('a server on stdio that says who it is', () => {
	it('is verified at level 2 by a proof of possession, and remembered', async () => {
		const rig = await IdentityRig.make();
		const session = await rig.open(rig.honest());
		expect(session.served.principal.current()).toMatchObject({ pending: true, state: 'UNVERIFIED_ORIGIN' });
		await session.hello();
		const found = await session.settled();
		expect(found).toMatchObject({ ...VERIFIED, level: '2', proof: 'ok', pin: 'new', did: rig.key.did });
		expect(await rig.pins.load(rig.serverId)).toMatchObject({ kind: 'pinned', pin: { did: rig.key.did } });
		await session.close();
		expect(await rig.principalOf(rig.honest())).toMatchObject({ ...VERIFIED, pin: 'match' });
	});

	it('the client sees what the server said, and nothing of the question', async () => {
		const rig = await IdentityRig.make();
		const session = await rig.open(rig.honest());
		const welcome = await session.hello();
		await session.settled();
		await session.echo(1);
		expect(JSON.stringify(welcome)).toContain(rig.key.did);
		expect(session.inbox.all.map(({ id }) => id)).toEqual(['hello', 1]);
		expect(session.path.malformed).toEqual([]);
		const pings = session.seen().filter(line => line.includes('"ping"'));
		expect(pings).toHaveLength(1);
		expect(pings[0]).toContain(rig.bind);
	});

	it('the first form of proof is asked for only once it is known that the server discloses', async () => {
		const rig = await IdentityRig.make();
		const first = await rig.open(rig.honest({ answers: 'legacy' }));
		await first.hello();
		expect(await first.settled()).toMatchObject({ state: 'DECLARED_PRINCIPAL', proof: 'absent', blocked: false });
		expect(first.seen()[0]).not.toContain('pop_nonce');
		await first.close();
		await rig.principalOf(rig.honest());
		const later = await rig.open(rig.honest({ answers: 'legacy' }));
		await later.hello();
		expect(await later.settled()).toMatchObject({ ...VERIFIED, proof: 'legacy', pin: 'match' });
		expect(later.seen()[0]).toContain('capiscio_pop_nonce');
	});

	it.each(['error', 'silent', 'none'] as const)(
		'one that answers the question with %s is declared',
		async answers => {
			const rig = await IdentityRig.make();
			const found = await rig.principalOf(rig.honest({ answers }));
			expect(found).toMatchObject({ state: 'DECLARED_PRINCIPAL', badge: 'ok', proof: 'absent', blocked: false });
		},
	);

	it('2026-07-28: without sessions it is asked by server/discover', async () => {
		const rig = await IdentityRig.make();
		const session = await rig.open(rig.honest());
		const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
		void session.send({ id: 1, method: 'tools/list', params: { _meta: meta } });
		await session.inbox.answerTo(1);
		expect(await session.settled()).toMatchObject({ ...VERIFIED, level: '2' });
		const [asked] = session.seen().filter(line => line.includes('server/discover'));
		expect(asked).toContain('2026-07-28');
		expect(session.inbox.all.map(({ id }) => id)).toEqual([1]);
	});
});

describe('attacks', () => {
	it('relay: a proof that another server made for its own place is blocked', async () => {
		const rig = await IdentityRig.make();
		const found = await rig.principalOf(rig.honest({ answers: 'relayed', bind: 'origin:https://real.example' }));
		expect(found).toMatchObject({ proof: 'failed', blocked: true });
		expect(found.errors).toEqual(['SERVER_POP_FAILED']);
		expect(found.level).toBeUndefined();
		expect(await rig.pins.load(rig.serverId)).toEqual({ kind: 'none' });
	});

	it('a stolen badge: no key, no level', async () => {
		const rig = await IdentityRig.make();
		const thief = freshKey();
		const stolen = rig.honest({ key: thief.privateJwk });
		expect(await rig.principalOf(stolen)).toMatchObject({ proof: 'failed', blocked: true });
		expect(await rig.principalOf(rig.honest({ answers: 'none' }))).toMatchObject({
			proof: 'absent',
			blocked: false,
		});
	});

	it('a re-bound badge: the DID of one, the badge of another', async () => {
		const rig = await IdentityRig.make();
		const other = freshKey();
		const found = await rig.principalOf(rig.honest({ did: other.did, key: other.privateJwk }));
		expect(found).toMatchObject({ badge: 'failed', blocked: true });
		expect(found.errors).toContain('SERVER_DID_MISMATCH');
	});

	it('a replayed proof: what answered the first question answers no second one', async () => {
		const rig = await IdentityRig.make();
		const session = await rig.open(rig.honest({ answers: 'replay' }));
		await session.hello();
		expect(await session.settled()).toMatchObject(VERIFIED);
		const changed = nextChange(rig);
		rig.desk.reconsider();
		await changed;
		expect(session.served.principal.current()).toMatchObject({ proof: 'failed', blocked: true });
	});

	it('a changed pin: another key at the same launch is blocked until a person says so', async () => {
		const rig = await IdentityRig.make();
		await rig.principalOf(rig.honest());
		const { did, publicJwk, privateJwk } = freshKey();
		const other = { did, key: privateJwk, badge: rig.issuer.issue({ sub: did, key: publicJwk }) };
		expect(await rig.principalOf(other)).toMatchObject({ pin: 'changed', blocked: true, badge: 'ok', proof: 'ok' });
		expect(await rig.principalOf({})).toMatchObject({ pin: 'changed', blocked: true, state: 'UNVERIFIED_ORIGIN' });
		expect(await rig.desk.forgetPin(rig.serverId)).toBe(true);
		expect(await rig.principalOf(other)).toMatchObject({ ...VERIFIED, pin: 'new' });
	});

	it('one that stalls gains nothing: another DID is seen before anybody is asked', async () => {
		const rig = await IdentityRig.make();
		await rig.principalOf(rig.honest());
		const { did, publicJwk, privateJwk } = freshKey();
		const badge = rig.issuer.issue({ sub: did, key: publicJwk });
		const impostor = await rig.open({ did, key: privateJwk, badge, answers: 'silent' });
		await impostor.hello();
		const at = impostor.served.principal.current();
		expect(at).toMatchObject({ pending: true, pin: 'changed', blocked: true, errors: ['SERVER_DID_MISMATCH'] });
		await impostor.close();
		const thief = await rig.open(rig.honest({ answers: 'silent' }));
		await thief.hello();
		// Whoever decides about calls can tell that there is something to wait for.
		expect(thief.served.principal.current()).toMatchObject({ pending: true, did: rig.key.did });
		expect(thief.served.principal.current().pinnedSince).toBeGreaterThan(0);
	});

	it.each([
		['a session', undefined],
		['2026-07-28', { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }],
	])('%s: a call that was judged before its process ran reaches no impostor', async (_, meta) => {
		const rig = await IdentityRig.make();
		await rig.principalOf(rig.honest());
		const { did, publicJwk, privateJwk } = freshKey();
		const badge = rig.issuer.issue({ sub: did, key: publicJwk });
		for (const what of [{ did, key: privateJwk, badge }, {}, rig.honest({ key: privateJwk })]) {
			// Nothing decides here, as where a process starts with the call that needs it.
			const impostor = await rig.open(what);
			await (meta === undefined && impostor.hello());
			const params = { name: 'echo', arguments: {}, ...(meta && { _meta: meta }) };
			void impostor.send({ id: 1, method: 'tools/call', params });
			expect(await impostor.inbox.answerTo(1)).toMatchObject({
				error: {
					message: 'MCP Firewall: the identity of this server failed, so that the request was not passed on.',
				},
			});
			expect(impostor.seen().join('\n')).not.toContain('tools/call');
			await impostor.close();
		}
		const honest = await rig.open(rig.honest());
		await (meta === undefined && honest.hello());
		await honest.echo(1, meta && { _meta: meta });
	});

	it('trouble of ours while it is verified blocks it, and ends nothing else', async () => {
		const rig = await IdentityRig.make();
		rig.pins.remember = () => {
			throw new Error('a bug');
		};
		expect(await rig.principalOf(rig.honest())).toMatchObject({ blocked: true });
	});

	it('one that is guarded no more is forgotten, although a process of it still runs', async () => {
		const rig = await IdentityRig.make();
		const session = await rig.open(rig.honest());
		await session.hello();
		expect(await session.settled()).toMatchObject({ ...VERIFIED, pin: 'new' });
		expect(await rig.desk.release(rig.serverId)).toBe(true);
		rig.desk.reconsider();
		await session.echo(1);
		expect(await rig.pins.load(rig.serverId)).toEqual({ kind: 'none' });
		await session.close();
		// Whoever guards it again takes it for whoever it is then.
		const { did, publicJwk, privateJwk } = freshKey();
		const other = { did, key: privateJwk, badge: rig.issuer.issue({ sub: did, key: publicJwk }) };
		expect(await rig.principalOf(other)).toMatchObject({ ...VERIFIED, pin: 'new' });
	});

	it('settings that change count at once: who was verified is no more', async () => {
		const rig = await IdentityRig.make();
		const session = await rig.open(rig.honest());
		await session.hello();
		expect(await session.settled()).toMatchObject(VERIFIED);
		rig.settings = NO_TRUST_SETTINGS;
		const changed = nextChange(rig);
		rig.desk.reconsider();
		await changed;
		expect(session.served.principal.current()).toMatchObject({
			...{ state: 'DECLARED_PRINCIPAL', cause: 'BADGE_ISSUER_UNTRUSTED', blocked: false, pin: 'match' },
		});
	});

	it('a process that sessions share is known by what it says, whatever ids its sessions use', async () => {
		const rig = await IdentityRig.make();
		const shared = (open: () => Upstream) =>
			new SharedServer({
				...{ open: () => Promise.resolve(open()), clock: realClock, onProcess: () => {} },
			}).view();
		const session = await rig.open(rig.honest(), {}, shared);
		await session.hello();
		expect(await session.settled()).toMatchObject({ ...VERIFIED, level: '2' });
		await session.close();
		const { did, publicJwk, privateJwk } = freshKey();
		const other = { did, key: privateJwk, badge: rig.issuer.issue({ sub: did, key: publicJwk }) };
		const impostor = await rig.open(other, {}, shared);
		await impostor.hello();
		void impostor.send({ id: 'c', method: 'tools/call', params: { name: 'echo', arguments: {} } });
		expect(await impostor.inbox.answerTo('c')).toMatchObject({ error: {} });
		expect(impostor.seen().join('\n')).not.toContain('tools/call');
	});

	it('a damaged pin is a changed one', async () => {
		const rig = await IdentityRig.make();
		await rig.principalOf(rig.honest());
		await writeFile(join(rig.folder, 'principals', `${rig.serverId}.json`), '{');
		expect(await rig.principalOf(rig.honest())).toMatchObject({ pin: 'changed', blocked: true });
	});

	it('nothing is known of one process because of another (§6.1 #11)', async () => {
		const rig = await IdentityRig.make();
		const good = await rig.open(rig.honest());
		await good.hello();
		expect(await good.settled()).toMatchObject(VERIFIED);
		const badge = rig.issuer.issue({ sub: rig.key.did, key: rig.key.publicJwk });
		const second = await rig.open({ did: rig.key.did, badge, answers: 'none' });
		expect(rig.desk.principalOf(rig.serverId)).toMatchObject({ pending: true });
		await second.hello();
		expect(await second.settled()).toMatchObject({ state: 'DECLARED_PRINCIPAL' });
		await second.close();
		expect(rig.desk.principalOf(rig.serverId)).toMatchObject(VERIFIED);
	});
});

describe('as time goes by', () => {
	it('§6.1 #22: an expired badge is discovered anew, and is no attack', async () => {
		const rig = await IdentityRig.make();
		const { did, publicJwk } = rig.key;
		const renewed = rig.issuer.issue({ sub: did, key: publicJwk, ttl: 3000 });
		// It ended 45 s ago, which is within what clocks may differ; in 20 s it is not.
		const ending = rig.issuer.issue({ sub: did, key: publicJwk, ttl: -45 });
		const session = await rig.open(rig.honest({ badge: ending, renewed, renewAfter: 1 }));
		await session.hello();
		expect(await session.settled()).toMatchObject(VERIFIED);
		rig.ahead = 20_000;
		const stale = { state: 'DECLARED_PRINCIPAL', cause: 'BADGE_EXPIRED', blocked: false };
		expect(rig.desk.principalOf(rig.serverId)).toMatchObject(stale);
		expect(rig.desk.principalOf(rig.serverId).level).toBeUndefined();
		const changed = nextChange(rig);
		rig.desk.reconsider();
		await changed;
		expect(session.served.principal.current()).toMatchObject({ ...VERIFIED, level: '2' });
	});
});

describe('whom nobody asked', () => {
	/** What a process gets without any of this. */
	async function plainLines(rig: IdentityRig): Promise<readonly string[]> {
		const [command = '', ...args] = fixtureServer('disclosing.mjs');
		const log = join(rig.folder, 'plain.log');
		const env = { DISCLOSING: JSON.stringify({ log }) };
		const relay = await openRelay({ upstream: new StdioUpstream({ command, args, env }, realClock) });
		const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
		void relay.send({ id: 'hello', method: 'initialize', params: hello });
		await relay.inbox.answerTo('hello');
		await relay.send({ method: 'notifications/initialized' });
		void relay.send({ id: 1, method: 'tools/call', params: { name: 'echo', arguments: {} } });
		await relay.inbox.answerTo(1);
		await relay.close();
		const { readFileSync } = await import('node:fs');
		return readFileSync(log, 'utf8').trimEnd().split('\n');
	}

	async function lines(rig: IdentityRig) {
		const session = await rig.open({});
		await session.hello();
		const found = await session.settled();
		await session.echo(1);
		return { found, seen: session.seen() };
	}

	it('nobody trusted, nothing remembered: byte for byte the same traffic, and no question', async () => {
		const rig = await IdentityRig.make(() => NO_TRUST_SETTINGS);
		const { found, seen } = await lines(rig);
		expect(found).toMatchObject({
			state: 'UNVERIFIED_ORIGIN',
			blocked: false,
			errors: ['SERVER_IDENTITY_MISSING'],
		});
		expect(found.pending).toBeUndefined();
		expect(seen).toEqual(await plainLines(rig));
		expect(rig.issuer.requests).toEqual([]);
	});

	it('somebody trusted: the same but for one ping', async () => {
		const rig = await IdentityRig.make();
		const { found, seen } = await lines(rig);
		expect(found).toMatchObject({ state: 'UNVERIFIED_ORIGIN', blocked: false });
		expect(seen.filter(line => !line.includes('"ping"'))).toEqual(await plainLines(rig));
		expect(seen.filter(line => line.includes('"ping"'))).toHaveLength(1);
		expect(rig.issuer.requests).toEqual([]);
	});

	it('an untrusted issuer, or nobody trusted, causes no request to anybody', async () => {
		const rig = await IdentityRig.make(() => NO_TRUST_SETTINGS);
		const found = await rig.principalOf(rig.honest());
		expect(found).toMatchObject({ state: 'DECLARED_PRINCIPAL', blocked: false, cause: 'BADGE_ISSUER_UNTRUSTED' });
		// It has proven its key all the same, and is remembered by it.
		expect(found).toMatchObject({ proof: 'ok', pin: 'new' });
		expect(rig.issuer.requests).toEqual([]);
	});
});

describe('the badge of the caller', () => {
	const callers = (badge: (did: string) => string) => ({
		badgeFor: (did: string) => Promise.resolve({ token: badge(did), jti: 'x' }),
	});
	const caller = freshKey();
	const minted = (did: string, over = {}) => {
		const now = Math.floor(Date.now() / 1000);
		return selfSigned(caller, now, { aud: [did], exp: now + 60, jti: 'caller-1', ...over });
	};

	it('goes with calls to a verified server, and its id is told', async () => {
		const rig = await IdentityRig.make(undefined, callers(minted));
		const session = await rig.open(rig.honest());
		await session.hello();
		await session.settled();
		const { params, env } = await session.echo(1, { _meta: { progressToken: 7 } });
		expect(params._meta).toMatchObject({ progressToken: 7, capiscio_caller_badge: expect.any(String) as string });
		expect(Object.keys(env).filter(name => name.startsWith('CAPISCIO'))).toEqual([]);
		// Only with calls.
		void session.send({ id: 2, method: 'tools/list', params: {} });
		await session.inbox.answerTo(2);
		const others = session.seen().filter(line => !line.includes('tools/call'));
		expect(others.join('\n')).not.toContain('caller');
	});

	it('one for a host does not go to a process that an issuer calls by its name', async () => {
		const asked: string[] = [];
		const rig = await IdentityRig.make(
			issuer => issuer.settings({ issuers: [issuer.trusted({ maxLevel: '1' })] }),
			callers(did => {
				asked.push(did);
				return minted(did);
			}),
		);
		const did = 'did:web:bank.example';
		const { publicJwk, privateJwk } = freshKey();
		const badge = rig.issuer.issue({ sub: did, key: publicJwk, level: '1' });
		const session = await rig.open({ did, key: privateJwk, badge });
		await session.hello();
		expect(await session.settled()).toMatchObject({ ...VERIFIED, level: '1', did });
		await session.echo(1);
		expect(session.seen().join('\n')).not.toContain('capiscio_caller');
		expect(asked).toEqual([]);
	});

	it('of several calls at once, each is told by its own message which badge went with it', async () => {
		let badges = 0;
		const rig = await IdentityRig.make(
			undefined,
			callers(did => minted(did, { jti: `caller-${String(++badges)}` })),
		);
		const session = await rig.open(rig.honest());
		await session.hello();
		await session.settled();
		// Ids of two sessions may be the same.
		const calls = [1, 1, 2].map(id => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'echo' } }));
		const list = { jsonrpc: '2.0', id: 9, method: 'tools/list' };
		await Promise.all(
			[...calls, list].map(value => session.upstream.send(Buffer.from(JSON.stringify(value)), value)),
		);
		const told = [...calls, list, { ...calls[0] }].map(sent => session.served.principal.callerBadge?.(sent));
		expect(told).toEqual(['caller-1', 'caller-2', 'caller-3', undefined, undefined]);
	});

	it('§6.1 #20: never to a server that is declared or unknown', async () => {
		const rig = await IdentityRig.make(undefined, callers(minted));
		for (const what of [{}, rig.honest({ answers: 'none' })]) {
			const session = await rig.open(what);
			await session.hello();
			await session.settled();
			await session.echo(1);
			expect(session.seen().join('\n')).not.toContain('capiscio_caller');
			const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'echo' } };
			await session.upstream.send(Buffer.from(JSON.stringify(call)), call);
			expect(session.served.principal.callerBadge?.(call)).toBeUndefined();
			await session.close();
		}
	});

	it.each<[string, (did: string) => string]>([
		['for another server', () => minted('did:web:other.example')],
		['for nobody in particular', did => minted(did, { aud: undefined })],
		['for several servers', did => minted(did, { aud: [did, 'did:web:other.example'] })],
		['that lives too long', did => minted(did, { exp: Math.floor(Date.now() / 1000) + 61 })],
		['that has ended', did => minted(did, { iat: 1_000_000_000, exp: 1_000_000_060 })],
		['that is a key of an API', () => 'sk_live_0123456789abcdef'],
	])('one %s goes nowhere', async (_, badge) => {
		const rig = await IdentityRig.make(undefined, callers(badge));
		const session = await rig.open(rig.honest());
		await session.hello();
		expect(await session.settled()).toMatchObject(VERIFIED);
		await session.echo(1);
		expect(session.seen().join('\n')).not.toContain('capiscio_caller');
	});

	it("a client's own credentials of a caller reach verified servers only; all else stays byte for byte", async () => {
		const rig = await IdentityRig.make();
		const raw =
			'{"jsonrpc":"2.0", "id":9,"method":"tools/call","params":{"name":"echo","arguments":{"n":1.0},' +
			'"_meta":{"capiscio_caller_badge":"a.b.c","capiscio_caller_api_key":"k","x":1}}}';
		const unknown = await rig.open({});
		await unknown.hello();
		await unknown.settled();
		void unknown.sendRaw(raw);
		await unknown.inbox.answerTo(9);
		const [line = ''] = unknown.seen().filter(each => each.includes('"id":9'));
		expect(line).toBe(raw.replace(/"_meta":\{.*?\}/, '"_meta":{"x":1}'));
		await unknown.close();
		const known = await rig.open(rig.honest());
		await known.hello();
		await known.settled();
		void known.sendRaw(raw);
		await known.inbox.answerTo(9);
		expect(known.seen()).toContain(raw);
	});
});

function nextChange(rig: IdentityRig): Promise<void> {
	return new Promise(resolve => {
		const listening = rig.desk.onDidChange(() => {
			listening.dispose();
			resolve();
		});
	});
}
