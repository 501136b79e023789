import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { isJsonObject, type JsonObject } from '../../../src/base/json';
import { silentLogger } from '../../../src/base/logger';
import { type Manifest } from '../../../src/domain/registry/manifest';
import { LazyUpstream } from '../../../src/proxy/life/lazyUpstream';
import { lastWords, Restarts } from '../../../src/proxy/life/restarts';
import { type Upstream, type UpstreamEnd, type UpstreamListener } from '../../../src/proxy/upstream/upstream';
import { contains, ids, Inbox, ManualClock } from './support';

const WELCOME =
	'{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"version":"1","name":"s"},"big":9007199254740993}';
const TOOLS = '{"tools":[{"name":"echo","inputSchema":{"maximum":1.0,"type":"object"}}]}';
const manifest: Manifest = {
	protocolVersion: '2025-11-25',
	capabilities: { roots: {} },
	initialize: WELCOME,
	tools: TOOLS,
};

/** A server in memory that answers what it was told to answer, and notes every byte. */
class Scripted implements Upstream {
	readonly onStderr = new Emitter<string>().event;
	readonly got: string[] = [];
	private listener: UpstreamListener | undefined;
	stopped = false;
	answers: Record<string, string | undefined> = {
		initialize: WELCOME,
		'tools/list': TOOLS,
		'logging/setLevel': '{}',
	};
	hold = false;
	failure: Error | undefined;

	start(listener: UpstreamListener): Promise<void> {
		this.listener = listener;
		return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
	}

	send(bytes: Uint8Array): Promise<void> {
		const text = Buffer.from(bytes).toString();
		this.got.push(text);
		const { id, method } = JSON.parse(text) as { id?: unknown; method?: string };
		const result = this.answers[method ?? ''];
		if (!this.hold && id !== undefined && result !== undefined) {
			this.say(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);
		}
		return Promise.resolve();
	}

	say(text: string): void {
		this.listener?.line(Buffer.from(text));
	}

	end(end: UpstreamEnd = { code: 3, stopped: false }): void {
		this.listener?.end(end);
		this.listener = undefined;
	}

	pause(): void {}
	resume(): void {}
	stderrText = () => 'one\ntwo token ghp_0123456789abcdefghijABCDEFGHIJ012345\n';

	stop(): Promise<void> {
		this.stopped = true;
		this.end({ code: 0, stopped: true });
		return Promise.resolve();
	}
}

/** A session over processes that the test scripts, one after the other. */
async function open(options: { known?: Manifest | undefined; process?: (each: Scripted, count: number) => void } = {}) {
	const clock = new ManualClock();
	const processes: Scripted[] = [];
	const inbox = new Inbox();
	const ends: UpstreamEnd[] = [];
	const cache = { saved: [] as Manifest[], dropped: 0 };
	const warnings: string[] = [];
	const told = { interrupted: 0, process: [] as (UpstreamEnd | undefined)[] };
	const upstream = new LazyUpstream({
		open: () => {
			const each = new Scripted();
			processes.push(each);
			options.process?.(each, processes.length);
			return Promise.resolve(each);
		},
		manifest: 'known' in options ? options.known : manifest,
		cache: { save: each => cache.saved.push(each), drop: () => cache.dropped++ },
		restarts: new Restarts(clock),
		clock,
		ids,
		logger: { ...silentLogger, warn: text => warnings.push(text) },
		onProcess: end => told.process.push(end),
	});
	await upstream.start({
		line: bytes => {
			inbox.take(bytes);
			const { id, method } = JSON.parse(Buffer.from(bytes).toString()) as { id?: number; method?: string };
			return method === undefined ? id : undefined;
		},
		oversize: () => {},
		oversizeEnd: () => {},
		runaway: () => {},
		interrupted: () => told.interrupted++,
		end: end => ends.push(end),
	});
	const send = (message: JsonObject | string) => {
		const text = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message });
		const value = JSON.parse(text) as unknown;
		return upstream.send(Buffer.from(text), isJsonObject(value) ? value : undefined);
	};
	return { upstream, clock, processes, inbox, ends, cache, warnings, told, send };
}

