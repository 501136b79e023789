import { type Clock } from '../../base/clock';
import { type JsonObject } from '../../base/json';
import { type Logger } from '../../base/logger';
import { type RpcId, type WireMessage } from '../../firewall/message';
import { type Answer, type Forward, type Passage, type Waiting } from '../../firewall/ports';
import { type OpenRequest } from './openRequest';
import { type Pressure } from './pressure';

/** What a lane is connected to: the path in the middle, the far side at the end. */
export interface LaneEnds {
	readonly name: 'client' | 'server';
	judgeRequest(message: WireMessage, forward: Forward, signal: AbortSignal, waiting?: Waiting): Promise<Answer>;
	/** Sends a note of ours about a request to whoever sent it. Absent: there are none. */
	readonly noteTo?: (entry: OpenRequest, bytes: Uint8Array) => Promise<unknown>;
	judgeNotification(message: WireMessage): Promise<Passage>;
	/**
	 * Hands bytes to the far side; false when it is gone. Never rejects. `source` is the message as it came, absent for
	 * one of ours.
	 */
	deliver(bytes: Uint8Array, message: JsonObject, source?: WireMessage): Promise<boolean>;
	noise(why: string, id?: RpcId): Promise<void>;
	readonly pressure: Pressure;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly deadlineMs: number;
	readonly limit: number;
}
