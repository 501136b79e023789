import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { KEEPALIVE_MS, STALLED_CLIENT_MS } from '../limits';

const EVENT = Buffer.from('event: message\ndata: ');
const END = Buffer.from('\n\n');

/** One `text/event-stream` response (MCP 2025-11-25 transports#streamable-http; WHATWG HTML §9.2). */
export class SseStream {
	private keepalive: Disposable | undefined;

	/** Sends the head and the first keep-alive at once. */
	constructor(
		private readonly response: ServerResponse,
		private readonly clock: Clock,
		headers: Readonly<Record<string, string>>,
	) {
		response.writeHead(200, {
			'Content-Type': 'text/event-stream',
			'Cache-Control': 'no-cache, no-transform',
			'X-Accel-Buffering': 'no',
			...headers,
		});
		response.write(': open\n\n');
		response.once('close', () => this.keepalive?.dispose());
		this.schedule();
	}

	/**
	 * Sends one message, which holds no line ends, and resolves when there is room for the next; false when it is
	 * closed.
	 */
	async send(message: Uint8Array): Promise<boolean> {
		if (!isOpen(this.response)) {
			return false;
		}
		this.response.cork();
		this.response.write(EVENT);
		this.response.write(message);
		const room = this.response.write(END);
		this.response.uncork();
		if (!room) {
			await drained(this.response, this.clock);
		}
		return true;
	}

	end(): void {
		this.keepalive?.dispose();
		this.response.end();
	}

	private schedule(): void {
		this.keepalive = this.clock.schedule(KEEPALIVE_MS, () => {
			this.response.write(': keepalive\n\n');
			this.schedule();
		});
	}
}

/** True while the client can still receive on a response. */
export function isOpen(response: ServerResponse): boolean {
	return !response.destroyed && !response.writableEnded;
}

/** Resolves when a response has room again or its connection is gone; a client that does not read is cut off. */
export async function drained(response: ServerResponse, clock: Clock): Promise<void> {
	const settled = new AbortController();
	const timer = clock.schedule(STALLED_CLIENT_MS, () => response.destroy());
	try {
		await Promise.race([
			once(response, 'drain', { signal: settled.signal }),
			once(response, 'close', { signal: settled.signal }),
		]);
	} catch {
		// The connection broke, which is the same as closed.
	} finally {
		timer.dispose();
		settled.abort();
	}
}
