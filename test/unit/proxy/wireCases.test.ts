import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { RPC_INVALID_REQUEST } from '../../../src/firewall/message';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { MAX_LINE_BYTES } from '../../../src/proxy/limits';
import { LineFramer } from '../../../src/proxy/relay/lineFramer';
import { type FixedPlace } from '../../../src/proxy/face/socketAddress';
import { runStdioFace } from '../../../src/proxy/face/stdioFace';
import { StdioUpstream } from '../../../src/proxy/upstream/stdioUpstream';
import { AT_ONCE, type Upstream } from '../../../src/proxy/upstream/upstream';
import { exchange, parts } from './httpClient';
import { contains, ids, Inbox, misbehaving, neverAsked, openPaths, openRelay, realClock, textOf } from './support';

/** Cases of spec/wire.md §5 that other files hold only in passing, and what it lists as not yet executable. */

async function relayed(upstream?: Upstream) {
	const opened = await openRelay(upstream === undefined ? {} : { upstream });
	onTestFinished(() => opened.close());
	return opened;
}

describe('what a server says reaches the client as it was said', () => {
	it('S-nul: a line of NUL bytes is dropped and noted, an escaped one arrives', async () => {
		const { call, path } = await relayed();
		expect(textOf(await call(1, 'nul'))).toBe('a\0b');
		expect(path.malformed).toEqual([{ from: 'server', why: 'not JSON', id: undefined }]);
	});

	it('S-badutf8: a line that is not UTF-8 is dropped and noted, the next one counts', async () => {
		const { call, path } = await relayed();
		expect(textOf(await call(1, 'badutf8'))).toBe('ok');
		expect(path.malformed).toEqual([{ from: 'server', why: 'not UTF-8', id: undefined }]);
	});

	it('S-trickle: an answer that comes byte by byte arrives whole', async () => {
		const { call } = await relayed();
		expect(textOf(await call(1, 'trickle'))).toBe('ok');
	});

	it.each([
		['S-surrogate', 'surrogate', '"text":"\\ud83d"'],
		['S-bignum', 'bignum', '"n":9007199254740993'],
		['S-proto', 'proto', '"__proto__":{"polluted":1}'],
		['S-nullresult', 'nullresult', '"result":null'],
		['S-extra', 'extra', '"x-trace":"abc"'],
		['S-floatid', 'floatid', '"id":1.0'],
	])('%s: the bytes of the answer are the bytes that the server wrote', async (_id, kind, part) => {
		const { call, path } = await relayed();
		await call(1, kind);
		const [outcome] = path.outcomes;
		expect(outcome?.kind === 'answered' && Buffer.from(outcome.message.bytes).toString()).toContain(part);
		expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
	});

	it('S-idnull: an error for nobody is noted and ends nothing that is open', async () => {
		const { call, path } = await relayed();
		const open = call(1, 'hang');
		expect(textOf(await call(2, 'idnull'))).toBe('ok');
		expect(path.malformed).toHaveLength(1);
		expect(path.outcomes).toHaveLength(1);
		void open;
	});

	it('S-both: a response that is two things is an error for its request, and for no other', async () => {
		const { call } = await relayed();
		expect(await call(1, 'both')).toMatchObject({ id: 1, error: { message: 'failed: invalid-response' } });
		expect(textOf(await call(2, 'other'))).toContain('other');
	});

	it('S-flood: every note of a flood arrives, in order before the answer', async () => {
		const { call, inbox } = await relayed();
		expect(textOf(await call(1, 'flood'))).toBe('ok');
		expect(inbox.all.findIndex(message => message.id === 1)).toBe(20_000);
	});

	it('S-stderr: what is written to stderr without end holds nobody up and is kept in a bounded tail', async () => {
		const upstream = new StdioUpstream(misbehaving(), realClock);
		const { call } = await relayed(upstream);
		expect(textOf(await call(1, 'stderr'))).toBe('ok');
		expect(upstream.stderrText().length).toBeLessThanOrEqual(64 * 1024);
		expect(upstream.stderrText()).not.toContain('\u001b');
	});
});

