import { createHash } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpUpstream } from '../../../src/proxy/upstream/httpUpstream';
import {
	type AuthorizationDoor,
	type Authorizer,
	memoryOAuthStore,
	type OAuthStore,
} from '../../../src/proxy/upstream/oauthPorts';
import { isOAuthAddress } from '../../../src/proxy/upstream/oauthFetch';
import { OAuthSignIn } from '../../../src/proxy/upstream/oauthSignIn';
import { isJsonObject, type JsonObject } from '../../../src/base/json';
import { type Got, json, ScriptedServer } from './httpServer';
import { ids, openRelay, realClock } from './support';

const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
	for (const one of open.splice(0).reverse()) {
		await one.close();
	}
});

interface Twist {
	/** The scope that a tools/call wants. */
	readonly scope?: string;
	/** Changes what the authorization server says of itself. */
	readonly metadata?: JsonObject;
	/** Changes what the browser comes back with. */
	readonly comeBack?: (query: URLSearchParams) => void;
	/** No token is ever good. */
	readonly never?: boolean;
	/** Put behind each access token. */
	readonly tail?: string;
	/** The DELETE at the end is refused for want of a sign-in. */
	readonly refusesFarewell?: boolean;
}

/** An MCP server that wants OAuth and an authorization server in one, and the firewall as its client. */
async function start(twist: Twist = {}, store: OAuthStore = memoryOAuthStore()) {
	const tokens = new Map<string, string>();
	const codes = new Map<string, { challenge: string; scope: string; resource: string }>();
	const seen = { tokenRequests: [] as URLSearchParams[], registrations: 0, asked: 0 };
	let expireAll = false;

	const token = (response: ServerResponse, form: URLSearchParams) => {
		seen.tokenRequests.push(form);
		const kept = codes.get(form.get('code') ?? '');
		const digest = createHash('sha256')
			.update(form.get('code_verifier') ?? '')
			.digest('base64url');
		if (form.get('grant_type') === 'authorization_code' && kept?.challenge !== digest) {
			return json(response, { error: 'invalid_grant' }, 400);
		}
		const access = `access-${String(tokens.size + 1)}`;
		tokens.set(access, kept?.scope ?? 'basic');
		expireAll = false;
		return json(response, {
			access_token: access + (twist.tail ?? ''),
			token_type: 'Bearer',
			refresh_token: 'refresh-1',
			expires_in: 3600,
		});
	};

	const server = await ScriptedServer.start((got: Got) => {
		const { url, response, headers } = got;
		const path = url.split('?')[0] ?? '';
		if (path === '/.well-known/oauth-protected-resource/mcp') {
			return json(response, { resource: server.url, authorization_servers: [server.origin] });
		}
		if (path === '/.well-known/oauth-authorization-server') {
			return json(response, {
				issuer: server.origin,
				authorization_endpoint: `${server.origin}/authorize`,
				token_endpoint: `${server.origin}/token`,
				registration_endpoint: `${server.origin}/register`,
				response_types_supported: ['code'],
				code_challenge_methods_supported: ['S256'],
				token_endpoint_auth_methods_supported: ['none'],
				...twist.metadata,
			});
		}
		if (path === '/register') {
			seen.registrations++;
			return json(response, { ...(got.message as object), client_id: 'client-1' }, 201);
		}
		if (path === '/token') {
			return token(response, new URLSearchParams(got.text));
		}
		if (path === '/mcp' && got.method === 'DELETE' && twist.refusesFarewell === true) {
			response.writeHead(401).end();
			return true;
		}
		if (path !== '/mcp' || got.method !== 'POST') {
			return undefined;
		}
		const scope = tokens.get((headers.authorization ?? '').replace('Bearer ', ''));
		const metadata = `resource_metadata="${server.origin}/.well-known/oauth-protected-resource/mcp"`;
		if (scope === undefined || expireAll || twist.never === true) {
			response.writeHead(401, { 'WWW-Authenticate': `Bearer ${metadata}, scope="basic"` }).end();
			return true;
		}
		if (got.message.method === 'tools/call' && twist.scope !== undefined && !scope.includes(twist.scope)) {
			const challenge = `Bearer error="insufficient_scope", scope="basic ${twist.scope}", ${metadata}`;
			response.writeHead(403, { 'WWW-Authenticate': challenge }).end();
			return true;
		}
		return undefined;
	});
	open.push(server);

	const authorizer: Authorizer & AuthorizationDoor = {
		redirectUrl: 'http://127.0.0.1/callback',
		open: () => Promise.resolve(authorizer),
		dispose() {},
		authorize(address) {
			seen.asked++;
			const asked = address.searchParams;
			const code = `code-${String(seen.asked)}`;
			codes.set(code, {
				challenge: asked.get('code_challenge') ?? '',
				scope: asked.get('scope') ?? '',
				resource: asked.get('resource') ?? '',
			});
			const query = new URLSearchParams({ code, state: asked.get('state') ?? '' });
			twist.comeBack?.(query);
			return Promise.resolve(query);
		},
	};
	const signIn = new OAuthSignIn({ url: server.url, store, authorizer, clock: realClock, ids });
	const session = async (headers: Record<string, string> = {}) => {
		const target = { kind: 'http', url: server.url, headers } as const;
		const relay = await openRelay({ upstream: new HttpUpstream(target, realClock, signIn) });
		open.push(relay);
		void relay.send({
			id: 0,
			method: 'initialize',
			params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
		});
		return { ...relay, welcome: await relay.inbox.answerTo(0) };
	};
	return { server, seen, codes, session, store, expire: () => (expireAll = true) };
}

