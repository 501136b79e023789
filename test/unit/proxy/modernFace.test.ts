import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type SessionClient } from '../../../src/firewall/sessionPaths';
import { type JsonObject } from '../../../src/base/json';
import { Endpoint, type GuardedAddress } from '../../../src/proxy/face/endpoint';
import { MAX_STATELESS_UPSTREAMS, STATELESS_IDLE_MS } from '../../../src/proxy/limits';
import { exchange, openStream } from './httpClient';
import { Inbox, ids, neverAsked, OpenPath, realClock, textOf } from './support';

const VERSION = '2026-07-28';
const META = {
	'io.modelcontextprotocol/protocolVersion': VERSION,
	'io.modelcontextprotocol/clientCapabilities': {},
};
const file = fileURLToPath(new URL('../../fixtures/servers/modern.mjs', import.meta.url));
const server = (...args: string[]) => ({ command: process.execPath, args: [file, ...args], env: {} });

let directory: string;
let endpoint: Endpoint;
let address: GuardedAddress;
let paths: OpenPath[];
let upstreams: number;
let waiters: (() => void)[];
/** Whose sessions were opened. */
let clients: (SessionClient | undefined)[];
const editor: SessionClient = { presentation: () => 'decided', onDidChange: () => ({ dispose() {} }) };
let timers: { ms: number; run: () => void }[];

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'mf-test-'));
	paths = [];
	upstreams = 0;
	waiters = [];
	timers = [];
	const launches = new Map([
		['one', server()],
		['legacy', server('--legacy')],
		['broken', { command: 'no-such-mcp-server', args: [], env: {} }],
	]);
	clients = [];
	endpoint = await Endpoint.open({
		at: { directory },
		editor,
		sessionPaths: {
			open: (_server, _approver, _ask, client) => {
				clients.push(client);
				const path = new OpenPath();
				paths.push(path);
				return path;
			},
		},
		clock: {
			...realClock,
			// The long waits are the test's to end; nothing sleeps through them.
			schedule: (ms, run) => {
				if (ms < STATELESS_IDLE_MS) {
					return realClock.schedule(ms, run);
				}
				const timer = { ms, run };
				timers.push(timer);
				return { dispose: () => void (timers = timers.filter(other => other !== timer)) };
			},
		},
		ids,
		logger: silentLogger,
		servers: id => {
			const launch = launches.get(id);
			return (
				launch && {
					server: { id, name: id, reviewRequired: true, roots: [] },
					approver: neverAsked,
					launch: () => Promise.resolve(launch),
				}
			);
		},
		onUpstream: (_, end) => {
			upstreams += end === undefined ? 1 : -1;
			waiters.forEach(check => check());
		},
	});
	address = endpoint.uriFor('one');
});

afterEach(async () => {
	await endpoint.close({ afterClose: 0, afterTerm: 0 });
	await rm(directory, { recursive: true });
});

/** Resolves when so many upstreams run. */
const running = (count: number) =>
	new Promise<void>(resolve => {
		const check = () => {
			if (upstreams === count) {
				resolve();
			}
		};
		waiters.push(check);
		check();
	});

interface Ask {
	readonly id?: number | string;
	readonly method: string;
	readonly params?: JsonObject;
	readonly meta?: JsonObject;
	readonly headers?: Record<string, string | undefined>;
}

function headersOf({ method, params = {}, headers }: Ask): Record<string, string | undefined> {
	const name = params.name ?? params.uri;
	return {
		'mcp-protocol-version': VERSION,
		'mcp-method': method,
		...(typeof name === 'string' && { 'mcp-name': name }),
		...headers,
	};
}

const bodyOf = ({ id = 1, method, params = {}, meta }: Ask) =>
	JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...META, ...meta } } });

async function post(ask: Ask, at = address) {
	const answer = await exchange(at, { headers: headersOf(ask), body: bodyOf(ask) });
	const text = answer.headers['content-type'] === 'text/event-stream' ? lastEvent(answer.body) : answer.body;
	return { ...answer, value: (text === '' ? {} : JSON.parse(text)) as JsonObject & { error?: JsonObject } };
}

