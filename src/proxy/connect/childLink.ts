import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Readable, type Writable } from 'node:stream';
import { type Clock } from '../../base/clock';
import { errorText, FirewallError } from '../../base/errors';
import { type RpcId } from '../../firewall/message';
import { type Handed, type Link, type LinkListener, type LinkMessage, paced } from './connectLink';
import { readMessage } from '../relay/readMessage';
import { LineFramer } from '../relay/lineFramer';
import { CONNECT_CHILD_CLOSE_MS } from '../limits';

/** A gateway of our own, as a child process that speaks in lines. */
export interface ChildLinkOptions {
	readonly command: string;
	readonly args: readonly string[];
	readonly clock: Clock;
	readonly listener: LinkListener;
}

const NEWLINE = Buffer.from('\n');

type Gateway = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };

/** Starts the gateway with our own environment and stderr. Rejects with `upstream-failed` when it cannot be started. */
export async function openChildLink({ command, args, clock, listener }: ChildLinkOptions): Promise<Link> {
	const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'], windowsHide: true }) as Gateway;
	try {
		await once(child, 'spawn');
	} catch (error) {
		throw new FirewallError('upstream-failed', `The gateway cannot be started: ${errorText(error)}`);
	}
	return new ChildLink(child, clock, listener);
}

class ChildLink implements Link {
	readonly kind = 'headless';
	private readonly open = new Map<RpcId, LinkMessage['shape']>();
	private readonly closed: Promise<void>;

	constructor(
		private readonly child: Gateway,
		private readonly clock: Clock,
		private readonly listener: LinkListener,
	) {
		const take = paced(child.stdout, bytes => this.take(bytes));
		const framer = new LineFramer({
			line: take,
			oversize: () => {},
			oversizeEnd: () => {},
			runaway: () => child.kill(),
		});
		child.stdout.on('data', (chunk: Buffer) => framer.push(chunk));
		child.stdin.on('error', () => {});
		this.closed = once(child, 'close').then(() => {
			for (const shape of this.open.values()) {
				listener.settled(shape, 'The gateway that guards this server ended before it answered.');
			}
			this.open.clear();
		});
	}

	send({ bytes, shape }: LinkMessage): Handed {
		const { stdin } = this.child;
		if (!stdin.writable) {
			return { sent: Promise.resolve(), taken: Promise.resolve('gone') };
		}
		if (shape?.kind === 'request') {
			this.open.set(shape.id, shape);
		} else {
			this.listener.settled(shape);
		}
		stdin.write(bytes);
		const room = stdin.write(NEWLINE);
		const sent = room ? Promise.resolve() : Promise.race([once(stdin, 'drain'), this.closed]).then(() => undefined);
		return { sent, taken: sent.then(() => 'taken' as const) };
	}

	async close(): Promise<void> {
		this.child.stdin.end();
		const timer = this.clock.schedule(CONNECT_CHILD_CLOSE_MS, () => this.child.kill('SIGKILL'));
		await this.closed;
		timer.dispose();
	}

	private take(bytes: Uint8Array): Promise<void> | undefined {
		const read = readMessage(bytes, 'lenient');
		const full = this.listener.message(bytes);
		if (read.ok && read.shape.kind === 'response') {
			this.listener.settled(this.open.get(read.shape.id));
			this.open.delete(read.shape.id);
		}
		return full;
	}
}
