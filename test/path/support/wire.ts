import { deepFreeze, type JsonObject } from '../../../src/base/json';
import { type WireMessage } from '../../../src/firewall/message';

/** One message: its bytes, and the frozen value parsed from them. */
export function wire(message: JsonObject | string): WireMessage {
	const text = typeof message === 'string' ? message : JSON.stringify(message);
	return { bytes: Buffer.from(text), value: deepFreeze(JSON.parse(text) as JsonObject) };
}