function messageOf(answer: JsonObject): string {
	const { error } = answer;
	return isJsonObject(error) && typeof error.message === 'string' ? error.message : '';
}

describe('OAuthSignIn (2025-11-25 basic/authorization)', () => {
	it('signs in by discovery, registration and PKCE, for this resource only, and once for all sessions', async () => {
		const { server, seen, codes, session } = await start();
		const first = await session();
		expect(first.welcome.error).toBeUndefined();
		expect([...codes.values()]).toMatchObject([{ scope: 'basic', resource: server.url }]);
		expect(seen.tokenRequests[0]?.get('resource')).toBe(server.url);
		expect((await session()).welcome.error).toBeUndefined();
		expect(seen).toMatchObject({ asked: 1, registrations: 1 });
	});

	it('two requests that are refused together cause one sign-in', async () => {
		const { seen, session } = await start();
		await Promise.all([session(), session(), session()]);
		expect(seen.asked).toBe(1);
	});

	it('keeps what it got, and refreshes without the person when a token is refused', async () => {
		const { seen, session, store, expire } = await start();
		const { call } = await session();
		expect(await store.load()).toMatchObject({
			client: { client_id: 'client-1' },
			tokens: { access_token: 'access-1' },
		});
		expire();
		expect((await call(1, 'x')).error).toBeUndefined();
		expect(seen.asked).toBe(1);
		expect(seen.tokenRequests.at(-1)?.get('grant_type')).toBe('refresh_token');
	});

	it('403 insufficient_scope: steps up to what the server names', async () => {
		const { seen, codes, session } = await start({ scope: 'write' });
		const { call } = await session();
		expect((await call(1, 'x')).error).toBeUndefined();
		expect([...codes.values()].map(({ scope }) => scope)).toEqual(['basic', 'basic write']);
		expect(seen.asked).toBe(2);
	});

	it('a server that is never content does not ask the person for ever', async () => {
		const { seen, session } = await start({ never: true });
		const { welcome } = await session();
		expect(messageOf(welcome)).toContain('goes on asking');
		expect(seen.asked).toBeLessThanOrEqual(2);
	});

	it.each<[string, Twist, string]>([
		['another state', { comeBack: query => query.set('state', 'x') }, 'another request'],
		['no code', { comeBack: query => query.delete('code') }, 'refused'],
		[
			'another issuer (RFC 9207)',
			{ comeBack: query => query.set('iss', 'https://evil.example') },
			'another server',
		],
		[
			'another issuer, which the metadata claim to be (RFC 8414 §3.3: mix-up)',
			{
				metadata: { issuer: 'https://honest.example' },
				comeBack: query => query.set('iss', 'https://honest.example'),
			},
			'another server',
		],
		[
			'no issuer where one is promised',
			{ metadata: { authorization_response_iss_parameter_supported: true } },
			'another server',
		],
		[
			'an authorization address on plain http elsewhere',
			{ metadata: { authorization_endpoint: 'http://evil.example/a' } },
			'not https',
		],
		[
			'a token address on plain http elsewhere',
			{ metadata: { token_endpoint: 'http://evil.example/t' } },
			'not https',
		],
		['a server without PKCE', { metadata: { code_challenge_methods_supported: ['plain'] } }, 'failed'],
	])('%s: no sign-in, and a sentence that says so', async (_, twist, why) => {
		const { session, store } = await start(twist);
		const { welcome } = await session();
		expect(messageOf(welcome)).toContain(why);
		expect((await store.load())?.tokens).toBeUndefined();
	});

	it.each(['\r\nX-Evil: 1', '\u0000', '漢'])('a token that no header can hold (%j) fails the request', async tail => {
		const { session, server } = await start({ tail });
		const { welcome } = await session();
		expect(messageOf(welcome)).toContain('cannot be sent');
		expect(server.got.some(({ headers }) => headers['x-evil'] !== undefined)).toBe(false);
	});

	it('a store that cannot be read fails the request', async () => {
		const broken = { load: () => Promise.reject(new Error('locked')), save: () => Promise.resolve() };
		const { session } = await start({}, broken);
		const { welcome } = await session();
		expect(messageOf(welcome)).toContain('locked');
	});

	it('asks nobody to sign in for the DELETE at the end', async () => {
		const { session, seen } = await start({ refusesFarewell: true });
		const { relay } = await session();
		expect(seen.asked).toBe(1);
		await relay.close();
		expect(seen.asked).toBe(1);
	});

	it('a header given by hand is used as it is, and nobody is asked', async () => {
		const { seen, session } = await start();
		const { welcome } = await session({ Authorization: 'Bearer by-hand' });
		expect(messageOf(welcome)).toContain('HTTP 401');
		expect(seen.asked).toBe(0);
	});

	it('what a server on the net says never leads to this machine, nor to plain http', () => {
		const net = new URL('https://mcp.example.com/mcp');
		const here = new URL('http://127.0.0.1:3000/mcp');
		expect(isOAuthAddress(new URL('https://as.example.com/x'), net)).toBe(true);
		expect(isOAuthAddress(new URL('http://as.example.com/x'), net)).toBe(false);
		expect(isOAuthAddress(new URL('http://127.0.0.1/x'), net)).toBe(false);
		expect(isOAuthAddress(new URL('https://localhost/x'), net)).toBe(false);
		expect(isOAuthAddress(new URL('javascript:alert(1)'), net)).toBe(false);
		for (const host of [
			...['0.0.0.0', '127.1', '10.0.0.1', '192.168.1.1', '172.20.0.1', '169.254.169.254', '100.100.100.200'],
			...['[::]', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]', '[fd00::1]', '[fe80::1]'],
			...['localhost.', 'a.localhost'],
		]) {
			expect([host, isOAuthAddress(new URL(`https://${host}/x`), net)]).toEqual([host, false]);
		}
		expect(isOAuthAddress(new URL('https://as.localhost.example/x'), net)).toBe(true);
		const office = new URL('https://10.0.0.1/mcp');
		expect(isOAuthAddress(new URL('https://10.0.0.2/x'), office)).toBe(true);
		expect(isOAuthAddress(new URL('https://localhost/x'), office)).toBe(false);
		expect(isOAuthAddress(new URL('http://localhost:9/x'), here)).toBe(true);
	});
});
