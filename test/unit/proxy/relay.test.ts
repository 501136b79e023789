import { afterEach, describe, expect, it } from 'vitest';
import { AT_ONCE, type Upstream, type UpstreamListener } from '../../../src/proxy/upstream/upstream';
import { contains, Inbox, ManualClock, OpenPath, openRelay, textOf } from './support';

type Opened = Awaited<ReturnType<typeof openRelay>>;
const open: Opened[] = [];

async function start(options: Parameters<typeof openRelay>[0] = {}): Promise<Opened> {
	const session = await openRelay(options);
	open.push(session);
	return session;
}

/** An upstream made of two functions: what it got, and what it is made to say. */
class FakeUpstream implements Upstream {
	readonly inbox = new Inbox();
	listener!: UpstreamListener;
	paused = false;
	onStderr = () => ({ dispose: () => {} });

	start(listener: UpstreamListener) {
		this.listener = listener;
		return Promise.resolve();
	}

	send(bytes: Uint8Array) {
		this.inbox.take(bytes);
		return Promise.resolve();
	}

	say(message: object) {
		this.listener.line(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })));
	}

	pause() {
		this.paused = true;
	}

	resume() {
		this.paused = false;
	}

	stderrText() {
		return '';
	}

	stop() {
		this.listener.end({ code: 0, stopped: true });
		return Promise.resolve();
	}
}

afterEach(async () => {
	await Promise.all(open.splice(0).map(session => session.close()));
});

describe('Relay in front of a server that breaks the wire', () => {
	it.each([
		'noise',
		'crlf',
		'bom',
		'dupresp',
		'unknownid',
		'idnull',
		'proto',
		'nullresult',
		'extra',
		'floatid',
		'bignum',
		'innercr',
		'flood',
		'stderr',
		'splitutf8',
	])('S-%s: the answer arrives and the session goes on', async kind => {
		const { call } = await start();
		expect((await call(1, kind)).error).toBeUndefined();
		expect(textOf(await call(2, 'other'))).toBe('{"kind":"other"}');
	});

	it.each(['batch', 'deep', 'both', 'huge'])('S-%s: the request is settled with an error', async kind => {
		const { call, path } = await start();
		expect(await call(1, kind)).toMatchObject({ error: { message: 'failed: invalid-response' } });
		expect(path.outcomes).toEqual([{ kind: 'failed', why: 'invalid-response' }]);
		expect(textOf(await call(2, 'other'))).toBe('{"kind":"other"}');
	});

	it.each(['exit', 'partialexit', 'nonewline'])('S-%s, PROTO-17: every pending request fails at once', async kind => {
		const { call, relay } = await start();
		const pending = call(1, 'hang');
		expect(await call(2, kind)).toMatchObject({ error: { message: 'failed: exited' } });
		expect(await pending).toMatchObject({ error: { message: 'failed: exited' } });
		await relay.ended;
		expect(await call(3, 'other')).toMatchObject({ error: { message: 'failed: unavailable' } });
	});

	it('PROTO-13, S-dupresp, S-unknownid: answers that nobody waits for are dropped and noted', async () => {
		const { call, path, inbox } = await start();
		await call(1, 'dupresp');
		await call(2, 'unknownid');
		await call(3, 'other');
		expect(inbox.all.filter(message => message.id === 1)).toHaveLength(1);
		expect(inbox.all.filter(message => message.id === '2' || message.id === 987654)).toHaveLength(0);
		expect(path.malformed.map(note => note.id)).toEqual([1, 1, 987654, '2']);
	});

	it('PROTO-12, S-badjson: noise is told five times and then summed up', async () => {
		const { call, path, close } = await start();
		await call(1, 'noise');
		expect(path.malformed).toHaveLength(5);
		await close();
		expect(path.malformed.at(-1)).toMatchObject({ from: 'server', why: contains('more malformed') });
		expect(path.disposed).toBe(true);
	});

	it('S-splitutf8: bytes arrive as they were sent', async () => {
		const { call } = await start();
		expect(textOf(await call(1, 'splitutf8'))).toBe('😀日本'.repeat(50));
	});

	it('S-idclash: two id spaces', async () => {
		const { call, inbox, send } = await start();
		const answer = call(7, 'idclash');
		await inbox.next(message => message.method === 'roots/list' && message.id === 7);
		void send({ id: 7, result: { roots: [] } });
		expect(textOf(await answer)).toBe('after roots');
	});

	it('S-reqflood: requests over the limit or with an id in use are refused, the answer arrives', async () => {
		const { call, inbox } = await start();
		await call(1, 'reqflood');
		expect(inbox.all.filter(message => message.method === 'ping')).toHaveLength(1);
	});

	it('PROTO-11: notifications keep their order and come before the answer that follows them', async () => {
		const { call, inbox } = await start();
		await call(1, 'notes');
		const answerAt = inbox.all.findIndex(message => message.id === 1);
		expect(inbox.all.slice(0, answerAt).filter(message => message.method === 'notifications/message')).toHaveLength(
			20,
		);
	});
});

