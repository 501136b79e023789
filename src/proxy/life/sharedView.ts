import { FirewallError } from '../../base/errors';
import { type Event } from '../../base/event';
import { isJsonObject, type JsonObject } from '../../base/json';
import { isRpcId, type RpcId } from '../../firewall/message';
import { StartGate } from './startGate';
import { type StopGraces, type Upstream, type UpstreamEnd, type UpstreamListener } from '../upstream/upstream';

/** The one process behind several sessions, as a session needs it. */
interface Hub extends Pick<Upstream, 'onStderr' | 'stderrText'> {
	enter(view: SharedView): Promise<void>;
	leave(view: SharedView, graces?: StopGraces): Promise<void>;
	pressure(): void;
	welcomeFor(params: JsonObject): 'ask' | 'separate' | Promise<string | undefined>;
	process(end: UpstreamEnd | undefined): void;
	request(view: SharedView, bytes: Uint8Array, value: JsonObject, id: RpcId): Promise<void>;
	notification(view: SharedView, bytes: Uint8Array, value: JsonObject): Promise<void>;
	response(view: SharedView, bytes: Uint8Array): Promise<void>;
}

/** What a session sees of a server that it shares: an upstream like any other. */
export class SharedView implements Upstream {
	private listener: UpstreamListener | undefined;
	/** A process of its own, where the session asks `initialize` otherwise than the first one did. */
	private own: Upstream | undefined;
	/** It has left the others and has no process yet, or none any more. */
	private apart = false;
	private readonly gate = new StartGate();
	paused = false;

	readonly onStderr: Event<string>;

	constructor(
		private readonly server: Hub,
		private readonly open: () => Promise<Upstream>,
	) {
		this.onStderr = server.onStderr;
	}

	async start(listener: UpstreamListener): Promise<void> {
		this.listener = listener;
		await this.server.enter(this);
	}

	async send(bytes: Uint8Array, value?: JsonObject): Promise<void> {
		if (this.own !== undefined) {
			return this.own.send(bytes, value);
		}
		if (this.listener === undefined || this.apart) {
			throw new FirewallError('upstream-failed', 'The server is not running.');
		}
		if (value === undefined) {
			return this.server.response(this, bytes);
		}
		if (!isRpcId(value.id)) {
			return this.server.notification(this, bytes, value);
		}
		const params = isJsonObject(value.params) ? value.params : {};
		const welcome = value.method === 'initialize' ? this.server.welcomeFor(params) : 'ask';
		if (welcome === 'ask') {
			return this.server.request(this, bytes, value, value.id);
		}
		const text = welcome === 'separate' ? undefined : await welcome;
		if (text === undefined) {
			return this.separate(bytes, value);
		}
		this.say(Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(value.id)},"result":${text}}`));
	}

	pause(): void {
		this.paused = true;
		this.own?.pause();
		this.server.pressure();
	}

	resume(): void {
		this.paused = false;
		this.own?.resume();
		this.server.pressure();
	}

	stderrText(): string {
		return this.own?.stderrText() ?? this.server.stderrText();
	}

	async stop(graces?: StopGraces): Promise<void> {
		const { own, listener } = this;
		this.gate.stop();
		if (own !== undefined) {
			await own.stop(graces);
			return;
		}
		this.listener = undefined;
		await this.server.leave(this, graces);
		listener?.end({ stopped: true });
	}

	/** A message for this session, with its own ids. */
	say(bytes: Uint8Array): void {
		this.listener?.line(bytes);
	}

	/** The process is gone. */
	end(end: UpstreamEnd): void {
		const { listener } = this;
		this.listener = undefined;
		listener?.end(end);
	}

	private async separate(bytes: Uint8Array, value: JsonObject): Promise<void> {
		const { listener } = this;
		if (listener === undefined) {
			return;
		}
		this.apart = true;
		await this.server.leave(this);
		const own = await this.gate.pass(this.open);
		// From here on a stop reaches it.
		this.own = own;
		const end = (told: UpstreamEnd) => {
			this.server.process(told);
			listener.end(told);
		};
		try {
			await own.start({ ...listener, end });
		} catch (error) {
			this.own = undefined;
			throw error;
		}
		this.server.process(undefined);
		await own.send(bytes, value);
	}
}
