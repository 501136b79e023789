import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { FirewallError } from '../../base/errors';
import { Emitter } from '../../base/event';
import { isJsonObject, type JsonObject } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { errorResponse, isRpcId, type RpcId, RPC_INTERNAL_ERROR, RPC_METHOD_NOT_FOUND } from '../../firewall/message';
import { cancelledMessage, encodeMessage, requestMessage } from '../relay/encode';
import { SHARED_GRACE_MS } from '../limits';
import { OneShot } from '../relay/oneShot';
import { readMessage, readOversize } from '../relay/readMessage';
import { RequestBook } from './requestBook';
import { resultText } from './resultText';
import { SharedView } from './sharedView';
import { StartGate } from './startGate';
import { Subscriptions } from './subscriptions';
import { AT_ONCE, type StopGraces, type Upstream, type UpstreamEnd } from '../upstream/upstream';

/** What a shared server needs; `open` gives a fresh upstream, not started. */
export interface SharedOptions {
	readonly open: () => Promise<Upstream>;
	readonly clock: Clock;
	/** A process was started, or has ended; `end` says how. */
	readonly onProcess: (end: UpstreamEnd | undefined) => void;
}

/**
 * One process for several sessions, as a registry entry may allow. Ids and progress tokens get numbers of ours, spliced into
 * the original bytes, and are put back in what answers them. INVARIANT: a session gets answers to its own requests only.
 */
export class SharedServer {
	private readonly views = new Set<SharedView>();
	private readonly book = new RequestBook<SharedView>();
	/** Requests of the server, by its id: only the session that was asked may answer. */
	private readonly asked = new Map<RpcId, SharedView>();
	private readonly subscriptions = new Subscriptions<SharedView>();
	private readonly stderr = new Emitter<string>();
	private readonly gate = new StartGate();
	private hello: { readonly params: JsonObject; readonly answer: OneShot<string | undefined> } | undefined;
	private initialized = false;
	private inner: Promise<Upstream> | undefined;
	private running: Upstream | undefined;
	private grace: Disposable | undefined;
	private lastUsed: SharedView | undefined;

	readonly onStderr = this.stderr.event;

	constructor(private readonly options: SharedOptions) {}

	/** One session's own upstream; the process starts with the first. */
	view(): Upstream {
		return new SharedView(this, this.options.open);
	}

	/** Rejects with `upstream-failed`. */
	async enter(view: SharedView): Promise<void> {
		this.grace?.dispose();
		this.views.add(view);
		try {
			this.inner ??= this.launch();
			await this.inner;
		} catch (error) {
			this.inner = undefined;
			this.views.delete(view);
			throw error;
		}
	}

	/** A session ends: its own requests are cancelled; the last one stops the process, after a grace. */
	async leave(view: SharedView, graces?: StopGraces): Promise<void> {
		if (!this.views.delete(view)) {
			return;
		}
		this.lastUsed = this.lastUsed === view ? undefined : this.lastUsed;
		for (const id of this.book.leave(view)) {
			this.drop(cancelledMessage(id, 'the session ended'));
		}
		for (const [id, owner] of this.asked) {
			if (owner === view) {
				this.asked.delete(id);
				this.drop(errorResponse(id, RPC_INTERNAL_ERROR, 'the session ended'));
			}
		}
		for (const uri of this.subscriptions.leave(view)) {
			this.drop(requestMessage(this.book.nextId(), 'resources/unsubscribe', { uri }));
		}
		this.pressure();
		if (this.views.size === 0 && graces === AT_ONCE) {
			await this.close(graces);
		} else if (this.views.size === 0) {
			this.grace = this.options.clock.schedule(SHARED_GRACE_MS, () => void this.close());
		}
	}

	/** Stops the process, whoever uses it. Never rejects. */
	async close(graces?: StopGraces): Promise<void> {
		this.grace?.dispose();
		this.gate.stop();
		await this.running?.stop(graces);
	}

	stderrText(): string {
		return this.running?.stderrText() ?? '';
	}

	/** No session may be given more than it takes; one that does not read holds up all. */
	pressure(): void {
		if ([...this.views].some(view => view.paused)) {
			this.running?.pause();
		} else {
			this.running?.resume();
		}
	}

	/** What becomes of an `initialize`: the first one is asked, one with the same parameters gets its answer as JSON text. */
	welcomeFor(params: JsonObject): 'ask' | 'separate' | Promise<string | undefined> {
		if (this.hello === undefined) {
			return 'ask';
		}
		const same = sameJson({ ...this.hello.params, _meta: undefined }, { ...params, _meta: undefined });
		return same ? this.hello.answer.promise : 'separate';
	}

	/** Of one session alone. */
	process(end: UpstreamEnd | undefined): void {
		this.options.onProcess(end);
	}

	/** A request of a session. */
	async request(view: SharedView, bytes: Uint8Array, value: JsonObject, id: RpcId): Promise<void> {
		this.lastUsed = view;
		const params = isJsonObject(value.params) ? value.params : {};
		const method = typeof value.method === 'string' ? value.method : '';
		if (params.task !== undefined || method.startsWith('tasks/')) {
			// Tasks outlive their request and are listed for whoever asks: they would be seen by every session.
			const why = 'Tasks are not available while sessions share this server.';
			view.say(encodeMessage(errorResponse(id, RPC_METHOD_NOT_FOUND, why)));
			return;
		}
		if (method === 'initialize') {
			this.hello = { params, answer: new OneShot() };
		}
		if (method === 'resources/subscribe' && typeof params.uri === 'string') {
			this.subscriptions.add(view, params.uri);
		}
		const left = method === 'resources/unsubscribe' && typeof params.uri === 'string' ? params.uri : undefined;
		if (left !== undefined && !this.subscriptions.remove(view, left)) {
			view.say(encodeMessage({ jsonrpc: '2.0', id, result: {} }));
			return;
		}
		await this.send(this.book.enter(view, bytes, method, id), value);
	}

