import { sha256Hex } from '../base/digest';
import { type JsonObject } from '../base/json';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { aboveCeiling, crossingReply } from './ceiling';
import { wrongTaskResult } from './checkResult';
import { type Draft, type Ending, refused, settle, startDraft, walkToEnd } from './ending';
import { handOn } from './handOn';
import { hear } from './hear';
import { introduces, isIntroduction } from './identityStanding';
import { asksForInput, wrongContinuation } from './inputRequired';
import { RPC_INVALID_PARAMS, RPC_METHOD_NOT_FOUND, type RpcId, type WireMessage } from './message';
import { narrowReply, outbound, paramsOf } from './outbound';
import { redacted } from './redact';
import { type PathContext } from './pathContext';
import { type Answer, type Forward } from './ports';
import { recogniseServer } from './recognise';
import { recogniseRequest } from './recogniseItem';
import { screenOutcome } from './screenAnswer';
import { screenRequest } from './screenRequest';
import { refuseImpostor } from './refuseImpostor';
import { screenAnswerAndInput } from './screenInput';
import { decideServerRequest } from './serverRequest';
import { admitAnswer, endingOfAdmitted, expect } from './surfaceAnswer';
import { whyStopped } from './standing';
import { trailCopy } from './trailCopy';

/**
 * A request that has no path of its own: passed and recorded. What the server says is inspected, in its answers as in
 * its own requests. What a client says to a reviewed server is narrowed, and held against the server's ceiling.
 */
export async function handleInspected(
	context: PathContext,
	request: {
		readonly id: RpcId;
		readonly method: string;
		readonly params: JsonObject;
		readonly from: 'client' | 'server';
	},
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
): Promise<Answer> {
	const draft = messageDraft(context, request.method, message, request.from);
	const ending = await walkToEnd(context, draft, async () => {
		const recognition =
			request.from === 'server' || introduces(request.method)
				? recogniseServer(context)
				: await recogniseRequest(context, request);
		if (!recognition.ok) {
			return recognition.ending;
		}
		if (!isIntroduction(request) && context.ports.policy.current().policy === undefined) {
			return refused('policy_unusable');
		}
		if (request.from === 'client') {
			const impostor = isIntroduction(request) ? undefined : refuseImpostor(context, draft);
			if (impostor !== undefined) {
				return impostor;
			}
			const wrong = request.method === 'prompts/get' ? wrongContinuation(request.params) : undefined;
			if (wrong !== undefined) {
				return { kind: 'invalid', code: RPC_INVALID_PARAMS, why: wrong };
			}
			const sent = await outbound(context, recognition.entry, message, draft);
			noteParams(context, 'kind' in sent ? request.params : paramsOf(sent), draft);
			if ('kind' in sent) {
				return sent;
			}
			const round = context.rounds.take(sent);
			const expected = expect(context, request);
			const outcome = await handOn(context, draft, forward, signal, sent);
			const admitted = admitAnswer(context, recognition.entry, expected, outcome, draft);
			const call = { tool: request.method, message: sent, round };
			const screened = await screenAnswerAndInput(context, admitted, call, draft, signal);
			const unfit = wrongTaskResult(context, recognition.entry, request, outcome, draft);
			const ending =
				unfit !== undefined && screened.kind === 'answered'
					? unfit
					: endingOfAdmitted(screened, outcome, admitted);
			return hear(context, request, outcome, ending, draft);
		}
		const asked = await screenRequest(context, message, request.method, draft);
		if ('kind' in asked) {
			return asked;
		}
		const put = { method: request.method, params: paramsOf(asked) };
		const refusal = await decideServerRequest(context, put, draft, signal);
		if (refusal !== undefined) {
			return refusal;
		}
		const outcome = await handOn(context, draft, forward, signal, asked);
		if (outcome.kind === 'failed') {
			return { kind: 'failed', why: outcome.why };
		}
		const ending = await replyEnding(context, recognition.entry, outcome.message, draft);
		return asked !== message && ending.kind === 'answered' ? { ...ending, outcome: 'quarantined' } : ending;
	});
	return settle(context, request.id, draft, ending);
}

