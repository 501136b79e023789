import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { urlOf } from '../../base/urlOf';
import { MAX_UPSTREAM_HEADER_BYTES, UPSTREAM_HEADERS_MS, UPSTREAM_KEEPALIVE_MS } from '../limits';

/** One HTTP request. */
export interface HttpRequest {
	readonly method: 'GET' | 'POST' | 'DELETE';
	readonly url: URL;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: Uint8Array;
	/** Ends the request, and the response if there is one. */
	readonly signal: AbortSignal;
	/** Milliseconds for the whole head of the response; without, only its trickling is bounded. */
	readonly headMs?: number;
	/** The body has been handed to the system; there is room for more. */
	readonly onSent?: () => void;
}

/**
 * Why there is no response. `unreachable`: the request surely was not taken; `unsendable`: a header cannot be sent; `untrusted`:
 * the certificate is not one for this server, or not to be trusted, and nothing was sent.
 */
export type HttpFailure = 'unreachable' | 'untrusted' | 'broken' | 'too-slow' | 'redirected' | 'aborted' | 'unsendable';

/** The head of a response, or why there is none. */
export type HttpOutcome =
	| { readonly ok: true; readonly status: number; readonly response: IncomingMessage }
	| { readonly ok: false; readonly why: HttpFailure; readonly reused: boolean };

/** Nothing of the request has left when one of these happens. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
/** What Node calls a certificate that it does not take (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const UNTRUSTED = /CERT|^UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)_|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$|_CRL/;
/** Interim responses (1xx) of one request; a server that sends more wants to keep it waiting. */
const MAX_INTERIM = 8;

/** Requests to one origin over connections that stay open. Never through a proxy, never with cookies. */
export class HttpClient implements Disposable {
	private readonly agent: HttpAgent;

	constructor(
		private readonly origin: string,
		private readonly clock: Clock,
	) {
		const options = { keepAlive: true, timeout: UPSTREAM_KEEPALIVE_MS, scheduling: 'lifo' } as const;
		this.agent = origin.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
	}

	/**
	 * Makes a request; 307 and 308 are followed once, within the origin. Never rejects. The response must be read to its end
	 * or destroyed.
	 */
	async send(request: HttpRequest): Promise<HttpOutcome> {
		const first = await this.once(request);
		if (!first.ok || first.status < 300 || first.status > 399) {
			return first;
		}
		first.response.destroy();
		const target = this.redirection(first.status, first.response.headers.location, request.url);
		const second = target === undefined ? first : await this.once({ ...request, url: target });
		if (!second.ok || second.status < 300 || second.status > 399) {
			return second;
		}
		second.response.destroy();
		return { ok: false, why: 'redirected', reused: false };
	}

	dispose(): void {
		this.agent.destroy();
	}

	/** INVARIANT: nothing, credentials least of all, goes to another origin than the one that was named. */
	private redirection(status: number, location: string | undefined, from: URL): URL | undefined {
		if ((status !== 307 && status !== 308) || location === undefined) {
			return undefined;
		}
		const target = urlOf(location, from);
		return target?.origin === this.origin && target.username === '' && target.password === '' ? target : undefined;
	}

	private once(request: HttpRequest): Promise<HttpOutcome> {
		if (request.signal.aborted || request.url.origin !== this.origin) {
			return Promise.resolve({ ok: false, why: 'aborted', reused: false });
		}
		return new Promise(resolve => {
			const { body, signal } = request;
			const open = this.open(request);
			if (open === undefined) {
				resolve({ ok: false, why: 'unsendable', reused: false });
				return;
			}
			const watch = new HeadWatch(open, this.clock, request.headMs);
			const abort = () => open.destroy();
			signal.addEventListener('abort', abort, { once: true });
			open.once('close', () => {
				watch.dispose();
				signal.removeEventListener('abort', abort);
				request.onSent?.();
				// A 101 that nobody asked for closes the request with neither an error nor a response.
				resolve({ ok: false, why: signal.aborted ? 'aborted' : 'broken', reused: false });
			});
			open.once('finish', () => request.onSent?.());
			open.on('error', (error: NodeJS.ErrnoException) => {
				const why = signal.aborted ? 'aborted' : watch.late ? 'too-slow' : failureOf(error);
				resolve({ ok: false, why, reused: open.reusedSocket });
			});
			open.once('response', response => {
				watch.dispose();
				response.on('error', () => {});
				resolve({ ok: true, status: response.statusCode ?? 0, response });
			});
			open.end(body);
		});
	}

	/** Undefined where a header cannot be sent: a token may come from a server, and `node:http` throws at a line end in it. */
	private open({ method, url, headers }: HttpRequest): ClientRequest | undefined {
		const options = { method, headers, agent: this.agent, maxHeaderSize: MAX_UPSTREAM_HEADER_BYTES };
		try {
			return url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
		} catch {
			return undefined;
		}
	}
}

function failureOf(error: NodeJS.ErrnoException): HttpFailure {
	const code = error.code ?? '';
	return NOT_SENT.has(code) ? 'unreachable' : UNTRUSTED.test(code) ? 'untrusted' : 'broken';
}

/** Ends a request whose response head comes too late, or byte by byte (slow header trickle). */
class HeadWatch implements Disposable {
	private readonly timers: Disposable[] = [];
	private done = false;
	late = false;

	constructor(
		private readonly open: ClientRequest,
		private readonly clock: Clock,
		headMs: number | undefined,
	) {
		if (headMs !== undefined) {
			this.limit(headMs);
		}
		let interim = 0;
		open.on('information', () => {
			interim++;
			if (interim > MAX_INTERIM) {
				this.giveUp();
			}
		});
		open.once('socket', socket => {
			// A TLS connection emits `data` for what the server says inside it only.
			const started = () => this.limit(UPSTREAM_HEADERS_MS);
			socket.once('data', started);
			open.once('close', () => socket.off('data', started));
		});
	}

	dispose(): void {
		this.done = true;
		this.timers.splice(0).forEach(timer => timer.dispose());
	}

	private limit(ms: number): void {
		if (!this.done) {
			this.timers.push(this.clock.schedule(ms, () => this.giveUp()));
		}
	}

	private giveUp(): void {
		this.late = true;
		this.open.destroy(new Error('too slow'));
	}
}