	/** A notification of a session. */
	async notification(view: SharedView, bytes: Uint8Array, value: JsonObject): Promise<void> {
		this.lastUsed = view;
		if (value.method === 'notifications/initialized') {
			if (this.initialized) {
				return;
			}
			this.initialized = true;
		}
		const params = isJsonObject(value.params) ? value.params : {};
		if (value.method === 'notifications/cancelled') {
			const own = this.book.cancel(view, bytes, params.requestId);
			await (own === undefined ? undefined : this.send(own, value));
			return;
		}
		await this.send(bytes, value);
	}

	/** A response of a session, to a request that it was asked. */
	async response(view: SharedView, bytes: Uint8Array): Promise<void> {
		const read = readMessage(bytes, 'lenient');
		if (read.ok && read.shape.kind === 'response' && this.asked.get(read.shape.id) === view) {
			this.asked.delete(read.shape.id);
			await this.send(bytes);
		}
	}

	private async launch(): Promise<Upstream> {
		const inner = await this.gate.pass(this.options.open);
		inner.onStderr(line => this.stderr.fire(line));
		this.running = inner;
		await inner.start({
			line: bytes => {
				this.take(bytes);
				return undefined;
			},
			oversize: head => {
				if (!readOversize(head).answers.some(id => this.book.has(id))) {
					void inner.stop(AT_ONCE);
				}
			},
			oversizeEnd: head => this.takeUnreadable(readOversize(head).answers),
			runaway: () => void inner.stop(AT_ONCE),
			end: end => this.ended(end),
		});
		this.options.onProcess(undefined);
		return inner;
	}

	private ended(end: UpstreamEnd): void {
		this.options.onProcess(end);
		const views = [...this.views];
		for (const each of [this.views, this.book, this.asked, this.subscriptions]) {
			each.clear();
		}
		this.welcome(undefined);
		this.initialized = false;
		this.inner = undefined;
		this.running = undefined;
		views.forEach(view => view.end(end));
	}

	private take(raw: Uint8Array): void {
		const read = readMessage(raw, 'lenient');
		if (!read.ok) {
			this.takeUnreadable(read.answers);
			return;
		}
		const { bytes } = read.message;
		switch (read.shape.kind) {
			case 'response':
				this.answer(bytes, read.shape.id);
				return;
			case 'request': {
				const { id } = read.shape;
				const view = this.book.onlyBusy() ?? this.lastUsed ?? [...this.views][0];
				if (view === undefined || this.asked.has(id)) {
					this.drop(errorResponse(id, RPC_INTERNAL_ERROR, 'nobody is there to be asked'));
					return;
				}
				this.asked.set(id, view);
				view.say(bytes);
				return;
			}
			case 'notification':
				this.note(bytes, read.shape.method, read.shape.params);
		}
	}

	private answer(bytes: Uint8Array, own: RpcId): void {
		const answer = this.book.answer(own, bytes);
		if (answer?.method === 'initialize') {
			this.welcome(resultText(bytes));
		}
		answer?.to?.say(answer.bytes);
	}

	private takeUnreadable(answers: readonly RpcId[]): void {
		for (const own of answers) {
			const answer = this.book.answer(own, new Uint8Array());
			if (answer?.method === 'initialize') {
				this.welcome(undefined);
			}
			if (answer !== undefined) {
				const why = 'the server answered with no usable message';
				answer.to?.say(encodeMessage(errorResponse(answer.id, RPC_INTERNAL_ERROR, why)));
			}
		}
	}

	/** A server that refuses one session may take the next one, which asks by itself then. */
	private welcome(text: string | undefined): void {
		this.hello?.answer.fire(text);
		if (text === undefined) {
			this.hello = undefined;
		}
	}

	private note(bytes: Uint8Array, method: string, params: JsonObject): void {
		const note = this.book.note(bytes, params);
		if (note !== undefined || method === 'notifications/progress') {
			note?.to?.say(note.bytes);
		} else if (method === 'notifications/cancelled') {
			const id = isRpcId(params.requestId) ? params.requestId : '';
			this.asked.get(id)?.say(bytes);
			this.asked.delete(id);
		} else {
			const uri = method === 'notifications/resources/updated' ? params.uri : undefined;
			const views = typeof uri === 'string' ? this.subscriptions.of(uri) : undefined;
			[...(views ?? this.views)].forEach(view => view.say(bytes));
		}
	}

	private async send(bytes: Uint8Array, value?: JsonObject): Promise<void> {
		if (this.running === undefined) {
			throw new FirewallError('upstream-failed', 'The server is not running.');
		}
		await this.running.send(bytes, value);
	}

	/** Sends a message of ours that nobody waits for. */
	private drop(value: JsonObject): void {
		this.send(encodeMessage(value), value).catch(() => {
			// The process is gone, and with it what this was about.
		});
	}
}
