import { type Clock, type IdSource } from '../../base/clock';
import { isJsonObject, type JsonObject } from '../../base/json';
import { type RpcId } from '../../firewall/message';
import { encodeMessage, requestMessage } from '../relay/encode';
import { OneShot } from '../relay/oneShot';
import { readMessage } from '../relay/readMessage';

/** What came back: the result, an empty object for an error. */
interface OwnAnswer {
	readonly id: RpcId;
	readonly result: JsonObject;
}

/** How the ids of our questions begin. */
const OWN = 'mcp-firewall-';
/** Questions that were given up and whose answers are still kept from everybody. */
const MAX_LATE = 64;

/** Questions of ours to one process, and the answers, which nobody else gets to see. */
export class OwnQuestions {
	private readonly open = new Map<RpcId, OneShot<OwnAnswer | 'gone'>>();
	/** Asked, given up, and perhaps answered after all. */
	private readonly late = new Set<RpcId>();

	constructor(
		private readonly send: (bytes: Uint8Array, value: JsonObject) => Promise<void>,
		private readonly clock: Clock,
		private readonly ids: IdSource,
	) {}

	/** True for the id of a question of ours whose answer may still come. */
	owns(id: RpcId): boolean {
		return this.open.has(id) || this.late.has(id);
	}

	/** Asks; undefined when there is no answer in time. Never rejects. The id is none that a client can have chosen. */
	async ask(method: string, params: JsonObject, ms: number): Promise<OwnAnswer | undefined> {
		const id = `${OWN}${this.ids.token()}`;
		const value = requestMessage(id, method, params);
		const answer = new OneShot<OwnAnswer | 'gone'>();
		this.open.set(id, answer);
		this.send(encodeMessage(value), value).catch(() => answer.fire('gone'));
		await answer.within(ms, this.clock);
		this.open.delete(id);
		if (answer.value === undefined) {
			this.giveUp(id);
			return undefined;
		}
		return answer.value === 'gone' ? undefined : answer.value;
	}

	/** Takes a line of the server; the id where it answers a question of ours, and then nobody else may see it. */
	take(bytes: Uint8Array): RpcId | undefined {
		// One whose id is written in another way is nobody's answer: the relay drops it.
		if ((this.open.size === 0 && this.late.size === 0) || !asBuffer(bytes).includes(OWN)) {
			return undefined;
		}
		const read = readMessage(bytes, 'lenient');
		const ids = read.ok ? (read.shape.kind === 'response' ? [read.shape.id] : []) : read.answers;
		const id = ids.find(each => this.owns(each));
		if (id !== undefined) {
			const result = read.ok ? read.message.value.result : undefined;
			this.late.delete(id);
			this.open.get(id)?.fire({ id, result: isJsonObject(result) ? result : {} });
		}
		return id;
	}

	private giveUp(id: RpcId): void {
		const [oldest] = this.late;
		if (this.late.size >= MAX_LATE && oldest !== undefined) {
			this.late.delete(oldest);
		}
		this.late.add(id);
	}

	/** The process is gone. */
	close(): void {
		this.open.forEach(answer => answer.fire('gone'));
		this.open.clear();
		this.late.clear();
	}
}

function asBuffer(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
