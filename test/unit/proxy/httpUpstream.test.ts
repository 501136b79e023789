import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock } from '../../../src/base/clock';
import { isJsonObject, type JsonObject } from '../../../src/base/json';
import { HttpUpstream } from '../../../src/proxy/upstream/httpUpstream';
import { CANCELLED_LINGER_MS, MAX_BUSY_RETRIES, MAX_LINE_BYTES, UPSTREAM_HEADERS_MS } from '../../../src/proxy/limits';
import { readMessage } from '../../../src/proxy/relay/readMessage';
import { event, events, type Got, json, result, type Script, ScriptedServer } from './httpServer';
import { ManualClock, openRelay, realClock, textOf } from './support';

const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
	for (const one of open.splice(0).reverse()) {
		await one.close();
	}
});

const HELLO = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
const call = (got: Got) => got.message.method === 'tools/call';

/** A relay in front of a scripted server, initialised. */
async function start(
	script: Script,
	options: { clock?: Clock; session?: string | null; headers?: Record<string, string>; path?: string } = {},
) {
	const server = await ScriptedServer.start(script, options.session === undefined ? 'session-1' : options.session);
	open.push(server);
	const clock = options.clock ?? realClock;
	const target = {
		kind: 'http',
		url: `${server.origin}${options.path ?? '/mcp'}`,
		headers: options.headers ?? {},
	} as const;
	const relay = await openRelay({ upstream: new HttpUpstream(target, clock), clock });
	open.push(relay);
	const hello = async (id = 0) => {
		void relay.send({ id, method: 'initialize', params: HELLO });
		const welcome = await relay.inbox.answerTo(id);
		await relay.send({ method: 'notifications/initialized' });
		return welcome;
	};
	return { ...relay, server, hello };
}

function messageOf(answer: JsonObject): string {
	const { error } = answer;
	return isJsonObject(error) && typeof error.message === 'string' ? error.message : '';
}