const lastEvent = (body: string) => body.trim().split('data: ').at(-1) ?? '';

const call = (name: string, args: JsonObject = {}, more: Partial<Ask> = {}): Ask => ({
	method: 'tools/call',
	params: { name, arguments: args },
	...more,
});

const text = async (ask: Ask) => textOf((await post(ask)).value);

/** Opens the response of one request as a stream. */
function stream(ask: Ask) {
	const inbox = new Inbox();
	const headers = Object.fromEntries(Object.entries(headersOf(ask)).filter(([, value]) => value !== undefined));
	const opened = openStream(
		address,
		{ method: 'POST', headers: headers as Record<string, string>, body: bodyOf(ask) },
		message => inbox.take(Buffer.from(JSON.stringify(message))),
	);
	return { inbox, opened };
}

/** Waits until the server has got a message that holds `part`. */
async function got(part: string, id = 900): Promise<string> {
	for (;;) {
		const all = await text(call('received', {}, { id }));
		if (all.includes(part)) {
			return all;
		}
	}
}

describe('a request without a session', () => {
	it('needs no initialize, starts one upstream, keeps it, and gets no session', async () => {
		const first = await post({ method: 'server/discover' });
		expect(first).toMatchObject({ status: 200, value: { result: { supportedVersions: [VERSION] } } });
		expect(first.headers['mcp-session-id']).toBeUndefined();
		const pid = await text(call('pid', {}, { id: 2 }));
		expect(await text(call('pid', {}, { id: 'x' }))).toBe(pid);
		expect([upstreams, endpoint.activeSessions('one')]).toEqual([1, 1]);
	});

	it('INVARIANT: what comes by the window’s own address shares no process, and no view of the tools, with other clients', async () => {
		const window = endpoint.uriFor('one', 'window');
		await post(call('echo'));
		await post(call('echo'), window);
		await post(call('echo', {}, { id: 2 }), window);
		expect(clients).toEqual([undefined, editor]);
	});

	it('reaches the server byte for byte, `_meta` and big numbers included', async () => {
		const body = `{"jsonrpc":"2.0", "id":7,"method":"tools/call","params":{"name":"echo","arguments":{"n":9007199254740993,"f":1.0},"_meta":${JSON.stringify(META)}}}`;
		const answer = await exchange(address, { headers: headersOf(call('echo')), body });
		expect(answer.status).toBe(200);
		expect(JSON.parse(await text(call('received', {}, { id: 8 })))).toContain(body);
	});

	it('ignores Mcp-Session-Id, also that of a session with initialize', async () => {
		const hello = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: {} });
		const legacy = String((await exchange(address, { body: hello })).headers['mcp-session-id']);
		expect((await post(call('echo', {}, { headers: { 'mcp-session-id': legacy } }))).status).toBe(200);
		expect((await post(call('echo', {}, { headers: { 'mcp-session-id': 'nonsense' } }))).status).toBe(200);
		await running(2);
	});

	it('cannot be reached by the id of its process as a session', async () => {
		await post({ method: 'server/discover' });
		const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
		expect((await exchange(address, { headers: { 'mcp-session-id': 'guess' }, body })).status).toBe(404);
		expect((await exchange(address, { body })).status).toBe(400);
	});

	it('C8 leaves nothing behind: idle for long, or the end of the endpoint', async () => {
		await post({ method: 'server/discover' });
		expect(timers.map(timer => timer.ms)).toEqual([STATELESS_IDLE_MS]);
		timers[0]?.run();
		await running(0);
		expect(endpoint.activeSessions()).toBe(0);
		await post({ method: 'server/discover' });
		await endpoint.stopServer('one');
		await running(0);
	});

	it('a server that cannot be started is told in the answer', async () => {
		const answer = await post({ method: 'server/discover' }, endpoint.uriFor('broken'));
		expect(answer).toMatchObject({ status: 400, value: { error: { code: -32603 } } });
		expect(endpoint.activeSessions()).toBe(0);
	});

	it('a server of the time before is told by a 400 that is no error of this revision, and is not kept', async () => {
		const answer = await post({ method: 'server/discover' }, endpoint.uriFor('legacy'));
		expect(answer).toMatchObject({ status: 400, value: { error: { code: -32601 } } });
		await running(0);
		const hello = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: {} });
		expect((await exchange(endpoint.uriFor('legacy'), { body: hello })).status).toBe(200);
	});
});

