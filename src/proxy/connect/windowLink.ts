import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { type RpcId } from '../../firewall/message';
import { type ConnectAddress } from './connectAddress';
import { type Handed, type Link, type LinkListener, type LinkMessage, paced } from './connectLink';
import { LineFramer } from '../relay/lineFramer';
import { CONNECT_CLOSE_MS, CONNECT_IDLE_MS, CONNECT_STREAM_AGAIN_MS, MAX_LINE_BYTES } from '../limits';

/** What a link to a window needs. */
export interface WindowLinkOptions {
	readonly address: ConnectAddress;
	/** A secret. */
	readonly token: string;
	readonly clock: Clock;
	readonly listener: LinkListener;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const FIELD = Buffer.from('data: ');
const CLOSED = 'The VS Code window that guards this server was closed before it answered.';
const NOT_TAKEN = 'The VS Code window that guards this server did not take the message.';

/** How a response ended: with its answer, broken off, or with a status and no JSON that says why. */
type Ending = 'whole' | 'broken' | 'bare';

/**
 * One session with a window's endpoint (our own {@link HttpFace}) for a client that speaks in lines: a POST for each
 * message, a GET for what the server says first, DELETE at the end. It judges nothing; bytes go through as they are.
 */
export class WindowLink implements Link {
	readonly kind = 'window';
	private readonly agent = new Agent({ keepAlive: true, timeout: CONNECT_IDLE_MS });
	private session: string | undefined;
	private stream: ClientRequest | undefined;
	private again: Disposable | undefined;
	private closed = false;
	/** Requests without a session; there, leaving the response is the way to cancel. */
	private readonly stateless = new Map<RpcId, ClientRequest>();
	private readonly left = new WeakSet<ClientRequest>();

	constructor(private readonly options: WindowLinkOptions) {}

	send(message: LinkMessage): Handed {
		const { shape } = message;
		if (this.leave(shape)) {
			this.options.listener.settled(shape);
			return { sent: Promise.resolve(), taken: Promise.resolve('taken') };
		}
		const first = shape?.kind === 'request' && shape.method === 'initialize';
		const post = this.post(message);
		// The answer to `initialize` brings the session that every later message needs.
		return { sent: first ? post.taken.then(() => undefined) : post.sent, taken: post.taken };
	}

	async close(): Promise<void> {
		this.closed = true;
		this.again?.dispose();
		this.stream?.destroy();
		if (this.session !== undefined) {
			await this.end();
		}
		// What is still on its way keeps its connection.
		for (const socket of Object.values(this.agent.freeSockets).flat()) {
			socket?.destroy();
		}
	}

	private post(message: LinkMessage): Handed {
		const { bytes, shape, revision } = message;
		const call = this.request('POST', {
			'Content-Type': 'application/json',
			'Content-Length': String(bytes.length),
			Accept: 'application/json, text/event-stream',
			...routing(message),
		});
		if (revision !== undefined && shape?.kind === 'request') {
			this.stateless.set(shape.id, call);
			call.once('close', () => this.stateless.delete(shape.id));
		}
		const sent = new Promise<void>(resolve => {
			call.once('finish', resolve).once('close', resolve);
		});
		const taken = new Promise<'taken' | 'gone'>(resolve => {
			let answered = false;
			call.once('response', response => {
				answered = true;
				if (response.statusCode === 404) {
					response.resume();
					resolve('gone');
					return;
				}
				void this.answer(call, response, shape).then(() => resolve('taken'));
			});
			call.once('error', error => {
				if (answered) {
					return;
				}
				if (isRefused(error)) {
					resolve('gone');
					return;
				}
				this.options.listener.settled(shape, this.left.has(call) ? undefined : CLOSED);
				resolve('taken');
			});
		});
		call.end(bytes);
		return { sent, taken };
	}

	/** Cancels a request without a session, if it is one that is named (2026-07-28 transports#cancellation). */
	private leave(shape: LinkMessage['shape']): boolean {
		const named =
			shape?.kind === 'notification' && shape.method === 'notifications/cancelled'
				? shape.params.requestId
				: undefined;
		const call = typeof named === 'string' || typeof named === 'number' ? this.stateless.get(named) : undefined;
		if (call === undefined) {
			return false;
		}
		this.left.add(call);
		call.destroy();
		return true;
	}

	/** Hands on what a POST brought. Resolves when it has ended; a request has its answer by then, or is told unanswered. */
	private async answer(call: ClientRequest, response: IncomingMessage, shape: LinkMessage['shape']): Promise<void> {
		const { listener } = this.options;
		const session = response.headers['mcp-session-id'];
		if (typeof session === 'string') {
			this.session = session;
		}
		const type = response.headers['content-type'] ?? '';
		const whole = type.startsWith('text/event-stream')
			? await readEvents(
					response,
					paced(response, bytes => listener.message(bytes)),
				)
			: await readBody(response, type, bytes => void listener.message(bytes));
		// The face ends a response with the answer, also where it refuses; what broke off before that has none.
		const answered = whole === 'whole' || this.left.has(call);
		listener.settled(shape, answered ? undefined : whole === 'broken' ? CLOSED : NOT_TAKEN);
		if (shape?.kind === 'notification' && shape.method === 'notifications/initialized') {
			this.listen();
		}
	}

