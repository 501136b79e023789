import { once } from 'node:events';
import { resolve } from 'node:path';
import { type Readable, type Writable } from 'node:stream';
import { type Clock } from '../base/clock';
import { FirewallError } from '../base/errors';
import { openChildLink } from '../proxy/connect/childLink';
import { type OpenLink } from '../proxy/connect/connectLink';
import { ConnectSession } from '../proxy/connect/connectSession';
import { LineFramer } from '../proxy/relay/lineFramer';
import { OneShot } from '../proxy/relay/oneShot';
import { Pressure } from '../proxy/relay/pressure';
import { WindowLink } from '../proxy/connect/windowLink';
import { discoveryFolder } from '../storage/discoveryPlace';
import { readCommandLine, UsageError } from './commandLine';
import { type ConnectTarget, findWindow } from './connectWays';
import { printable } from './printable';

/** What the command line of `connect` says. */
export interface ConnectOptions extends ConnectTarget {
	/** Guards by itself, without looking for a window: what the shim starts when there is none. */
	readonly headless: boolean;
}

/** What the shim is plugged into. */
export interface ConnectParts {
	readonly input: Readable;
	readonly output: Writable;
	readonly clock: Clock;
	/** The program and the arguments that run our own command line. */
	readonly commandLine: readonly [string, ...string[]];
	/** One line for people. */
	readonly tell: (line: string) => void;
	readonly signal: AbortSignal;
}

const OPTIONS = { workspace: { type: 'string' }, headless: { type: 'boolean' } } as const;
const NEWLINE = Buffer.from('\n');

/** Reads the arguments behind `connect`. Throws a {@link UsageError}. */
export function readConnectOptions(args: readonly string[]): ConnectOptions {
	const { values, operands } = readCommandLine(args, ['SERVER-ID'], OPTIONS);
	const [server] = operands;
	if (server === '') {
		throw new UsageError('SERVER-ID is the id or the name of a guarded server');
	}
	return {
		server,
		place: resolve(values.workspace ?? process.cwd()),
		root: discoveryFolder(),
		headless: values.headless ?? false,
	};
}

/**
 * The shim: a client on a pair of pipes, a guarded server in a VS Code window, or in a gateway of our own while none is open.
 * Resolves with the exit code: 0 when the client is done, 1 when it has to start anew.
 */
export async function runConnect(target: ConnectTarget, parts: ConnectParts): Promise<number> {
	const { input, output, clock, signal } = parts;
	const gone = new OneShot<'client'>();
	const session = new ConnectSession({
		clock,
		write: bytes => writeLine(output, bytes),
		open: waysTo(target, parts),
		windowOpen: async () => (await findWindow(target, () => {})) !== undefined,
	});
	const pressure = new Pressure(full => (full ? input.pause() : input.resume()));
	const framer = new LineFramer({
		line: bytes => void pressure.during(bytes.length, session.take(bytes)),
		oversize: () => {},
		oversizeEnd: head => session.refuse(head),
		runaway: () => gone.fire('client'),
	});
	output.on('error', () => gone.fire('client'));
	input.on('error', () => gone.fire('client'));
	signal.addEventListener('abort', () => gone.fire('client'), { once: true });
	input.on('data', (chunk: Buffer) => framer.push(chunk));
	input.once('end', () => {
		framer.end(true);
		gone.fire('client');
	});
	const first = await Promise.race([gone.promise, session.ended]);
	input.pause();
	await session.close(signal.aborted ? 0 : undefined);
	return first === 'client' ? 0 : 1;
}

function waysTo(target: ConnectTarget, { commandLine, clock, tell }: ConnectParts): OpenLink {
	return async listener => {
		const window = await findWindow(target, why => {
			tell(`left aside: ${printable(why)}`);
		});
		if (window !== undefined) {
			return new WindowLink({ ...window, clock, listener });
		}
		tell('no VS Code window guards this server now, so it is guarded here; nobody can approve its calls');
		const [command, ...first] = commandLine;
		const args = [...first, 'connect', '--headless', '--workspace', target.place, '--', target.server];
		return openChildLink({ command, args, clock, listener });
	};
}

function writeLine(output: Writable, bytes: Uint8Array): Promise<void> | undefined {
	if (!output.writable) {
		throw new FirewallError('aborted', 'The client is gone.');
	}
	output.cork();
	output.write(bytes);
	const room = output.write(NEWLINE);
	output.uncork();
	return room ? undefined : drained(output);
}

/** Resolves when there is room again, or the client is gone. */
async function drained(output: Writable): Promise<void> {
	const settled = new AbortController();
	try {
		await Promise.race(['drain', 'close'].map(event => once(output, event, { signal: settled.signal })));
	} catch {
		// The pipe broke, which is the same as closed.
	} finally {
		settled.abort();
	}
}
