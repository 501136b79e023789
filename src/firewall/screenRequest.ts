import { deepFreeze, type JsonObject } from '../base/json';
import { type Draft, type Ending, refused } from './ending';
import { type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type Screened, screenObject, screenPart } from './screenAnswer';

/**
 * What a server asks of its client, as it may be put to it: text in which something was found is quoted where it stands, so
 * that the client's model or person reads it as evidence. What the policy withholds is not asked at all. What is decided,
 * shown to a person and sent on is this message (INVARIANT 1 and 10).
 */
export async function screenRequest(
	context: PathContext,
	message: WireMessage,
	method: string,
	draft: Draft,
): Promise<WireMessage | Ending> {
	const screened = await screenPart(context, message.value, 'params', method, draft);
	if (isWithheld(draft)) {
		return refused('request_withheld');
	}
	if (screened === undefined) {
		return message;
	}
	const bytes = new TextEncoder().encode(JSON.stringify(screened.value));
	if (draft.digest !== undefined) {
		draft.received ??= draft.digest;
		draft.digest = context.ports.digest(bytes);
	}
	return { bytes, value: deepFreeze(screened.value) };
}

/** What a server tells its client. What the policy withholds is withheld where it stands; log texts lose their secrets. */
export function screenNotification(
	context: PathContext,
	message: WireMessage,
	method: string,
	draft: Draft,
): Promise<Screened | undefined> {
	const masks = method === 'notifications/message' || method === 'notifications/tasks';
	return screenPart(context, message.value, 'params', method, draft, { masks });
}

/** {@link screenRequest} for the parameters of a request that stands in an answer. */
export async function screenInputParams(
	context: PathContext,
	params: JsonObject,
	method: string,
	draft: Draft,
): Promise<{ readonly ok: true; readonly params: JsonObject } | { readonly ok: false; readonly ending: Ending }> {
	const screened = await screenObject(context, params, method, draft);
	return isWithheld(draft)
		? { ok: false, ending: refused('request_withheld') }
		: { ok: true, params: screened?.value ?? params };
}

function isWithheld({ screened }: Draft): boolean {
	return screened?.effect === 'withhold';
}
