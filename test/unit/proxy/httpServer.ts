import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type JsonObject } from '../../../src/base/json';

/** One request as a scripted server got it. */
export interface Got {
	readonly method: string;
	readonly url: string;
	readonly headers: IncomingMessage['headers'];
	readonly text: string;
	/** The JSON-RPC message of a POST; empty for everything else. */
	readonly message: JsonObject;
	readonly response: ServerResponse;
	readonly request: IncomingMessage;
}

/** Answers one request; undefined when it leaves that to the defaults. */
export type Script = (got: Got) => boolean | undefined;

/**
 * An MCP server over Streamable HTTP on loopback whose every move a test writes. What the script leaves alone is answered as a
 * well-behaved server would: `initialize`, notifications, 405 for the GET, 200 for the DELETE, an echo of anything else.
 */
export class ScriptedServer {
	readonly got: Got[] = [];
	private waiting: { match: (got: Got) => boolean; resolve: (got: Got) => void }[] = [];

	private constructor(private readonly http: Server) {}

	static async start(script: Script, session: string | null = 'session-1'): Promise<ScriptedServer> {
		const http = createServer();
		const server = new ScriptedServer(http);
		http.on('request', (request: IncomingMessage, response: ServerResponse) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const text = Buffer.concat(chunks).toString('utf8');
				const message = text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {};
				const { method = '', url = '', headers } = request;
				const got = { method, url, headers, text, message, response, request };
				server.take(got);
				if (script(got) !== true) {
					behave(got, session);
				}
			});
		});
		await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
		return server;
	}

	get origin(): string {
		return `http://127.0.0.1:${String((this.http.address() as AddressInfo).port)}`;
	}

	get url(): string {
		return `${this.origin}/mcp`;
	}

	/** The first request that matches, as soon as it is there. */
	next(match: (got: Got) => boolean): Promise<Got> {
		const found = this.got.find(match);
		return found === undefined
			? new Promise(resolve => this.waiting.push({ match, resolve }))
			: Promise.resolve(found);
	}

	posts(method: string): Got[] {
		return this.got.filter(got => got.message.method === method);
	}

	async close(): Promise<void> {
		const closed = new Promise(resolve => this.http.close(resolve));
		this.http.closeAllConnections();
		await closed;
	}

	private take(got: Got): void {
		this.got.push(got);
		const ready = this.waiting.filter(one => one.match(got));
		this.waiting = this.waiting.filter(one => !ready.includes(one));
		ready.forEach(one => one.resolve(got));
	}
}

/** Answers with JSON. */
export function json(
	response: ServerResponse,
	value: unknown,
	status = 200,
	headers: Record<string, string> = {},
): true {
	response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
	return true;
}

/** Opens an event stream. */
export function events(response: ServerResponse, text = ''): true {
	response.writeHead(200, { 'Content-Type': 'text/event-stream' });
	response.write(text === '' ? ': open\n\n' : text);
	return true;
}

/** One event. */
export function event(value: unknown, id?: string): string {
	return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`;
}

/** The result of a request, with a text in it. */
export function result(id: unknown, text = 'ok') {
	return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } };
}

function behave({ method, message, response }: Got, session: string | null): void {
	if (method === 'GET') {
		response.writeHead(405).end();
	} else if (method === 'DELETE') {
		response.writeHead(200).end();
	} else if (message.method === 'initialize') {
		const capabilities = { tools: {} };
		const serverInfo = { name: 'scripted', version: '1' };
		json(
			response,
			{ jsonrpc: '2.0', id: message.id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo } },
			200,
			session === null ? {} : { 'Mcp-Session-Id': session },
		);
	} else if (message.id === undefined || message.method === undefined) {
		response.writeHead(202).end();
	} else {
		json(response, result(message.id));
	}
}
