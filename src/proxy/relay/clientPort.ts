import { type JsonObject } from '../../base/json';
import { type RpcId } from '../../firewall/message';

/** The client side of a session, as its face implements it. */
export interface ClientPort {
	/** Sends a message that belongs to no request; false when it cannot be delivered. Never rejects. */
	send(bytes: Uint8Array): Promise<boolean>;
	/** Asks the face to stop (true) or resume (false) reading the client. */
	pressure(full: boolean): void;
	/**
	 * Set where several clients may stand behind the port: the request that a message of the server belongs to. A message
	 * that belongs to none is dropped, and the server may ask for nothing (MCP 2026-07-28 streamable-http#receiving-messages).
	 */
	readonly ownerOf?: (value: JsonObject) => RpcId | undefined;
}
