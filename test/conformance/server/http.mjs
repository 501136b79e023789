import {
	localhostHostValidation,
	localhostOriginValidation,
	NodeStreamableHTTPServerTransport,
} from '@modelcontextprotocol/node';
import { toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

/** Milliseconds after which a client whose stream was closed comes back (`retry` of the stream). */
const RETRY_MS = 100;

/** Events of one session, so that a stream can be taken up again (2025-11-25 transports#resumability-and-redelivery). */
class Events {
	events = [];

	async storeEvent(stream, message) {
		this.events.push({ stream, message });
		return String(this.events.length - 1);
	}

	async replayEventsAfter(lastEventId, { send }) {
		const last = Number(lastEventId);
		const { stream } = this.events[last] ?? { stream: '' };
		for (const [index, event] of this.events.entries())
			// What primes a stream carries no message.
			if (index > last && event.stream === stream && event.message.jsonrpc !== undefined)
				await send(String(index), event.message);
		return stream;
	}
}

/**
 * Serves both eras at `/mcp` on loopback: sessions for 2025-11-25, none for 2026-07-28.
 *
 * @param {number} port 0 for any
 * @param {(context: object, changed: Function) => object} makeServer
 * @returns {Promise<import('node:http').Server>} once it listens
 */
export function serveHttp(port, makeServer) {
	const sessions = new Map();
	const modern = createMcpHandler(
		context =>
			makeServer(context, (_, list) => {
				if (list === 'tools') modern.notify.toolsChanged();
				else modern.notify.promptsChanged();
			}),
		{ legacy: 'reject' },
	);
	const handleModern = toNodeHandler(modern);
	const hostIsLocal = localhostHostValidation();
	const originIsLocal = localhostOriginValidation();
	const http = createServer((request, response) => {
		if (!hostIsLocal(request, response) || !originIsLocal(request, response)) return;
		serve(request, response).catch(error => {
			console.error(error);
			if (!response.headersSent) response.writeHead(500);
			response.end();
		});
	});

	async function serve(request, response) {
		if (new URL(request.url, 'http://localhost').pathname !== '/mcp') {
			response.writeHead(404).end();
			return;
		}
		const body = request.method === 'POST' ? await readJson(request) : undefined;
		if (!(await isLegacyRequest(await toWebRequest(request, body)))) return handleModern(request, response, body);
		const id = request.headers['mcp-session-id'];
		const transport = id === undefined ? await openSession(body) : sessions.get(id);
		if (transport === undefined) {
			response.writeHead(404).end();
			return;
		}
		await transport.handleRequest(request, response, body);
	}

	async function openSession() {
		const transport = new NodeStreamableHTTPServerTransport({
			sessionIdGenerator: randomUUID,
			eventStore: new Events(),
			retryInterval: RETRY_MS,
			onsessioninitialized: id => sessions.set(id, transport),
			onsessionclosed: id => sessions.delete(id),
		});
		await makeServer({ era: 'legacy' }, tell).connect(transport);
		return transport;
	}

	return new Promise(resolve => http.listen(port, '127.0.0.1', () => resolve(http)));
}

/** Tells the one client of a connection that a list has changed. */
export function tell(server, list) {
	if (list === 'tools') server.sendToolListChanged();
	else server.sendPromptListChanged();
}

async function readJson(request) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	try {
		return JSON.parse(Buffer.concat(chunks).toString('utf8'));
	} catch {
		return undefined;
	}
}