describe('HttpUpstream: Streamable HTTP (2025-11-25 transports)', () => {
	it('sends the bytes as they are, both kinds accepted, session and revision once they are known', async () => {
		const { hello, sendRaw, inbox, server } = await start(() => undefined, { headers: { 'X-Key': 'secret' } });
		await hello();
		const raw = '{"jsonrpc":"2.0", "id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":1.0}}}';
		void sendRaw(raw);
		expect(textOf(await inbox.answerTo(1))).toBe('ok');
		const [first] = server.posts('initialize');
		expect(first?.headers['mcp-session-id']).toBeUndefined();
		expect(first?.headers['mcp-protocol-version']).toBeUndefined();
		const [got] = server.posts('tools/call');
		expect(got?.text).toBe(raw);
		expect(got?.headers).toMatchObject({
			accept: 'application/json, text/event-stream',
			'content-type': 'application/json',
			'mcp-session-id': 'session-1',
			'mcp-protocol-version': '2025-11-25',
			'x-key': 'secret',
		});
		expect(server.got.filter(({ method }) => method === 'GET')).toHaveLength(1);
	});

	it('reads an answer on a stream, split anywhere, with what belongs to it before', async () => {
		const text = event({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'grüße 🎉' } });
		const { hello, send, inbox } = await start(got => {
			if (!call(got)) {
				return undefined;
			}
			events(got.response);
			const bytes = Buffer.from(text + event(result(got.message.id, 'streamed 三')));
			let at = 0;
			const trickle = () => {
				if (at < bytes.length) {
					got.response.write(bytes.subarray(at, ++at), () => setImmediate(trickle));
				} else {
					got.response.end();
				}
			};
			trickle();
			return true;
		});
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		expect(textOf(await inbox.answerTo(1))).toBe('streamed 三');
		expect(inbox.all.find(message => message.method === 'notifications/message')).toMatchObject({
			params: { data: 'grüße 🎉' },
		});
	});

	it('a message in the response of one of several requests goes to the reply of that request', async () => {
		const { hello, relay, server, send, inbox } = await start(got => {
			if (!call(got)) {
				return undefined;
			}
			events(got.response);
			return true;
		});
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'other' } });
		const related: JsonObject[] = [];
		const reply = {
			answer: () => Promise.resolve(),
			none: () => {},
			related: (bytes: Uint8Array) => {
				related.push(JSON.parse(Buffer.from(bytes).toString()) as JsonObject);
				return Promise.resolve(true);
			},
		};
		const request = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'mine' } };
		const done = relay.fromClient(readMessage(Buffer.from(JSON.stringify(request)), 'strict'), reply);
		const mine = await server.next(got => got.message.id === 2);
		const other = await server.next(got => got.message.id === 1);
		mine.response.write(event({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'for 2' } }));
		mine.response.end(event(result(2)));
		await done;
		other.response.end(event(result(1)));
		await inbox.answerTo(1);
		expect(related).toMatchObject([{ params: { data: 'for 2' } }]);
		expect(inbox.all.some(message => message.method === 'notifications/message')).toBe(false);
	});

	it('carries requests of the server and the answers to them', async () => {
		const { hello, send, inbox, server } = await start(got => {
			if (!call(got)) {
				return undefined;
			}
			return events(got.response, event({ jsonrpc: '2.0', id: 1, method: 'ping' }));
		});
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		await inbox.next(message => message.method === 'ping');
		await send({ id: 1, result: {} });
		const answer = await server.next(got => got.message.id === 1 && got.message.result !== undefined);
		expect(answer.headers['mcp-session-id']).toBe('session-1');
		server.posts('tools/call')[0]!.response.end(event(result(1)));
		expect(textOf(await inbox.answerTo(1))).toBe('ok');
	});

	it('listens to the stream of the server and opens it again where it ended', async () => {
		const clock = new ManualClock();
		let count = 0;
		const { hello, inbox, server } = await start(
			got => {
				if (got.method !== 'GET') {
					return undefined;
				}
				count++;
				events(
					got.response,
					`retry: 40\n${event({ jsonrpc: '2.0', method: 'n', params: { count } }, `e${count}`)}`,
				);
				if (count === 1) {
					got.response.end();
				}
				return true;
			},
			{ clock },
		);
		await hello();
		await inbox.next(message => message.method === 'n');
		await settled();
		clock.advance(39);
		await settled();
		expect(count).toBe(1);
		clock.advance(1);
		const again = await server.next(got => got.headers['last-event-id'] !== undefined);
		expect(again.headers['last-event-id']).toBe('e1');
		await inbox.next(message => (message.params as JsonObject | undefined)?.count === 2);
	});

	it('SEP-1699: takes up a response that ended before its answer, after the wait that the server asked for', async () => {
		const clock = new ManualClock();
		const { hello, send, inbox, server } = await start(
			got => {
				if (call(got)) {
					events(got.response, 'id: here\nretry: 500\ndata: \n\n');
					got.response.end();
					return true;
				}
				if (got.method === 'GET' && got.headers['last-event-id'] === 'here') {
					events(got.response, event(result(1, 'later')));
					return true;
				}
				return undefined;
			},
			{ clock },
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		await server.next(call);
		await settled();
		clock.advance(499);
		await settled();
		expect(server.got.some(got => got.headers['last-event-id'] !== undefined)).toBe(false);
		clock.advance(1);
		expect(textOf(await inbox.answerTo(1))).toBe('later');
	});

	it('deletes the session at the end, also during a call', async () => {
		const { hello, send, relay, server } = await start(got => (call(got) ? events(got.response) : undefined));
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		await server.next(call);
		await relay.close();
		const bye = server.got.find(({ method }) => method === 'DELETE');
		expect(bye?.headers['mcp-session-id']).toBe('session-1');
	});

	it('a server that lets the DELETE hang does not keep the session', async () => {
		const clock = new ManualClock();
		const { hello, relay, server } = await start(got => got.method === 'DELETE', { clock });
		await hello();
		const closing = relay.close();
		await server.next(({ method }) => method === 'DELETE');
		clock.advance(10_000);
		await closing;
	});

	it('101 that nobody asked for: the request fails at once, and a DELETE that gets one does not keep the session', async () => {
		const switches = ({ request }: Got) => {
			request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
			return true as const;
		};
		const { hello, send, inbox, relay } = await start(got =>
			call(got) || got.method === 'DELETE' ? switches(got) : undefined,
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		expect(messageOf(await inbox.answerTo(1))).toContain('broke');
		await relay.close();
	});

	it('a cancelled request is told to the server, and its response is let go of later', async () => {
		const clock = new ManualClock();
		const { hello, send, server } = await start(got => (call(got) ? events(got.response) : undefined), { clock });
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		const { response } = await server.next(call);
		await settled();
		await send({ method: 'notifications/cancelled', params: { requestId: 1 } });
		await server.next(got => got.message.method === 'notifications/cancelled');
		expect(response.destroyed).toBe(false);
		const gone = new Promise(resolve => response.once('close', resolve));
		clock.advance(CANCELLED_LINGER_MS);
		await gone;
	});

	it('works with a server that gives no session', async () => {
		const { hello, call: tool, server } = await start(() => undefined, { session: null });
		await hello();
		expect((await tool(1, 'x')).error).toBeUndefined();
		expect(server.posts('tools/call')[0]?.headers['mcp-session-id']).toBeUndefined();
	});

	it('carries a requestState of 10 MB both ways, byte for byte', async () => {
		const requestState = 'ü'.repeat(5 * 1024 * 1024);
		const { hello, send, inbox } = await start(got =>
			call(got)
				? events(
						got.response,
						event({
							jsonrpc: '2.0',
							id: got.message.id,
							result: {
								resultType: 'input_required',
								requestState: (got.message.params as JsonObject).requestState,
							},
						}),
					)
				: undefined,
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a', requestState } });
		const answer = await inbox.answerTo(1);
		expect((answer.result as JsonObject).requestState === requestState).toBe(true);
	});
});

describe('HttpUpstream in front of a server that breaks the wire', () => {
	it.each<[string, Script, string]>([
		[
			'text/html',
			got => (got.response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>hi'), true),
			'neither with JSON',
		],
		['no content', got => (got.response.writeHead(202).end(), true), 'neither with JSON'],
		[
			'a coding that we did not ask for',
			got => json(got.response, result(1), 200, { 'Content-Encoding': 'gzip' }),
			'neither with JSON',
		],
		['JSON that answers another id', got => json(got.response, result(99)), 'something else'],
		[
			'no JSON',
			got => (got.response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"id":'), true),
			'something else',
		],
		[
			'a cut body',
			got => {
				got.response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 });
				got.response.write('{"jsonrpc"', () => got.response.destroy());
				return true;
			},
			'broke before its answer',
		],
		['a stream without an answer', got => (events(got.response), got.response.end(), true), 'without an answer'],
		['HTTP 500 with a text', got => (got.response.writeHead(500).end('Traceback: secret'), true), 'HTTP 500'],
		['HTTP 401', got => (got.response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end(), true), 'HTTP 401'],
		['HTTP 403', got => (got.response.writeHead(403).end(), true), 'HTTP 403'],
		[
			'a connection that breaks',
			got => (got.request.socket.destroy(), true),
			'whether it acted on the request is not known',
		],
		[
			'a head over the cap',
			got => (got.response.writeHead(200, { 'X-Big': 'x'.repeat(40_000) }).end(), true),
			'not known',
		],
	])('%s: an error for that id, in our words, and the session goes on', async (_, script, sentence) => {
		const {
			hello,
			send,
			inbox,
			call: tool,
		} = await start(got => (got.message.id === 1 && call(got) ? script(got) : undefined));
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		const answer = await inbox.answerTo(1);
		expect(messageOf(answer)).toContain(sentence);
		expect(JSON.stringify(answer)).not.toMatch(/secret|<p>/);
		expect((await tool(2, 'x')).error).toBeUndefined();
	});

	it('an SSE event and a JSON body over the cap: an error for that id, other requests go on', async () => {
		const {
			hello,
			send,
			inbox,
			call: tool,
		} = await start(got => {
			if (!call(got) || got.message.id === 3) {
				return undefined;
			}
			const big = Buffer.alloc(MAX_LINE_BYTES + 1000, 'x');
			const type = got.message.id === 1 ? 'text/event-stream' : 'application/json';
			got.response.writeHead(200, { 'Content-Type': type });
			got.response.write('data: ');
			got.response.write(big);
			return true;
		});
		await hello();
		for (const id of [1, 2]) {
			void send({ id, method: 'tools/call', params: { name: 'a' } });
			expect(messageOf(await inbox.answerTo(id))).toContain('over the size limit');
		}
		expect((await tool(3, 'x')).error).toBeUndefined();
	});

	it('a 400 with a JSON-RPC error is that error for the request, with its id put right', async () => {
		const { hello, send, inbox } = await start(got =>
			call(got)
				? json(
						got.response,
						{
							jsonrpc: '2.0',
							id: null,
							error: { code: -32020, message: 'Header mismatch', data: { a: 1 } },
						},
						400,
					)
				: undefined,
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		expect(await inbox.answerTo(1)).toMatchObject({
			error: { code: -32020, message: 'Header mismatch', data: { a: 1 } },
		});
	});

	it('404 with a session: it is lost, what is open fails and the session ends, so that the client initialises anew', async () => {
		const { hello, send, inbox, relay, server } = await start(got =>
			call(got)
				? got.message.id === 1
					? events(got.response)
					: (got.response.writeHead(404).end(), true)
				: undefined,
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		await server.next(call);
		void send({ id: 2, method: 'tools/call', params: { name: 'b' } });
		expect(messageOf(await inbox.answerTo(1))).toContain('exited');
		expect(messageOf(await inbox.answerTo(2))).toContain('exited');
		expect(await relay.ended).toEqual({ stopped: false });
		expect(server.got.some(({ method }) => method === 'DELETE')).toBe(false);
	});

	it.each([
		[429, 'tools/call'],
		[503, 'tools/list'],
	])('%i with Retry-After: waits and asks %s again, a bounded number of times', async (status, method) => {
		const clock = new ManualClock();
		const { hello, send, inbox, server } = await start(
			got =>
				got.message.method === method
					? (got.response.writeHead(status, { 'Retry-After': '2' }).end(), true)
					: undefined,
			{ clock },
		);
		await hello();
		void send({ id: 1, method, params: { name: 'a' } });
		for (let count = 1; count <= MAX_BUSY_RETRIES; count++) {
			await until(() => server.posts(method).length === count);
			await settled();
			clock.advance(1_999);
			await settled();
			expect(server.posts(method)).toHaveLength(count);
			clock.advance(1);
		}
		expect(messageOf(await inbox.answerTo(1))).toContain(`HTTP ${String(status)}`);
		expect(server.posts(method)).toHaveLength(MAX_BUSY_RETRIES + 1);
	});

	it('503 with Retry-After: a tool is not called again, since nobody knows whether the first call was acted on', async () => {
		const { hello, send, inbox, server } = await start(got =>
			call(got) ? (got.response.writeHead(503, { 'Retry-After': '0' }).end(), true) : undefined,
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		expect(messageOf(await inbox.answerTo(1))).toContain('HTTP 503');
		expect(server.posts('tools/call')).toHaveLength(1);
	});

	it('a long Retry-After is not waited for', async () => {
		const { hello, send, inbox, server } = await start(got =>
			call(got) ? (got.response.writeHead(429, { 'Retry-After': '3600' }).end(), true) : undefined,
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		expect(messageOf(await inbox.answerTo(1))).toContain('HTTP 429');
		expect(server.posts('tools/call')).toHaveLength(1);
	});

	it('307 to another origin is not followed; no credentials, no body go there', async () => {
		const elsewhere = await ScriptedServer.start(() => undefined);
		open.push(elsewhere);
		const { hello, send, inbox } = await start(
			got => (call(got) ? (got.response.writeHead(307, { Location: elsewhere.url }).end(), true) : undefined),
			{ headers: { Authorization: 'Bearer secret' } },
		);
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		expect(messageOf(await inbox.answerTo(1))).toContain('not followed');
		expect(elsewhere.got).toEqual([]);
	});

	it('308 within the origin is followed once, with the same body', async () => {
		const { hello, send, inbox, server } = await start(got => {
			if (!call(got)) {
				return undefined;
			}
			const target = got.message.id === 1 && got.url === '/moved' ? undefined : '/moved';
			return target === undefined ? undefined : (got.response.writeHead(308, { Location: target }).end(), true);
		});
		await hello();
		void send({ id: 1, method: 'tools/call', params: { name: 'a' } });
		expect(textOf(await inbox.answerTo(1))).toBe('ok');
		const [first, second] = server.posts('tools/call');
		expect(second?.url).toBe('/moved');
		expect(second?.text).toBe(first?.text);
		void send({ id: 2, method: 'tools/call', params: { name: 'a' } });
		expect(messageOf(await inbox.answerTo(2))).toContain('not followed');
	});

	it('slow header trickle: the head must come within its time', async () => {
		const clock = new ManualClock();
		const sockets = new Set<Socket>();
		const raw = createServer(socket => {
			sockets.add(socket);
			socket.on('error', () => {});
			socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nX-A: 1'));
		});
		await new Promise<void>(resolve => raw.listen(0, '127.0.0.1', resolve));
		open.push({
			close: () => {
				sockets.forEach(socket => socket.destroy());
				return new Promise(resolve => raw.close(resolve));
			},
		});
		const { port } = raw.address() as AddressInfo;
		const target = { kind: 'http', url: `http://127.0.0.1:${String(port)}/`, headers: {} } as const;
		const relay = await openRelay({ upstream: new HttpUpstream(target, clock), clock });
		open.push(relay);
		void relay.send({ id: 1, method: 'initialize', params: HELLO });
		await until(() => [...sockets].some(socket => socket.bytesWritten > 0));
		await settled();
		clock.advance(UPSTREAM_HEADERS_MS);
		expect(messageOf(await relay.inbox.answerTo(1))).toContain('did not answer in time');
	});

	it('a server that nobody answers for: the request fails at once, and the session ends', async () => {
		const gone = await ScriptedServer.start(() => undefined);
		const { url } = gone;
		await gone.close();
		const relay = await openRelay({ upstream: new HttpUpstream({ kind: 'http', url, headers: {} }, realClock) });
		open.push(relay);
		void relay.send({ id: 1, method: 'initialize', params: HELLO });
		expect(messageOf(await relay.inbox.answerTo(1))).toContain('cannot be reached');
		expect(await relay.relay.ended).toEqual({ stopped: false });
	});

	it('a session id that cannot be sent back is refused', async () => {
		const { send, inbox } = await start(() => undefined, { session: 'a b' });
		void send({ id: 1, method: 'initialize', params: HELLO });
		expect(messageOf(await inbox.answerTo(1))).toContain('cannot be sent back');
	});

	it('S-flood: a server is not read while the client takes nothing, and all of it arrives afterwards', async () => {
		const total = 20_000;
		const server = await ScriptedServer.start(got => {
			if (!call(got)) {
				return undefined;
			}
			events(got.response);
			const note = event({ jsonrpc: '2.0', method: 'n', params: { text: 'x'.repeat(1000) } });
			for (let count = 0; count < total; count++) {
				got.response.write(note);
			}
			got.response.end(event(result(got.message.id)));
			return true;
		});
		open.push(server);
		const upstream = new HttpUpstream({ kind: 'http', url: server.url, headers: {} }, realClock);
		open.push({ close: () => upstream.stop() });
		let lines = 0;
		let answered: () => void = () => {};
		const done = new Promise<void>(resolve => (answered = resolve));
		const ignore = () => {};
		await upstream.start({
			line: bytes => {
				lines++;
				if (lines === 10) {
					upstream.pause();
				}
				const { id } = JSON.parse(Buffer.from(bytes).toString()) as { id?: number };
				if (id !== undefined) {
					answered();
				}
				return id;
			},
			oversize: ignore,
			oversizeEnd: ignore,
			runaway: ignore,
			end: ignore,
		});
		const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a' } };
		await upstream.send(Buffer.from(JSON.stringify(request)), request);
		const { response } = await server.next(call);
		await until(() => lines >= 10);
		await settled();
		expect(lines).toBeLessThan(total / 10);
		expect(response.writableLength).toBeGreaterThan(0);
		upstream.resume();
		await done;
		expect(lines).toBe(total + 1);
	});

	it('after its end it takes nothing more', async () => {
		const upstream = new HttpUpstream({ kind: 'http', url: 'http://127.0.0.1:9/', headers: {} }, realClock);
		await upstream.stop();
		await expect(upstream.send(Buffer.from('{}'))).rejects.toThrow('over');
	});
});

describe('HttpUpstream: addresses and headers', () => {
	it.each([
		['ftp://example.com/', 'must be https'],
		['http://example.com/mcp', 'must be https'],
		['http://127.0.0.1.example.com/', 'must be https'],
		['http://192.168.0.1/', 'must be https'],
		['https://user:secret@example.com/', 'credentials'],
		['not a url', 'not a URL'],
	])('%s is refused: %s', (url, why) => {
		const make = () => new HttpUpstream({ kind: 'http', url, headers: {} }, realClock);
		expect(make).toThrow(why);
		expect(make).not.toThrow('secret');
	});

	it.each(['https://example.com/mcp', 'http://localhost:1/x', 'http://[::1]:1/', 'http://127.0.0.1/'])(
		'%s is admitted',
		url => {
			expect(() => new HttpUpstream({ kind: 'http', url, headers: {} }, realClock)).not.toThrow();
		},
	);

	it.each([
		['Host', 'x'],
		['Mcp-Session-Id', 'x'],
		['Content-Length', '0'],
		['Transfer-Encoding', 'chunked'],
		['X Y', 'x'],
		['X-Key', 'secret\r\nHost: evil'],
	])('the header %j is refused', (name, value) => {
		const make = () =>
			new HttpUpstream({ kind: 'http', url: 'https://example.com/', headers: { [name]: value } }, realClock);
		expect(make).toThrow('header');
		expect(make).not.toThrow('secret');
	});
});

describe('HttpUpstream: HTTP+SSE of 2024-11-05', () => {
	function legacy(endpoint: string): Script {
		let stream: Got | undefined;
		return got => {
			if (got.method === 'GET') {
				stream = got;
				return events(got.response, `event: endpoint\ndata: ${endpoint}\n\n`);
			}
			if (got.url === '/sse') {
				got.response.writeHead(404, { 'Content-Type': 'text/html' }).end('Cannot POST /sse');
				return true;
			}
			got.response.writeHead(202).end('Accepted');
			const { id, method } = got.message;
			if (method === 'initialize') {
				const init = {
					protocolVersion: '2024-11-05',
					capabilities: {},
					serverInfo: { name: 's', version: '1' },
				};
				stream?.response.write(
					`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: init })}\n\n`,
				);
			} else if (id !== undefined) {
				stream?.response.write(`event: message\ndata: ${JSON.stringify(result(id))}\n\n`);
			}
			return true;
		};
	}

	it('is spoken after a 4xx to the first POST; messages go to the address that the server names', async () => {
		const { hello, call: tool, server } = await start(legacy('/messages?s=1'), { path: '/sse' });
		expect((await hello()).error).toBeUndefined();
		expect(textOf(await tool(1, 'x'))).toBe('ok');
		expect(server.posts('tools/call')[0]?.url).toBe('/messages?s=1');
		expect(server.posts('notifications/initialized')).toHaveLength(1);
	});

	it.each(['http://127.0.0.1:1/messages', '//evil.example/messages', 'http://a:b@127.0.0.1/m'])(
		'an address of another origin is refused: %s',
		async endpoint => {
			const { send, inbox, server } = await start(legacy(endpoint), { path: '/sse' });
			void send({ id: 1, method: 'initialize', params: HELLO });
			expect(messageOf(await inbox.answerTo(1))).toContain('another origin');
			expect(server.posts('initialize')).toHaveLength(1);
		},
	);

	it('the end of its stream is the end of the session', async () => {
		let stream: Got | undefined;
		const script = legacy('/messages');
		const { hello, relay } = await start(
			got => {
				stream = got.method === 'GET' ? got : stream;
				return script(got);
			},
			{ path: '/sse' },
		);
		await hello();
		stream?.response.end();
		expect(await relay.ended).toEqual({ stopped: false });
	});

	it('a stream that ends with the address it names is the end of the session, not a request that waits', async () => {
		const script = legacy('/messages');
		const { send, inbox, relay } = await start(
			got => {
				if (got.method === 'GET') {
					got.response.writeHead(200, { 'Content-Type': 'text/event-stream' });
					got.response.end('event: endpoint\ndata: /messages\n\n');
					return true;
				}
				return got.url === '/messages' ? (got.response.writeHead(202).end(), true) : script(got);
			},
			{ path: '/sse' },
		);
		void send({ id: 0, method: 'initialize', params: HELLO });
		expect(await relay.ended).toEqual({ stopped: false });
		expect(messageOf(await inbox.answerTo(0))).not.toBe('');
	});

	it('a 400 that is a JSON-RPC error is an answer, and no reason to try another transport', async () => {
		const { send, inbox, server } = await start(got =>
			got.message.method === 'initialize'
				? json(got.response, { jsonrpc: '2.0', id: 1, error: { code: -32022, message: 'Unsupported' } }, 400)
				: undefined,
		);
		void send({ id: 1, method: 'initialize', params: HELLO });
		expect(await inbox.answerTo(1)).toMatchObject({ error: { code: -32022 } });
		expect(server.got.some(({ method }) => method === 'GET')).toBe(false);
	});
});

describe('HttpUpstream: 2026-07-28, no sessions', () => {
	const _meta = {
		'io.modelcontextprotocol/protocolVersion': '2026-07-28',
		'io.modelcontextprotocol/clientCapabilities': {},
	};

	it('repeats method, name and marked parameters in headers, Base64 where they are not plain', async () => {
		const { send, inbox, server } = await start(got =>
			got.message.method === 'tools/list'
				? json(got.response, {
						jsonrpc: '2.0',
						id: got.message.id,
						result: {
							tools: [
								{
									name: 'wetter ☀',
									inputSchema: {
										type: 'object',
										properties: {
											city: { type: 'string', 'x-mcp-header': 'City' },
											days: { type: 'integer', 'x-mcp-header': 'Days' },
											evil: { type: 'string', 'x-mcp-header': 'a\r\nb' },
										},
									},
								},
							],
						},
					})
				: undefined,
		);
		void send({ id: 1, method: 'tools/list', params: { _meta } });
		await inbox.answerTo(1);
		void send({
			id: 2,
			method: 'tools/call',
			params: { name: 'wetter ☀', arguments: { city: ' =?x', days: 3, evil: 'x' }, _meta },
		});
		await inbox.answerTo(2);
		const headers = server.posts('tools/call')[0]?.headers ?? {};
		expect(headers).toMatchObject({
			'mcp-protocol-version': '2026-07-28',
			'mcp-method': 'tools/call',
			'mcp-name': `=?base64?${Buffer.from('wetter ☀').toString('base64')}?=`,
			'mcp-param-city': `=?base64?${Buffer.from(' =?x').toString('base64')}?=`,
			'mcp-param-days': '3',
		});
		expect(headers['mcp-session-id']).toBeUndefined();
		expect(Object.keys(headers).filter(name => name.startsWith('mcp-param'))).toHaveLength(2);
	});

	it('a cancellation closes the response stream and is not posted', async () => {
		const { send, server } = await start(got => (call(got) ? events(got.response) : undefined));
		void send({ id: 1, method: 'tools/call', params: { name: 'a', _meta } });
		const { response } = await server.next(call);
		const closed = new Promise(resolve => response.once('close', resolve));
		await send({ method: 'notifications/cancelled', params: { requestId: 1 } });
		await closed;
		expect(server.posts('notifications/cancelled')).toEqual([]);
	});
});

/** Lets everything that is under way on this machine's loopback come to rest. */
async function settled(): Promise<void> {
	for (let turn = 0; turn < 50; turn++) {
		await new Promise(resolve => setImmediate(resolve));
	}
}

async function until(check: () => boolean): Promise<void> {
	while (!check()) {
		await new Promise(resolve => setImmediate(resolve));
	}
}