	/** Opens the stream on which the server speaks first; opens it again while the session lives. */
	private listen(): void {
		if (this.closed || this.session === undefined || this.stream !== undefined) {
			return;
		}
		const call = this.request('GET', { Accept: 'text/event-stream' });
		this.stream = call;
		const over = (retry: boolean) => {
			if (this.stream === call) {
				this.stream = undefined;
				if (retry && !this.closed) {
					this.again = this.options.clock.schedule(CONNECT_STREAM_AGAIN_MS, () => this.listen());
				}
			}
		};
		call.once('response', response => {
			if (response.statusCode !== 200) {
				response.resume();
				over(false);
				return;
			}
			void readEvents(
				response,
				paced(response, bytes => this.options.listener.message(bytes)),
			).then(() => over(true));
		});
		call.once('error', () => over(false));
		call.end();
	}

	private async end(): Promise<void> {
		const call = this.request('DELETE', {});
		const timer = this.options.clock.schedule(CONNECT_CLOSE_MS, () => call.destroy());
		await new Promise<void>(resolve => {
			call.once('response', response => response.resume())
				.once('close', resolve)
				.once('error', () => resolve());
			call.end();
		});
		timer.dispose();
	}

	private request(method: string, headers: Readonly<Record<string, string>>): ClientRequest {
		const { address, token } = this.options;
		return request({
			...address,
			method,
			agent: this.agent,
			headers: {
				...headers,
				Host: 'localhost',
				Authorization: `Bearer ${token}`,
				...(this.session !== undefined && { 'Mcp-Session-Id': this.session }),
			},
		});
	}
}

/** The headers that say what the body says, in the era without sessions (2026-07-28 transports/streamable-http). */
function routing({ shape, revision }: LinkMessage): Readonly<Record<string, string>> {
	if (revision === undefined || shape === undefined || shape.kind === 'response') {
		return {};
	}
	const { name, uri } = shape.params;
	const target = typeof name === 'string' ? name : typeof uri === 'string' ? uri : undefined;
	return {
		'MCP-Protocol-Version': revision,
		'Mcp-Method': headerText(shape.method),
		...(target !== undefined && { 'Mcp-Name': headerText(target) }),
	};
}

/** A value that no header can hold as it is goes in Base64, as the specification says. */
function headerText(text: string): string {
	const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
	return plain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

/** Reads a stream of our own face, which sends one `data:` line for each message and no line ends within. */
function readEvents(response: IncomingMessage, take: (bytes: Uint8Array) => void): Promise<Ending> {
	const framer = new LineFramer(
		{
			line: bytes => {
				if (Buffer.from(bytes.subarray(0, FIELD.length)).equals(FIELD)) {
					take(bytes.subarray(FIELD.length));
				}
			},
			oversize: () => {},
			oversizeEnd: () => {},
			runaway: () => response.destroy(),
		},
		MAX_LINE_BYTES + FIELD.length,
	);
	response.on('data', (chunk: Buffer) => framer.push(chunk));
	return ended(response).then(whole => (whole ? 'whole' : 'broken'));
}

async function readBody(response: IncomingMessage, type: string, take: (bytes: Uint8Array) => void): Promise<Ending> {
	const chunks: Buffer[] = [];
	response.on('data', (chunk: Buffer) => chunks.push(chunk));
	if (!(await ended(response))) {
		return 'broken';
	}
	if (chunks.length > 0 && type.startsWith('application/json')) {
		take(oneLine(Buffer.concat(chunks)));
		return 'whole';
	}
	return (response.statusCode ?? 0) < 400 ? 'whole' : 'bare';
}

/** Resolves when a response is over: true when it came whole. */
function ended(response: IncomingMessage): Promise<boolean> {
	return new Promise(resolve => {
		response.once('error', () => resolve(false));
		response.once('close', () => resolve(response.complete));
	});
}

/** Between tokens of JSON, a line end is as good as a space. */
function oneLine(bytes: Uint8Array): Uint8Array {
	return bytes.includes(NEWLINE) || bytes.includes(RETURN)
		? bytes.map(byte => (byte === NEWLINE || byte === RETURN ? SPACE : byte))
		: bytes;
}

/** Nobody listens there any more, so nobody has read a byte. */
function isRefused(error: NodeJS.ErrnoException): boolean {
	return error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
}
