import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Clock } from '../../base/clock';
import { errorText } from '../../base/errors';
import { type Logger } from '../../base/logger';
import { errorResponse, RPC_INTERNAL_ERROR, RPC_INVALID_REQUEST } from '../../firewall/message';
import { LEGACY_REVISIONS, MODERN_REVISIONS } from '../../firewall/modern';
import { type Entrance, knock } from './closedDoor';
import { encodeMessage } from '../relay/encode';
import { type HttpSession } from './httpSession';
import { PostReply } from './postReply';
import { readBody } from './readBody';
import { isModernPost } from './modernHeaders';
import { ModernFace } from './modernFace';
import { readMessage, type ReadableMessage } from '../relay/readMessage';
import { respond } from './respond';
import { type StatelessSession } from './statelessSession';
import { type PoolPlace, StatelessPool, type StatelessSessions } from './statelessPool';

/** The sessions behind the face. */
export interface HttpSessions extends StatelessSessions {
	/** The secret of a server that is served, for who comes by this entrance; undefined while nobody was given one. */
	tokenOf(serverId: string, entrance: Entrance): string | undefined;
	find(sessionId: string): HttpSession | undefined;
	/** Starts a session. Rejects with `upstream-failed` when the server cannot be started. */
	create(serverId: string, entrance: Entrance): Promise<HttpSession>;
	end(session: HttpSession | StatelessSession): Promise<void>;
}

/**
 * Streamable HTTP over `node:http`, for clients on this machine: with sessions (MCP 2025-11-25 transports#streamable-http),
 * and, by what a POST says of itself, without ({@link ModernFace}).
 */
export class HttpFace {
	private readonly modern: ModernFace;

	constructor(
		private readonly sessions: HttpSessions,
		private readonly clock: Clock,
		private readonly logger: Logger,
		private readonly wrongToken: 401 | 404,
	) {
		this.modern = new ModernFace(new StatelessPool(sessions), clock, logger);
	}

	/** Handles one request. Never rejects. */
	async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		response.on('error', () => {});
		try {
			await this.route(request, response);
		} catch (error) {
			this.logger.error(`A request could not be handled: ${errorText(error)}`);
			respond(response, 500);
		}
	}

	private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const visitor = knock(request, (id, entrance) => this.sessions.tokenOf(id, entrance));
		if (!visitor.ok) {
			this.logger.warn(`Closed the door on a request with ${visitor.why}.`);
			respond(response, visitor.kind === 'browser' ? 403 : this.wrongToken);
			return;
		}
		if (request.method === 'POST') {
			return this.post(request, response, visitor);
		}
		const revision = request.headers['mcp-protocol-version'];
		if (typeof revision === 'string' && MODERN_REVISIONS.includes(revision)) {
			response.setHeader('Allow', 'POST');
			respond(response, 405);
			return;
		}
		if (!hasKnownRevision(request)) {
			respond(response, 400, UNSUPPORTED);
			return;
		}
		switch (request.method ?? '') {
			case 'GET': {
				const session = this.sessionOf(request, response, visitor);
				if (session?.openStream(response) === false) {
					respond(response, 409);
				}
				return;
			}
			case 'DELETE': {
				const session = this.sessionOf(request, response, visitor);
				if (session !== undefined) {
					await this.sessions.end(session);
					response.writeHead(204).end();
				}
				return;
			}
			default:
				response.setHeader('Allow', 'GET, POST, DELETE');
				respond(response, 405);
		}
	}

	private async post(request: IncomingMessage, response: ServerResponse, at: PoolPlace): Promise<void> {
		if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
			respond(response, 415);
			return;
		}
		const body = await readBody(request, this.clock);
		if (!body.ok) {
			respond(response, body.status);
			return;
		}
		const read = readMessage(body.bytes, 'strict');
		if (isModernPost(request.headers, read)) {
			return this.modern.post(request, response, read, at);
		}
		if (!hasKnownRevision(request)) {
			respond(response, 400, UNSUPPORTED);
			return;
		}
		if (read.ok && read.shape.kind === 'request' && read.shape.method === 'initialize' && !hasSession(request)) {
			await this.initialize(read, request, response, at);
			return;
		}
		const session = this.sessionOf(request, response, at, read.ok && read.shape.kind !== 'request');
		if (session === undefined) {
			return;
		}
		const reply = this.replyTo(request, response, session, read.ok ? 200 : 400);
		if (read.ok && read.shape.kind !== 'request') {
			response.writeHead(202, { 'Mcp-Session-Id': session.id }).end();
		}
		await session.post(read, reply);
	}

	/**
	 * A server that cannot be started is told in the answer: a 4xx to the first POST would make VS Code try another
	 * transport.
	 */
	private async initialize(
		read: ReadableMessage,
		request: IncomingMessage,
		response: ServerResponse,
		at: PoolPlace,
	): Promise<void> {
		let session: HttpSession;
		try {
			session = await this.sessions.create(at.serverId, at.entrance);
		} catch (error) {
			const id = read.shape.kind === 'request' ? read.shape.id : null;
			const value = errorResponse(id, RPC_INTERNAL_ERROR, errorText(error));
			await new PostReply(response, this.clock, {}, false).answer(encodeMessage(value));
			return;
		}
		await session.post(read, this.replyTo(request, response, session, 200));
	}

	private replyTo(
		request: IncomingMessage,
		response: ServerResponse,
		session: HttpSession,
		status: number,
	): PostReply {
		const takesStream = /text\/event-stream|\*\/\*/.test(request.headers.accept ?? '');
		return new PostReply(response, this.clock, { 'Mcp-Session-Id': session.id }, takesStream, () => status);
	}

	/**
	 * The session named by a request, or the refusal that 2025-11-25 transports#session-management asks for. One that is
	 * retired is known only to what belongs to its requests in flight (`belongs`): the client begins anew.
	 */
	private sessionOf(
		request: IncomingMessage,
		response: ServerResponse,
		at: PoolPlace,
		belongs = false,
	): HttpSession | undefined {
		const id = request.headers['mcp-session-id'];
		const session = typeof id === 'string' ? this.sessions.find(id) : undefined;
		const gone = session?.retired === true && !(belongs && session.working);
		// INVARIANT: a session answers only to the token that it was begun with.
		const isOwn = session?.serverId === at.serverId && session.entrance === at.entrance;
		if (session === undefined || !isOwn || gone) {
			respond(response, hasSession(request) ? 404 : 400);
			return undefined;
		}
		return session;
	}
}

const UNSUPPORTED = errorResponse(null, RPC_INVALID_REQUEST, 'unsupported MCP-Protocol-Version');

/** VS Code sends no header, which is admitted. */
function hasKnownRevision({ headers }: IncomingMessage): boolean {
	const revision = headers['mcp-protocol-version'];
	return revision === undefined || LEGACY_REVISIONS.includes(String(revision));
}

function hasSession(request: IncomingMessage): boolean {
	return request.headers['mcp-session-id'] !== undefined;
}
