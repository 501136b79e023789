import { afterEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/base/json';
import { answerChallenge } from '../../src/domain/identity/answerChallenge';
import { DISCOVERY_PATH } from '../../src/domain/identity/disclosure';
import { type IdentityFetch } from '../../src/domain/identity/identityFetch';
import { CHALLENGE_KEY } from '../../src/domain/identity/proofOfPossession';
import { NO_TRUST_SETTINGS, type TrustSettings } from '../../src/domain/identity/trustSettings';
import { BadgeVerifier } from '../../src/domain/identity/verifyBadge';
import { serverIdOf } from '../../src/domain/registry/launch';
import { type CallerBadges, PrincipalDesk } from '../../src/proxy/identity/principalDesk';
import { type PrincipalPin, type RememberedPin } from '../../src/domain/identity/principalPin';
import { openUpstream } from '../../src/proxy/upstream/openUpstream';
import { freshKey, selfSigned, TestIssuer } from '../unit/identity/issuer';
import { type Got, json, type Script, ScriptedServer } from '../unit/proxy/httpServer';
import { ids, openRelay, realClock } from '../unit/proxy/support';

const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
	for (const one of open.splice(0).reverse()) {
		await one.close();
	}
});

const now = () => Math.floor(Date.now() / 1000);
const HELLO = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
const VERIFIED = { state: 'VERIFIED_PRINCIPAL', errors: [], blocked: false };

/** Pins of one test, in memory. */
class MemoryPins {
	private readonly known = new Map<string, PrincipalPin>();

	load(id: string): Promise<RememberedPin> {
		const pin = this.known.get(id);
		return Promise.resolve(pin === undefined ? { kind: 'none' } : { kind: 'pinned', pin });
	}

	remember(id: string, pin: PrincipalPin): Promise<RememberedPin> {
		this.known.set(id, this.known.get(id) ?? pin);
		return this.load(id);
	}

	forget(id: string): Promise<boolean> {
		return Promise.resolve(this.known.delete(id));
	}
}

interface Setup {
	/** Headers of the response to a request, by its method. */
	readonly headers?: (method: string, world: World) => Record<string, string | string[]>;
	/** `_meta` of the result of `initialize`. */
	readonly meta?: (world: World) => JsonObject;
	readonly settings?: (issuer: TestIssuer) => TrustSettings;
	readonly callers?: CallerBadges;
	readonly document?: (world: World) => JsonObject;
	/** `relayed`: it has the real server sign in its place. */
	readonly answers?: 'none' | 'relayed';
}

interface World {
	readonly issuer: TestIssuer;
	readonly key: ReturnType<typeof freshKey>;
	readonly badge: string;
}

/** A server by URL on loopback, verified by a real desk through a real relay. */
async function start(setup: Setup) {
	const issuer = new TestIssuer(now);
	const key = freshKey();
	const world = { issuer, key, badge: issuer.issue({ sub: key.did, key: key.publicJwk }) };
	let origin = '';
	const script: Script = got => {
		const { method = '', params, id } = got.message;
		const name = typeof method === 'string' ? method : '';
		const headers = setup.headers?.(name, world) ?? {};
		Object.entries(headers).forEach(([header, value]) => got.response.setHeader(header, value));
		if (name === 'initialize' && setup.meta !== undefined) {
			const result = { ...HELLO, serverInfo: { name: 's', version: '1' }, _meta: setup.meta(world) };
			return json(got.response, { jsonrpc: '2.0', id, result }, 200, { 'mcp-session-id': 's1' });
		}
		if ((name === 'ping' || name === 'server/discover') && setup.answers !== 'none') {
			const place = { kind: 'http', origins: [setup.answers === 'relayed' ? REAL : origin] } as const;
			const asked = isJsonObject(params) ? params._meta : undefined;
			const meta = setup.answers === 'relayed' ? forReal(asked) : asked;
			void answerChallenge(meta, { did: key.did, privateJwk: key.privateJwk, place }, now()).then(_meta =>
				json(got.response, { jsonrpc: '2.0', id, result: { _meta } }),
			);
			return true;
		}
		return undefined;
	};
	const server = await ScriptedServer.start(script);
	open.push(server);
	origin = server.origin;
	const documents: string[] = [];
	const fetch: IdentityFetch = request => {
		if (request.document !== 'discovery') {
			return issuer.fetch(request);
		}
		documents.push(request.url);
		const body = JSON.stringify(setup.document?.(world) ?? {});
		return Promise.resolve({ ok: true, status: 200, contentType: 'application/json', body });
	};
	const settings = () => (setup.settings ?? ((each: TestIssuer) => each.settings()))(issuer);
	const parts = { settings, fetch, clock: realClock };
	const { callers } = setup;
	const desk = new PrincipalDesk({
		...{ ...parts, ids, verifier: new BadgeVerifier(parts), pins: new MemoryPins() },
		...(callers && { callers }),
	});
	const launch = { kind: 'http', url: server.url, headers: {} } as const;
	const served = desk.serve(serverIdOf({ kind: 'http', url: server.url, headers: [] }));
	const relay = await openRelay({ upstream: served.wrap(openUpstream(launch, realClock), launch) });
	open.push(relay);
	const hello = async () => {
		void relay.send({ id: 0, method: 'initialize', params: HELLO });
		await relay.inbox.answerTo(0);
		await relay.send({ method: 'notifications/initialized' });
		return served.principal.settled(new AbortController().signal);
	};
	return { ...world, ...relay, server, documents, served, desk, hello };
}

const disclosing = (method: string, { key, badge }: World): Record<string, string | string[]> =>
	method === 'initialize' ? { 'Capiscio-Server-DID': key.did, 'Capiscio-Server-Badge': badge } : {};
const REAL = 'https://real.example';

