import { type IncomingMessage } from 'node:http';
import { type Clock } from '../../base/clock';
import { BODY_TIMEOUT_MS, MAX_LINE_BYTES } from '../limits';

/** The body of a request, or the status to refuse it with. */
export type Body = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly status: number };

/** Reads a body within the cap (413) and the deadline (408). Never rejects: a client that leaves gives 400. */
export async function readBody(request: IncomingMessage, clock: Clock): Promise<Body> {
	if (Number(request.headers['content-length'] ?? 0) > MAX_LINE_BYTES) {
		return { ok: false, status: 413 };
	}
	return new Promise(resolve => {
		const chunks: Buffer[] = [];
		let size = 0;
		const finish = (body: Body) => {
			timer.dispose();
			request.off('data', onData);
			request.pause();
			resolve(body);
		};
		const onData = (chunk: Buffer) => {
			size += chunk.length;
			if (size > MAX_LINE_BYTES) {
				finish({ ok: false, status: 413 });
			} else {
				chunks.push(chunk);
			}
		};
		const timer = clock.schedule(BODY_TIMEOUT_MS, () => finish({ ok: false, status: 408 }));
		request.on('data', onData);
		request.once('end', () => finish({ ok: true, bytes: Buffer.concat(chunks, size) }));
		request.once('close', () => finish({ ok: false, status: 400 }));
		request.once('error', () => finish({ ok: false, status: 400 }));
	});
}
