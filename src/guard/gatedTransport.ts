/** A JSON-RPC message as the MCP SDK's transports hand it over. Attacker-controlled. */
export interface WireMessage {
	readonly jsonrpc: '2.0';
	readonly id?: string | number | null | undefined;
	readonly method?: string | undefined;
	readonly params?: unknown;
	readonly result?: unknown;
	readonly error?: unknown;
}

/** What a transport says about how a message came. */
export interface MessageInfo {
	readonly requestInfo?: { readonly headers?: unknown } | undefined;
}

/** The part of the MCP SDK's `Transport` that is needed: any of its transports is one. */
export interface TransportLike {
	start(): Promise<void>;
	send(message: never, options?: never): Promise<void>;
	close(): Promise<void>;
	onclose?: (() => void) | undefined;
	onerror?: ((error: Error) => void) | undefined;
	onmessage?: ((message: never, extra?: never) => void) | undefined;
	sessionId?: string | undefined;
	setProtocolVersion?: ((version: string) => void) | undefined;
}

/** What is done with messages on their way. */
export interface Gate {
	/**
	 * A message from the client. `pass` hands it on, perhaps changed, and what it leads to runs within; `answer` sends a result in
	 * its place. Never rejects.
	 */
	incoming(message: WireMessage, info: MessageInfo | undefined, way: GateWay): void;
	/** A message to the client; gives what is sent in its place. */
	outgoing(message: WireMessage): WireMessage | Promise<WireMessage>;
}

/** The two ways a message can go. */
export interface GateWay {
	pass(message: WireMessage, info: MessageInfo | undefined): void;
	answer(message: WireMessage): void;
}

interface Inner {
	start(): Promise<void>;
	send(message: WireMessage, options?: unknown): Promise<void>;
	close(): Promise<void>;
	onclose?: (() => void) | undefined;
	onerror?: ((error: Error) => void) | undefined;
	onmessage?: ((message: WireMessage, extra?: MessageInfo) => void) | undefined;
	readonly sessionId?: string | undefined;
	setProtocolVersion?(version: string): void;
}

/**
 * Stands between a transport and the SDK's server, so that nothing reaches the one or leaves the other around the gate: unlike a
 * handler, it also sees calls with arguments that do not fit, and of tools that were registered elsewhere.
 */
export class GatedTransport implements Inner {
	onclose?: (() => void) | undefined;
	onerror?: ((error: Error) => void) | undefined;
	onmessage?: ((message: WireMessage, extra?: MessageInfo) => void) | undefined;
	private readonly inner: Inner;
	private closed = false;

	constructor(
		inner: TransportLike,
		private readonly gate: Gate,
	) {
		this.inner = inner as unknown as Inner;
	}

	get sessionId(): string | undefined {
		return this.inner.sessionId;
	}

	async start(): Promise<void> {
		const { inner } = this;
		// Whoever listened before still hears of it, as with the SDK itself.
		const { onclose, onerror } = inner;
		inner.onclose = () => {
			this.closed = true;
			onclose?.();
			this.onclose?.();
		};
		inner.onerror = error => {
			onerror?.(error);
			this.onerror?.(error);
		};
		inner.onmessage = (message, info) => {
			this.gate.incoming(message, info, {
				pass: (passed, extra) => {
					// The SDK would still run a tool for a client that has gone while it was decided.
					if (!this.closed) {
						this.onmessage?.(passed, extra);
					}
				},
				answer: answered => {
					inner
						.send(answered, answered.id === undefined ? undefined : { relatedRequestId: answered.id })
						.catch((error: unknown) =>
							this.onerror?.(error instanceof Error ? error : new Error(String(error))),
						);
				},
			});
		};
		await inner.start();
	}

	async send(message: WireMessage, options?: unknown): Promise<void> {
		await this.inner.send(await this.gate.outgoing(message), options);
	}

	close(): Promise<void> {
		return this.inner.close();
	}

	setProtocolVersion(version: string): void {
		this.inner.setProtocolVersion?.(version);
	}
}
