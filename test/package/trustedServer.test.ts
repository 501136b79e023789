import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compactJws, didKey, freshKey, type LocalIssuer, start } from '../fixtures/servers/localIssuer.mjs';

const root = process.cwd();
const program = join(root, 'test/fixtures/servers/trusted.mjs');
const certificate = join(root, 'test/fixtures/tls/selfSigned.pem');
const ca = readFileSync(certificate);
const evidence = mkdtempSync(join(tmpdir(), 'trusted-'));
const caller = freshKey();
const callerDid = didKey(caller.publicJwk);
const open: (() => unknown)[] = [];
let issuer: LocalIssuer;

beforeAll(async () => {
	if (!existsSync(join(root, 'dist/guard.mjs'))) {
		execFileSync(process.execPath, ['esbuild.mjs', '--minify'], { cwd: root, stdio: 'pipe' });
	}
	issuer = await start();
}, 120_000);

afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

afterAll(async () => {
	await issuer.close();
	rmSync(evidence, { recursive: true, force: true });
});

const env = {
	...{ PATH: process.env.PATH ?? '', NODE_EXTRA_CA_CERTS: certificate, CAPISCIO_LOG_LEVEL: 'off' },
	CAPISCIO_EVIDENCE_DIR: evidence,
};
const registered = () => ['--issuer', issuer.origin, '--registry-key', issuer.registryKey];

/** `fetch` that knows the certificate of the fixtures. */
const fetchThere: typeof fetch = (input, init) =>
	new Promise((resolve, reject) => {
		const headers = Object.fromEntries(new Headers(init?.headers));
		const options = { method: init?.method ?? 'GET', headers, ca, ...(init?.signal && { signal: init.signal }) };
		const sent = httpsRequest(new URL(input instanceof Request ? input.url : input), options, answer => {
			const status = answer.statusCode ?? 0;
			const body = [202, 204].includes(status) ? null : (Readable.toWeb(answer) as ReadableStream);
			const given = Object.entries(answer.headers).flatMap(([name, value]) =>
				value === undefined ? [] : [[name, String(value)]],
			);
			resolve(new Response(body, { status, headers: given as [string, string][] }));
		});
		sent.on('error', reject);
		sent.end(init?.body);
	});

interface Connected {
	readonly client: Client;
	readonly did: string;
	/** `_meta` of the initialize result. */
	readonly meta: Readonly<Record<string, unknown>>;
	readonly call: (name: string, badge?: string) => Promise<{ isError?: boolean; text: string }>;
}

async function connect(transport: Transport, did: string | undefined, header?: { badge?: string }): Promise<Connected> {
	const client = new Client({ name: 'test', version: '1' });
	open.push(() => client.close());
	let meta: Readonly<Record<string, unknown>> = {};
	const begin = transport.start.bind(transport);
	transport.start = async () => {
		const passOn = transport.onmessage;
		transport.onmessage = (message, extra) => {
			if ('result' in message && 'serverInfo' in message.result) meta = message.result._meta ?? {};
			passOn?.(message, extra);
		};
		await begin();
	};
	await client.connect(transport);
	return {
		...{ client, meta, did: did ?? String(meta.capiscio_server_did) },
		call: async (name, badge) => {
			if (header) header.badge = badge ?? '';
			const result = await client.callTool({
				...{ name, arguments: { name: 'welcome', text: 'canary-argument' } },
				...(badge !== undefined && !header && { _meta: { capiscio_caller_badge: badge } }),
			});
			const [first] = result.content as { text: string }[];
			return { ...(result.isError === true && { isError: true }), text: first?.text ?? '' };
		},
	};
}

const overStdio = (...args: string[]) =>
	connect(
		new StdioClientTransport({
			...{
				command: process.execPath,
				args: [program, '--stdio', ...registered(), ...args],
				env,
				stderr: 'ignore',
			},
		}),
		undefined,
	);

async function startHttp(...args: string[]): Promise<{ url: string; did: string }> {
	const server = spawn(process.execPath, [program, '--http', '0', ...registered(), ...args], {
		...{ env, stdio: ['ignore', 'pipe', 'ignore'] },
	});
	open.push(() => server.kill());
	for await (const line of createInterface({ input: server.stdout })) {
		return JSON.parse(line) as { url: string; did: string };
	}
	throw new Error('the server did not start');
}

