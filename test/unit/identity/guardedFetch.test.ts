import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ServerResponse } from 'node:http';
import { mayFetchFrom } from '../../../src/domain/identity/fetchAddress';
import { type IdentityDocument, type IdentityRequest } from '../../../src/domain/identity/identityFetch';
import {
	DOCUMENT_BYTES,
	FETCH_CONNECT_MS,
	FETCH_WHOLE_MS,
	guardedFetch,
} from '../../../src/proxy/identity/guardedFetch';
import { ManualClock } from '../support/manualClock';
import { vectors } from './vectors';

const pem = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
const open: Server[] = [];

afterEach(async () => {
	for (const server of open.splice(0)) {
		server.closeAllConnections();
		await new Promise(resolve => server.close(resolve));
	}
});

interface Seen {
	connections: number;
	readonly requests: {
		readonly url: string;
		readonly headers: NodeJS.Dict<string | string[]>;
		readonly sni: unknown;
	}[];
}

/** A real HTTPS server on loopback. */
async function serve(answer: (response: ServerResponse, url: string) => void, certificate = 'selfSigned') {
	const seen: Seen = { connections: 0, requests: [] };
	const server = createServer({ key: pem('key'), cert: pem(certificate) }, (request, response) => {
		const { url = '', headers, socket } = request;
		seen.requests.push({ url, headers, sni: (socket as unknown as { servername: unknown }).servername });
		answer(response, url);
	});
	server.on('connection', () => seen.connections++);
	server.on('tlsClientError', () => {});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	open.push(server);
	const { port } = server.address() as AddressInfo;
	return { seen, port, url: `https://localhost:${String(port)}/.well-known/jwks.json` };
}

const json =
	(body: string, type = 'application/json') =>
	(response: ServerResponse) =>
		response.writeHead(200, { 'content-type': type }).end(body);

function fetcher(lookup?: (host: string) => Promise<readonly string[]>, ca = 'selfSigned') {
	const clock = new ManualClock();
	const asked: string[] = [];
	const fetch = guardedFetch({
		clock,
		ca: pem(ca),
		lookup: host => {
			asked.push(host);
			return lookup === undefined ? Promise.resolve(['127.0.0.1']) : lookup(host);
		},
	});
	const get = (url: string, over: Partial<IdentityRequest> = {}) =>
		fetch({ url, document: 'jwks', privateAddresses: true, ...over });
	return { get, clock, asked };
}

const { private_ip: addresses } = vectors<{ private_ip: { blocked: string[]; allowed: string[] } }>('misc');

describe('addresses that may be asked (misc.private_ip, identity.md §4.3)', () => {
	it.each(addresses.blocked)('%s is not asked for a public origin', address => {
		expect(mayFetchFrom(address, false)).toBe(false);
	});

	it.each(addresses.allowed)('%s is', address => {
		expect(mayFetchFrom(address, false)).toBe(true);
	});

	it.each([
		...['169.254.169.254', 'fe80::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::'],
		...['100.100.100.200', 'fd00:ec2::254', '168.63.129.16', '224.0.0.1', '255.255.255.255', '0.0.0.0', '::'],
		...['ff02::1', '64:ff9b:1::808:808', '192.88.99.1', '::ffff:100.100.100.200'],
	])('%s is not asked even where private addresses are: link-local, metadata, nobody', address => {
		expect(mayFetchFrom(address, true)).toBe(false);
	});

	it.each(['127.0.0.1', '::1', '10.1.2.3', '192.168.0.9', 'fd12::1', '172.31.0.1', '100.64.0.1'])(
		'%s is asked where the person said so',
		address => {
			expect(mayFetchFrom(address, true)).toBe(true);
		},
	);

	it.each([
		'',
		'localhost',
		'1.1',
		'0x7f.1',
		'127.1',
		'010.0.0.1',
		'8.8.8.8 ',
		'fe80::1%eth0',
		'[::1]',
		'256.1.1.1',
		':::',
	])('"%s" is no address in full', address => {
		expect(mayFetchFrom(address, true)).toBe(false);
	});

	it.each(['2001:db8::1', '2001::1', '2002:7f00:1::', '3fff::1', '::7f00:1', '::ffff:0:7f00:1', 'fec0::1'])(
		'%s is not public',
		address => {
			expect(mayFetchFrom(address, false)).toBe(false);
		},
	);
});

