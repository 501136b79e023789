import { errorText } from '../../base/errors';
import { isJsonObject, type JsonObject } from '../../base/json';
import { errorResponse, RPC_METHOD_NOT_FOUND, type RpcId, type WireMessage } from '../../firewall/message';
import { type SessionPath } from '../../firewall/ports';
import { TOOLS_CHANGED } from '../../firewall/shownTools';
import { ClientRequester } from './clientRequester';
import { encodeMessage, isToken } from './encode';
import { Lane } from './lane';
import { CLOSE_SETTLE_MS, MAX_CLIENT_REQUESTS, MAX_SERVER_REQUESTS, REQUEST_DEADLINE_MS } from '../limits';
import { NoiseMeter } from './noiseMeter';
import { OneShot } from './oneShot';
import { type OpenRequest, plainReply, type Reply } from './openRequest';
import { OwnRequests } from './ownRequests';
import { Pressure } from './pressure';
import { type RelayOptions } from './relayOptions';
import { readMessage, type ReadMessage, readOversize, requestIdOf, type UnreadableMessage } from './readMessage';
import { AT_ONCE, GENTLE_STOP, type StopGraces, type UpstreamEnd } from '../upstream/upstream';

/**
 * The pump of one session between a client and an upstream. It frames, pairs answers with requests, bounds and orders;
 * it judges nothing: every message goes through the session's path and the relay does what it is told.
 */
export class Relay {
	private readonly path: SessionPath;
	private readonly clientLane: Lane;
	private readonly serverLane: Lane;
	private readonly clientNoise: NoiseMeter;
	private readonly serverNoise: NoiseMeter;
	private readonly work = new Set<Promise<void>>();
	private readonly finished = new OneShot<UpstreamEnd>();
	private readonly fromServer: Pressure;
	/** In whose response a message of the upstream came. */
	private readonly streams = new WeakMap<WireMessage, RpcId>();
	private closing: Promise<void> | undefined;
	private readonly own: OwnRequests;
	readonly requester: ClientRequester;

	constructor(private readonly options: RelayOptions) {
		const { clock, logger, client, upstream } = options;
		this.requester = new ClientRequester(options.ids, (bytes, value) => this.toClient(bytes, value));
		this.own = new OwnRequests((bytes, value) => this.toUpstream(bytes, value));
		this.path = options.openPath(this.requester, this.own.ask);
		this.path.onDidChangeTools?.(
			() => void this.track(this.toClient(encodeMessage(TOOLS_CHANGED), TOOLS_CHANGED).then(() => undefined)),
		);
		this.clientNoise = new NoiseMeter(this.path, 'client');
		this.serverNoise = new NoiseMeter(this.path, 'server');
		this.fromServer = new Pressure(full => (full ? upstream.pause() : upstream.resume()));
		const common = { clock, logger, deadlineMs: options.deadlineMs ?? REQUEST_DEADLINE_MS };
		this.clientLane = new Lane({
			...common,
			name: 'client',
			judgeRequest: (message, forward, signal, waiting) =>
				this.path.clientRequest(message, forward, signal, waiting),
			noteTo: async (entry, bytes) => (await entry.reply.related(bytes)) || this.options.client.send(bytes),
			judgeNotification: message => this.path.clientNotification(message),
			deliver: (bytes, value) => this.toUpstream(bytes, value),
			noise: (why, id) => this.clientNoise.note(why, id),
			pressure: new Pressure(full => client.pressure(full)),
			limit: MAX_CLIENT_REQUESTS,
		});
		this.serverLane = new Lane({
			...common,
			name: 'server',
			judgeRequest: (message, forward, signal) => this.path.serverRequest(message, forward, signal),
			judgeNotification: message => this.path.serverNotification(message),
			deliver: (bytes, value, source) => this.toClient(bytes, value, source),
			noise: (why, id) => this.serverNoise.note(why, id),
			pressure: this.fromServer,
			limit: MAX_SERVER_REQUESTS,
		});
	}

	/** The id of the session, as the trail has it. */
	get sessionId(): string {
		return this.path.id;
	}

