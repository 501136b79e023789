import { type JsonObject } from '../base/json';
import { auditVerdict } from '../domain/audit/auditRecord';
import { maskSecrets } from '../domain/inspection/maskSecrets';
import { type Draft, type Ending, refused, settle, startDraft, walkToEnd } from './ending';
import { judge } from './judge';
import { RPC_METHOD_NOT_FOUND, type RpcId, type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type Answer, type Forward } from './ports';
import { recogniseServer } from './recognise';
import { recordVerdict } from './recordVerdict';
import { screenOutcome, screenPart } from './screenAnswer';
import { seekApproval } from './seekApproval';

/**
 * A request that has no path of its own: passed and recorded. What the server says is inspected, in its answers as in
 * its own requests; what the client answers to it is not touched.
 */
export async function handleInspected(
	context: PathContext,
	request: { readonly id: RpcId; readonly method: string; readonly from: 'client' | 'server' },
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
): Promise<Answer> {
	const draft = messageDraft(context, request.method, message, request.from);
	const ending = await walkToEnd(context, async () => {
		const recognition = recogniseServer(context);
		if (!recognition.ok) {
			return recognition.ending;
		}
		await recordVerdict(context, draft);
		if (request.from === 'client') {
			return screenOutcome(context, await forward(signal), request.method, draft);
		}
		labelParams(context, message, request.method, draft);
		const outcome = await forward(signal);
		return outcome.kind === 'failed'
			? { kind: 'failed', why: outcome.why }
			: { kind: 'answered', answer: { kind: 'original', message: outcome.message }, outcome: 'answered' };
	});
	return settle(context, request.id, draft, ending);
}

/** A sampling request is made of instructions, so it is labelled for the trail and passed as it is. */
function labelParams(context: PathContext, message: WireMessage, method: string, draft: Draft): void {
	screenPart(context, message.value, 'params', method, draft);
}

/**
 * `resources/read` and the subscriptions: a `file:` URI is a path and goes through policy as `filesystem.read`; other
 * URIs are the server's own names and are inspected on the way back.
 */
export async function handleResource(
	context: PathContext,
	request: { readonly id: RpcId; readonly method: string; readonly params: JsonObject },
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
): Promise<Answer> {
	const draft = messageDraft(context, request.method, message, 'client');
	const ending = await walkToEnd(context, () => walkResource(context, request, draft, forward, signal));
	return settle(context, request.id, draft, ending);
}

async function walkResource(
	context: PathContext,
	request: { readonly method: string; readonly params: JsonObject },
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
): Promise<Ending> {
	const recognition = recogniseServer(context);
	if (!recognition.ok) {
		return recognition.ending;
	}
	const { uri } = request.params;
	draft.arguments = maskSecrets(request.params).value;
	if (typeof uri === 'string' && /^\s*file:/i.test(uri)) {
		const subject = {
			server: context.server,
			entry: recognition.entry,
			tool: request.method,
			arguments: { uri },
			descriptor: undefined,
			capability: 'filesystem.read',
		};
		const judgement = await judge(context.ports, subject);
		draft.capability = judgement.facts.capability;
		draft.verdict = auditVerdict(judgement.verdict);
		draft.paths = judgement.facts.paths.flatMap(path => path.candidates.slice(0, 1));
		if (judgement.verdict.effect === 'deny') {
			return refused(judgement.verdict.reason, judgement.verdict.capability, judgement.verdict);
		}
		if (judgement.verdict.effect === 'require_approval') {
			const refusal = await seekApproval(context, subject, judgement, draft, signal);
			if (refusal !== undefined) {
				return refusal;
			}
		}
	}
	await recordVerdict(context, draft);
	return screenOutcome(context, await forward(signal), request.method, draft);
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
	return settle(context, request.id, draft, { kind: 'invalid', code: RPC_METHOD_NOT_FOUND, why: REFUSED[why] ?? why });
}

const REFUSED: Readonly<Record<string, string>> = {
	'look-alike': 'Method not found: it looks like a known method but is not one.',
	'wrong-direction': 'Method not found: this side may not send it.',
	'unknown-method': 'Method not found: the policy refuses methods that are not known (methods: strict).',
};

/** Starts the draft of an entry about a message that has no verdict. */
export function messageDraft(
	context: PathContext,
	method: string,
	message: WireMessage,
	from: 'client' | 'server',
): Draft {
	const draft = startDraft(context, 'message', method);
	draft.from = from;
	draft.digest = context.ports.digest(message.bytes);
	return draft;
}
