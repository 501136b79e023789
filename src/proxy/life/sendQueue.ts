import { isJsonObject, type JsonObject } from '../../base/json';

interface Waiting {
	readonly bytes: Uint8Array;
	readonly value: JsonObject;
	readonly sent: () => void;
	readonly failed: (error: unknown) => void;
}

/** Messages that wait for a process, in the order in which they came. What may wait is bounded by the relay's pressure. */
export class SendQueue {
	private items: Waiting[] = [];

	/** Resolves when the message is sent, or answered otherwise. */
	add(bytes: Uint8Array, value: JsonObject): Promise<void> {
		return new Promise((sent, failed) => this.items.push({ bytes, value, sent, failed }));
	}

	/** Sends all of them now. */
	flush(send: (bytes: Uint8Array, value: JsonObject) => Promise<void>): void {
		for (const { bytes, value, sent, failed } of this.items.splice(0)) {
			send(bytes, value).then(sent, failed);
		}
	}

	/** True when a message cancels a request that still waits: then that is not sent. An `initialize` cannot be cancelled. */
	callOff({ method, params }: JsonObject, answer: (value: JsonObject) => void): boolean {
		const id = method === 'notifications/cancelled' && isJsonObject(params) ? params.requestId : undefined;
		const at = this.items.findIndex(({ value }) => value.id === id && value.method !== 'initialize');
		const [item] = id === undefined || at < 0 ? [] : this.items.splice(at, 1);
		if (item !== undefined) {
			answer(item.value);
			item.sent();
		}
		return item !== undefined;
	}

	/** None of them will be sent. */
	refuse(answer: (value: JsonObject) => void): void {
		for (const { value, sent } of this.items.splice(0)) {
			answer(value);
			sent();
		}
	}
}