	/** Resolves when the upstream has ended and every request has its answer. */
	get ended(): Promise<UpstreamEnd> {
		return this.finished.promise;
	}

	/** Starts the upstream. Rejects with `upstream-failed`; the relay is then of no use and must be closed. */
	async start(): Promise<void> {
		await this.options.upstream.start({
			line: (bytes, stream) => this.fromUpstream(readMessage(bytes, 'lenient'), stream),
			oversize: head => this.oversizeFromUpstream(readOversize(head)),
			oversizeEnd: head => void this.fromUpstream(readOversize(head)),
			runaway: () => this.giveUp('an over-long message does not end'),
			interrupted: () => {
				this.path.upstreamRestarted?.();
				this.own.lost();
				this.clientLane.farLost();
				this.serverLane.abortAll();
			},
			end: end => this.upstreamEnded(end),
		});
	}

	/** Takes one message of the client. Resolves when it is dealt with, for a request: answered. Never rejects. */
	fromClient(read: ReadMessage, reply: Reply): Promise<void> {
		return this.track(this.takeFromClient(read, reply));
	}

	/** True while the upstream may still answer a request with this id, also one that was cancelled. */
	awaits(id: RpcId): boolean {
		return this.clientLane.awaits(id);
	}

	/** The input schema of a tool as far as the path knows it. Attacker-controlled. */
	schemaOf(tool: string): JsonObject | undefined {
		return this.path.schemaOf?.(tool);
	}

	/** Ends the session: open requests are aborted and answered, the upstream is stopped, the path is disposed of. */
	close(graces: StopGraces = GENTLE_STOP): Promise<void> {
		if (this.closing !== undefined) {
			// Already stopping: a shorter grace still counts.
			void this.track(this.options.upstream.stop(graces));
		}
		this.closing ??= this.shutDown(graces);
		return this.closing;
	}

	/**
	 * Resolves true when no request of the client is being worked on any more, false when that takes longer than
	 * `ms`.
	 */
	idle(ms: number): Promise<boolean> {
		const settled = new OneShot<true>();
		void Promise.all(this.work).then(() => settled.fire(true));
		return settled.within(ms, this.options.clock);
	}

	private async takeFromClient(read: ReadMessage, reply: Reply): Promise<void> {
		if (!read.ok) {
			await this.clientNoise.note(read.why, read.id);
			const value = errorResponse(read.id ?? null, read.code, read.why);
			await reply.answer(encodeMessage(value), value);
			return;
		}
		const { message, shape } = read;
		switch (shape.kind) {
			case 'request':
				if (shape.method === 'initialize' && isJsonObject(shape.params.capabilities)) {
					this.requester.learn(shape.params.capabilities);
				}
				return this.clientLane.request(message, shape, reply);
			case 'notification':
				if (shape.method === 'notifications/progress' && isToken(shape.params.progressToken)) {
					this.serverLane.progressed(shape.params.progressToken);
				}
				return shape.method === 'notifications/cancelled'
					? this.clientLane.cancel(message, requestIdOf(shape.params))
					: this.clientLane.notification(message);
			case 'response':
				if (
					!this.requester.accept(shape.id, message) &&
					!this.serverLane.settle(shape.id, message, this.clientLane.notes)
				) {
					await this.clientNoise.note('response to no request', shape.id);
				}
		}
	}

	/** Returns the id of the request that the message answers. */
	private fromUpstream(read: ReadMessage, stream?: RpcId): RpcId | undefined {
		if (!read.ok) {
			read.answers.forEach(id => this.settle(id, undefined));
			void this.track(this.serverNoise.note(read.why, read.id));
			return read.answers.find(id => id === stream) ?? read.answers[0];
		}
		const { message, shape } = read;
		if (stream !== undefined) {
			this.streams.set(message, stream);
		}
		switch (shape.kind) {
			case 'request':
				void this.track(
					this.options.client.ownerOf === undefined
						? this.serverLane.request(message, shape, this.replyToUpstream)
						: this.refuseRequest(shape.id),
				);
				return undefined;
			case 'notification': {
				const ends = shape.method === 'notifications/cancelled';
				const id = ends ? requestIdOf(shape.params) : undefined;
				void this.track(
					ends && !this.clientLane.ended(id)
						? this.serverLane.cancel(message, id)
						: this.serverLane.notification(message),
				);
				return undefined;
			}
			case 'response':
				if (!this.settle(shape.id, message)) {
					void this.track(this.serverNoise.note('response to no request', shape.id));
				}
				return shape.id;
		}
	}

