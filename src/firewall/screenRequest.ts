import { FirewallError } from '../base/errors';
import { isJsonObject, type JsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type Draft } from './ending';
import { type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type Screened, screenPart } from './screenAnswer';

/** A request of the server as its client may get it. */
export interface ScreenedRequest {
	/** The very message that came, where nothing of it was replaced. */
	readonly message: WireMessage;
	readonly params: JsonObject;
	readonly outcome: Screened['outcome'] | undefined;
}

/**
 * What a server asks of its client is read by a model or a person like any answer. Text that is shaped like an attack is
 * quoted; that a sampling request is made of instructions is no reason to hand on one that tells a model to hide what it
 * does. The bytes that go on are those that are judged and recorded.
 */
export async function screenRequest(
	context: PathContext,
	message: WireMessage,
	method: string,
	draft: Draft,
): Promise<ScreenedRequest> {
	const screened = await screenPart(context, message.value, 'params', method, draft);
	if (screened === undefined) {
		return { message, params: paramsOf(message.value), outcome: undefined };
	}
	const text = JSON.stringify(screened.value);
	const parsed = parseJson(text, 'strict');
	if (!parsed.ok || !isJsonObject(parsed.value)) {
		throw new FirewallError('message-invalid', 'a screened request cannot be read');
	}
	const bytes = new TextEncoder().encode(text);
	draft.received = draft.digest ?? context.ports.digest(message.bytes);
	draft.digest = context.ports.digest(bytes);
	return { message: { bytes, value: parsed.value }, params: paramsOf(parsed.value), outcome: screened.outcome };
}

function paramsOf({ params }: JsonObject): JsonObject {
	return isJsonObject(params) ? params : {};
}
