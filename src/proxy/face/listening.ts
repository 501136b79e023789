import { createServer, type RequestListener, type Server } from 'node:http';
import { type Clock, type IdSource } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { errorText } from '../../base/errors';
import { Emitter, type Event } from '../../base/event';
import { type Logger } from '../../base/logger';
import { HEADERS_TIMEOUT_MS, MAX_CONNECTIONS, MAX_HEADER_BYTES, MAX_HEADERS, SOCKET_CHECK_MS } from '../limits';
import { bind, bindAgain, bindAt, type FixedPlace, type SocketAddress, socketSign, unbind } from './socketAddress';

/** What a listening place needs. */
export interface ListeningOptions {
	/** Where the socket's own folder is made (a short absolute path), or the very place to listen at. */
	readonly at: { readonly directory: string } | FixedPlace;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
}

/**
 * The place where the endpoint listens. A socket that somebody removes (a sweep of temporary files, a `rm -r`) is made again
 * at the same path, else at another; connections that are open stay so.
 */
export class Listening {
	private readonly moved = new Emitter<void>();
	private readonly former = new Set<Server>();
	private sign: string | undefined;
	private timer: Disposable | undefined;
	private closed = false;

	/** Fires after the address became another one. */
	readonly onDidMove: Event<void> = this.moved.event;

	private constructor(
		private readonly options: ListeningOptions,
		private readonly handle: RequestListener,
		private http: Server,
		private current: SocketAddress,
	) {}

	/** Listens. Throws `endpoint-unavailable` when there is no way to. */
	static async open(options: ListeningOptions, handle: RequestListener): Promise<Listening> {
		const { at, ids, logger } = options;
		const http = newServer(handle, logger);
		const address =
			'directory' in at ? await bind(http, at.directory, ids, logger) : await bindAt(http, at, logger);
		const listening = new Listening(options, handle, http, address);
		await listening.watch();
		return listening;
	}

	/** Where it listens now. */
	get address(): SocketAddress {
		return this.current;
	}

	/** Takes no new connections; those that are open stay until `release`. */
	stop(): void {
		this.closed = true;
		this.timer?.dispose();
		this.http.close();
	}

	/** Ends all connections and removes the socket. Never rejects. */
	async release(): Promise<void> {
		this.moved.dispose();
		for (const http of [this.http, ...this.former]) {
			http.closeAllConnections();
		}
		try {
			await unbind(this.current);
		} catch (error) {
			this.options.logger.warn(`The socket could not be removed: ${errorText(error)}`);
		}
	}

	/** Only what lies in the file system can be removed by others. */
	private async watch(): Promise<void> {
		if (this.current.kind === 'unix') {
			this.sign = await socketSign(this.current.path);
			this.lookLater();
		}
	}

	private lookLater(): void {
		if (!this.closed) {
			this.timer = this.options.clock.schedule(SOCKET_CHECK_MS, () => void this.look());
		}
	}

	private async look(): Promise<void> {
		const { current } = this;
		if (current.kind !== 'unix') {
			return;
		}
		const sign = await socketSign(current.path);
		// At a place that somebody chose, what lies there now may be somebody else's: it stays.
		const gone = current.folder === undefined ? sign === undefined : sign !== this.sign;
		if (gone && !this.closed) {
			await this.bindAgain(current);
		}
		this.lookLater();
	}

	private async bindAgain(before: SocketAddress & { readonly kind: 'unix' }): Promise<void> {
		const { at, ids, logger } = this.options;
		logger.warn(`The socket ${before.path} is gone; it is made again.`);
		const old = this.http;
		this.former.add(old);
		old.once('close', () => this.former.delete(old));
		old.close();
		const http = newServer(this.handle, logger);
		try {
			if (!(await bindAgain(http, before, logger))) {
				if (!('directory' in at)) {
					return;
				}
				this.current = await bind(http, at.directory, ids, logger);
			}
			this.http = http;
			this.sign = this.current.kind === 'unix' ? await socketSign(this.current.path) : undefined;
		} catch (error) {
			logger.error(`The endpoint cannot be reached: ${errorText(error)}`);
			return;
		}
		if (this.closed) {
			http.close();
		} else if (this.current !== before) {
			this.moved.fire();
		}
	}
}

function newServer(handle: RequestListener, logger: Logger): Server {
	const http = createServer(
		{
			headersTimeout: HEADERS_TIMEOUT_MS,
			requestTimeout: 0,
			maxHeaderSize: MAX_HEADER_BYTES,
			connectionsCheckingInterval: HEADERS_TIMEOUT_MS / 2,
			keepAliveTimeout: HEADERS_TIMEOUT_MS * 6,
			noDelay: true,
		},
		handle,
	);
	http.maxHeadersCount = MAX_HEADERS;
	http.maxConnections = MAX_CONNECTIONS;
	http.on('error', error => logger.error(`The endpoint failed: ${error.message}`));
	return http;
}
