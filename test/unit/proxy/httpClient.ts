import { request, type IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { type GuardedAddress } from '../../../src/proxy/face/endpoint';

/** One raw HTTP exchange over the endpoint's socket. */
export interface Exchange {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

/** Socket path and request path of a guarded address on a Unix socket. */
export function parts(address: GuardedAddress): { socketPath: string; path: string } {
	const [socket, path] = address.uri.split('#');
	return { socketPath: decodeURI(socket!.replace('unix://', '')), path: path! };
}

/** Sends a request and reads the whole response. */
export function exchange(
	address: GuardedAddress,
	options: {
		method?: string;
		headers?: Record<string, string | undefined>;
		body?: string | Buffer;
		path?: string;
	} = {},
): Promise<Exchange> {
	const { socketPath, path } = parts(address);
	const all: Record<string, string | undefined> = {
		...address.headers,
		'content-type': 'application/json',
		accept: 'application/json, text/event-stream',
		...options.headers,
	};
	const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
		string,
		string
	>;
	return new Promise((resolve, reject) => {
		const sent = request(
			{ socketPath, path: options.path ?? path, method: options.method ?? 'POST', headers, agent: false },
			response => {
				let body = '';
				response.setEncoding('utf8');
				response.on('data', (chunk: string) => (body += chunk));
				response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
				response.on('error', reject);
			},
		);
		sent.on('error', reject);
		sent.end(options.body);
	});
}

/** Opens a stream and hands over each message; resolves when the head has come. */
export function openStream(
	address: GuardedAddress,
	options: { method: string; headers: Record<string, string>; body?: string },
	onMessage: (message: Record<string, unknown>) => void,
): Promise<{ status: number; type: string; close: () => void; ended: Promise<void> }> {
	const { socketPath, path } = parts(address);
	const headers = {
		...address.headers,
		'content-type': 'application/json',
		accept: 'text/event-stream',
		...options.headers,
	};
	return new Promise((resolve, reject) => {
		const sent = request({ socketPath, path, method: options.method, headers, agent: false }, response => {
			let rest = '';
			response.setEncoding('utf8');
			response.on('data', (chunk: string) => {
				const events = (rest + chunk).split('\n\n');
				rest = events.pop()!;
				for (const event of events) {
					const data = event.split('\n').find(line => line.startsWith('data: '));
					if (data !== undefined) {
						onMessage(JSON.parse(data.slice(6)) as Record<string, unknown>);
					}
				}
			});
			const ended = new Promise<void>(done => response.once('close', done));
			response.on('error', () => {});
			resolve({
				status: response.statusCode!,
				type: String(response.headers['content-type']),
				close: () => sent.destroy(),
				ended,
			});
		});
		sent.on('error', reject);
		sent.end(options.body);
	});
}

/** A `fetch` over the socket, for the SDK's client: what VS Code does with `unix:` addresses. */
export function socketFetch(address: GuardedAddress): typeof fetch {
	const { socketPath } = parts(address);
	return (input, init) =>
		new Promise((resolve, reject) => {
			const url = new URL(input instanceof Request ? input.url : input);
			const headers = Object.fromEntries(new Headers(init?.headers).entries());
			const sent = request(
				{ socketPath, path: url.pathname, method: init?.method ?? 'GET', headers },
				response => {
					const empty = response.statusCode === 202 || response.statusCode === 204;
					const body = empty ? null : (Readable.toWeb(response) as unknown as ReadableStream);
					response.on('error', () => {});
					const status = response.statusCode!;
					resolve(new Response(body, { status, headers: response.headers as Record<string, string> }));
				},
			);
			const abort = () => sent.destroy(new Error('aborted'));
			init?.signal?.addEventListener('abort', abort);
			sent.once('close', () => init?.signal?.removeEventListener('abort', abort));
			sent.on('error', reject);
			sent.end(init?.body as string | undefined);
		});
}
