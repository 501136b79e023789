import { type ServerResponse } from 'node:http';
import { type Clock } from '../../base/clock';
import { type Entrance } from './closedDoor';
import { type Reply } from '../relay/openRequest';
import { MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES } from '../limits';
import { type ReadMessage } from '../relay/readMessage';
import { type ClientPort } from '../relay/clientPort';
import { type Relay } from '../relay/relay';
import { SseStream } from './sseStream';
import { type StopGraces } from '../upstream/upstream';

/** One session of the HTTP face: a relay, and the stream on which the server speaks first. */
export class HttpSession implements ClientPort {
	private stream: SseStream | undefined;
	private queue: Uint8Array[] = [];
	private queuedBytes = 0;
	private openPosts = 0;
	private relay: Relay | undefined;
	private ended = false;
	private onDrained: (() => void) | undefined;
	/** Revision of the review that it began under; set when it is started. */
	revision: number | undefined;
	/** Monotonic milliseconds of the last sign of life. */
	lastUsed: number;

	constructor(
		readonly id: string,
		readonly serverId: string,
		readonly entrance: Entrance,
		private readonly clock: Clock,
	) {
		this.lastUsed = clock.monotonic();
	}

	/** The relay and the session need each other; called once, before anything else. */
	attach(relay: Relay): void {
		this.relay = relay;
	}

	/** True once it was ended. */
	get closed(): boolean {
		return this.ended;
	}

	/** True while the client waits for something. */
	get busy(): boolean {
		return this.stream !== undefined || this.openPosts > 0;
	}

	/** True once it takes no new requests; what is in flight ends first. */
	get retired(): boolean {
		return this.onDrained !== undefined;
	}

	/** True while a request is in flight. */
	get working(): boolean {
		return this.openPosts > 0;
	}

	/** It takes no new requests from now on; `onDrained` is called once nothing is in flight any more. */
	retire(onDrained: () => void): void {
		this.onDrained ??= onDrained;
		if (this.openPosts === 0) {
			onDrained();
		}
	}

	/** Takes a message of the client; resolves when it is dealt with. */
	async post(read: ReadMessage, reply: Reply): Promise<void> {
		this.lastUsed = this.clock.monotonic();
		this.openPosts++;
		try {
			await this.relay?.fromClient(read, reply);
		} finally {
			this.openPosts--;
			this.lastUsed = this.clock.monotonic();
			if (this.openPosts === 0) {
				this.onDrained?.();
			}
		}
	}

	/** Opens the stream of the GET; false when there is one already. */
	openStream(response: ServerResponse): boolean {
		if (this.stream !== undefined) {
			return false;
		}
		const stream = new SseStream(response, this.clock, { 'Mcp-Session-Id': this.id });
		this.stream = stream;
		response.once('close', () => {
			this.stream = this.stream === stream ? undefined : this.stream;
			this.lastUsed = this.clock.monotonic();
		});
		const waiting = this.queue;
		this.queue = [];
		this.queuedBytes = 0;
		for (const message of waiting) {
			void stream.send(message);
		}
		return true;
	}

	async send(bytes: Uint8Array): Promise<boolean> {
		if (this.stream !== undefined && (await this.stream.send(bytes))) {
			return true;
		}
		if (this.queue.length >= MAX_QUEUED_MESSAGES || this.queuedBytes + bytes.length > MAX_QUEUED_BYTES) {
			return false;
		}
		this.queue.push(bytes);
		this.queuedBytes += bytes.length;
		return true;
	}

	/** Each POST waits for its own answer; there is no common input to stop. */
	pressure(): void {}

	/** Ends the session. Requests in flight get their refusal first. */
	async close(graces?: StopGraces): Promise<void> {
		this.ended = true;
		await this.relay?.close(graces);
		this.stream?.end();
		this.stream = undefined;
	}
}
