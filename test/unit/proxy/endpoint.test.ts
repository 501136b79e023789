import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock } from '../../../src/base/clock';
import { silentLogger } from '../../../src/base/logger';
import { type SessionClient } from '../../../src/firewall/sessionPaths';
import { Endpoint, type GuardedAddress } from '../../../src/proxy/face/endpoint';
import { MAX_SESSIONS_PER_SERVER } from '../../../src/proxy/limits';
import { addressUri } from '../../../src/proxy/face/socketAddress';
import { type ResolvedLaunch } from '../../../src/proxy/upstream/stdioUpstream';
import { BRIEF_STOP, type UpstreamEnd } from '../../../src/proxy/upstream/upstream';
import { exchange, openStream, parts } from './httpClient';
import { contains, Inbox, ids, ManualClock, misbehaving, neverAsked, openPaths, realClock } from './support';
import { expectMode, lacks } from '../support/machine';

const noPosix = lacks('posix', 'a socket has a path and a mode');
/** Where there is what it needs. */
const test = it.skipIf(noPosix);

let directory: string;
let endpoint: Endpoint;
let address: GuardedAddress;
let ended: UpstreamEnd[] = [];
/** Whose sessions were opened. */
let clients: (SessionClient | undefined)[] = [];
const editor: SessionClient = { presentation: () => 'decided', onDidChange: () => ({ dispose() {} }) };
const launches: Record<string, ResolvedLaunch> = {
	one: misbehaving(),
	two: misbehaving(),
	broken: { command: 'no-such-mcp-server', args: [], env: {} },
};

function openEndpoint(clock: Clock): Promise<Endpoint> {
	return Endpoint.open({
		at: { directory },
		editor,
		sessionPaths: {
			open: (server, approver, ask, client) => {
				clients.push(client);
				return openPaths.open(server, approver, ask);
			},
		},
		clock,
		ids,
		logger: silentLogger,
		onUpstream: (_id, end) => end && ended.push(end),
		servers: id => {
			const launch = launches[id];
			return (
				launch && {
					server: { id, name: id, reviewRequired: true, roots: [] },
					approver: neverAsked,
					launch: () => Promise.resolve(launch),
				}
			);
		},
	});
}

beforeEach(async () => {
	ended = [];
	clients = [];
	directory = await mkdtemp(join(tmpdir(), 'mf-test-'));
	endpoint = await openEndpoint(realClock);
	address = endpoint.uriFor('one');
});

afterEach(async () => {
	await endpoint.close({ afterClose: 0, afterTerm: 0 });
	await rm(directory, { recursive: true });
});

const rpc = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
const initialize = rpc({
	id: 0,
	method: 'initialize',
	params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
});
const toolCall = (id: number, kind: string, extra: object = {}) =>
	rpc({ id, method: 'tools/call', params: { name: 'evil', arguments: { kind }, ...extra } });

async function session(at = address): Promise<Record<string, string>> {
	const answer = await exchange(at, { body: initialize });
	expect(answer.status).toBe(200);
	return { 'mcp-session-id': String(answer.headers['mcp-session-id']) };
}

