import { type ServerResponse } from 'node:http';
import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { type JsonObject } from '../../base/json';
import { type Reply } from '../relay/openRequest';
import { STREAM_AFTER_MS } from '../limits';
import { drained, isOpen, SseStream } from './sseStream';

/**
 * The response to one POST: plain JSON when the answer is quick and comes alone, otherwise a stream that carries what
 * belongs to the request and ends with the answer (2025-11-25 transports#sending-messages-to-the-server).
 */
export class PostReply implements Reply {
	private stream: SseStream | undefined;
	private readonly timer: Disposable;

	constructor(
		private readonly response: ServerResponse,
		private readonly clock: Clock,
		private readonly headers: Readonly<Record<string, string>>,
		private readonly takesStream: boolean,
		/** The status of an answer, where it is not sent as a stream. */
		private readonly statusOf: (value: JsonObject | undefined) => number = () => 200,
	) {
		this.timer = clock.schedule(STREAM_AFTER_MS, () => this.openStream());
		response.once('close', () => this.timer.dispose());
	}

	/**
	 * The client left: the request goes on and its answer is dropped (2025-11-25: a disconnect is not a
	 * cancellation).
	 */
	async answer(bytes: Uint8Array, value?: JsonObject): Promise<void> {
		this.timer.dispose();
		if (!isOpen(this.response)) {
			return;
		}
		if (this.stream !== undefined) {
			await this.stream.send(bytes);
			this.stream.end();
			return;
		}
		const headers = { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...this.headers };
		this.response.writeHead(this.statusOf(value), headers);
		const room = this.response.write(bytes);
		this.response.end();
		if (!room) {
			await drained(this.response, this.clock);
		}
	}

	none(): void {
		this.timer.dispose();
		if (isOpen(this.response)) {
			if (this.stream === undefined) {
				this.response.writeHead(202, this.headers);
			}
			this.response.end();
		}
	}

	async related(bytes: Uint8Array): Promise<boolean> {
		this.openStream();
		return this.stream?.send(bytes) ?? false;
	}

	private openStream(): void {
		this.timer.dispose();
		if (this.stream === undefined && this.takesStream && isOpen(this.response)) {
			this.stream = new SseStream(this.response, this.clock, this.headers);
		}
	}
}
