import { type IncomingMessage } from 'node:http';
import { type Disposable } from '../../base/disposable';
import { ByteKeeper } from './byteKeeper';
import { type HttpLink } from './httpLink';
import { MAX_LINE_BYTES, MAX_UPSTREAM_HEADER_BYTES, STREAM_LINGER_MS, UPSTREAM_IDLE_MS } from '../limits';
import { SseParser, type SseSink } from './sseParser';

/** How a response ended. */
export type BodyEnd = 'complete' | 'broken' | 'too-large' | 'silent';

/** What a response holds, by its `Content-Type`. */
export type BodyKind = 'json' | 'events' | 'other';

/** The kind of a response; one in a coding that we did not ask for is `other`. */
export function bodyKind(response: IncomingMessage): BodyKind {
	const type = response.headers['content-type'] ?? '';
	if (!/^(?:identity)?$/i.test(response.headers['content-encoding'] ?? '')) {
		return 'other';
	}
	if (/^\s*application\/json\s*(?:;|$)/i.test(type)) {
		return 'json';
	}
	return /^\s*text\/event-stream\s*(?:;|$)/i.test(type) ? 'events' : 'other';
}

/** Reads a whole body within the cap; the bytes count only when it is `complete`. Never rejects. */
export async function readWhole(
	response: IncomingMessage,
	link: HttpLink,
	cap = MAX_LINE_BYTES,
): Promise<{ readonly end: BodyEnd; readonly bytes: Uint8Array }> {
	const keeper = new ByteKeeper(cap, link.held);
	const state = { fits: true };
	const end = await readChunks(response, link, chunk => {
		state.fits &&= keeper.add(chunk);
		if (!state.fits) {
			response.destroy();
		}
	});
	const bytes = keeper.take();
	return { end: state.fits ? end : 'too-large', bytes };
}

/**
 * Reads an event stream to its end. `idle`: gives up when nothing comes for `UPSTREAM_IDLE_MS`. Resolves with how it ended
 * and the id to go on from. Never rejects.
 */
export async function readEvents(
	response: IncomingMessage,
	link: HttpLink,
	sink: SseSink,
	idle: boolean,
): Promise<{ readonly end: BodyEnd; readonly lastEventId: string | undefined }> {
	const parser = new SseParser(sink, link.held);
	const end = await readChunks(response, link, chunk => parser.push(chunk), idle);
	parser.end();
	return { end, lastEventId: parser.lastEventId };
}

/** Lets go of a response that does not matter; a short one is read so that its connection can be used again. */
export function discard(response: IncomingMessage, link: HttpLink): void {
	let size = 0;
	const timer = link.clock.schedule(STREAM_LINGER_MS, () => response.destroy());
	response.once('close', () => timer.dispose());
	response.on('data', (chunk: Buffer) => {
		size += chunk.length;
		if (size > MAX_UPSTREAM_HEADER_BYTES) {
			response.destroy();
		}
	});
}

function readChunks(
	response: IncomingMessage,
	link: HttpLink,
	take: (chunk: Uint8Array) => void,
	idle = true,
): Promise<BodyEnd> {
	return new Promise(resolve => {
		if (response.closed) {
			resolve('broken');
			return;
		}
		const watch = new SilenceWatch(response, link, idle);
		response.on('data', (chunk: Buffer) => {
			watch.heard();
			take(chunk);
		});
		response.once('close', () => {
			watch.dispose();
			resolve(watch.silent ? 'silent' : response.complete ? 'complete' : 'broken');
		});
		link.flow.join(response);
	});
}

/** Destroys a response of which nothing comes any more. */
class SilenceWatch implements Disposable {
	private timer: Disposable | undefined;
	silent = false;

	constructor(
		private readonly response: IncomingMessage,
		private readonly link: HttpLink,
		private readonly on: boolean,
	) {
		this.heard();
	}

	heard(): void {
		this.timer?.dispose();
		if (this.on) {
			this.timer = this.link.clock.schedule(UPSTREAM_IDLE_MS, () => this.fire());
		}
	}

	dispose(): void {
		this.timer?.dispose();
	}

	/** While we are the ones who do not read, its silence says nothing. */
	private fire(): void {
		if (this.link.flow.paused) {
			this.heard();
		} else {
			this.silent = true;
			this.response.destroy();
		}
	}
}
