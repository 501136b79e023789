import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { type DecisionKind } from '../../../src/domain/identity/readDecision';
import { decisionTarget } from '../../../src/proxy/decision/decisionTarget';
import { DECISION_MS, HttpDecisionPoint } from '../../../src/proxy/decision/httpDecisionPoint';
import { ManualClock } from '../support/manualClock';

interface Seen {
	readonly method: string | undefined;
	readonly url: string | undefined;
	readonly headers: IncomingMessage['headers'];
	readonly body: string;
	readonly port: number | undefined;
}

type Reply = (response: ServerResponse, seen: Seen) => void;

/** A real service on loopback. */
async function aService(reply: Reply) {
	const seen: Seen[] = [];
	const sockets = new Set<Socket>();
	const waiting: (() => void)[] = [];
	const server: Server = createServer((request, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
		request.on('end', () => {
			const { method, url, headers, socket } = request;
			seen.push({ method, url, headers, body, port: socket.remotePort });
			waiting.splice(0).forEach(go => go());
			reply(response, seen.at(-1)!);
		});
	});
	server.on('connection', socket => sockets.add(socket));
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => {
		sockets.forEach(socket => socket.destroy());
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return {
		seen,
		url: `http://127.0.0.1:${String(port)}`,
		asked: () => new Promise<void>(resolve => (seen.length > 0 ? resolve() : waiting.push(resolve))),
	};
}

function pointAt(url: string, kind: DecisionKind = 'pip', headers: Record<string, string> = {}) {
	const clock = new ManualClock();
	let count = 0;
	const ids = { uuid: () => `u-${String(++count)}` };
	const point = new HttpDecisionPoint({ target: decisionTarget(url, headers), kind, clock, ids });
	onTestFinished(() => {
		point.dispose();
	});
	const ask = (request: JsonObject = { pip_version: 'capiscio.pip.v1' }, signal = new AbortController().signal) =>
		point.ask(request, signal);
	return { clock, ask };
}

const says =
	(value: unknown): Reply =>
	response => {
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify(value));
	};

const ALLOW = { decision: 'ALLOW', decision_id: 'd-1' };