describe('streamable-http#server-validation', () => {
	it.each([
		['no revision in the header', call('echo', {}, { headers: { 'mcp-protocol-version': undefined } })],
		['another revision in the header', call('echo', {}, { headers: { 'mcp-protocol-version': '2025-11-25' } })],
		[
			'another revision in the body',
			call('echo', {}, { meta: { 'io.modelcontextprotocol/protocolVersion': '1' } }),
		],
		['no Mcp-Method', call('echo', {}, { headers: { 'mcp-method': undefined } })],
		['another Mcp-Method', call('echo', {}, { headers: { 'mcp-method': 'tools/list' } })],
		['Mcp-Method in capitals', call('echo', {}, { headers: { 'mcp-method': 'TOOLS/CALL' } })],
		['no Mcp-Name', call('echo', {}, { headers: { 'mcp-name': undefined } })],
		['the name of another tool', call('echo', {}, { headers: { 'mcp-name': 'pid' } })],
		['a name with a broken wrapping', call('echo', {}, { headers: { 'mcp-name': '=?base64?ZWNobw?=' } })],
		['a wrapped name of another tool', call('echo', {}, { headers: { 'mcp-name': '=?base64?cGlk?=' } })],
		['bytes that are no UTF-8', call('echo', {}, { headers: { 'mcp-name': '=?base64?/w==?=' } })],
		[
			'a wrapping within a wrapping',
			call('echo', {}, { headers: { 'mcp-name': '=?base64?PT9iYXNlNjQ/WldOb2J3PT0/PQ==?=' } }),
		],
	])('%s: 400 and -32020, and nothing reaches the server', async (_why, ask) => {
		expect(await post({ ...ask, id: 41 })).toMatchObject({
			status: 400,
			value: { id: 41, error: { code: -32020 } },
		});
		expect(upstreams).toBe(0);
	});

	it.each([
		['spaces around a value', { 'mcp-name': '  echo  ' }],
		['a wrapped name', { 'mcp-name': '=?base64?ZWNobw==?=' }],
		['names of headers in capitals', { 'mcp-method': undefined, 'MCP-METHOD': 'tools/call' }],
	])('%s: accepted', async (_why, headers) => {
		expect((await post(call('echo', {}, { headers }))).status).toBe(200);
	});

	it.each([
		['no _meta', { 'io.modelcontextprotocol/protocolVersion': undefined as unknown as string }],
		['no revision that is a text', { 'io.modelcontextprotocol/protocolVersion': 7 }],
		['no capabilities', { 'io.modelcontextprotocol/clientCapabilities': null }],
	])('%s: 400 and -32602', async (_why, meta) => {
		expect(await post({ id: 42, method: 'server/discover', meta })).toMatchObject({
			status: 400,
			value: { id: 42, error: { code: -32602 } },
		});
	});

	it('an unknown revision: 400, -32022, what there is, and what was asked for', async () => {
		const meta = { 'io.modelcontextprotocol/protocolVersion': 'v999' };
		const headers = { 'mcp-protocol-version': 'v999' };
		const answer = await post({ id: 43, method: 'server/discover', meta, headers });
		expect(answer).toMatchObject({
			status: 400,
			value: { id: 43, error: { code: -32022, data: { requested: 'v999' } } },
		});
		expect((answer.value.error?.data as JsonObject).supported).toEqual([VERSION]);
	});

	it('PROTO-15: what is refused stands in the trail of the process that runs', async () => {
		await post({ method: 'server/discover' });
		await post(call('echo', {}, { id: 44, headers: { 'mcp-name': 'pid' } }));
		expect(paths[0]!.malformed).toEqual([
			{ from: 'client', why: 'headers or body that break the rules of the revision', id: 44 },
		]);
	});

	it('H-pv: an unknown revision without a claim in the body is answered as before', async () => {
		const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
		const headers = { 'mcp-protocol-version': '1900-01-01' };
		expect((await exchange(address, { headers, body })).status).toBe(400);
	});

	it('x-mcp-header: a value of a known tool stands in its header, too', async () => {
		await post({ method: 'tools/list' });
		const at = (region: string | undefined) =>
			post(call('region', { region: 'eu' }, { id: 2, headers: { 'mcp-param-region': region } }));
		expect(await at(undefined)).toMatchObject({ status: 200 });
		const known = {
			name: 'region',
			inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
		};
		Object.assign(paths[0]!, { schemaOf: (tool: string) => (tool === 'region' ? known.inputSchema : undefined) });
		for (const wrong of [undefined, 'us', '=?base64?ZXU?=', '=?base64?dXM=?=']) {
			expect(await at(wrong)).toMatchObject({ status: 400, value: { error: { code: -32020 } } });
		}
		for (const right of ['eu', ' eu ', '=?base64?ZXU=?=']) {
			expect(await at(right)).toMatchObject({ status: 200 });
		}
		expect((await post(call('region', {}, { id: 2 }))).status).toBe(200);
	});

	it('a response, a batch, no JSON: 400, and no upstream', async () => {
		const headers = { 'mcp-protocol-version': VERSION };
		for (const body of [
			'{"jsonrpc":"2.0","id":1,"result":{}}',
			'[]',
			'{',
			'{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}',
		]) {
			expect((await exchange(address, { headers, body })).status).toBe(400);
		}
		expect(upstreams).toBe(0);
	});

	it.each(['GET', 'DELETE'])('%s: 405', async method => {
		const answer = await exchange(address, { method, headers: { 'mcp-protocol-version': VERSION } });
		expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
	});

	it('the status tells an unknown method (404) and a missing capability (400); other errors are a 200', async () => {
		expect(await post({ method: 'unknown/method' })).toMatchObject({
			status: 404,
			value: { id: 1, error: { code: -32601 } },
		});
		expect(await post(call('needs', {}, { id: 2 }))).toMatchObject({
			status: 400,
			value: { error: { code: -32021, data: { requiredCapabilities: { sampling: {} } } } },
		});
	});

	it.each([
		['H-noauth', 404, { Authorization: 'Bearer wrong' }],
		['H-host', 403, { host: 'evil.example' }],
		['H-origin', 403, { origin: 'http://evil.example' }],
	])('%s: the door stays closed', async (_id, status, headers) => {
		expect((await post(call('echo', {}, { headers }))).status).toBe(status);
		expect(upstreams).toBe(0);
	});
});