describe('Endpoint: the closed door', () => {
	it.skipIf(noPosix)('listens on a 0600 socket in a 0700 folder of its own and removes both', async () => {
		const { socketPath } = parts(address);
		expectMode(socketPath, 0o600);
		expectMode(dirname(socketPath), 0o700);
		await endpoint.close();
		await expect(stat(dirname(socketPath))).rejects.toThrow('ENOENT');
	});

	test('macOS: where the path would be longer than a socket may be (104 bytes), the system’s folder takes it', async () => {
		const deep = join(directory, 'd'.repeat(90));
		const other = await Endpoint.open({
			...{ at: { directory: deep }, sessionPaths: openPaths, clock: realClock, ids, logger: silentLogger },
			servers: () => undefined,
		});
		const { socketPath } = parts(other.uriFor('one'));
		expect(Buffer.byteLength(socketPath)).toBeLessThanOrEqual(100);
		expect(dirname(dirname(socketPath))).toBe(tmpdir());
		await other.close();
		expect(await readdir(deep)).toEqual([]);
	});

	it('gives each server its own secret and a stable address', () => {
		expect(endpoint.uriFor('one')).toEqual(address);
		expect(endpoint.uriFor('two').headers).not.toEqual(address.headers);
		expect(addressUri({ kind: 'pipe', path: '\\\\.\\pipe\\x' }, '/servers/a/mcp')).toBe(
			'pipe:\\\\.\\pipe\\x#/servers/a/mcp',
		);
		expect(addressUri({ kind: 'tcp', port: 1 }, '/servers/a/mcp')).toBe('http://127.0.0.1:1/servers/a/mcp');
	});

	it.each([
		['H-host', 403, { host: 'evil.example' }],
		['H-host', 403, { host: 'localhost.evil.example' }],
		['H-origin', 403, { origin: 'http://evil.example' }],
		['H-origin', 403, { origin: 'http://localhost:8080' }],
		['H-origin', 403, { origin: 'https://localhost' }],
		['H-origin', 403, { origin: '' }],
		['H-origin', 403, { host: 'evil.example', origin: 'http://evil.example' }],
		['H-originnull', 403, { origin: 'null' }],
		['H-noauth', 404, { Authorization: undefined }],
		['H-noauth', 404, { Authorization: 'Bearer wrong' }],
	])('%s: answers %i to %j and starts nothing', async (_id, status, headers) => {
		const answer = await exchange(address, { body: initialize, headers });
		expect(answer).toMatchObject({ status, body: '' });
		expect(endpoint.activeSessions()).toBe(0);
	});

	it('H-origin: the face itself is no foreign origin (conformance, dns-rebinding-protection), and no key either', async () => {
		const own = { host: 'localhost:4711', origin: 'http://localhost:4711' };
		const stranger = { ...own, Authorization: 'Bearer wrong' };
		expect(await exchange(address, { body: initialize, headers: stranger })).toMatchObject({
			status: 404,
			body: '',
		});
		expect(await exchange(address, { body: initialize, headers: own })).toMatchObject({ status: 200 });
	});

	it('H-origin: an Origin behind a hundred other headers is not overlooked', async () => {
		const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${String(index)}`, 'a']));
		const answer = await exchange(address, {
			body: initialize,
			headers: { host: 'localhost', ...many, origin: 'http://evil.example' },
		});
		expect(answer.status).toBe(403);
		expect(endpoint.activeSessions()).toBe(0);
	});

	it('H-preflight: says nothing to a browser', async () => {
		const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
		const answer = await exchange(address, { method: 'OPTIONS', headers });
		expect(answer.status).toBe(403);
		expect(Object.keys(answer.headers).join()).not.toContain('access-control');
	});

	it.each(['/mcp', '/servers/none/mcp', '/servers/one/mcp?x=1', '/servers/../servers/one/mcp', '/servers/two/mcp'])(
		'unknown route %s, or the token of another server: 404',
		async path => {
			expect(await exchange(address, { body: initialize, path })).toMatchObject({ status: 404 });
		},
	);
});

describe.skipIf(noPosix)('Endpoint: a socket that others remove', () => {
	let clock: ManualClock;
	let moved: number;
	beforeEach(async () => {
		clock = new ManualClock();
		moved = 0;
		await endpoint.close();
		endpoint = await openEndpoint(clock);
		endpoint.onDidChangeAddress(() => moved++);
		address = endpoint.uriFor('one');
	});
	const reached = async () => {
		clock.advance(2000);
		await expect
			.poll(() => exchange(endpoint.uriFor('one'), { method: 'PUT' }).catch(() => 'gone'))
			.toMatchObject({ status: 405 });
	};

	it.each([
		['the socket', (socketPath: string) => rm(socketPath)],
		['its folder', (socketPath: string) => rm(dirname(socketPath), { recursive: true })],
		['the folder above', () => rm(directory, { recursive: true })],
		[
			'the socket, with a file in its place',
			(socketPath: string) => rm(socketPath).then(() => writeFile(socketPath, '')),
		],
	])(
		'%s: it listens at the same path again, as closed to others as before, and sessions go on',
		async (_what, remove) => {
			const headers = await session();
			const { socketPath } = parts(address);
			await remove(socketPath);
			await expect(exchange(address, { method: 'PUT' })).rejects.toThrow();
			await reached();
			expect(endpoint.uriFor('one')).toEqual(address);
			expectMode(socketPath, 0o600);
			expectMode(dirname(socketPath), 0o700);
			expect(await exchange(address, { headers, body: toolCall(1, 'other') })).toMatchObject({ status: 200 });
			expect(moved).toBe(0);
			await mkdir(directory, { recursive: true });
		},
	);

	it('a stream that is open stays open', async () => {
		const headers = await session();
		const inbox = new Inbox();
		const stream = await openStream(address, { method: 'GET', headers }, message =>
			inbox.take(Buffer.from(JSON.stringify(message))),
		);
		await rm(parts(address).socketPath);
		await reached();
		await exchange(address, {
			headers,
			body: rpc({ method: 'tools/call', params: { arguments: { kind: 'list_changed' } } }),
		});
		await inbox.next(message => message.method === 'notifications/tools/list_changed');
		await exchange(address, { method: 'DELETE', headers });
		await stream.ended;
	});

	it('a place that somebody else has taken is left to them: the address changes and is told', async () => {
		const folder = dirname(parts(address).socketPath);
		await rm(folder, { recursive: true });
		await symlink(tmpdir(), folder);
		await reached();
		expect(moved).toBe(1);
		expect(endpoint.uriFor('one').uri).not.toBe(address.uri);
		expect(endpoint.uriFor('one').headers).toEqual(address.headers);
		await rm(folder);
	});

	it('looks on only while it is open', async () => {
		await endpoint.close();
		clock.advance(10_000);
		await expect(exchange(address, { method: 'PUT' })).rejects.toThrow();
	});
});

describe('Endpoint: streamable HTTP', () => {
	it('serves a session from initialize to DELETE', async () => {
		const headers = await session();
		expect(endpoint.activeSessions('one')).toBe(1);
		expect(await exchange(address, { headers, body: rpc({ method: 'notifications/initialized' }) })).toMatchObject({
			status: 202,
			body: '',
		});
		const answer = await exchange(address, { headers, body: toolCall(1, 'other') });
		expect(answer.headers['content-type']).toBe('application/json');
		expect(JSON.parse(answer.body)).toMatchObject({ id: 1 });
		expect(await exchange(address, { method: 'DELETE', headers })).toMatchObject({ status: 204 });
		expect(await exchange(address, { headers, body: toolCall(2, 'other') })).toMatchObject({ status: 404 });
		expect(endpoint.activeSessions()).toBe(0);
	});

	it('H-badsession, H-nosession, H-hijack: a session answers only to its own id and token', async () => {
		const headers = await session();
		const body = toolCall(1, 'other');
		expect(await exchange(address, { body })).toMatchObject({ status: 400 });
		expect(await exchange(address, { body, headers: { 'mcp-session-id': 'deadbeef' } })).toMatchObject({
			status: 404,
		});
		expect(await exchange(endpoint.uriFor('two'), { body, headers })).toMatchObject({ status: 404 });
		expect(await exchange(endpoint.uriFor('two'), { method: 'DELETE', headers })).toMatchObject({ status: 404 });
		expect(await exchange(address, { body, headers })).toMatchObject({ status: 200 });
	});

	it('INVARIANT: only sessions of the window’s own address are those of the editor; neither entrance opens the other', async () => {
		const window = endpoint.uriFor('one', 'window');
		expect(window.headers).not.toEqual(address.headers);
		const [outside, own] = [await session(), await session(window)];
		expect(clients).toEqual([undefined, editor]);
		const body = toolCall(1, 'other');
		expect(await exchange(window, { body, headers: outside })).toMatchObject({ status: 404 });
		expect(await exchange(address, { body, headers: own })).toMatchObject({ status: 404 });
		expect(await exchange(address, { method: 'DELETE', headers: own })).toMatchObject({ status: 404 });
		expect(await exchange(window, { body, headers: own })).toMatchObject({ status: 200 });
	});

	it.each([
		['H-ctype', { headers: { 'content-type': 'text/plain' } }, 415],
		['H-pv', { headers: { 'mcp-protocol-version': '1900-01-01' } }, 400],
		['H-batch', { body: `[${toolCall(1, 'other')}]` }, 400, -32600],
		['H-badjson', { body: '{"jsonrpc":' }, 400, -32700],
		['H-put', { method: 'PUT' }, 405],
	])('%s', async (_id, options: Parameters<typeof exchange>[1] & object, status, code?: number) => {
		const own = await session();
		const answer = await exchange(address, {
			body: toolCall(1, 'other'),
			...options,
			headers: { ...own, ...options.headers },
		});
		expect(answer.status).toBe(status);
		if (code !== undefined) {
			expect(JSON.parse(answer.body)).toMatchObject({ error: { code } });
		}
	});

	it('H-accept: answers JSON to a client that takes no stream', async () => {
		const headers = { ...(await session()), accept: undefined };
		const answer = await exchange(address, {
			headers,
			body: toolCall(1, 'progress', { _meta: { progressToken: 1 } }),
		});
		expect(answer.headers['content-type']).toBe('application/json');
	});

	it('H-hugebody: 413 by its announced length, before it is read', async () => {
		const { socketPath, path } = parts(address);
		const socket = connect(socketPath);
		const { Authorization } = address.headers;
		socket.write(
			`POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${Authorization!}\r\nContent-Type: application/json\r\nContent-Length: 67108864\r\n\r\n`,
		);
		const head = await new Promise<string>(resolve => socket.once('data', data => resolve(data.toString())));
		expect(head).toMatch(/^HTTP\/1\.1 413/);
		socket.destroy();
	});

	it('H-smuggle, H-bigheader: refused by the parser', async () => {
		const { socketPath, path } = parts(address);
		const ask = (text: string) =>
			new Promise<string>(resolve => {
				const socket = connect(socketPath, () => socket.write(text));
				socket.once('data', data => {
					socket.destroy();
					resolve(data.toString());
				});
				socket.on('error', () => {});
			});
		const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n`;
		expect(await ask(`${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toMatch(
			/^HTTP\/1\.1 400/,
		);
		expect(await ask(`${head}X-Big: ${'h'.repeat(65_536)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431/);
	});

	it('H-getmany: one stream per session; it carries what belongs to no request, also what came before it', async () => {
		const headers = await session();
		const inbox = new Inbox();
		await exchange(address, {
			headers,
			body: rpc({ method: 'tools/call', params: { arguments: { kind: 'list_changed' } } }),
		});
		const stream = await openStream(address, { method: 'GET', headers }, message =>
			inbox.take(Buffer.from(JSON.stringify(message))),
		);
		expect(stream).toMatchObject({ status: 200, type: 'text/event-stream' });
		expect(await exchange(address, { method: 'GET', headers })).toMatchObject({ status: 409 });
		await inbox.next(message => message.method === 'notifications/tools/list_changed');
		expect(await exchange(address, { method: 'DELETE', headers })).toMatchObject({ status: 204 });
		await stream.ended;
	});

	it('progress takes the stream of its request, and the answer ends it', async () => {
		const headers = await session();
		const seen: unknown[] = [];
		const body = toolCall(5, 'progress', { _meta: { progressToken: 'tok' } });
		const stream = await openStream(address, { method: 'POST', headers, body }, message => seen.push(message));
		expect(stream.type).toBe('text/event-stream');
		await stream.ended;
		expect(seen).toMatchObject([{ method: 'notifications/progress' }, { id: 5 }]);
	});

	it('S-idclash: a server request takes the stream of the only open request, its answer comes by POST', async () => {
		const headers = await session();
		const inbox = new Inbox();
		const stream = await openStream(address, { method: 'POST', headers, body: toolCall(6, 'idclash') }, message =>
			inbox.take(Buffer.from(JSON.stringify(message))),
		);
		await inbox.next(message => message.method === 'roots/list');
		await exchange(address, { headers, body: rpc({ id: 6, result: { roots: [] } }) });
		await stream.ended;
		expect(inbox.all.at(-1)).toMatchObject({ id: 6, result: {} });
	});

	it('H-abort: a client that leaves does not disturb the session', async () => {
		const headers = await session();
		const { socketPath, path } = parts(address);
		for (let count = 0; count < 20; count++) {
			const body = toolCall(100 + count, 'hang');
			const socket = connect(socketPath);
			const { Authorization } = address.headers;
			const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${Authorization!}\r\nContent-Type: application/json\r\nMcp-Session-Id: ${headers['mcp-session-id']!}\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\n\r\n`;
			await new Promise(resolve => socket.end(head + body, () => resolve(undefined)));
			socket.destroy();
		}
		expect(await exchange(address, { headers, body: toolCall(1, 'other') })).toMatchObject({ status: 200 });
	});

	it.each([
		['S-exit', 'exit'],
		['S-nonewline', 'nonewline'],
	])('%s: the call fails at once, and the session goes on with a new process', async (_id, kind) => {
		const headers = await session();
		const answer = await exchange(address, { headers, body: toolCall(1, kind) });
		expect(JSON.parse(answer.body)).toMatchObject({ id: 1, error: { message: 'failed: exited' } });
		const next = await exchange(address, { headers, body: toolCall(2, 'other') });
		expect(JSON.parse(next.body)).toMatchObject({ id: 2, result: {} });
		expect(endpoint.activeSessions()).toBe(1);
	});

	it('S-exit: where a subscription went with the process, the session is gone so that the editor starts anew', async () => {
		const headers = await session();
		await exchange(address, {
			headers,
			body: rpc({ id: 9, method: 'resources/subscribe', params: { uri: 'x:y' } }),
		});
		const answer = await exchange(address, { headers, body: toolCall(1, 'exit') });
		expect(JSON.parse(answer.body)).toMatchObject({ id: 1, error: { message: 'failed: exited' } });
		await expect.poll(() => endpoint.activeSessions()).toBe(0);
		expect(await exchange(address, { headers, body: toolCall(2, 'other') })).toMatchObject({ status: 404 });
		expect(await exchange(address, { headers: await session(), body: toolCall(3, 'other') })).toMatchObject({
			status: 200,
		});
	});

	it('PROTO-17: a server that cannot be started is told in the answer to initialize, not by a 4xx', async () => {
		const answer = await exchange(endpoint.uriFor('broken'), { body: initialize });
		expect(answer.status).toBe(200);
		expect(JSON.parse(answer.body)).toMatchObject({ id: 0, error: { message: contains('not found in PATH') } });
		expect(endpoint.activeSessions()).toBe(0);
	});

	it('the window closes: even what listens to nothing is gone well within the 5 s that the editor gives', async () => {
		launches.deaf = misbehaving('deaf');
		const headers = await session(endpoint.uriFor('deaf'));
		const hanging = exchange(endpoint.uriFor('deaf'), { headers, body: toolCall(1, 'hang') });
		await session();
		await expect.poll(() => endpoint.activeSessions()).toBe(2);
		await exchange(endpoint.uriFor('deaf'), { headers, body: toolCall(2, 'other') });
		const began = performance.now();
		await endpoint.close(BRIEF_STOP);
		expect(performance.now() - began).toBeLessThan(3500);
		expect(JSON.parse((await hanging).body)).toMatchObject({ id: 1, error: { message: 'failed: cancelled' } });
		expect(ended).toEqual(
			expect.arrayContaining([
				{ signal: 'SIGKILL', stopped: true },
				{ code: 0, stopped: true },
			]),
		);
	});

	it('roots: workspace folders that change reach the server, and its question for them the editor', async () => {
		const headers = await session();
		const inbox = new Inbox();
		const stream = await openStream(address, { method: 'GET', headers }, message =>
			inbox.take(Buffer.from(JSON.stringify(message))),
		);
		for (const [count, folder] of ['file:///one', 'file:///two'].entries()) {
			await exchange(address, { headers, body: rpc({ method: 'notifications/roots/list_changed' }) });
			const id = `roots-${String(count + 1)}`;
			await inbox.next(message => message.method === 'roots/list' && message.id === id);
			await exchange(address, { headers, body: rpc({ id, result: { roots: [{ uri: folder }] } }) });
			const told = await inbox.next(
				message => message.method === 'notifications/message' && JSON.stringify(message).includes(folder),
			);
			expect(told).toMatchObject({ params: { data: { roots: [{ uri: folder }] } } });
		}
		await exchange(address, { method: 'DELETE', headers });
		await stream.ended;
	});

	it('the emergency stop answers what is in flight, ends the children and closes the sessions', async () => {
		const counts: number[] = [];
		endpoint.onDidChangeSessions(count => counts.push(count));
		const headers = await session();
		const inbox = new Inbox();
		const stream = openStream(address, { method: 'GET', headers }, message =>
			inbox.take(Buffer.from(JSON.stringify(message))),
		);
		const hanging = exchange(address, { headers, body: toolCall(1, 'hang') });
		await stream;
		await exchange(address, { headers, body: toolCall(2, 'other') });
		await endpoint.stopAll();
		expect(JSON.parse((await hanging).body)).toMatchObject({ id: 1, error: { message: 'failed: cancelled' } });
		await (
			await stream
		).ended;
		expect(counts).toEqual([1, 0]);
		expect(await exchange(address, { headers, body: toolCall(3, 'other') })).toMatchObject({ status: 404 });
	});

	it('sessions that are about to start are counted, and an emergency stop reaches them', async () => {
		let load = () => {};
		const loading = new Promise<undefined>(resolve => (load = () => resolve(undefined)));
		const started: string[] = [];
		const other = await Endpoint.open({
			...{ at: { directory }, sessionPaths: openPaths, clock: realClock, ids, logger: silentLogger },
			servers: id => ({
				server: { id, name: id, reviewRequired: true, roots: [] },
				approver: neverAsked,
				launch: () => {
					started.push(id);
					return Promise.resolve(misbehaving());
				},
				manifests: { load: () => loading, save: () => {}, drop: () => {} },
			}),
		});
		try {
			const at = other.uriFor('one');
			const counts: number[] = [];
			const full = new Promise<void>(resolve => {
				let changes = 0;
				other.onDidChangeSessions(count => {
					counts.push(count);
					changes++;
					if (changes === MAX_SESSIONS_PER_SERVER + 4) {
						resolve();
					}
				});
			});
			const asked = Array.from({ length: MAX_SESSIONS_PER_SERVER + 2 }, () => exchange(at, { body: initialize }));
			await full;
			expect(Math.max(...counts)).toBe(MAX_SESSIONS_PER_SERVER);
			await other.stopAll();
			load();
			for (const { body } of await Promise.all(asked)) {
				expect(body).toContain('Stopped before it was started.');
			}
			expect(started).toEqual([]);
		} finally {
			await other.close();
		}
	});
});
