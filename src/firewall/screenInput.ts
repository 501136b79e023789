import { errorText } from '../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { type Draft, durabilityOf, type Ending, refused, startDraft } from './ending';
import { asksForInput, type InputRequired, readInputRequired, withoutInput } from './inputRequired';
import { type ApprovedCall, type InputRound } from './inputRounds';
import { type WireMessage } from './message';
import { route } from './methodTable';
import { type PathContext } from './pathContext';
import { type ForwardOutcome } from './ports';
import { recogniseServer } from './recognise';
import { screenOutcome } from './screenAnswer';
import { screenInputParams } from './screenRequest';
import { decideServerRequest, isDecided } from './serverRequest';

/** The request whose answer is looked at. */
export interface AskingCall {
	/** What evidence in a quarantined answer names. */
	readonly tool: string;
	readonly message: WireMessage;
	/** The round that it answered. */
	readonly round?: InputRound | undefined;
	/** What a person allowed for it. */
	readonly approved?: ApprovedCall | undefined;
	/** Says why a result may not be handed on, although nothing in its texts speaks against it. */
	readonly check?: (result: JsonValue | undefined) => Ending | undefined;
}

/**
 * Step 6 for an answer that may ask the client for input instead of being complete: what it asks for is decided, screened
 * and recorded one by one, as a request of the server is; where one of them may not be, nothing of the answer passes.
 */
export async function screenAnswerAndInput(
	context: PathContext,
	outcome: ForwardOutcome,
	call: AskingCall,
	draft: Draft,
	signal: AbortSignal,
): Promise<Ending> {
	const result = outcome.kind === 'answered' ? outcome.message.value.result : undefined;
	if (outcome.kind === 'failed' || !asksForInput(result)) {
		return screenOutcome(context, outcome, call.tool, draft);
	}
	const { message } = outcome;
	const input = readInputRequired(result);
	const rest = input === undefined || !isOpaque(result) ? result : withoutInput(result);
	const stripped = { bytes: message.bytes, value: { ...message.value, result: rest } };
	const ending = await screenOutcome(context, { kind: 'answered', message: stripped }, call.tool, draft);
	if (ending.kind !== 'answered' || ending.answer.kind === 'none' || ending.outcome === 'withheld') {
		return ending;
	}
	const decided =
		input === undefined
			? withheld(draft, refused('input_malformed'))
			: await decideInput(context, input, call, draft, signal);
	if ('kind' in decided) {
		return decided;
	}
	const changed = rest === result ? {} : changedRequests(result, decided.params);
	const whole = Object.keys(changed).length === 0 ? result : { ...result, ...changed };
	if (ending.answer.kind === 'original' && whole === result) {
		return { ...ending, answer: { kind: 'original', message } };
	}
	const value = ending.answer.kind === 'original' ? stripped.value : ending.answer.value;
	return {
		...ending,
		// What it asks for was quoted, if nothing else was.
		outcome: decided.params.size > 0 && ending.outcome === 'answered' ? 'quarantined' : ending.outcome,
		answer: { kind: 'rewritten', value: { ...value, result: withInput(value.result, whole, rest) } },
	};
}

/** The requests with the parameters that take the place of theirs; empty where none does. */
function changedRequests(result: JsonObject, params: ReadonlyMap<string, JsonObject>): JsonObject {
	const { inputRequests } = result;
	if (params.size === 0 || !isJsonObject(inputRequests)) {
		return {};
	}
	const entries = Object.entries(inputRequests).map(([key, request]) => {
		const put = params.get(key);
		return [key, put !== undefined && isJsonObject(request) ? { ...request, params: put } : request];
	});
	return { inputRequests: Object.fromEntries(entries) as JsonObject };
}

/** What an answer asks for may be put to the client; some of it with these parameters in the place of its own. */
interface Put {
	readonly params: ReadonlyMap<string, JsonObject>;
}

/** Only where the answer says that it is waiting: then no client takes these members for text. */
function isOpaque(result: JsonObject): boolean {
	return result.resultType === 'input_required' || result.status === 'input_required';
}

/** Members that were set aside come back, untouched. */
function withInput(screened: JsonObject[string], result: JsonObject, rest: JsonObject): JsonObject {
	const aside = Object.entries(result).filter(([key]) => !Object.hasOwn(rest, key));
	return { ...(screened as JsonObject), ...Object.fromEntries(aside) };
}

async function decideInput(
	context: PathContext,
	input: InputRequired,
	call: AskingCall,
	draft: Draft,
	signal: AbortSignal,
): Promise<Ending | Put> {
	const params = new Map<string, JsonObject>();
	for (const request of input.requests) {
		const decided = await decideOne(context, request, draft, signal);
		if ('kind' in decided) {
			return withheld(draft, decided);
		}
		if (decided.put !== request.params) {
			params.set(request.key, decided.put);
		}
	}
	const { round, approved } = call;
	const next = { count: (round?.count ?? 0) + 1, first: round?.first ?? draft.id, approved };
	return !input.only || context.rounds.hand(call.message, input, next)
		? { params }
		: withheld(draft, refused('input_rounds'));
}

/** Decides one request and writes its entry. Rejects when the trail cannot be written: then nothing passes. */
async function decideOne(
	context: PathContext,
	request: InputRequired['requests'][number],
	draft: Draft,
	signal: AbortSignal,
): Promise<Ending | { readonly put: JsonObject }> {
	const { ports } = context;
	const { policy } = ports.policy.current();
	const routed = route(request.method, 'server', 'request', policy?.methods ?? 'strict');
	const known = isDecided(request.method);
	const admitted = known || (routed.kind === 'step' && !routed.known);
	const own = startDraft(context, 'message', admitted ? request.method : '(input request)');
	own.from = 'server';
	own.digest = ports.digest(new TextEncoder().encode(JSON.stringify(request)));
	let ending: Ending | undefined;
	let put = request.params;
	try {
		const screened = await screenInputParams(context, request.params, request.method, own);
		put = screened.ok ? screened.params : put;
		const recognition = recogniseServer(context);
		ending = !recognition.ok
			? recognition.ending
			: policy === undefined
				? refused('policy_unusable')
				: !admitted
					? refused('input_unknown')
					: screened.ok
						? await decideServerRequest(context, { method: request.method, params: put }, own, signal)
						: screened.ending;
	} catch (error) {
		ports.logger.error(`A request inside an answer could not be decided: ${errorText(error)}`);
		ending = refused('internal_error');
	}
	const why = ending?.kind === 'refused' ? `: ${ending.refusal.reason}` : '';
	const record = {
		...own,
		outcome: ending !== undefined ? 'refused' : put === request.params ? 'passed' : 'quarantined',
		detail: `asked for in the answer to ${draft.id}${why}`,
	} as const;
	await context.ledger.append(ports, record, durabilityOf(record));
	if (ending !== undefined) {
		ports.notify({ kind: 'refused', entry: record });
	}
	return ending ?? { put };
}

/** INVARIANT: no part of an answer passes that asks for what may not be asked. The refusal says that the call was made. */
function withheld(draft: Draft, ending: Ending): Ending {
	if (ending.kind !== 'refused') {
		return ending;
	}
	draft.detail = `the answer asks for what may not be asked: ${ending.refusal.reason}`;
	const hint = `The call was made, but what its answer asks of the client is refused, so it is withheld. ${ending.refusal.hint}`;
	return { kind: 'refused', refusal: { ...ending.refusal, hint } };
}
