import { type Clock, type IdSource } from '../base/clock';
import { FirewallError } from '../base/errors';
import { isJsonObject, type JsonObject } from '../base/json';
import { type Logger } from '../base/logger';
import { phrase } from '../base/phrase';
import { type Approver, type GuardedServer } from '../firewall/ports';
import { type SessionPaths } from '../firewall/sessionPaths';
import { type ServedIdentity } from './identity/principalDesk';
import { encodeMessage, requestMessage } from './relay/encode';
import { readMessage } from './relay/readMessage';
import { Relay } from './relay/relay';
import { openUpstream, type UpstreamLaunch } from './upstream/openUpstream';

/** One call that a person makes by hand. */
export interface SingleCall {
	readonly server: GuardedServer;
	readonly approver: Approver;
	readonly launch: UpstreamLaunch;
	/** Watches who the server is; absent where nobody looks. */
	readonly identity?: Pick<ServedIdentity, 'wrap'>;
	readonly sessionPaths: SessionPaths;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	readonly tool: string;
	readonly arguments: JsonObject;
	readonly clientInfo: { readonly name: string; readonly version: string };
}

/**
 * Opens a session of its own, makes one `tools/call` over the same path as every other client and ends the session.
 * Resolves with the JSON-RPC response, a refusal included. Throws `upstream-failed`, `aborted` or `message-invalid`.
 */
export async function singleCall(call: SingleCall, signal: AbortSignal): Promise<JsonObject> {
	const opened = openUpstream(call.launch, call.clock);
	const upstream = call.identity?.wrap(opened, call.launch) ?? opened;
	const relay = new Relay({
		client: { send: () => Promise.resolve(false), pressure: () => {} },
		upstream,
		openPath: (_, ask) => call.sessionPaths.open(call.server, call.approver, ask),
		clock: call.clock,
		ids: call.ids,
		logger: call.logger,
	});
	const abort = () => void relay.close();
	signal.addEventListener('abort', abort, { once: true });
	try {
		await relay.start();
		const hello = requestMessage(1, 'initialize', {
			protocolVersion: '2025-11-25',
			capabilities: {},
			clientInfo: call.clientInfo,
		});
		const welcome = await ask(relay, hello);
		if (welcome.error !== undefined) {
			return welcome;
		}
		await ask(relay, { jsonrpc: '2.0', method: 'notifications/initialized' });
		return await ask(relay, requestMessage(2, 'tools/call', { name: call.tool, arguments: call.arguments }));
	} finally {
		signal.removeEventListener('abort', abort);
		await relay.close();
	}
}

/** Sends one message through the relay; resolves with its answer, or with an empty object for a notification. */
async function ask(relay: Relay, message: JsonObject): Promise<JsonObject> {
	const read = readMessage(encodeMessage(message), 'strict');
	let answer: Uint8Array | undefined;
	await relay.fromClient(read, {
		answer: bytes => {
			answer = bytes;
			return Promise.resolve();
		},
		none: () => {},
		related: () => Promise.resolve(false),
	});
	if (answer === undefined) {
		if (message.id !== undefined) {
			throw new FirewallError('aborted', 'The call ended without an answer.');
		}
		return {};
	}
	const value = JSON.parse(new TextDecoder().decode(answer)) as unknown;
	if (!isJsonObject(value)) {
		throw new FirewallError('message-invalid', phrase('The answer is no JSON-RPC message.'));
	}
	return value;
}
