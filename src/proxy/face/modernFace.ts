import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Clock } from '../../base/clock';
import { errorText } from '../../base/errors';
import { isJsonObject, type JsonObject } from '../../base/json';
import { type Logger } from '../../base/logger';
import { errorResponse, RPC_INTERNAL_ERROR, RPC_INVALID_REQUEST, RPC_METHOD_NOT_FOUND } from '../../firewall/message';
import { encodeMessage } from '../relay/encode';
import { modernProblem } from './modernHeaders';
import { PostReply } from './postReply';
import { type ReadableMessage, type ReadMessage } from '../relay/readMessage';
import { respond } from './respond';
import { type PoolPlace, type StatelessPool } from './statelessPool';

/** MCP 2026-07-28 basic/index#error-codes: header mismatch, missing capability, unsupported revision. */
const MODERN_ERRORS: readonly unknown[] = [-32020, -32021, -32022];

/**
 * A POST of a revision without sessions (MCP 2026-07-28 basic/transports/streamable-http). Each request is answered by its own
 * response, as JSON or as a stream with what belongs to it; closing that response cancels the request.
 */
export class ModernFace {
	constructor(
		private readonly pool: StatelessPool,
		private readonly clock: Clock,
		private readonly logger: Logger,
	) {}

	/** Answers one POST. `Mcp-Session-Id` means nothing here and is ignored, as the revision asks. */
	async post(request: IncomingMessage, response: ServerResponse, read: ReadMessage, at: PoolPlace): Promise<void> {
		const problem = modernProblem(request.headers, read, tool => this.pool.schemaOf(at, tool));
		if (problem !== undefined || !read.ok) {
			this.logger.warn('Refused a request whose headers or body break the rules of its revision.');
			const id = read.ok && read.shape.kind === 'request' ? read.shape.id : undefined;
			this.pool.note(at, 'headers or body that break the rules of the revision', id);
			respond(response, 400, problem);
			return;
		}
		if (read.shape.kind === 'notification' && read.shape.method === 'notifications/cancelled') {
			// INVARIANT: nobody stops the request of another. Whose request a bare id means cannot be told; its owner closes
			// its response instead.
			response.writeHead(202).end();
			return;
		}
		const session = this.pool.place(at, read);
		if (session === undefined) {
			const id = read.shape.kind === 'request' ? read.shape.id : null;
			respond(response, 400, errorResponse(id, RPC_INVALID_REQUEST, 'request id is already in use'));
			return;
		}
		const left = new AbortController();
		response.once('close', () => response.writableFinished || left.abort());
		const reply = this.replyTo(request, response, read);
		if (read.shape.kind !== 'request') {
			response.writeHead(202).end();
		}
		try {
			await session.post(read, reply, left.signal);
		} catch (error) {
			const id = read.shape.kind === 'request' ? read.shape.id : null;
			const value = errorResponse(id, RPC_INTERNAL_ERROR, errorText(error));
			await reply.answer(encodeMessage(value), value);
		}
	}

	private replyTo(request: IncomingMessage, response: ServerResponse, { shape }: ReadableMessage): PostReply {
		const takesStream = /text\/event-stream|\*\/\*/.test(request.headers.accept ?? '');
		const probe = shape.kind === 'request' && shape.method === 'server/discover';
		return new PostReply(response, this.clock, {}, takesStream, value => statusOf(value, probe));
	}
}

/**
 * The status of an answer (streamable-http#protocol-version-header; basic/index#error-codes). Other errors are the payload of
 * a 200. A server that cannot answer `server/discover` is of the time before: 400 without an error of this revision makes a
 * client of both eras fall back to `initialize` (#backward-compatibility). Never 401 or 403.
 */
function statusOf(value: JsonObject | undefined, probe: boolean): number {
	const code = isJsonObject(value?.error) ? value.error.code : undefined;
	if (code === undefined) {
		return 200;
	}
	if (probe || MODERN_ERRORS.includes(code)) {
		return 400;
	}
	return code === RPC_METHOD_NOT_FOUND ? 404 : 200;
}