describe('two clients never get each other’s messages', () => {
	it('the same id at once: each gets its own answer, from a process of its own', async () => {
		const first = post(call('hold', { name: 'first-held' }));
		await got('first-held');
		const second = await post(call('pid'));
		expect(second.status).toBe(200);
		await post(call('release', { name: 'first-held' }, { id: 5 }));
		expect(textOf((await first).value)).toBe('released first-held');
		expect(upstreams).toBe(2);
		// `1` and `"1"` are one id to a careless server.
		const third = post(call('hold', { name: 'third-held' }, { id: 1 }));
		await got('third-held');
		expect(await text(call('pid', {}, { id: '1' }))).toBe(textOf(second.value));
		await post(call('release', { name: 'third-held' }, { id: 6 }));
		await third;
	});

	it('the same progress token at once: progress goes to its own request alone', async () => {
		const one = stream(call('hold', { name: 'one' }, { id: 'a', meta: { progressToken: 't' } }));
		await one.inbox.next(message => message.method === 'notifications/progress');
		const two = stream(call('hold', { name: 'two' }, { id: 'b', meta: { progressToken: 't' } }));
		await two.inbox.next(message => message.method === 'notifications/progress');
		const said = (inbox: Inbox) => inbox.all.map(message => (message.params as JsonObject).message);
		expect([said(one.inbox), said(two.inbox)]).toEqual([['one'], ['two']]);
		expect(upstreams).toBe(2);
		(await one.opened).close();
		(await two.opened).close();
	});

	it('ids that are taken everywhere are refused; an unused process gives way', async () => {
		const held = [];
		for (let at = 0; at < MAX_STATELESS_UPSTREAMS; at++) {
			const one = stream(call('hold', { name: 'x' }, { id: 1, meta: { progressToken: 't' } }));
			await one.inbox.next(message => message.method === 'notifications/progress');
			held.push(one);
		}
		expect(upstreams).toBe(MAX_STATELESS_UPSTREAMS);
		expect(await post(call('pid'))).toMatchObject({ status: 400, value: { id: 1, error: { code: -32600 } } });
		for (const one of held) {
			(await one.opened).close();
		}
		// The server answers none of the cancelled ones: their ids stay taken.
		await got('notifications/cancelled');
		expect((await post(call('pid'))).status).toBe(200);
		expect(upstreams).toBeLessThanOrEqual(MAX_STATELESS_UPSTREAMS);
	});

	it('what names no request goes nowhere, and a server may ask nothing', async () => {
		const other = stream(call('hold', { name: 'x' }, { id: 'x', meta: { progressToken: 'p' } }));
		await other.inbox.next(message => message.method === 'notifications/progress');
		const emit = (method: string, params: JsonObject) => post(call('emit', { method, params }, { id: 2 }));
		await emit('notifications/message', { level: 'info', data: 'secret of another' });
		await emit('notifications/tools/list_changed', {});
		await emit('notifications/vendor/thing', { data: 'secret of another' });
		await emit('notifications/progress', { progressToken: 'nobody', progress: 1 });
		await emit('notifications/vendor/thing', { _meta: { 'io.modelcontextprotocol/subscriptionId': 'x' } });
		expect(JSON.parse(await text(call('sample', {}, { id: 3 })))).toMatchObject({ error: { code: -32601 } });
		await post(call('release', { name: 'x' }, { id: 4 }));
		await other.inbox.answerTo('x');
		expect(other.inbox.all).toHaveLength(2);
		expect(paths[0]!.malformed.map(({ why }) => why)).toContain('a request where a server may send none');
	});

	it('log messages go to the only request that asked for them; with two, to nobody', async () => {
		const meta = { 'io.modelcontextprotocol/logLevel': 'info' };
		const one = stream(call('hold', { name: 'one' }, { id: 'a', meta: { ...meta, progressToken: 1 } }));
		await one.inbox.next(message => message.method === 'notifications/progress');
		const log = (data: string, id: number) =>
			post(call('emit', { method: 'notifications/message', params: { level: 'info', data } }, { id }));
		await log('for one', 10);
		await one.inbox.next(message => message.method === 'notifications/message');
		const two = stream(call('hold', { name: 'two' }, { id: 'b', meta: { ...meta, progressToken: 2 } }));
		await two.inbox.next(message => message.method === 'notifications/progress');
		await log('for whom?', 11);
		// One that left without its answer may still be spoken of.
		(await one.opened).close();
		await got('notifications/cancelled');
		await log('still for whom?', 12);
		await post(call('release', { name: 'two' }, { id: 13 }));
		await two.inbox.answerTo('b');
		expect(two.inbox.all.map(message => message.method)).toEqual(['notifications/progress', undefined]);
		expect(one.inbox.all).toHaveLength(2);
	});

	it('nobody cancels the request of another', async () => {
		const held = post(call('hold', { name: 'mine' }, { id: 77 }));
		await got('mine');
		const body = JSON.stringify({
			jsonrpc: '2.0',
			method: 'notifications/cancelled',
			params: { requestId: 77, _meta: META },
		});
		expect((await exchange(address, { headers: { 'mcp-protocol-version': VERSION }, body })).status).toBe(202);
		await post(call('release', { name: 'mine' }, { id: 78 }));
		expect(textOf((await held).value)).toBe('released mine');
		expect(await text(call('received', {}, { id: 79 }))).not.toContain('notifications/cancelled');
	});
});

