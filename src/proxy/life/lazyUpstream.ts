import { type Clock, type IdSource } from '../../base/clock';
import { errorText, FirewallError } from '../../base/errors';
import { Emitter, type Event } from '../../base/event';
import { isJsonObject, type JsonObject } from '../../base/json';
import { type Logger } from '../../base/logger';
import { type Manifest } from '../../domain/registry/manifest';
import { errorResponse, isRpcId, type RpcId, RPC_INTERNAL_ERROR } from '../../firewall/message';
import { asksForTools, ClientScript, type Said } from './clientScript';
import { encodeMessage } from '../relay/encode';
import { Handshake } from './handshake';
import { MAX_WATCHED_REQUESTS } from '../limits';
import { type KnownResult, type ManifestCache, ManifestDesk } from './manifestDesk';
import { readMessage } from '../relay/readMessage';
import { howItEnded, lastWords, type Restarts } from './restarts';
import { SendQueue } from './sendQueue';
import { AT_ONCE, type StopGraces, type Upstream, type UpstreamEnd, type UpstreamListener } from '../upstream/upstream';

/** What a lazy upstream needs. */
export interface LazyOptions {
	/** A fresh upstream, not started. Rejects when there can be none. */
	readonly open: () => Promise<Upstream>;
	/** What it is known to say; without it the process is started at once. */
	readonly manifest: Manifest | undefined;
	readonly cache: Pick<ManifestCache, 'save' | 'drop'> | undefined;
	readonly restarts: Restarts;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	/** A process was started, or has ended; `end` says how. */
	readonly onProcess: (end: UpstreamEnd | undefined) => void;
}

/**
 * An upstream whose process comes when it is needed. With a manifest it answers `initialize` and `tools/list` by itself, and
 * everything else starts the process. A process that ends by itself in the middle of a session is started again by the next
 * request, as long as nothing is lost with it. In both cases the new one must say what the client was told; otherwise what
 * waits fails, the manifest is dropped and the upstream ends, so that the client begins anew and the path sees the drift.
 */
export class LazyUpstream implements Upstream {
	private readonly stderr = new Emitter<string>();
	private readonly script = new ClientScript();
	private readonly desk: ManifestDesk;
	private readonly watched = new Map<RpcId, 'initialize' | 'tools/list'>();
	private listener: UpstreamListener | undefined;
	private inner: Upstream | undefined;
	private handshake: Handshake | undefined;
	private phase: 'asleep' | 'waking' | 'live' | 'over' = 'asleep';
	private readonly waiting = new SendQueue();
	private paused = false;
	private killed = false;
	private log = '';

	readonly onStderr: Event<string> = this.stderr.event;

	constructor(private readonly options: LazyOptions) {
		this.desk = new ManifestDesk(options.manifest, options.cache);
	}

	async start(listener: UpstreamListener): Promise<void> {
		this.listener = listener;
		if (!this.desk.inUse) {
			await this.launch();
			this.phase = 'live';
		}
	}

	async send(bytes: Uint8Array, value?: JsonObject): Promise<void> {
		if (value === undefined) {
			// A response to the server: only the process that asked waits for it.
			await this.inner?.send(bytes);
			return;
		}
		const before = this.script.snapshot();
		this.script.note(bytes, value);
		switch (this.phase) {
			case 'over':
				throw new FirewallError('upstream-failed', 'The server is not running.');
			case 'live':
				return this.forward(bytes, value);
			case 'waking':
				return this.answered(value) || this.calledOff(value) ? undefined : this.waiting.add(bytes, value);
			case 'asleep':
				// What is told to a process that is not there, it will ask or hear when it is.
				return this.answered(value) || !isRpcId(value.id) ? undefined : this.wake(before, bytes, value);
		}
	}

	pause(): void {
		this.paused = true;
		this.inner?.pause();
	}

	resume(): void {
		this.paused = false;
		this.inner?.resume();
	}

	stderrText(): string {
		return this.inner?.stderrText() ?? this.log;
	}

	async stop(graces?: StopGraces): Promise<void> {
		this.phase = 'over';
		this.handshake?.fail('The server was stopped.');
		this.waiting.refuse(value => this.refuse(value, 'The server was stopped.'));
		await this.inner?.stop(graces);
	}

	async kill(): Promise<void> {
		this.killed = true;
		await this.inner?.stop(AT_ONCE);
	}

	/** The first request that a process is needed for. Resolves when it is sent, or answered with why it cannot be. */
	private async wake(before: Said, bytes: Uint8Array, value: JsonObject): Promise<void> {
		const refusal = this.options.restarts.refusal();
		if (refusal !== undefined) {
			this.refuse(value, refusal);
			return;
		}
		this.phase = 'waking';
		const sent = this.waiting.add(bytes, value);
		// The list may be asked for, and told, while the process starts: it has to be true in any case.
		const listed = this.desk.tools();
		if (listed !== undefined) {
			this.script.told(listed.value);
		}
		try {
			const inner = await this.launch();
			// A client that asks otherwise than the one that the manifest is from opens the session with the process itself.
			if (before.welcome !== undefined) {
				const said = { ...before, tools: this.script.tools };
				this.handshake = new Handshake(inner, said, this.options.clock, this.options.ids);
				await this.handshake.run();
			}
			this.flush();
		} catch (error) {
			this.giveUp(error);
		} finally {
			this.handshake = undefined;
		}
		await sent;
	}