describe('a document over real HTTPS', () => {
	it('comes whole, by one GET that carries no credential, with the name in SNI and Host', async () => {
		const { url, seen, port } = await serve(json('{"keys":[]}'));
		const { get, asked } = fetcher();
		await expect(get(url)).resolves.toEqual({
			...{ ok: true, status: 200, contentType: 'application/json', body: '{"keys":[]}' },
		});
		expect(asked).toEqual(['localhost']);
		expect(seen.requests).toEqual([
			{
				...{ url: '/.well-known/jwks.json', sni: 'localhost' },
				headers: {
					...{ host: `localhost:${String(port)}`, accept: 'application/json', connection: 'close' },
					'accept-encoding': 'identity',
				},
			},
		]);
	});

	it('a status beyond 2xx is told, whatever its type', async () => {
		const { url } = await serve(response => response.writeHead(404, { 'content-type': 'text/html' }).end('no'));
		await expect(fetcher().get(url)).resolves.toMatchObject({ ok: true, status: 404 });
	});

	it('an origin that is an address is asked with its certificate held against that address', async () => {
		const { port, seen } = await serve(json('{}'));
		const { get, asked } = fetcher();
		await expect(get(`https://127.0.0.1:${String(port)}/x`)).resolves.toMatchObject({ ok: true, body: '{}' });
		expect(asked).toEqual([]);
		expect(seen.requests).toHaveLength(1);
	});

	it('proxies of the environment are not used', async () => {
		const { url } = await serve(json('{}'));
		vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
		vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
		vi.stubEnv('NODE_USE_ENV_PROXY', '1');
		await expect(fetcher().get(url)).resolves.toMatchObject({ ok: true });
	});

	it('the second address of a name is tried when nobody listens at the first', async () => {
		const { url } = await serve(json('{}'));
		const { get } = fetcher(() => Promise.resolve(['127.0.0.9', '127.0.0.1']));
		await expect(get(url)).resolves.toMatchObject({ ok: true });
	});
});

describe('what is never asked', () => {
	it.each([
		'http://localhost/x',
		'https://user@localhost/x',
		'https://u:p@localhost/x',
		'file:///etc/passwd',
		'data:application/json,{}',
		'not a url',
		'',
	])('"%s"', async url => {
		const { get, asked } = fetcher();
		await expect(get(url)).resolves.toEqual({ ok: false, why: 'blocked' });
		expect(asked).toEqual([]);
	});

	it('a loopback address of an origin that is to be public: no connection is made', async () => {
		const { url, seen } = await serve(json('{}'));
		await expect(fetcher().get(url, { privateAddresses: false })).resolves.toEqual({ ok: false, why: 'blocked' });
		expect(seen.connections).toBe(0);
	});

	it('a name of which only one of several addresses is private', async () => {
		const { url, seen } = await serve(json('{}'));
		const { get } = fetcher(() => Promise.resolve(['8.8.8.8', '127.0.0.1']));
		await expect(get(url, { privateAddresses: false })).resolves.toEqual({ ok: false, why: 'blocked' });
		expect(seen.connections).toBe(0);
	});

	it('rebinding: the name is resolved once, and the connection goes where the checked answer said', async () => {
		const { url, seen } = await serve(json('{}'));
		const answers = [['127.0.0.1'], ['169.254.169.254']];
		const { get, asked } = fetcher(() => Promise.resolve(answers.shift() ?? []));
		await expect(get(url)).resolves.toMatchObject({ ok: true });
		expect(asked).toHaveLength(1);
		expect(seen.connections).toBe(1);
		await expect(get(url)).resolves.toEqual({ ok: false, why: 'blocked' });
		expect(seen.connections).toBe(1);
	});

	it.each([301, 302, 303, 307, 308])('what a redirect (%d) leads to', async status => {
		const { url, seen } = await serve((response, path) => {
			if (path.startsWith('/.well-known')) {
				response.writeHead(status, { location: '/elsewhere' }).end();
			} else {
				json('{}')(response);
			}
		});
		await expect(fetcher().get(url)).resolves.toEqual({ ok: false, why: 'blocked' });
		expect(seen.requests).toHaveLength(1);
	});

	it.each([
		['an expired certificate', 'expired', 'expired', 'localhost'],
		['a certificate of nobody we know', 'selfSigned', 'expired', 'localhost'],
		['a certificate for another name', 'selfSigned', 'selfSigned', 'issuer.example'],
	])('%s: nothing of the request is sent', async (_, certificate, ca, name) => {
		const { port, seen } = await serve(json('{}'), certificate);
		const { get } = fetcher(undefined, ca);
		await expect(get(`https://${name}:${String(port)}/x`)).resolves.toEqual({ ok: false, why: 'unreachable' });
		expect(seen.requests).toEqual([]);
	});
});

