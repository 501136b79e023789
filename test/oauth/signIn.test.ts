import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger';
import { Endpoint } from '../../src/proxy/face/endpoint';
import { listTools } from '../../src/proxy/inspectServer';
import { OAuthServers, type OAuthServersOptions } from '../../src/vscode/oauthServers';
import { type SignInQuestion, signInText } from '../../src/vscode/signInText';
import { exchange } from '../unit/proxy/httpClient';
import { ids, neverAsked, openPaths, realClock } from '../unit/proxy/support';
import { AuthorizationServer, browse } from './authorizationServer';
import { ProtectedServer } from './mcpServer';

let directory: string;
let authorization: AuthorizationServer;
let server: ProtectedServer;
let stored: Map<string, string>;
let questions: SignInQuestion[];
let signedIn: string[];
let pages: string[];

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'oauth-'));
	authorization = await AuthorizationServer.start(() => server.url);
	server = await ProtectedServer.start(
		() => authorization.issuer,
		token => authorization.audienceOf(token),
	);
	stored = new Map();
	[questions, signedIn, pages] = [[], [], []];
});
afterEach(async () => {
	await server.close();
	await authorization.close();
	await rm(directory, { recursive: true, force: true });
});

/** One window; all of them share what is stored. */
function window(options: Partial<OAuthServersOptions> = {}): OAuthServers {
	return new OAuthServers({
		storage: {
			get: key => Promise.resolve(stored.get(key)),
			store: (key, value) => Promise.resolve(void stored.set(key, value)),
			delete: key => Promise.resolve(void stored.delete(key)),
		},
		lockDirectory: join(directory, 'locks'),
		...{ clock: realClock, ids },
		ask: question => Promise.resolve(questions.push(question) > 0),
		openBrowser: async address => {
			pages.push((await browse(address)).text);
			return true;
		},
		seenFrom: address => Promise.resolve(address),
		onSignedIn: (id, issuer) => void signedIn.push(`${id} ${issuer}`),
		...options,
	});
}

const ID = 'a'.repeat(64);
const target = () => ({ id: ID, name: 'greeter', url: server.url });

async function list(of: OAuthServers) {
	const launch = { kind: 'http', url: server.url, headers: {}, signIn: await of.signInFor(target()) } as const;
	const options = { clock: realClock, clientInfo: { name: 'mcp-firewall', version: '0' } };
	return (await listTools(launch, options, new AbortController().signal)).tools.map(({ name }) => name);
}

function tokens(): { readonly access_token: string; readonly refresh_token: string } {
	const kept = JSON.parse(stored.get(`oauth:${ID}`) ?? '{}') as { kept?: { tokens?: unknown } };
	return kept.kept?.tokens as { access_token: string; refresh_token: string };
}

