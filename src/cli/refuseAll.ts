import { type Readable, type Writable } from 'node:stream';
import { errorResponse } from '../firewall/message';
import { REFUSAL_CODE } from '../firewall/refusal';
import { encodeMessage } from '../proxy/relay/encode';
import { LineFramer } from '../proxy/relay/lineFramer';
import { readMessage } from '../proxy/relay/readMessage';
import { EXIT_UNUSABLE } from './command';

/** The streams of the client. */
export interface HeadlessPipes {
	readonly input: Readable;
	readonly output: Writable;
	readonly signal: AbortSignal;
}

/** Answers every request with why nothing runs, until the client is gone. */
export async function refuseAll({ input, output, signal }: HeadlessPipes, why: string): Promise<number> {
	const framer = new LineFramer({
		line: bytes => {
			const read = readMessage(bytes, 'lenient');
			if (read.ok && read.shape.kind === 'request') {
				output.write(encodeMessage(errorResponse(read.shape.id, REFUSAL_CODE, why)));
				output.write('\n');
			}
		},
		oversize: () => {},
		oversizeEnd: () => {},
		runaway: () => input.destroy(),
	});
	input.on('data', (chunk: Buffer) => framer.push(chunk));
	await new Promise<void>(resolve => {
		input.once('close', resolve).once('end', resolve).once('error', resolve);
		signal.addEventListener('abort', () => resolve(), { once: true });
	});
	return EXIT_UNUSABLE;
}
