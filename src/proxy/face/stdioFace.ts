import { type Readable, type Writable } from 'node:stream';
import { once } from 'node:events';
import { type Clock, type IdSource } from '../../base/clock';
import { type Logger } from '../../base/logger';
import { type Approver, type GuardedServer } from '../../firewall/ports';
import { type SessionPaths } from '../../firewall/sessionPaths';
import { elicitationApprover } from '../relay/elicitationApprover';
import { plainReply } from '../relay/openRequest';
import { LAST_ANSWERS_MS, STOPPED_LINGER_MS } from '../limits';
import { LineFramer } from '../relay/lineFramer';
import { OneShot } from '../relay/oneShot';
import { readMessage, readOversize } from '../relay/readMessage';
import { type ClientPort } from '../relay/clientPort';
import { Relay } from '../relay/relay';
import { type ServedIdentity } from '../identity/principalDesk';
import { openUpstream, type UpstreamLaunch } from '../upstream/openUpstream';
import { AT_ONCE, type UpstreamEnd } from '../upstream/upstream';

/** What a gateway session needs. */
export interface StdioFaceOptions {
	/** The client's messages, one per line. */
	readonly input: Readable;
	/** Gets protocol messages and nothing else. */
	readonly output: Writable;
	readonly server: GuardedServer;
	readonly launch: UpstreamLaunch;
	/** Watches who the server is; absent where nobody looks. */
	readonly identity?: Pick<ServedIdentity, 'wrap'>;
	readonly sessionPaths: SessionPaths;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	/** Asks the person; without one, the client is asked by elicitation if it offers that. */
	readonly approver?: Approver;
	/** Lines of the upstream's stderr. Attacker-controlled. */
	readonly onStderr?: (line: string) => void;
	/** The upstream was started or connected to; with its end: it is gone. */
	readonly onUpstream?: (end: UpstreamEnd | undefined) => void;
	/** Ends the session when it aborts. */
	readonly signal?: AbortSignal;
	/** Ends it at once: what is in flight is refused, the process tree killed. */
	readonly stop?: AbortSignal;
}

const NEWLINE = Buffer.from('\n');

/**
 * Runs one session between a client on a pair of streams and an upstream. Resolves with the exit code of the process:
 * 0 when the client closed, the upstream's own when it ended first, 1 when a signal ended it. Rejects with
 * `upstream-failed` when it cannot be started.
 */
export async function runStdioFace(options: StdioFaceOptions): Promise<number> {
	const { input, output, clock, ids, logger } = options;
	const gone = new OneShot<'client'>();
	const opened = openUpstream(options.launch, clock);
	const upstream = options.identity?.wrap(opened, options.launch) ?? opened;
	upstream.onStderr(line => options.onStderr?.(line));
	const client: ClientPort = {
		send: bytes => writeLine(output, bytes, gone.promise),
		pressure: full => (full ? input.pause() : input.resume()),
	};
	const relay = new Relay({
		client,
		upstream,
		clock,
		ids,
		logger,
		openPath: (requester, ask) =>
			options.sessionPaths.open(options.server, options.approver ?? elicitationApprover(requester, clock), ask),
	});
	const reply = plainReply(bytes => client.send(bytes));
	const framer = new LineFramer({
		line: bytes => void relay.fromClient(readMessage(bytes, 'strict'), reply),
		oversize: () => {},
		oversizeEnd: head => void relay.fromClient(readOversize(head), reply),
		runaway: () => gone.fire('client'),
	});
	output.on('error', () => gone.fire('client'));
	input.on('error', () => gone.fire('client'));
	const { signal, stop } = options;
	const isStopped = () => stop?.aborted === true;
	for (const each of [signal, stop]) {
		each?.addEventListener('abort', () => gone.fire('client'), { once: true });
	}
	try {
		if (isStopped()) {
			return 0;
		}
		await relay.start();
		options.onUpstream?.(undefined);
		void relay.ended.then(end => options.onUpstream?.(end));
		input.on('data', (chunk: Buffer) => framer.push(chunk));
		input.once('end', () => {
			framer.end(true);
			gone.fire('client');
		});
		const first = await Promise.race([relay.ended, gone.promise]);
		if (first === 'client') {
			await relay.idle(signal?.aborted === true || isStopped() ? 0 : LAST_ANSWERS_MS);
			return 0;
		}
		return exitCode(first);
	} finally {
		if (isStopped()) {
			await relay.close(AT_ONCE);
			// What the client sends before it sees the end gets its refusal as well.
			await new OneShot<never>().within(STOPPED_LINGER_MS, clock);
			await relay.idle(LAST_ANSWERS_MS);
		}
		input.pause();
		await relay.close();
	}
}

function exitCode(end: UpstreamEnd): number {
	return end.code ?? 1;
}

/** Writes one message and resolves when there is room for the next; false when the client is gone. */
async function writeLine(output: Writable, bytes: Uint8Array, gone: Promise<unknown>): Promise<boolean> {
	if (!output.writable) {
		return false;
	}
	output.cork();
	output.write(bytes);
	const room = output.write(NEWLINE);
	output.uncork();
	if (!room) {
		const settled = new AbortController();
		try {
			await Promise.race([once(output, 'drain', { signal: settled.signal }), gone]);
		} catch {
			return false;
		} finally {
			settled.abort();
		}
	}
	return true;
}