describe('signing in at a real authorization server (C2, C9)', () => {
	it('asks first, by name and host; then the tokens are for this server alone, and are kept in secret storage', async () => {
		expect(await list(window())).toEqual(['greet']);
		expect(questions).toHaveLength(1);
		expect(signInText(questions[0]!)).toContain(
			`“greeter” wants you to sign in at ${new URL(authorization.issuer).host}`,
		);
		expect(questions[0]!.address.searchParams.get('resource')).toBe(server.url);
		expect(pages).toEqual([expect.stringContaining('close this window')]);
		expect(await authorization.audienceOf(tokens().access_token)).toBe(server.url);
		expect(new Set(signedIn)).toEqual(new Set([`${ID} ${authorization.issuer}`]));
		expect([...stored.keys()]).toEqual([`oauth:${ID}`]);
		expect(await readdir(join(directory, 'locks'))).toEqual([`${ID}.lock`]);
	});

	it('another window, and the next start, use what is kept and ask nobody', async () => {
		await list(window());
		expect(await list(window())).toEqual(['greet']);
		expect(questions).toHaveLength(1);
	});

	it('a person who says no is not asked again by itself; no browser opens, and nothing is kept', async () => {
		let opened = 0;
		let asked = 0;
		const here = window({
			ask: () => Promise.resolve(++asked > 1),
			openBrowser: async address => {
				opened++;
				await browse(address);
				return true;
			},
		});
		await expect(list(here)).rejects.toThrow(/declined/);
		await expect(list(here)).rejects.toThrow(/declined/);
		expect([asked, opened, tokens()]).toEqual([1, 0, undefined]);
		here.askAgain(ID);
		expect(await list(here)).toEqual(['greet']);
		expect([asked, opened]).toEqual([2, 1]);
	});

	it('consent that is refused there is a refusal here', async () => {
		authorization.consents = false;
		await expect(list(window())).rejects.toThrow(/sign-in was refused/);
		expect(tokens()).toBeUndefined();
	});

	it('a redirection with another state, a wrong path or none ends nothing; the right one still counts', async () => {
		const strays: number[] = [];
		const openBrowser = async (address: URL) => {
			const back = address.searchParams.get('redirect_uri') ?? '';
			for (const stray of [`${back}?code=x&state=other`, `${back}?code=x`, back.replace(/[^/]+$/, 'other')]) {
				strays.push((await fetch(stray)).status);
			}
			await browse(address);
			return true;
		};
		expect(await list(window({ openBrowser }))).toEqual(['greet']);
		expect(strays).toEqual([400, 400, 404]);
	});

	it('a token that is over is renewed without the person; where that is refused, the person is asked anew', async () => {
		const here = window();
		await list(here);
		const first = tokens();
		await authorization.expire(first.access_token);
		expect(await list(here)).toEqual(['greet']);
		expect(questions).toHaveLength(1);
		expect(tokens().refresh_token).not.toBe(first.refresh_token);
		await authorization.expire(tokens().access_token);
		await authorization.forgetRefresh(tokens().refresh_token);
		expect(await list(here)).toEqual(['greet']);
		expect(questions).toHaveLength(2);
	});

	it('two windows whose token is over renew it once: a rotated refresh token is not used twice', async () => {
		const [one, other] = [window(), window()];
		await list(one);
		await list(other);
		await authorization.expire(tokens().access_token);
		expect(await Promise.all([list(one), list(other)])).toEqual([['greet'], ['greet']]);
		expect(questions).toHaveLength(1);
		expect(await authorization.knowsRefresh(tokens().refresh_token)).toBe(true);
	});

	it('what the editor sends to us never reaches the server: only tokens that we were given do', async () => {
		const here = window();
		const endpoint = await Endpoint.open({
			...{ at: { directory }, sessionPaths: openPaths, clock: realClock, ids, logger: silentLogger },
			servers: id => ({
				server: { id, name: 'greeter', reviewRequired: false, roots: [] },
				approver: neverAsked,
				launch: async () => ({
					kind: 'http',
					url: server.url,
					headers: {},
					signIn: await here.signInFor(target()),
				}),
			}),
		});
		try {
			const address = endpoint.uriFor(ID);
			const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
			const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
			const headers = { cookie: 'editor-canary=1', 'x-editor': 'editor-canary' };
			expect((await exchange(address, { body, headers })).status).toBe(200);
			const token = address.headers.Authorization ?? '';
			expect(server.headers.join('\n')).not.toMatch(/editor-canary/);
			expect(server.authorizations).not.toContain(token);
			expect(new Set(server.authorizations)).toEqual(new Set([undefined, `Bearer ${tokens().access_token}`]));
		} finally {
			await endpoint.close({ afterClose: 0, afterTerm: 0 });
		}
	});

	it('N7 signing out gives the tokens back there and forgets them here', async () => {
		const here = window();
		await list(here);
		const { access_token: access, refresh_token: refresh } = tokens();
		expect(await here.signOut(target(), new AbortController().signal)).toBe('revoked');
		expect(await authorization.audienceOf(access)).toBeUndefined();
		expect(await authorization.knowsRefresh(refresh)).toBe(false);
		expect(stored.size).toBe(0);
		expect(await list(here)).toEqual(['greet']);
		expect(questions).toHaveLength(2);
	});

	it('tokens that were kept for one address count for nothing at another', async () => {
		await list(window());
		const other = await ProtectedServer.start(
			() => authorization.issuer,
			token => authorization.audienceOf(token),
		);
		try {
			const signIn = await window().signInFor({ ...target(), url: other.url });
			expect(await signIn.authorization()).toBeUndefined();
		} finally {
			await other.close();
		}
	});

	it('a client that was registered by hand is not told to a server that it was not registered at', async () => {
		const here = window();
		await here.setClient(ID, { id: 'hand-made', secret: 'client-canary', issuer: 'https://elsewhere.example' });
		expect(await list(here)).toEqual(['greet']);
		expect(questions[0]!.address.searchParams.get('client_id')).not.toBe('hand-made');
		expect(authorization.registrations).toBe(1);
	});
});