describe('bounds', () => {
	it.each(Object.entries(DOCUMENT_BYTES) as [IdentityDocument, number][])(
		'%s: %d bytes are taken, one more is not, announced or not',
		async (document, most) => {
			const { url } = await serve((response, path) => {
				const body = `"${'x'.repeat(most - (path.includes('over') ? 1 : 2))}"`;
				const announced = path.includes('announced') ? { 'content-length': String(body.length) } : {};
				response.writeHead(200, { 'content-type': 'application/json', ...announced });
				response.write(body.slice(0, 10));
				response.end(body.slice(10));
			});
			const { get } = fetcher();
			const at = (path: string) => get(new URL(path, url).href, { document });
			await expect(at('/fits')).resolves.toMatchObject({ ok: true });
			await expect(at('/over')).resolves.toEqual({ ok: false, why: 'too-large' });
			await expect(at('/announced-over')).resolves.toEqual({ ok: false, why: 'too-large' });
		},
	);

	it.each(['text/html', 'application/jsonp', 'application/x-json', '', 'text/plain; application/json'])(
		'a success of type "%s" is no document',
		async type => {
			const { url } = await serve(json('{}', type));
			await expect(fetcher().get(url)).resolves.toEqual({ ok: false, why: 'blocked' });
		},
	);

	it.each([
		'application/json; charset=utf-8',
		'application/jwk-set+json',
		'APPLICATION/DID+JSON',
		'application/did+ld+json',
	])('one of type "%s" is', async type => {
		const { url } = await serve(json('{}', type));
		await expect(fetcher().get(url)).resolves.toMatchObject({ ok: true, contentType: type });
	});

	it('a compressed body is not taken, and neither is one that is no UTF-8 or ends too soon', async () => {
		const { url } = await serve((response, path) => {
			const head = { 'content-type': 'application/json' };
			if (path === '/coded') {
				response.writeHead(200, { ...head, 'content-encoding': 'gzip' }).end('{}');
			} else if (path === '/bytes') {
				response.writeHead(200, head).end(Buffer.from([0x22, 0xff, 0x22]));
			} else {
				response.writeHead(200, { ...head, 'content-length': '100' });
				response.write('{}');
				setImmediate(() => response.destroy());
			}
		});
		const { get } = fetcher();
		const at = (path: string) => get(new URL(path, url).href);
		await expect(at('/coded')).resolves.toEqual({ ok: false, why: 'blocked' });
		await expect(at('/bytes')).resolves.toEqual({ ok: false, why: 'unreachable' });
		await expect(at('/short')).resolves.toEqual({ ok: false, why: 'unreachable' });
	});

	it('a resolver that never answers is left after 3 s', async () => {
		const { get, clock } = fetcher(() => new Promise(() => {}));
		const answer = get('https://slow.example/x');
		clock.advance(FETCH_CONNECT_MS);
		await expect(answer).resolves.toEqual({ ok: false, why: 'timeout' });
		expect(clock.waiting).toBe(0);
	});

	it('a body that trickles is left after 10 s in all, and its connection closed', async () => {
		let closed = () => {};
		const gone = new Promise<void>(resolve => (closed = resolve));
		let begun = () => {};
		const first = new Promise<void>(resolve => (begun = resolve));
		const { url } = await serve(response => {
			response.on('close', closed);
			response.writeHead(200, { 'content-type': 'application/json' });
			response.write('{');
			begun();
		});
		const { get, clock } = fetcher();
		const answer = get(url);
		await first;
		clock.advance(FETCH_WHOLE_MS);
		await expect(answer).resolves.toEqual({ ok: false, why: 'timeout' });
		await gone;
	});

	it('whoever asked can end it, before and while', async () => {
		const stop = new AbortController();
		let begun = () => {};
		const first = new Promise<void>(resolve => (begun = resolve));
		const { url } = await serve(() => begun());
		const { get, asked } = fetcher();
		const answer = get(url, { signal: stop.signal });
		await first;
		stop.abort();
		await expect(answer).resolves.toEqual({ ok: false, why: 'aborted' });
		await expect(get(url, { signal: stop.signal })).resolves.toEqual({ ok: false, why: 'aborted' });
		expect(asked).toHaveLength(1);
	});

	it('nobody there, no such name, a resolver that fails: unreachable', async () => {
		await expect(fetcher().get('https://localhost:1/x')).resolves.toEqual({ ok: false, why: 'unreachable' });
		const { get } = fetcher(() => Promise.reject(new Error('ENOTFOUND')));
		await expect(get('https://nowhere.example/x')).resolves.toEqual({ ok: false, why: 'unreachable' });
		await expect(fetcher(() => Promise.resolve([])).get('https://none.example/x')).resolves.toMatchObject({
			ok: false,
		});
	});
});