/** The question as the real server would sign it: for its own place. */
function forReal(meta: JsonValue | undefined): JsonObject {
	const challenge = isJsonObject(meta) ? meta[CHALLENGE_KEY] : undefined;
	return { [CHALLENGE_KEY]: { ...(isJsonObject(challenge) ? challenge : {}), bind: `origin:${REAL}` } };
}

const bodyOf = (got: Got | undefined) => got?.text ?? '';

describe('a server by URL that says who it is', () => {
	it('in the headers of the response that carried initialize', async () => {
		const { hello, key, server } = await start({ headers: disclosing });
		expect(await hello()).toMatchObject({ ...VERIFIED, level: '2', proof: 'ok', did: key.did, pin: 'new' });
		expect(bodyOf(server.posts('ping')[0])).toContain(`origin:${server.origin}`);
		expect(bodyOf(server.posts('initialize')[0])).not.toContain('capiscio');
	});

	it('headers of any other response say nothing', async () => {
		const { hello } = await start({
			headers: (method, world) => (method === 'notifications/initialized' ? disclosing('initialize', world) : {}),
		});
		expect(await hello()).toMatchObject({ state: 'UNVERIFIED_ORIGIN', blocked: false });
	});

	it('header and _meta agree, or it is blocked (identity.md §6.3)', async () => {
		const meta = ({ key, badge }: World) => ({ capiscio_server_did: key.did, capiscio_server_badge: badge });
		expect(await (await start({ headers: disclosing, meta })).hello()).toMatchObject(VERIFIED);
		const other = () => ({ capiscio_server_did: freshKey().did });
		const found = await (await start({ headers: disclosing, meta: other })).hello();
		expect(found).toMatchObject({ blocked: true, errors: ['SERVER_DID_MISMATCH'] });
	});

	it('a repeated header is rejected', async () => {
		const { hello } = await start({
			headers: (method, { key }) =>
				method === 'initialize' ? { 'Capiscio-Server-DID': [key.did, key.did] } : {},
		});
		expect(await hello()).toMatchObject({ blocked: true, errors: ['SERVER_DID_MISMATCH'] });
	});

	it('an attacker relays the question to the real server, which signs for its own origin only', async () => {
		const { hello } = await start({ headers: disclosing, answers: 'relayed' });
		const found = await hello();
		expect(found).toMatchObject({ state: 'DECLARED_PRINCIPAL', proof: 'failed', blocked: true });
		expect(found.errors).toEqual(['SERVER_POP_FAILED']);
	});

	it('2026-07-28: server/discover is asked, and its headers count', async () => {
		const { send, inbox, served, server } = await start({
			headers: (method, world) => (method === 'server/discover' ? disclosing('initialize', world) : {}),
		});
		const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
		void send({ id: 1, method: 'tools/list', params: { _meta: meta } });
		await inbox.answerTo(1);
		expect(await served.principal.settled(new AbortController().signal)).toMatchObject(VERIFIED);
		expect(server.posts('server/discover')).toHaveLength(1);
		expect(inbox.all.map(({ id }) => id)).toEqual([1]);
	});
});

describe('the discovery document (RFC-007 §9)', () => {
	const didOnly = (method: string, { key }: World): Record<string, string> =>
		method === 'initialize' ? { 'capiscio-server-did': key.did } : {};
	const document = ({ key, badge }: World) => ({ server_did: key.did, server_badge: badge });

	it('gives the badge where the headers have the DID alone', async () => {
		const { hello, documents, server } = await start({ headers: didOnly, document });
		expect(await hello()).toMatchObject({ ...VERIFIED, level: '2' });
		expect(documents).toEqual([`${server.origin}${DISCOVERY_PATH}`]);
	});

	it('of another DID is a mismatch', async () => {
		const other = ({ badge }: World) => ({ server_did: freshKey().did, server_badge: badge });
		expect(await (await start({ headers: didOnly, document: other })).hello()).toMatchObject({ blocked: true });
	});

	it('is asked for only where it is of use: nobody trusted, offline, nothing disclosed, a badge there already', async () => {
		const all: Setup[] = [
			{ headers: didOnly, document, settings: () => NO_TRUST_SETTINGS },
			{ headers: didOnly, document, settings: issuer => issuer.settings({ offline: true }) },
			{ document },
			{ headers: disclosing, document },
		];
		for (const setup of all) {
			const { hello, documents } = await start(setup);
			await hello();
			expect(documents).toEqual([]);
		}
	});
});

describe('the badge of the caller over HTTP', () => {
	const caller = freshKey();
	const callers: CallerBadges = {
		badgeFor: did =>
			Promise.resolve({
				token: selfSigned(caller, now(), { aud: [did], exp: now() + 60, jti: 'caller-1' }),
				jti: 'caller-1',
			}),
	};

	it('goes in X-Capiscio-Badge with calls alone, only to a verified server, and never in Authorization', async () => {
		const { hello, send, inbox, server } = await start({ headers: disclosing, callers });
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a', arguments: {} } });
		await inbox.answerTo(1);
		const [called] = server.posts('tools/call');
		expect(called?.headers['x-capiscio-badge']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
		expect(called?.headers.authorization).toBeUndefined();
		expect(bodyOf(called)).not.toContain('capiscio');
		const others = server.got.filter(got => got !== called);
		expect(others.every(({ headers }) => headers['x-capiscio-badge'] === undefined)).toBe(true);
	});

	it('does not go to a server that is declared', async () => {
		const { hello, send, inbox, server } = await start({ headers: disclosing, callers, answers: 'none' });
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a', arguments: {} } });
		await inbox.answerTo(1);
		expect(server.posts('tools/call')[0]?.headers['x-capiscio-badge']).toBeUndefined();
	});
});
