import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Logger } from '../../../src/base/logger';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { OtlpSender, type Post } from '../../../src/proxy/otlp/otlpSender';
import { otlpTarget } from '../../../src/proxy/otlp/otlpTarget';
import { systemClock } from '../../../src/storage/system';
import { ManualClock } from '../support/manualClock';
import { aRecord, chained } from '../support/auditRecords';

const SECRET = 'tok-5f1c9e';

interface Received {
	readonly url: string | undefined;
	readonly headers: IncomingHttpHeaders;
	readonly body: { resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[] };
}

async function collector(
	status = 200,
	headers: Record<string, string> = {},
): Promise<{ url: string; received: Received[] }> {
	const received: Received[] = [];
	const server = createServer((request, response) => {
		let text = '';
		request.on('data', (chunk: Buffer) => (text += chunk.toString()));
		request.on('end', () => {
			received.push({ url: request.url, headers: request.headers, body: JSON.parse(text) as Received['body'] });
			response.writeHead(status, headers).end('{}');
		});
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, received };
}

function logged(): { logger: Logger; lines: string[] } {
	const lines: string[] = [];
	const put = (line: string) => void lines.push(line);
	return { lines, logger: { trace: put, info: put, warn: put, error: put } };
}

function call(over: Parameters<typeof aRecord>[0] = {}): AuditEntry {
	return chained([aRecord(over)])[0]!;
}

const spansIn = ({ body }: Received) => body.resourceSpans[0]!.scopeSpans[0]!.spans;

describe('where spans may go', () => {
	it.each(['http://example.com', 'ftp://localhost', 'nonsense', 'https://a:b@example.com/'])(
		'not to %s',
		endpoint => {
			expect(() => otlpTarget(endpoint, '')).toThrow(/The OpenTelemetry endpoint cannot be used/);
		},
	);

	it.each(['no-equals-sign', `content-type=${SECRET}`, `a b=${SECRET}`, `x=${SECRET}%0a`])(
		'not with headers %s, and no value is repeated',
		headers => {
			expect(() => otlpTarget('https://example.com', headers)).toThrow(
				expect.not.stringContaining(SECRET) as string,
			);
		},
	);

	it('to the place of traces where only an address is given', () => {
		expect(otlpTarget('https://example.com', `Authorization=Bearer%20${SECRET}`)).toMatchObject({
			url: new URL('https://example.com/v1/traces'),
			headers: { authorization: `Bearer ${SECRET}` },
		});
		expect(otlpTarget('http://localhost:4318/otlp', '').url.href).toBe('http://localhost:4318/otlp');
	});
});

describe('sending spans to a real server', () => {
	it('sends one batch of JSON with the headers, calls once and without their verdict entries', async () => {
		const { url, received } = await collector();
		const { logger, lines } = logged();
		const sender = new OtlpSender({ target: otlpTarget(url, `x-key=${SECRET}`), clock: systemClock, logger });
		sender.add(call({ kind: 'verdict', outcome: 'pending', callId: 'x' }));
		sender.add(call());
		sender.add(call({ tool: 'other' }));
		await sender.close();
		expect(received).toHaveLength(1);
		const [request] = received;
		expect(request).toMatchObject({
			url: '/v1/traces',
			headers: { 'content-type': 'application/json', 'x-key': SECRET },
		});
		expect(spansIn(request!).map(({ name }) => name)).toEqual(['tools/call read_file', 'tools/call other']);
		expect([sender.dropped, lines]).toEqual([0, []]);
	});

	it.each<[number, Record<string, string>]>([
		[503, {}],
		[307, { location: 'https://example.com/elsewhere' }],
	])('drops what a status %i is the answer to, says so once, and repeats no header', async (status, headers) => {
		const { url, received } = await collector(status, headers);
		const { logger, lines } = logged();
		const sender = new OtlpSender({ target: otlpTarget(url, `x-key=${SECRET}`), clock: systemClock, logger });
		sender.add(call());
		await sender.close();
		expect(received).toHaveLength(1);
		expect(sender.dropped).toBe(1);
		expect(lines).toHaveLength(1);
		expect(lines[0]).toContain(`status ${String(status)}`);
		expect(lines[0]).not.toContain(SECRET);
	});

	it('drops where nobody listens', async () => {
		const { logger, lines } = logged();
		const sender = new OtlpSender({ target: otlpTarget('http://127.0.0.1:9', ''), clock: systemClock, logger });
		sender.add(call());
		await sender.close();
		expect([sender.dropped, lines.length]).toEqual([1, 1]);
	});
});

describe('batches', () => {
	const target = otlpTarget('http://localhost', '');

	it('a collector that is away for a while gets the same spans later, tried at longer and longer intervals', async () => {
		const clock = new ManualClock();
		const sizes: number[] = [];
		const told: string[] = [];
		const answers: (number | Error)[] = [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 503, 200];
		const post: Post = (_target, body) => {
			sizes.push(spansIn({ url: '', headers: {}, body: JSON.parse(body) as Received['body'] }).length);
			const answer = answers.shift() ?? 200;
			return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
		};
		const target = otlpTarget('http://127.0.0.1:4318', '');
		const onTrouble = (why: string, host: string) => void told.push(`${host} ${why}`);
		const sender = new OtlpSender({ target, clock, logger: logged().logger, post, onTrouble });
		onTestFinished(() => sender.dispose());
		const settled = () => new Promise(resolve => setImmediate(resolve));
		sender.add(call());
		for (const waitMs of [5_000, 10_000, 20_000]) {
			clock.advance(waitMs - 1);
			await settled();
			clock.advance(1);
			await settled();
		}
		expect(sizes).toHaveLength(3);
		expect(new Set(sizes).size).toBe(1);
		expect(sender.dropped).toBe(0);
		expect(told).toEqual(['127.0.0.1:4318 ECONNREFUSED']);
		sender.add(call());
		clock.advance(5_000);
		await settled();
		expect(sizes).toHaveLength(4);
	});

	it('a batch goes at 512 spans or after five seconds, whichever comes first', async () => {
		const sizes: number[] = [];
		const post: Post = async (_, body) => {
			sizes.push((body.match(/"spanId"/g) ?? []).length);
			return Promise.resolve(200);
		};
		const clock = new ManualClock();
		const sender = new OtlpSender({ target, clock, logger: logged().logger, post });
		for (let n = 0; n < 513; n++) {
			sender.add(call());
		}
		await Promise.resolve();
		expect(sizes).toEqual([512]);
		await new Promise(resolve => setImmediate(resolve));
		clock.advance(4_999);
		expect(sizes).toEqual([512]);
		clock.advance(1);
		expect(sizes).toEqual([512, 1]);
		sender.dispose();
	});

	it('a collector that never answers costs no call anything, and no more memory than 4,096 spans', async () => {
		const clock = new ManualClock();
		const { logger, lines } = logged();
		const post: Post = (_target, _body, signal) =>
			new Promise((_resolve, reject) => {
				signal.addEventListener('abort', () => {
					reject(new Error('aborted'));
				});
			});
		const sender = new OtlpSender({ target, clock, logger, post });
		const entry = call();
		for (let n = 0; n < 5_000; n++) {
			sender.add(entry);
		}
		expect(sender.dropped).toBe(5_000 - 512 - 4_096);
		expect(lines).toHaveLength(1);
		clock.advance(10_000);
		await new Promise(resolve => setImmediate(resolve));
		expect(sender.dropped).toBe(5_000 - 4_096);
		sender.dispose();
	});
});