/** What the client answers to a request of the server: no more than the server may know (C4). */
async function replyEnding(
	context: PathContext,
	entry: ServerEntry | undefined,
	reply: WireMessage,
	draft: Draft,
): Promise<Ending> {
	const message = await redacted(context, entry, narrowReply(context, entry, reply, draft), 'result', draft);
	return (
		(await aboveCeiling(context, entry, crossingReply(message.value), draft)) ?? {
			kind: 'answered',
			answer: { kind: 'original', message },
			outcome: 'answered',
		}
	);
}

/** Notes the parameters of a request for the entry: masked and bounded. */
export function noteParams({ ports }: PathContext, params: JsonObject, draft: Draft): void {
	if (Object.keys(params).length > 0) {
		const { requestState, ...rest } = params;
		// Opaque, often sealed, and long: its digest says as much.
		const state = typeof requestState === 'string' && { requestState: `[sha256 ${sha256Hex(requestState)}]` };
		draft.arguments = trailCopy({ ...rest, ...state }, ports).value;
	}
}

/**
 * A request that is bookkeeping (`ping`, `logging/setLevel`): it passes without a trace. Of its answer only text that is
 * shaped like instructions leaves one.
 */
export async function handlePassed(
	context: PathContext,
	request: { readonly id: RpcId; readonly method: string; readonly from: 'client' | 'server' },
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
): Promise<Answer> {
	const recognition = recogniseServer(context);
	if (!recognition.ok && request.method !== 'ping') {
		return settle(
			context,
			request.id,
			messageDraft(context, request.method, message, request.from),
			recognition.ending,
		);
	}
	const draft = messageDraft(context, request.method, message, request.from);
	const entry = recognition.ok ? recognition.entry : undefined;
	const sent =
		request.from === 'client'
			? await outbound(context, entry, message, draft)
			: await screenRequest(context, message, request.method, draft);
	if ('kind' in sent) {
		return settle(context, request.id, draft, sent);
	}
	const outcome = await forward(signal, sent);
	if (outcome.kind === 'answered' && request.from === 'server') {
		return { kind: 'original', message: outcome.message };
	}
	const stopped = request.method !== 'ping' && whyStopped(context.ports, context.server) !== undefined;
	const asks = outcome.kind === 'answered' && asksForInput(outcome.message.value.result);
	const ending = await walkToEnd(context, draft, async () =>
		asks
			? refused('input_malformed')
			: hear(context, request, outcome, await screenOutcome(context, outcome, request.method, draft), draft),
	);
	return ending.kind === 'answered' && ending.outcome === 'answered' && !stopped
		? ending.answer
		: settle(context, request.id, draft, ending);
}

/** A method that may not cross: refused and recorded, never handed on. */
export function handleRefused(
	context: PathContext,
	request: { readonly id: RpcId; readonly from: 'client' | 'server' },
	message: WireMessage,
	why: string,
): Promise<Answer> {
	// The method's own text is not repeated: a look-alike is somebody's text.
	const draft = messageDraft(context, `(${why})`, message, request.from);
	return settle(context, request.id, draft, {
		kind: 'invalid',
		code: RPC_METHOD_NOT_FOUND,
		why: REFUSED[why] ?? why,
	});
}

const REFUSED: Readonly<Record<string, string>> = {
	'look-alike': 'Method not found: it looks like a known method but is not one.',
	'wrong-direction': 'Method not found: this side may not send it.',
	'removed-method': 'Method not found: this revision of MCP does not have it any more.',
	'unknown-method': 'Method not found: the policy refuses methods that are not known (methods: strict).',
};

/** Starts the draft of an entry about a message that has no verdict. */
export function messageDraft(
	context: PathContext,
	method: string,
	message: WireMessage,
	from: 'client' | 'server',
): Draft {
	const draft = startDraft(context, 'message', method, message);
	draft.from = from;
	if (from === 'server') {
		delete draft.traceparent;
	}
	return draft;
}
