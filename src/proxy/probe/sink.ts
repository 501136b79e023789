import { createServer, type Server, type Socket } from 'node:net';
import { type ProbeConnection } from '../../domain/probe/probeReport';
import { PROBE_SINK_BYTES, PROBE_SINK_MS } from '../limits';

const REFUSAL = 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/**
 * A proxy on the loopback interface that lets nothing through: it writes down where a program wanted to go, looks for the
 * marked value in what it sent, and answers 502. Everything that it reads is attacker-controlled.
 */
export class Sink {
	private seen: ProbeConnection[] = [];

	private constructor(
		private readonly server: Server,
		private readonly canary: string,
	) {
		server.on('connection', socket => {
			this.take(socket);
		});
	}

	/** Listens on a free port. Rejects where there is none. */
	static async open(canary: string): Promise<Sink> {
		const server = createServer();
		const sink = new Sink(server, canary);
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen({ host: '127.0.0.1', port: 0 }, resolve);
		});
		server.unref();
		return sink;
	}

	get port(): number {
		const address = this.server.address();
		return typeof address === 'object' && address !== null ? address.port : 0;
	}

	/** What came since the last time. */
	drain(): readonly ProbeConnection[] {
		const seen = this.seen;
		this.seen = [];
		return seen;
	}

	close(): void {
		this.server.close();
	}

	private take(socket: Socket): void {
		let text = '';
		let told = false;
		const settle = () => {
			if (told || text === '') {
				return;
			}
			told = true;
			const leaked = text.includes(this.canary);
			this.seen.push({ kind: 'proxied', ...wantedBy(text, this.port), ...(leaked && { leaked }) });
			socket.end(REFUSAL);
		};
		socket.setTimeout(PROBE_SINK_MS, () => {
			settle();
			socket.destroy();
		});
		socket.on('data', (chunk: Buffer) => {
			if (told) {
				return;
			}
			text += chunk.toString('latin1');
			if (isWhole(text)) {
				settle();
			}
		});
		socket.on('close', settle);
		socket.on('error', () => undefined);
	}
}

/** True when the head is there, and the body that it announces, or as much as is looked at. */
function isWhole(text: string): boolean {
	const end = text.indexOf('\r\n\r\n');
	if (text.length >= PROBE_SINK_BYTES) {
		return true;
	}
	if (end < 0) {
		return false;
	}
	const head = text.slice(0, end);
	const length = Number(/^content-length:[ \t]*(\d{1,9})[ \t]*$/im.exec(head)?.[1] ?? '0');
	const chunked = /^transfer-encoding:.*chunked/im.test(head);
	return chunked ? text.endsWith('0\r\n\r\n') : text.length - end - 4 >= length;
}

/** Where the first line wants to go; the sink itself where it says nothing that a proxy understands. */
function wantedBy(text: string, own: number): { readonly host: string; readonly port: number } {
	const [, method = '', target = ''] = /^([A-Z]{3,10}) (\S{1,2048}) HTTP\/1\.[01]\r?\n/.exec(text) ?? [];
	const url = method === 'CONNECT' ? `tcp://${target}` : target;
	try {
		const { hostname, port, protocol } = new URL(url);
		const host = hostname.replace(/^\[|\]$/g, '');
		return host === ''
			? { host: '127.0.0.1', port: own }
			: { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
	} catch {
		return { host: '127.0.0.1', port: own };
	}
}