describe('Relay and its client', () => {
	it('C-badjson, C-batch, C-idnull: malformed input is answered and noted, and the session stays up', async () => {
		const { sendRaw, inbox, call, path } = await start();
		await sendRaw('{"jsonrpc":"2.0","id":1,\n');
		await sendRaw('[]');
		await sendRaw('{"jsonrpc":"2.0","id":null,"method":"ping"}');
		expect(inbox.all.map(message => message.error)).toMatchObject([
			{ code: -32700 },
			{ code: -32600 },
			{ code: -32600 },
		]);
		expect(path.malformed).toHaveLength(3);
		expect(textOf(await call(2, 'other'))).toBe('{"kind":"other"}');
	});

	it('C-dupid: the second request with an id in flight is refused, the first gets its own answer', async () => {
		const upstream = new FakeUpstream();
		const { send, inbox } = await start({ upstream });
		void send({ id: 1, method: 'tools/call', params: { n: 1 } });
		await send({ id: 1, method: 'tools/call', params: { n: 2 } });
		expect(inbox.all).toMatchObject([{ id: 1, error: { code: -32600 } }]);
		upstream.say({ id: 1, result: { n: 1 } });
		await inbox.next(message => message.result !== undefined);
		expect(upstream.inbox.all).toMatchObject([{ params: { n: 1 } }]);
	});

	it('C-unkresp: a response that nobody asked for never reaches the server', async () => {
		const upstream = new FakeUpstream();
		const { send, path } = await start({ upstream });
		await send({ id: 99, result: {} });
		expect(upstream.inbox.all).toEqual([]);
		expect(path.malformed).toEqual([{ from: 'client', why: 'response to no request', id: 99 }]);
	});

	it('PROTO-13: a forged answer to a request that still waits for its approval is dropped', async () => {
		const upstream = new FakeUpstream();
		let letGo = () => {};
		const path = new OpenPath(() => new Promise(resolve => (letGo = resolve)));
		const { send, inbox } = await start({ upstream, path });
		void send({ id: 1, method: 'tools/call', params: {} });
		upstream.say({ id: 1, result: { forged: true } });
		letGo();
		await upstream.inbox.next(message => message.id === 1);
		upstream.say({ id: 1, result: { forged: false } });
		expect(await inbox.answerTo(1)).toMatchObject({ result: { forged: false } });
	});

	it('PROTO-16: a cancellation before the request reached the server stays with us and ends the wait', async () => {
		const upstream = new FakeUpstream();
		const path = new OpenPath(
			(_message, signal) => new Promise(resolve => signal.addEventListener('abort', () => resolve())),
		);
		const { send, inbox, noAnswers } = await start({ upstream, path });
		const asked = send({ id: 1, method: 'tools/call', params: {} });
		await send({ method: 'notifications/cancelled', params: { requestId: 1 } });
		await asked;
		expect(upstream.inbox.all).toEqual([]);
		expect(inbox.all).toEqual([]);
		expect(noAnswers.count).toBe(1);
	});

	it('PROTO-16: a cancellation of a forwarded request passes, and its id is not free before the server answers', async () => {
		const upstream = new FakeUpstream();
		const { send, inbox, noAnswers, path } = await start({ upstream });
		const asked = send({ id: 1, method: 'tools/call', params: {} });
		await upstream.inbox.next(message => message.id === 1);
		await send({ method: 'notifications/cancelled', params: { requestId: 1 } });
		await asked;
		expect(noAnswers.count).toBe(1);
		expect(upstream.inbox.all.map(message => message.method)).toEqual(['tools/call', 'notifications/cancelled']);
		await send({ id: 1, method: 'tools/call', params: {} });
		expect(inbox.all).toMatchObject([{ id: 1, error: { code: -32600 } }]);
		upstream.say({ id: 1, result: { late: true } });
		expect(path.malformed).toHaveLength(1);
		void send({ id: 1, method: 'tools/call', params: { again: true } });
		await upstream.inbox.next(message => (message.params as { again?: boolean }).again === true);
		upstream.say({ id: 1, result: { late: false } });
		await inbox.next(message => message.result !== undefined);
		expect(inbox.all.at(-1)).toMatchObject({ result: { late: false } });
	});

	it('S-hang: the deadline counts from the last progress, tells the server, and answers the client', async () => {
		const upstream = new FakeUpstream();
		const clock = new ManualClock();
		const { send, inbox } = await start({ upstream, clock, deadlineMs: 1000 });
		void send({ id: 1, method: 'tools/call', params: { _meta: { progressToken: 't' } } });
		await upstream.inbox.next(message => message.id === 1);
		clock.advance(900);
		upstream.say({ method: 'notifications/progress', params: { progressToken: 't', progress: 1 } });
		await inbox.next(message => message.method === 'notifications/progress');
		clock.advance(900);
		expect(inbox.all).toHaveLength(1);
		clock.advance(200);
		expect(await inbox.answerTo(1)).toMatchObject({ error: { message: 'failed: timeout' } });
		expect(upstream.inbox.all.at(-1)).toMatchObject({
			method: 'notifications/cancelled',
			params: { requestId: 1 },
		});
	});

	it('PROTO-11: a request never overtakes a notification that was sent before it', async () => {
		const upstream = new FakeUpstream();
		const { send } = await start({ upstream });
		void send({ method: 'notifications/initialized' });
		void send({ id: 1, method: 'ping' });
		void send({ method: 'notifications/roots/list_changed' });
		void send({ id: 2, method: 'ping' });
		await upstream.inbox.next(message => message.id === 2);
		const seen = upstream.inbox.all.map(message => message.id ?? message.method);
		expect(seen.indexOf('notifications/initialized')).toBeLessThan(seen.indexOf(1));
		expect(seen.indexOf('notifications/roots/list_changed')).toBeLessThan(seen.indexOf(2));
	});

	it('floods pause the upstream until the client takes them', async () => {
		const upstream = new FakeUpstream();
		const path = new OpenPath();
		let letGo = () => {};
		const gate = new Promise<void>(resolve => (letGo = resolve));
		path.serverNotification = async () => {
			await gate;
			return { kind: 'pass' };
		};
		const { inbox } = await start({ upstream, path });
		for (let count = 0; count < 2000; count++) {
			upstream.say({ method: 'notifications/message', params: { count } });
		}
		expect(upstream.paused).toBe(true);
		letGo();
		await inbox.next(message => (message.params as { count: number }).count === 1999);
		expect(inbox.all.map(message => (message.params as { count: number }).count)).toEqual([...Array(2000).keys()]);
	});

	it('a path that fails becomes an error, never a passage', async () => {
		const upstream = new FakeUpstream();
		const path = new OpenPath(() => Promise.reject(new Error('broken')));
		const { send, inbox } = await start({ upstream, path });
		await send({ id: 1, method: 'tools/call', params: {} });
		expect(inbox.all).toMatchObject([{ id: 1, error: { code: -32603 } }]);
		expect(upstream.inbox.all).toEqual([]);
	});

	it('closing answers what is in flight', async () => {
		const upstream = new FakeUpstream();
		const { send, inbox, relay } = await start({ upstream });
		void send({ id: 1, method: 'tools/call', params: {} });
		await upstream.inbox.next(message => message.id === 1);
		await relay.close(AT_ONCE);
		expect(inbox.all).toMatchObject([{ id: 1, error: { message: 'failed: cancelled' } }]);
	});

	it('requests of our own have ids that the server cannot use, and go to the client', async () => {
		const upstream = new FakeUpstream();
		const { relay, inbox, send } = await start({ upstream });
		const asked = relay.requester.request('elicitation/create', { message: 'm' }, new AbortController().signal);
		const question = await inbox.next(message => message.method === 'elicitation/create');
		void send({ id: question.id!, result: { action: 'decline' } });
		expect(await asked).toEqual({ kind: 'result', result: { action: 'decline' } });
		expect(upstream.inbox.all).toEqual([]);
	});
});