async function overHttp(...args: string[]): Promise<Connected> {
	const { url, did } = await startHttp(...args);
	const header: { badge?: string } = {};
	const withBadge: typeof fetch = (input, init) => {
		const headers = new Headers(init?.headers);
		if (header.badge) headers.set('X-Capiscio-Badge', header.badge);
		return fetchThere(input, { ...init, headers });
	};
	return connect(new StreamableHTTPClientTransport(new URL(url), { fetch: withBadge }), did, header);
}

const claimsOf = (badge: unknown) =>
	JSON.parse(Buffer.from(String(badge).split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe.each([
	['stdio', overStdio],
	['Streamable HTTP', overHttp],
])('the example server over %s, with the client of the MCP SDK', (way, reach) => {
	it('says who it is, with a badge of level 2 that was issued for it', async () => {
		const { did, meta } = await reach();
		expect(did).toMatch(way === 'stdio' ? /^did:key:z6Mk/ : /^did:web:localhost%3A\d+$/);
		expect(meta.capiscio_server_did).toBe(did);
		expect(claimsOf(meta.capiscio_server_badge)).toMatchObject({
			...{ iss: issuer.origin, sub: did, vc: { credentialSubject: { level: '2' } } },
		});
	}, 60_000);

	it('lets anybody read, and only callers of level 2 write; nothing else gets through', async () => {
		const { did, call } = await reach();
		const issue = (more: object = {}) => issuer.issue({ sub: callerDid, key: caller.publicJwk, aud: did, ...more });
		const jti = crypto.randomUUID();
		issuer.revoke(jti);
		const thief = freshKey();
		const forged = compactJws(thief.privateKey, { typ: 'JWT', kid: issuer.kid }, claimsOf(issue()));
		const refusals: [string, string | undefined, string][] = [
			['no badge', undefined, 'TOOL_AUTH_MISSING'],
			['level 1', issue({ level: '1' }), 'TOOL_TRUST_INSUFFICIENT'],
			['revoked', issue({ jti }), 'TOOL_BADGE_REVOKED'],
			['expired', issue({ ttl: -600 }), 'TOOL_BADGE_INVALID'],
			['for another server', issue({ aud: 'did:web:other.example' }), 'TOOL_BADGE_INVALID'],
			['forged', forged, 'TOOL_BADGE_INVALID'],
			['no badge at all', 'nonsense', 'TOOL_BADGE_INVALID'],
			[
				'of an issuer that is not trusted',
				issue({ claims: { iss: 'https://other.example' } }),
				'TOOL_ISSUER_UNTRUSTED',
			],
		];
		for (const [name, badge, code] of refusals) {
			const { isError, text } = await call('write_note', badge);
			expect([name, isError, text.split(' ')[0]]).toEqual([name, true, code]);
		}
		expect((await call('read_note')).text).toMatch(/kept as long/);
		expect((await call('read_note', 'nonsense')).isError).toBe(true);
		expect(await call('write_note', issue())).toEqual({ text: `Kept for ${callerDid} (level 2).` });
		const records = readdirSync(evidence).flatMap(file =>
			readFileSync(join(evidence, file), 'utf8').trim().split('\n'),
		);
		expect(records.filter(line => line.includes('"ALLOW"')).length).toBeGreaterThanOrEqual(2);
		expect(records.join('\n')).not.toMatch(/canary|eyJ/);
	}, 60_000);
});

describe('the example server over HTTP', () => {
	it('has the same in every response, in its discovery document and in its DID document', async () => {
		const { url, did } = await startHttp();
		const { origin } = new URL(url);
		const discovery = await fetchThere(`${origin}/.well-known/capiscio/mcp-server.json`);
		expect(discovery.headers.get('Capiscio-Server-DID')).toBe(did);
		expect(await discovery.json()).toMatchObject({
			...{ server_did: did, server_badge: discovery.headers.get('Capiscio-Server-Badge'), trust_level: 2 },
		});
		expect(await (await fetchThere(`${origin}/.well-known/did.json`)).json()).toMatchObject({ id: did });
	}, 60_000);
});