describe('what a client says', () => {
	it('C-huge: a line over the cap is refused by its id, and the next line counts', async () => {
		const input = new PassThrough();
		const output = new PassThrough();
		const inbox = new Inbox();
		const lines = new LineFramer({
			line: bytes => inbox.take(bytes),
			oversize: () => {},
			oversizeEnd: () => {},
			runaway: () => {},
		});
		output.on('data', (chunk: Buffer) => lines.push(chunk));
		const done = runStdioFace({
			input,
			output,
			server: { id: 'x', name: 'x', reviewRequired: false, roots: [] },
			launch: misbehaving(),
			sessionPaths: openPaths,
			clock: realClock,
			ids,
			logger: silentLogger,
		});
		input.write('{"jsonrpc":"2.0","id":9007,"method":"tools/call","params":{"name":"echo","arguments":{"m":"');
		input.write(Buffer.alloc(MAX_LINE_BYTES, 'z'));
		input.write('"}}}\n{"jsonrpc":"2.0","id":2,"method":"ping"}\n');
		expect(await inbox.answerTo(9007)).toMatchObject({
			error: { code: RPC_INVALID_REQUEST, message: contains('size limit') },
		});
		expect(await inbox.answerTo(2)).toMatchObject({ result: {} });
		input.end();
		expect(await done).toBe(0);
	});
});

describe('the face', () => {
	it('H-slowloris: heads that do not end hold up nobody else', async () => {
		const { endpoint, address } = await listening();
		const { socketPath, path } = parts(address);
		const held = await Promise.all(
			Array.from({ length: 200 }, () =>
				half(socketPath, `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-a: b\r\n`),
			),
		);
		onTestFinished(() => held.forEach(socket => socket.destroy()));
		expect(await exchange(address, { body: hello })).toMatchObject({ status: 200 });
		expect(endpoint.activeSessions()).toBe(1);
	});

	it('DELETE during a call: the call is answered with an error, the server is stopped, the session is gone', async () => {
		const { endpoint, address } = await listening();
		const opened = await exchange(address, { body: hello });
		const headers = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
		const hanging = exchange(address, { headers, body: call(1, 'hang') });
		// The answer to a second call says that the server has read the first.
		await exchange(address, { headers, body: call(2, 'other') });
		expect(await exchange(address, { method: 'DELETE', headers })).toMatchObject({ status: 204 });
		expect(JSON.parse((await hanging).body)).toMatchObject({ id: 1, error: { message: 'failed: cancelled' } });
		expect(await exchange(address, { headers, body: call(3, 'other') })).toMatchObject({ status: 404 });
		expect(await exchange(address, { method: 'DELETE', headers })).toMatchObject({ status: 404 });
		expect(endpoint.activeSessions()).toBe(0);
	});

	it('a socket of somebody else is not taken over, and neither is a file', async () => {
		const folder = await temporary();
		const path = join(folder, 'theirs.sock');
		const theirs = createServer(socket => socket.end('theirs'));
		await new Promise<void>(resolve => theirs.listen(path, resolve));
		onTestFinished(() => void theirs.close());
		await expect(open({ path })).rejects.toMatchObject({
			code: 'endpoint-unavailable',
			message: contains('taken'),
		});
		expect(await firstBytes(path)).toBe('theirs');
		const file = join(folder, 'notes.txt');
		await writeFile(file, 'keep me');
		await expect(open({ path: file })).rejects.toMatchObject({ code: 'endpoint-unavailable' });
		expect(await readFile(file, 'utf8')).toBe('keep me');
	});
});

const hello = JSON.stringify({
	jsonrpc: '2.0',
	id: 0,
	method: 'initialize',
	params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
});
const call = (id: number, kind: string) =>
	JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'evil', arguments: { kind } } });

async function temporary(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'mf-wire-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return folder;
}

function open(at: FixedPlace | { readonly directory: string }): Promise<Endpoint> {
	return Endpoint.open({
		at,
		sessionPaths: openPaths,
		clock: realClock,
		ids,
		logger: silentLogger,
		servers: id => ({
			server: { id, name: id, reviewRequired: true, roots: [] },
			approver: neverAsked,
			launch: () => Promise.resolve(misbehaving()),
		}),
	});
}

async function listening() {
	const endpoint = await open({ directory: await temporary() });
	onTestFinished(() => endpoint.close(AT_ONCE));
	return { endpoint, address: endpoint.uriFor('one') };
}

/** A connection that has sent the beginning of a request. */
function half(socketPath: string, text: string): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect(socketPath, () => socket.write(text, () => resolve(socket)));
		socket.on('error', reject);
	});
}

function firstBytes(socketPath: string): Promise<string> {
	return new Promise((resolve, reject) => {
		connect(socketPath)
			.once('data', data => resolve(data.toString()))
			.once('error', reject);
	});
}
