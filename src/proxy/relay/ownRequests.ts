import { type JsonObject } from '../../base/json';
import { isRpcId, type RpcId, type WireMessage } from '../../firewall/message';
import { type ForwardOutcome } from '../../firewall/ports';
import { OneShot } from './oneShot';
import { isUsableResponse } from './openRequest';

/** Requests that the path itself makes of the upstream; their ids are none that a client can have chosen. */
export class OwnRequests {
	private readonly open = new Map<RpcId, OneShot<ForwardOutcome>>();
	private over = false;

	/** `send` hands the bytes to the upstream; false when it is gone. */
	constructor(private readonly send: (bytes: Uint8Array, value: JsonObject) => Promise<boolean>) {}

	/** Sends one and waits for its answer. Never rejects. */
	readonly ask = async (message: WireMessage, signal: AbortSignal): Promise<ForwardOutcome> => {
		const { id } = message.value;
		if (this.over || !isRpcId(id)) {
			return { kind: 'failed', why: 'unavailable' };
		}
		const outcome = new OneShot<ForwardOutcome>();
		const cancel = () => outcome.fire({ kind: 'failed', why: 'cancelled' });
		this.open.set(id, outcome);
		signal.addEventListener('abort', cancel, { once: true });
		try {
			if (signal.aborted) {
				cancel();
			} else {
				void this.send(message.bytes, message.value).then(
					sent => sent || outcome.fire({ kind: 'failed', why: 'exited' }),
				);
			}
			return await outcome.promise;
		} finally {
			signal.removeEventListener('abort', cancel);
			// One that was given up keeps its id, so that a late answer is not taken for noise of the server.
			if (outcome.value?.kind === 'answered') {
				this.open.delete(id);
			}
		}
	};

	/** Takes an answer; without a message, one that cannot be used. True when it is to a request of ours. */
	settle(id: RpcId, message: WireMessage | undefined): boolean {
		const outcome = this.open.get(id);
		this.open.delete(id);
		outcome?.fire(
			message !== undefined && isUsableResponse(message.value)
				? { kind: 'answered', message }
				: { kind: 'failed', why: 'invalid-response' },
		);
		return outcome !== undefined;
	}

	/** True while the upstream may still answer this one. */
	awaits(id: RpcId): boolean {
		return this.open.has(id);
	}

	/** The process is gone with what it was asked. */
	lost(): void {
		for (const outcome of this.open.values()) {
			outcome.fire({ kind: 'failed', why: 'exited' });
		}
		this.open.clear();
	}

	/** Nothing more will be asked. */
	close(): void {
		this.over = true;
		this.lost();
	}
}