	private flush(): void {
		if (this.phase !== 'waking' || this.inner === undefined) {
			throw new FirewallError('upstream-failed', 'The server ended as soon as it was started.');
		}
		this.phase = 'live';
		this.desk.close();
		this.waiting.flush((bytes, value) => this.forward(bytes, value));
	}

	/** Whatever waits is told why, and then the session ends. */
	private giveUp(error: unknown): void {
		const differs = error instanceof FirewallError && error.code === 'message-invalid';
		if (differs) {
			this.desk.drop();
		}
		this.options.logger.warn(`A server could not take over a session: ${errorText(error)}`);
		const why = `${errorText(error)}${differs ? ' The session ends; begin a new one.' : ''}`;
		this.waiting.refuse(value => this.refuse(value, why));
		void this.inner?.stop();
		this.finish({ stopped: this.phase === 'over' });
	}

	/** INVARIANT: a call that its client was told is cancelled, or late, is not made once the process is up. */
	private calledOff(value: JsonObject): boolean {
		return this.waiting.callOff(value, request => this.refuse(request, 'Cancelled before the server was up.'));
	}

	private refuse(value: JsonObject, why: string): void {
		if (isRpcId(value.id)) {
			this.listener?.line(encodeMessage(errorResponse(value.id, RPC_INTERNAL_ERROR, why)));
		}
	}

	private forward(bytes: Uint8Array, value: JsonObject): Promise<void> {
		const { method, id } = value;
		const watch = method === 'initialize' || (method === 'tools/list' && asksForTools(value));
		if (watch && isRpcId(id) && this.watched.size < MAX_WATCHED_REQUESTS) {
			this.watched.set(id, method);
		}
		return this.inner?.send(bytes, value) ?? Promise.reject(new FirewallError('upstream-failed', 'Not running.'));
	}

	private async launch(): Promise<Upstream> {
		const { listener } = this;
		const inner = await this.options.open();
		if (this.phase === 'over' || listener === undefined) {
			throw new FirewallError('upstream-failed', 'Stopped before it was started.');
		}
		this.inner = inner;
		this.killed = false;
		inner.onStderr(line => this.stderr.fire(line));
		const began = this.options.clock.monotonic();
		try {
			await inner.start({
				line: (bytes, stream) => this.line(bytes, stream),
				oversize: head => listener.oversize(head),
				oversizeEnd: head => listener.oversizeEnd(head),
				runaway: () => listener.runaway(),
				end: end => this.ended(end, inner, began),
			});
		} catch (error) {
			this.inner = undefined;
			throw error;
		}
		this.options.onProcess(undefined);
		if (this.paused) {
			inner.pause();
		}
		return inner;
	}

	private ended(told: UpstreamEnd, inner: Upstream, began: number): void {
		const { clock, logger, restarts, onProcess } = this.options;
		const end = { ...told, stopped: told.stopped && !this.killed };
		this.log = inner.stderrText();
		this.inner = undefined;
		this.watched.clear();
		onProcess(end);
		if (!end.stopped) {
			restarts.ended(end, clock.monotonic() - began);
			logger.warn(lastWords(end, this.log));
		}
		if (this.phase === 'waking') {
			this.handshake?.fail(`The server ended ${howItEnded(end)} as soon as it was started.`);
		} else if (this.phase === 'live' && !end.stopped && this.script.canGoOn && this.listener?.interrupted) {
			this.phase = 'asleep';
			this.listener.interrupted();
		} else {
			this.finish(end);
		}
	}

	private finish(end: UpstreamEnd): void {
		const { listener } = this;
		this.phase = 'over';
		this.listener = undefined;
		listener?.end(end);
	}

	private line(bytes: Uint8Array, stream: RpcId | undefined): RpcId | undefined {
		if (this.handshake?.take(bytes) === true) {
			return undefined;
		}
		const answered = this.listener?.line(bytes, stream);
		const method = answered === undefined ? undefined : this.watched.get(answered);
		if (answered !== undefined && method !== undefined) {
			this.watched.delete(answered);
			this.learn(method, bytes);
		}
		return answered;
	}

	/** What the client is told now is what a process that takes over must say, and what the next session may start with. */
	private learn(method: 'initialize' | 'tools/list', bytes: Uint8Array): void {
		const read = readMessage(bytes, 'lenient');
		const result = read.ok ? read.message.value.result : undefined;
		if (!read.ok || !isJsonObject(result)) {
			return;
		}
		if (method === 'initialize') {
			this.script.welcome = result;
			this.desk.sawWelcome(read.message.bytes);
			return;
		}
		this.script.told(result);
		if (this.script.hello !== undefined && this.script.tools !== undefined) {
			this.desk.sawTools(read.message.bytes, this.script.hello.params);
		}
	}

	/** Answers by the manifest, where it has the answer and the client asks like the one that it is from. */
	private answered(value: JsonObject): boolean {
		const { hello } = this.script;
		if (!this.desk.inUse || !isRpcId(value.id)) {
			return false;
		}
		let known: KnownResult | undefined;
		if (value.method === 'initialize' && hello?.id === value.id && this.phase === 'asleep') {
			known = this.desk.welcome(hello.params);
			this.script.welcome = known?.value;
		} else if (asksForTools(value) && this.script.welcome !== undefined) {
			known = this.desk.tools();
		}
		if (known === undefined) {
			return false;
		}
		if (value.method === 'tools/list') {
			this.script.told(known.value);
		}
		const id = JSON.stringify(value.id);
		this.listener?.line(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${known.text}}`));
		return true;
	}
}