const hello =
	'{"jsonrpc":"2.0", "id":0,"method":"initialize","params":{"capabilities":{"roots":{}},"protocolVersion":"2025-11-25","clientInfo":{"name":"t","version":"1"}}}';
const initialized = '{"jsonrpc":"2.0","method":"notifications/initialized", "params":{"_meta":{"n":1.0}}}';
const call = (id: number) => ({ id, method: 'tools/call', params: { name: 'echo', arguments: { id } } });

async function greet(session: Awaited<ReturnType<typeof open>>) {
	await session.send(hello);
	await session.send(initialized);
}

/** Lets time pass until something is done. */
async function passing(session: Awaited<ReturnType<typeof open>>, work: Promise<unknown>): Promise<void> {
	const state = { done: false };
	void work.then(() => (state.done = true));
	for (let turn = 0; turn < 100 && !state.done; turn++) {
		await new Promise(resolve => setImmediate(resolve));
		session.clock.advance(100);
	}
	await work;
}

describe('LazyUpstream with a manifest', () => {
	it('answers initialize and tools/list as the server wrote it, and starts nothing', async () => {
		const session = await open();
		await greet(session);
		await session.send({ id: 'a"b', method: 'tools/list' });
		await session.send({ id: 2, method: 'tools/list', params: { _meta: { progressToken: 1 } } });
		expect(session.processes).toEqual([]);
		expect(session.inbox.all.map(({ id }) => id)).toEqual([0, 'a"b', 2]);
		expect(session.inbox.all[1]?.result).toEqual(JSON.parse(TOOLS));
	});

	it('brings the process to where the client is, byte for byte and in order, before it sends what waits', async () => {
		const session = await open();
		await greet(session);
		await Promise.all([
			session.send(call(1)),
			session.send(call(2)),
			session.send({ method: 'notifications/x' }),
			session.send(call(3)),
		]);
		const [server] = session.processes;
		const [first, second, third, ...rest] = server!.got;
		expect([first, second]).toEqual([hello, initialized]);
		expect(JSON.parse(third!)).toMatchObject({
			method: 'tools/list',
			id: expect.stringMatching(/^mcp-firewall-[0-9a-f]{32}$/) as string,
		});
		expect(rest.map(text => (JSON.parse(text) as JsonObject).id ?? 'note')).toEqual([1, 2, 'note', 3]);
		expect(session.inbox.all.map(({ id }) => id)).toEqual([0]);
		server!.say('{"jsonrpc":"2.0","id":2,"result":{}}');
		expect(session.inbox.all.map(({ id }) => id)).toEqual([0, 2]);
		expect(session.told.process).toEqual([undefined]);
	});

	it('a client that asks otherwise opens the session with the process itself', async () => {
		for (const other of [hello.replace('2025-11-25', '2025-06-18'), hello.replace('"roots":{}', '"sampling":{}')]) {
			const session = await open();
			await session.send(other);
			await session.send(initialized);
			expect(session.processes[0]?.got).toEqual([other, initialized]);
			expect(session.inbox.all).toEqual([{ jsonrpc: '2.0', id: 0, result: JSON.parse(WELCOME) as unknown }]);
		}
	});

	it.each([
		['initialize', '{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"2"}}'],
		['tools/list', '{"tools":[{"name":"echo","description":"rug"}]}'],
		['tools/list', '{"tools":[],"nextCursor":"1"}'],
	])(
		'another %s than was told: what waits fails, the manifest is dropped, the session ends',
		async (method, result) => {
			const session = await open({ process: each => (each.answers[method] = result) });
			await greet(session);
			await passing(session, Promise.all([session.send(call(1)), session.send(call(2))]));
			expect(session.inbox.all.slice(1)).toMatchObject([
				{ id: 1, error: { code: -32603, message: contains('The session ends') } },
				{ id: 2, error: { code: -32603, message: contains('The session ends') } },
			]);
			expect(session.cache.dropped).toBe(1);
			expect(session.ends).toEqual([{ stopped: false }]);
			expect(session.processes[0]).toMatchObject({ stopped: true });
			expect(session.processes[0]?.got.some(text => text.includes('tools/call'))).toBe(false);
			await expect(session.send(call(3))).rejects.toMatchObject({ code: 'upstream-failed' });
		},
	);

	it('a list that is asked for while the process starts is told at once, and must be true all the same', async () => {
		const session = await open({ process: each => (each.hold = true) });
		await greet(session);
		const waiting = session.send(call(1));
		await session.send({ id: 2, method: 'tools/list' });
		expect(session.inbox.all.map(({ id }) => id)).toEqual([0, 2]);
		const [server] = session.processes;
		await expect.poll(() => server!.got.length).toBe(1);
		server!.answers['tools/list'] = '{"tools":[]}';
		server!.hold = false;
		server!.say(`{"jsonrpc":"2.0","id":0,"result":${WELCOME}}`);
		await passing(session, waiting);
		expect(session.inbox.all.at(-1)).toMatchObject({ id: 1, error: {} });
		expect(session.ends).toHaveLength(1);
	});

	it('a server that adds tools a moment after its start is given that moment', async () => {
		const session = await open({ process: each => (each.answers['tools/list'] = '{"tools":[]}') });
		await greet(session);
		const waiting = session.send(call(1));
		const listings = () => session.processes[0]?.got.filter(text => text.includes('tools/list')).length;
		await expect.poll(listings).toBe(1);
		session.processes[0]!.answers['tools/list'] = TOOLS;
		await passing(session, waiting);
		expect(listings()).toBe(2);
		expect(session.processes[0]?.got.at(-1)).toContain('tools/call');
		expect(session.ends).toEqual([]);
	});

	it('what the server asks while it starts reaches the client, and the answer the server', async () => {
		const session = await open({ process: each => (each.hold = true) });
		await greet(session);
		void session.send(call(1));
		await expect.poll(() => session.processes[0]?.got.length).toBe(1);
		session.processes[0]!.say('{"jsonrpc":"2.0","id":0,"method":"roots/list"}');
		expect(session.inbox.all.at(-1)).toMatchObject({ id: 0, method: 'roots/list' });
		await session.upstream.send(Buffer.from('{"jsonrpc":"2.0","id":0,"result":{"roots":[]}}'));
		expect(session.processes[0]?.got.at(-1)).toContain('"roots":[]');
		await session.upstream.stop();
	});

	it('a process that cannot be started, or ends as soon as it is, answers what waits with why', async () => {
		const cannot = await open({ process: each => (each.failure = new Error('not found in PATH')) });
		await greet(cannot);
		await cannot.send(call(1));
		expect(cannot.inbox.all.at(-1)).toMatchObject({ id: 1, error: { message: contains('not found in PATH') } });
		expect(cannot.ends).toEqual([{ stopped: false }]);
		const dies = await open({ process: each => (each.hold = true) });
		await greet(dies);
		const waiting = dies.send(call(1));
		await expect.poll(() => dies.processes[0]?.got.length).toBe(1);
		dies.processes[0]!.end();
		await waiting;
		expect(dies.inbox.all.at(-1)).toMatchObject({ id: 1, error: { message: contains('with code 3') } });
		expect(dies.ends).toEqual([{ stopped: false }]);
	});

	it('what is cancelled while the process starts is not made once it is up; the others are', async () => {
		const session = await open({ process: each => (each.hold = true) });
		await greet(session);
		const first = session.send(call(1));
		const second = session.send(call(2));
		const [server] = session.processes;
		await expect.poll(() => server!.got.length).toBe(1);
		await session.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
		expect(session.inbox.all.at(-1)).toMatchObject({ id: 1, error: {} });
		server!.hold = false;
		server!.say(`{"jsonrpc":"2.0","id":0,"result":${WELCOME}}`);
		await passing(session, Promise.all([first, second]));
		const calls = server!.got.filter(text => text.includes('tools/call')).map(text => JSON.parse(text) as unknown);
		expect(calls).toMatchObject([{ id: 2 }]);
		expect(server!.got.filter(text => text.includes('cancelled'))).toEqual([]);
	});

	it('a stop in the middle of a start ends the process and leaves nobody waiting', async () => {
		const session = await open({ process: each => (each.hold = true) });
		await greet(session);
		const waiting = session.send(call(1));
		await expect.poll(() => session.processes[0]?.got.length).toBe(1);
		await session.upstream.stop();
		await waiting;
		expect(session.processes[0]?.stopped).toBe(true);
		expect(session.ends).toEqual([{ code: 0, stopped: true }]);
		const early = await open();
		await greet(early);
		const started = early.send(call(1));
		await early.upstream.stop();
		await started;
		expect(early.processes.every(each => each.got.length === 0)).toBe(true);
	});

	it('a server that does not answer after its start is given up', async () => {
		const session = await open({ process: each => (each.hold = true) });
		await greet(session);
		const waiting = session.send(call(1));
		await expect.poll(() => session.processes[0]?.got.length).toBe(1);
		session.clock.advance(5 * 60_000);
		await waiting;
		expect(session.inbox.all.at(-1)).toMatchObject({ id: 1, error: { message: contains('does not answer') } });
	});

	it('keeps what the server says when it is live, as it wrote it, and only whole lists', async () => {
		const session = await open({ known: undefined });
		await greet(session);
		await session.send({ id: 1, method: 'tools/list', params: {} });
		await session.send({ id: 2, method: 'tools/list', params: {} });
		expect(session.cache.saved).toEqual([manifest]);
		const [server] = session.processes;
		server!.answers['tools/list'] = TOOLS.replace('echo', 'reverse');
		await session.send({ id: 3, method: 'tools/list', params: {} });
		expect(session.cache.saved.at(-1)?.tools).toContain('reverse');
		server!.answers['tools/list'] = '{"tools":[],"nextCursor":"1"}';
		await session.send({ id: 4, method: 'tools/list', params: {} });
		await session.send({ id: 5, method: 'tools/list', params: { cursor: '1' } });
		expect(session.cache.saved).toHaveLength(2);
	});
});

