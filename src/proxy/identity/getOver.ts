import { ClientRequest, type IncomingMessage } from 'node:http';
import { type TLSSocket } from 'node:tls';
import { type IdentityAnswer } from '../../domain/identity/identityFetch';

/** What is asked for over a connection that stands. */
export interface FetchTarget {
	/** `Host` header. */
	readonly host: string;
	readonly path: string;
	readonly maxBytes: number;
	/** Ends it; what it resolves to then is of no interest. */
	readonly signal: AbortSignal;
}

const MAX_HEADER_BYTES = 16 * 1024;
/** JSON by its media type (RFC 8259 §11, RFC 6839 §3.1). */
const JSON_TYPE = /^application\/(?:[\w.+-]{1,60}\+)?json[ \t]*(?:;|$)/i;

/**
 * One GET over one connection, which is closed afterwards. The request is made by hand over the socket: `request` of node:https is
 * replaced in the editor's host by one that asks the editor's proxy settings. A redirect is `blocked`, and so is a success that is
 * not plain JSON. Never rejects.
 */
export function getOver(socket: TLSSocket, { host, path, maxBytes, signal }: FetchTarget): Promise<IdentityAnswer> {
	return new Promise(resolve => {
		const end = (answer: IdentityAnswer) => {
			resolve(answer);
			socket.destroy();
		};
		const broken = () => end({ ok: false, why: 'unreachable' });
		const headers = { host, accept: 'application/json', 'accept-encoding': 'identity', connection: 'close' };
		const request = new ClientRequest({
			...{ method: 'GET', path, headers, setHost: false, signal, maxHeaderSize: MAX_HEADER_BYTES },
			createConnection: () => socket,
		});
		request.on('error', broken);
		request.on('upgrade', broken);
		request.on('response', response => {
			const refused = refusedHead(response, maxBytes);
			if (refused !== undefined) {
				end({ ok: false, why: refused });
				return;
			}
			const chunks: Buffer[] = [];
			let bytes = 0;
			response.on('data', (chunk: Buffer) => {
				bytes += chunk.length;
				if (bytes > maxBytes) {
					end({ ok: false, why: 'too-large' });
				} else {
					chunks.push(chunk);
				}
			});
			response.on('error', broken);
			response.on('close', broken);
			response.on('end', () => end(response.complete ? answerOf(response, Buffer.concat(chunks)) : UNREACHABLE));
		});
		request.end();
	});
}

const UNREACHABLE: IdentityAnswer = { ok: false, why: 'unreachable' };

function refusedHead(
	{ statusCode = 0, headers }: IncomingMessage,
	maxBytes: number,
): 'blocked' | 'too-large' | undefined {
	const coded = !['', 'identity'].includes(headers['content-encoding']?.toLowerCase() ?? '');
	const success = statusCode >= 200 && statusCode < 300;
	if (
		(statusCode >= 300 && statusCode < 400) ||
		(success && (coded || !JSON_TYPE.test(headers['content-type'] ?? '')))
	) {
		return 'blocked';
	}
	return Number(headers['content-length'] ?? 0) > maxBytes ? 'too-large' : undefined;
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer): IdentityAnswer {
	try {
		const body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return { ok: true, status: statusCode, contentType: headers['content-type'] ?? '', body };
	} catch {
		return UNREACHABLE;
	}
}