describe('a decision service over HTTP', () => {
	it('is asked by one POST with the headers of the configuration, and its answer is taken', async () => {
		const service = await aService(says(ALLOW));
		const { ask, clock } = pointAt(`${service.url}/decide`, 'pip', { Authorization: 'Bearer s3cret' });
		expect(await ask()).toMatchObject({ kind: 'decided', decision: 'ALLOW', decisionId: 'd-1' });
		expect(service.seen).toMatchObject([
			{ method: 'POST', url: '/decide', body: '{"pip_version":"capiscio.pip.v1"}' },
		]);
		expect(service.seen[0]!.headers).toMatchObject({
			authorization: 'Bearer s3cret',
			'content-type': 'application/json',
		});
		expect(clock.waiting).toBe(0);
	});

	it('keeps its connection over questions', async () => {
		const service = await aService(says(ALLOW));
		const { ask } = pointAt(service.url);
		await ask();
		await ask();
		expect(new Set(service.seen.map(({ port }) => port)).size).toBe(1);
	});

	it('gives no decision after 500 ms, whether it hangs before or within its answer', async () => {
		for (const reply of [
			() => undefined,
			(response: ServerResponse) => {
				response.writeHead(200);
				response.write('{"decision":"ALLOW",');
			},
		]) {
			const service = await aService(reply);
			const { ask, clock } = pointAt(service.url);
			const answer = ask();
			await service.asked();
			clock.advance(DECISION_MS - 1);
			expect(clock.waiting).toBe(1);
			clock.advance(1);
			expect(await answer).toEqual({ kind: 'unavailable', why: 'it did not answer in 500 ms' });
		}
	});

	it('gives no decision when the client leaves, and says nothing of time', async () => {
		const service = await aService(() => undefined);
		const { ask, clock } = pointAt(service.url);
		const leaving = new AbortController();
		const answer = ask({}, leaving.signal);
		await service.asked();
		leaving.abort();
		expect(await answer).toMatchObject({ kind: 'unavailable' });
		expect(clock.waiting).toBe(0);
	});

	it.each([301, 302, 307, 308])('follows no redirect (%i), and asks nobody else', async status => {
		const elsewhere = await aService(says(ALLOW));
		const service = await aService(response => {
			response.writeHead(status, { location: elsewhere.url });
			response.end(JSON.stringify(ALLOW));
		});
		expect(await pointAt(service.url).ask()).toEqual({
			kind: 'unavailable',
			why: `it answered with status ${String(status)}`,
		});
		expect(elsewhere.seen).toEqual([]);
	});

	it.each([400, 401, 404, 500, 503])('takes no decision out of an answer with status %i', async status => {
		const service = await aService(response => {
			response.writeHead(status);
			response.end(JSON.stringify(ALLOW));
		});
		expect((await pointAt(service.url).ask()).kind).toBe('unavailable');
	});

	it.each([
		['64 KiB and a byte', JSON.stringify({ ...ALLOW, x: '' }).replace('"x":""', `"x":"${'y'.repeat(65_536)}"`)],
		['no JSON', '<html>ALLOW</html>'],
		['nothing', ''],
		['another decision', '{"decision":"MAYBE","decision_id":"d"}'],
		['an empty id', '{"decision":"ALLOW","decision_id":""}'],
	])('gives no decision with %s', async (_, body) => {
		const service = await aService(response => response.end(body));
		expect((await pointAt(service.url).ask()).kind).toBe('unavailable');
	});

	it('gives no decision in bytes that are no UTF-8, in an encoding, or cut off', async () => {
		const replies: Reply[] = [
			response => response.end(Buffer.from([0x7b, 0xff, 0x7d])),
			response => response.writeHead(200, { 'content-encoding': 'br' }).end(JSON.stringify(ALLOW)),
			response => {
				response.writeHead(200, { 'content-length': 500 });
				response.write(JSON.stringify(ALLOW), () => response.destroy());
			},
			response => response.destroy(),
		];
		for (const reply of replies) {
			const service = await aService(reply);
			expect((await pointAt(service.url).ask()).kind).toBe('unavailable');
		}
	});

	it('after an answer without end, the next question is answered all the same', async () => {
		const service = await aService((response, { body }) => {
			response.end(body.includes('long') ? 'x'.repeat(200_000) : JSON.stringify(ALLOW));
		});
		const { ask } = pointAt(service.url);
		expect((await ask({ long: true })).kind).toBe('unavailable');
		expect((await ask()).kind).toBe('decided');
	});

	it('that is not there is unavailable; no header is in what it says', async () => {
		const service = await aService(says(ALLOW));
		const { port } = new URL(service.url);
		const { ask } = pointAt(`http://127.0.0.1:${port === '1' ? '2' : '1'}`, 'pip', {
			authorization: 'Bearer s3cret',
		});
		const answer = await ask();
		expect(answer.kind).toBe('unavailable');
		expect(JSON.stringify(answer)).not.toContain('s3cret');
	});
});

describe('OPA’s REST data API', () => {
	it('is asked with the request as `input`, at the path of the rule', async () => {
		const service = await aService(says({ result: { allow: false, reason: 'no' } }));
		const { ask } = pointAt(`${service.url}/v1/data/mcp/authz`, 'opa');
		expect(await ask({ pip_version: 'capiscio.pip.v1' })).toEqual({
			kind: 'decided',
			decision: 'DENY',
			decisionId: 'opa:u-1',
			obligations: [],
			reason: 'no',
		});
		expect(service.seen).toMatchObject([
			{ method: 'POST', url: '/v1/data/mcp/authz', body: '{"input":{"pip_version":"capiscio.pip.v1"}}' },
		]);
	});

	it('an undefined rule is no decision', async () => {
		const service = await aService(says({}));
		expect((await pointAt(service.url, 'opa').ask()).kind).toBe('unavailable');
	});
});

describe('the address of a decision service', () => {
	it.each(['https://pdp.example.com/x', 'http://127.0.0.1:8181/v1/data/a', 'http://localhost:1', 'http://[::1]:2'])(
		'%s will do',
		url => {
			expect(decisionTarget(url).url.href).toContain(url);
		},
	);

	it.each(['http://pdp.example.com', 'ftp://127.0.0.1', 'https://me:pw@pdp.example.com', 'nothing'])(
		'%s will not, and no password is repeated',
		url => {
			expect(() => decisionTarget(url)).toThrow(/^The decision service cannot be used/);
			expect(() => decisionTarget(url)).not.toThrow(/pw/);
		},
	);
});
