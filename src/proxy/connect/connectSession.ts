import { type Clock } from '../../base/clock';
import { errorText } from '../../base/errors';
import { isJsonObject, type JsonObject } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { errorResponse, RPC_INTERNAL_ERROR, type RpcId } from '../../firewall/message';
import { type Link, type LinkListener, type LinkMessage, type OpenLink } from './connectLink';
import { encodeMessage } from '../relay/encode';
import { CONNECT_ATTEMPTS, CONNECT_LOOK_MS, LAST_ANSWERS_MS, REQUEST_DEADLINE_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { readMessage, readOversize } from '../relay/readMessage';

/** What a session of the shim needs. */
export interface ConnectSessionOptions {
	/** Writes one line to the client; the promise, if there is one, resolves when there is room for more. */
	readonly write: (bytes: Uint8Array) => Promise<void> | undefined;
	/** Finds the best way to the server there is now. */
	readonly open: OpenLink;
	/** True when there is a window now; asked while a gateway of our own stands in for one. */
	readonly windowOpen: () => Promise<boolean>;
	readonly clock: Clock;
}

/** The id of the greetings that we send ourselves; no client uses it. */
const GREETING = 'mcp-firewall-connect';
/** What a server may say has changed, by the capability that promises to say so. */
const LISTS = ['tools', 'prompts', 'resources'] as const;

/**
 * One client on a pair of pipes, over one link after the other. Where a session is lost (the window was reloaded or closed,
 * a policy changed), the next request opens another one, greets it as the client greeted the first, and goes on; what was
 * asked before and has no answer gets an error. Nothing that may have been taken is sent twice.
 */
export class ConnectSession {
	private link: Link | undefined;
	private chain: Promise<void> = Promise.resolve();
	private hello: LinkMessage | undefined;
	private ready: LinkMessage | undefined;
	private welcome: JsonObject | undefined;
	private greeting: OneShot<JsonObject | undefined> | undefined;
	private readonly open = new Set<LinkMessage['shape']>();
	private idle = new OneShot<true>();
	private lookedAt: number;
	private readonly broken = new OneShot<'broken'>();

	/** Fires when the client has to start anew: the server that came back is not the one that it knows. */
	readonly ended = this.broken.promise;

	constructor(private readonly options: ConnectSessionOptions) {
		this.lookedAt = options.clock.monotonic();
	}

	/** Takes one line of the client. Resolves when the next may come. Never rejects. */
	take(bytes: Uint8Array): Promise<void> {
		const message = messageOf(bytes);
		this.open.add(message.shape);
		return this.queue(message, 1);
	}

	/** A line of the client is over the cap; `head` is how it begins. A request gets an error, whatever it was. */
	refuse(head: Uint8Array): void {
		const { id, code, why } = readOversize(head);
		if (id !== undefined) {
			void this.options.write(encodeMessage(errorResponse(id, code, why)));
		}
	}

	/** The client has said all. Resolves when what is open was answered, or after a grace. Never rejects. */
	async close(graceMs = LAST_ANSWERS_MS): Promise<void> {
		this.idle = new OneShot();
		if (this.open.size > 0) {
			await this.idle.within(graceMs, this.options.clock);
		}
		await this.link?.close();
	}

	private queue(message: LinkMessage, attempt: number): Promise<void> {
		this.chain = this.chain.then(() => this.hand(message, attempt));
		return this.chain;
	}

	private async hand(message: LinkMessage, attempt: number): Promise<void> {
		const { shape } = message;
		try {
			const link = await this.linkFor(message);
			this.remember(message);
			const { sent, taken } = link.send(message);
			void taken.then(outcome => {
				if (outcome === 'gone') {
					this.gone(link, message, attempt);
				}
			});
			await sent;
		} catch (error) {
			this.settle(shape, errorText(error));
		}
	}

	/** Nobody has seen the message: a request goes to the next link. Anything else spoke of the session that is gone. */
	private gone(link: Link, message: LinkMessage, attempt: number): void {
		this.drop(link);
		if (message.shape?.kind === 'request' && attempt < CONNECT_ATTEMPTS) {
			void this.queue(message, attempt + 1);
		} else {
			this.settle(message.shape, 'The guarded server cannot be reached.');
		}
	}

	private drop(link: Link): void {
		if (this.link === link) {
			this.link = undefined;
			void link.close();
		}
	}

	private async linkFor(message: LinkMessage): Promise<Link> {
		await this.preferWindow(message);
		if (this.link !== undefined) {
			return this.link;
		}
		for (let attempt = 1; ; attempt++) {
			const link = await this.options.open(this.listener());
			this.link = link;
			try {
				if (this.hello === undefined || isHello(message) || (await this.greet(link, this.hello))) {
					return link;
				}
			} catch (error) {
				this.drop(link);
				throw error;
			}
			this.drop(link);
			if (attempt >= CONNECT_ATTEMPTS) {
				throw new Error('The guarded server cannot be reached.');
			}
		}
	}

	/** A gateway of our own asks nobody; as soon as a window is open again, and nothing is under way, it takes over. */
	private async preferWindow({ shape }: LinkMessage): Promise<void> {
		const { clock, windowOpen } = this.options;
		const due = clock.monotonic() - this.lookedAt >= CONNECT_LOOK_MS;
		if (this.link?.kind !== 'headless' || shape?.kind !== 'request' || this.open.size > 1 || !due) {
			return;
		}
		this.lookedAt = clock.monotonic();
		if (await windowOpen()) {
			const { link } = this;
			this.link = undefined;
			await link.close();
		}
	}

	/**
	 * Greets a new link as the client greeted the first. False when it is gone already. Throws with what the server says when
	 * it does not welcome us.
	 */
	private async greet(link: Link, hello: LinkMessage): Promise<boolean> {
		const greeting = new OneShot<JsonObject | undefined>();
		this.greeting = greeting;
		try {
			const { value } = parsed(hello.bytes);
			const again = link.send(messageOf(encodeMessage({ ...value, id: GREETING })));
			if ((await again.taken) === 'gone' || !(await greeting.within(REQUEST_DEADLINE_MS, this.options.clock))) {
				return false;
			}
		} finally {
			this.greeting = undefined;
		}
		const answer = await greeting.promise;
		if (!isJsonObject(answer?.result)) {
			const { error } = answer ?? {};
			const why = isJsonObject(error) && typeof error.message === 'string' ? error.message : 'No welcome.';
			throw new Error(why);
		}
		if (this.welcome !== undefined && !isSameServer(this.welcome, answer.result)) {
			this.broken.fire('broken');
			throw new Error('The guarded server is not the one that this session began with.');
		}
		if (this.ready !== undefined) {
			await link.send(this.ready).taken;
			this.tellChanges(answer.result);
		}
		return true;
	}

	/** Whatever ended the last session may have changed what is listed. */
	private tellChanges({ capabilities }: JsonObject): void {
		for (const list of LISTS) {
			const promised = isJsonObject(capabilities) ? capabilities[list] : undefined;
			if (isJsonObject(promised) && promised.listChanged === true) {
				void this.options.write(
					encodeMessage({ jsonrpc: '2.0', method: `notifications/${list}/list_changed` }),
				);
			}
		}
	}

	private listener(): LinkListener {
		return {
			message: bytes => this.fromServer(bytes),
			settled: (shape, why) => {
				if (shape?.kind === 'request' && shape.id === GREETING) {
					this.greeting?.fire(undefined);
				} else {
					this.settle(shape, why);
				}
			},
		};
	}

	private fromServer(bytes: Uint8Array): Promise<void> | undefined {
		if (this.greeting !== undefined || (this.hello !== undefined && this.welcome === undefined)) {
			const { value, answers } = parsed(bytes);
			if (answers === GREETING) {
				this.greeting?.fire(value);
				return undefined;
			}
			if (answers !== undefined && answers === idOf(this.hello) && isJsonObject(value.result)) {
				this.welcome = value.result;
			}
		}
		return this.options.write(bytes);
	}

	private remember(message: LinkMessage): void {
		if (isHello(message)) {
			this.hello = message;
			this.welcome = undefined;
		} else if (message.shape?.kind === 'notification' && message.shape.method === 'notifications/initialized') {
			this.ready = message;
		}
	}

	/** A message is done with; a request that will get no answer is told why. */
	private settle(shape: LinkMessage['shape'], why?: string): void {
		if (!this.open.delete(shape)) {
			return;
		}
		if (why !== undefined && shape?.kind === 'request') {
			void this.options.write(encodeMessage(errorResponse(shape.id, RPC_INTERNAL_ERROR, why)));
		}
		if (this.open.size === 0) {
			this.idle.fire(true);
		}
	}
}

function messageOf(bytes: Uint8Array): LinkMessage {
	const read = readMessage(bytes, 'lenient');
	const shape = read.ok ? read.shape : undefined;
	const params = shape !== undefined && shape.kind !== 'response' ? shape.params : {};
	const meta = isJsonObject(params._meta) ? params._meta : {};
	const revision = meta['io.modelcontextprotocol/protocolVersion'];
	return { bytes, shape, revision: typeof revision === 'string' ? revision : undefined };
}

function isHello({ shape }: LinkMessage): boolean {
	return shape?.kind === 'request' && shape.method === 'initialize';
}

function idOf(message: LinkMessage | undefined): RpcId | undefined {
	return message?.shape?.kind === 'request' ? message.shape.id : undefined;
}

function parsed(bytes: Uint8Array): { readonly value: JsonObject; readonly answers: RpcId | undefined } {
	const read = readMessage(bytes, 'lenient');
	return read.ok
		? { value: read.message.value, answers: read.shape.kind === 'response' ? read.shape.id : undefined }
		: { value: {}, answers: undefined };
}

/** What a client may go on with: the same revision, the same promises. Version and instructions of a server may differ. */
function isSameServer(before: JsonObject, now: JsonObject): boolean {
	return before.protocolVersion === now.protocolVersion && sameJson(before.capabilities, now.capabilities);
}