describe('streams', () => {
	it('a closed response stream is the cancellation: the server is told, once', async () => {
		const one = stream(call('hold', { name: 'x' }, { id: 31, meta: { progressToken: 1 } }));
		await one.inbox.next(message => message.method === 'notifications/progress');
		(await one.opened).close();
		const all = JSON.parse(await got('notifications/cancelled')) as string[];
		const cancelled = all
			.map(line => JSON.parse(line) as JsonObject)
			.filter(({ method }) => method === 'notifications/cancelled');
		expect(cancelled).toMatchObject([{ params: { requestId: 31 } }]);
	});

	it('a client that leaves before the first answer says nothing of the server, which is kept', async () => {
		const one = stream(call('hold', { name: 'x' }, { id: 34, meta: { progressToken: 1 } }));
		await one.inbox.next(message => message.method === 'notifications/progress');
		(await one.opened).close();
		await vi.waitFor(() => expect(timers.map(({ ms }) => ms)).toEqual([STATELESS_IDLE_MS]), 30_000);
		expect([upstreams, endpoint.activeSessions('one')]).toEqual([1, 1]);
	});

	it('a request that is answered is not cancelled afterwards', async () => {
		await post(call('echo', {}, { id: 32 }));
		expect(await text(call('received', {}, { id: 33 }))).not.toContain('notifications/cancelled');
	});

	it('subscriptions/listen: acknowledged first, its own notifications only, no deadline, ended by closing', async () => {
		const tools = { notifications: { toolsListChanged: true } };
		const one = stream({ id: 51, method: 'subscriptions/listen', params: tools });
		const two = stream({ id: 52, method: 'subscriptions/listen', params: { notifications: {} } });
		const acknowledged = (message: JsonObject) => message.method === 'notifications/subscriptions/acknowledged';
		await one.inbox.next(acknowledged);
		await two.inbox.next(acknowledged);
		await post(call('change', {}, { id: 53 }));
		await one.inbox.next(message => message.method === 'notifications/tools/list_changed');
		expect(one.inbox.all[0]).toMatchObject({ method: 'notifications/subscriptions/acknowledged' });
		expect(two.inbox.all).toHaveLength(1);
		expect((await one.opened).type).toBe('text/event-stream');
		// The idle time does not run while somebody listens, and no deadline does.
		expect(timers).toEqual([]);
		(await one.opened).close();
		await got('notifications/cancelled', 54);
		await post(call('change', {}, { id: 55 }));
		expect(two.inbox.all).toHaveLength(1);
		(await two.opened).close();
	});

	it('a server that ends a subscription ends its stream', async () => {
		const one = stream({ id: 61, method: 'subscriptions/listen', params: { notifications: {} } });
		await one.inbox.next(message => message.method === 'notifications/subscriptions/acknowledged');
		await post(call('emit', { method: 'notifications/cancelled', params: { requestId: 61 } }, { id: 62 }));
		await (
			await one.opened
		).ended;
	});

	it('S-exit: a server that ends answers every open request, and the next one starts it again', async () => {
		const held = post(call('hold', { name: 'x' }));
		const pid = Number(await text(call('pid', {}, { id: 2 })));
		process.kill(pid, 'SIGKILL');
		expect((await held).value.error).toBeDefined();
		await running(0);
		expect(await text(call('pid', {}, { id: 3 }))).not.toBe(String(pid));
	});
});