	private settle(id: RpcId, message: WireMessage | undefined): boolean {
		return this.own.settle(id, message) || this.clientLane.settle(id, message, this.serverLane.notes);
	}

	/**
	 * A response that is too long fails its request once it ends. Anything else cannot be paired: the upstream is
	 * given up.
	 */
	private oversizeFromUpstream(read: UnreadableMessage): void {
		if (!read.answers.some(id => this.own.awaits(id) || this.clientLane.awaits(id))) {
			void this.track(this.serverNoise.note(read.why, read.id));
			this.giveUp('a message over the size limit that answers no request');
		}
	}

	private giveUp(why: string): void {
		this.options.logger.warn(`Stopping an upstream: ${why}.`);
		const { upstream } = this.options;
		void this.track(upstream.kill?.() ?? upstream.stop(AT_ONCE));
	}

	/** A server cannot ask where no client could be told whose question it is. */
	private async refuseRequest(id: RpcId): Promise<void> {
		await this.serverNoise.note('a request where a server may send none', id);
		await this.toUpstream(encodeMessage(errorResponse(id, RPC_METHOD_NOT_FOUND, 'Method not found')));
	}

	private readonly replyToUpstream = plainReply(bytes => this.toUpstream(bytes));

	private async toUpstream(bytes: Uint8Array, value?: JsonObject): Promise<boolean> {
		try {
			await this.options.upstream.send(bytes, value);
			return true;
		} catch {
			return false;
		}
	}

	/** INVARIANT: one message takes one stream: that of the request it belongs to, else the session's own. */
	private async toClient(bytes: Uint8Array, value: JsonObject, source?: WireMessage): Promise<boolean> {
		const owner = this.ownerOf(value, source && this.streams.get(source));
		if (value.method === 'notifications/progress' && owner?.notes?.admits(value) === false) {
			return true;
		}
		return (owner !== undefined && (await owner.reply.related(bytes))) || this.options.client.send(bytes);
	}

	private ownerOf(value: JsonObject, stream: RpcId | undefined): OpenRequest | undefined {
		const { client } = this.options;
		if (client.ownerOf !== undefined) {
			const owner = this.clientLane.find(stream ?? client.ownerOf(value));
			owner?.touch();
			return owner;
		}
		const token = isJsonObject(value.params) ? value.params.progressToken : undefined;
		if (value.method === 'notifications/progress' && isToken(token)) {
			return this.clientLane.progressed(token);
		}
		return stream === undefined ? this.clientLane.only() : this.clientLane.find(stream);
	}

	private upstreamEnded(end: UpstreamEnd): void {
		this.own.close();
		this.clientLane.farEnded();
		this.serverLane.abortAll();
		void this.idle(CLOSE_SETTLE_MS).then(() => this.finished.fire(end));
	}

	private async shutDown(graces: StopGraces): Promise<void> {
		this.clientLane.abortAll();
		this.serverLane.abortAll();
		this.own.close();
		this.requester.close();
		const settled = this.idle(CLOSE_SETTLE_MS);
		await this.options.upstream.stop(graces);
		this.clientLane.farEnded();
		await settled;
		try {
			await this.clientNoise.sumUp();
			await this.serverNoise.sumUp();
		} catch (error) {
			this.options.logger.error(`A session could not be summed up: ${errorText(error)}`);
		}
		this.path.dispose();
		this.finished.fire({ stopped: true });
	}

	private track(work: Promise<void>): Promise<void> {
		const own = work.catch((error: unknown) => {
			this.options.logger.error(`A message could not be handled: ${errorText(error)}`);
		});
		this.work.add(own);
		void own.then(() => this.work.delete(own));
		return own;
	}
}