describe('LazyUpstream: a process that ends by itself (S-exit)', () => {
	async function running() {
		const session = await open({ known: undefined });
		await greet(session);
		await session.send({ id: 1, method: 'tools/list' });
		await session.send(call(2));
		return session;
	}

	it('what was in flight is told lost, and the next request starts a new one for the same session', async () => {
		const session = await running();
		await session.send({ id: 3, method: 'logging/setLevel', params: { level: 'error' } });
		session.processes[0]!.end();
		expect(session.told.interrupted).toBe(1);
		expect(session.ends).toEqual([]);
		expect(session.warnings.join()).toMatch(/with code 3.*\none\ntwo token \[masked[^\]]*\]$/s);
		expect(session.warnings.join()).not.toContain('ghp_0123');
		const before = session.inbox.all.length;
		await session.send({ method: 'notifications/roots/list_changed' });
		expect(session.processes).toHaveLength(1);
		await session.send(call(4));
		const methods = session.processes[1]!.got.map(text => (JSON.parse(text) as JsonObject).method);
		expect(methods).toEqual([
			'initialize',
			'notifications/initialized',
			'logging/setLevel',
			'tools/list',
			'tools/call',
		]);
		expect(session.inbox.all).toHaveLength(before);
		expect(session.told.process).toEqual([undefined, { code: 3, stopped: false }, undefined]);
	});

	it('one that lists other tools after its restart ends the session (rug pull)', async () => {
		const session = await open({
			known: undefined,
			process: (each, count) => (each.answers['tools/list'] = count === 1 ? TOOLS : '{"tools":[]}'),
		});
		await greet(session);
		await session.send({ id: 1, method: 'tools/list' });
		session.processes[0]!.end();
		await passing(session, session.send(call(2)));
		expect(session.inbox.all.at(-1)).toMatchObject({
			id: 2,
			error: { message: contains('does not list the tools') },
		});
		expect(session.ends).toEqual([{ stopped: false }]);
	});

	it('one that shows a renewed badge is the same server; one with another name is not (§6.1 #22)', async () => {
		const welcome = (badge: string, name = 's') =>
			WELCOME.replace('"name":"s"', `"name":"${name}"`).replace(
				/}$/,
				`,"_meta":{"capiscio_server_did":"did:web:a.example","capiscio_server_badge":"${badge}"}}`,
			);
		const restarted = async (second: string) => {
			const session = await open({
				known: undefined,
				process: (each, count) => (each.answers.initialize = count === 1 ? welcome('one') : second),
			});
			await greet(session);
			session.processes[0]!.end();
			await passing(session, session.send(call(2)));
			return session;
		};
		expect((await restarted(welcome('two'))).ends).toEqual([]);
		expect((await restarted(WELCOME)).ends).toEqual([]);
		expect((await restarted(welcome('one', 'other'))).ends).toEqual([{ stopped: false }]);
	});

	it('no badge and no proof is kept for the next start, where the server answers for itself', async () => {
		const meta = '"_meta":{"capiscio_server_badge":"a.b.c","capiscio_pop_signature":"d.e.f","x":1}';
		const session = await open({
			known: undefined,
			process: each => (each.answers.initialize = WELCOME.replace(/}$/, `,${meta}}`)),
		});
		await greet(session);
		await session.send({ id: 1, method: 'tools/list', params: {} });
		expect(session.cache.saved).toHaveLength(1);
		expect(session.cache.saved[0]?.initialize).not.toContain('capiscio');
		expect(session.cache.saved[0]?.initialize).toContain('"x":1');
	});

	it.each([
		['a subscription', { id: 5, method: 'resources/subscribe', params: { uri: 'file:///x' } }],
		['a task', { id: 5, method: 'tools/call', params: { name: 'echo', task: { ttl: 1 } } }],
		['a list in pages', { id: 5, method: 'tools/list', params: { cursor: '1' } }],
	])('with %s lost, the session ends', async (_what, message) => {
		const session = await running();
		await session.send(message);
		session.processes[0]!.end();
		expect(session.told.interrupted).toBe(0);
		expect(session.ends).toEqual([{ code: 3, stopped: false }]);
		await expect(session.send(call(6))).rejects.toThrow('not running');
	});

	it('again and again: it waits twice as long each time, says so, and begins anew after it ran well', async () => {
		const session = await running();
		const waits: number[] = [];
		for (let count = 0; count < 10; count++) {
			session.processes.at(-1)!.end();
			const known = session.processes.length;
			let waited = 0;
			await session.send(call(100 + count));
			while (session.processes.length === known) {
				expect(session.inbox.all.at(-1)).toMatchObject({
					error: { message: contains('times in a row, with code 3') },
				});
				waited += 500;
				session.clock.advance(500);
				await session.send(call(100 + count));
			}
			waits.push(waited / 1000);
		}
		expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
		session.clock.advance(60_000);
		session.processes.at(-1)!.end();
		await session.send(call(200));
		expect(session.processes).toHaveLength(12);
		expect(session.ends).toEqual([]);
	});

	it('one that was killed because it cannot be followed counts as ended by itself', async () => {
		const session = await running();
		await session.upstream.kill();
		expect(session.told.interrupted).toBe(1);
		await session.send(call(3));
		expect(session.processes).toHaveLength(2);
	});

	it('one that ends before it has said who it is ends the session', async () => {
		const session = await open({ known: undefined, process: each => (each.hold = true) });
		await session.send(hello);
		session.processes[0]!.end();
		expect(session.ends).toEqual([{ code: 3, stopped: false }]);
	});
});

it('of a key that a server wrote before it ended, no line is logged', () => {
	const lines = Array.from({ length: 12 }, (_, line) => `KeyLine${String(line)}AbCdEfGh0123456789`);
	const log = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\nbye\n`;
	const words = lastWords({ code: 1, stopped: false }, log);
	expect(words).toContain('bye');
	expect(words).not.toContain('KeyLine');
});
