import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { auditVerdict } from '../domain/audit/auditRecord';
import { findPaths } from '../domain/policy/findPaths';
import { isPlainAscii, MAX_PATH_LENGTH } from '../domain/policy/pathText';
import { type Draft, type Ending, refused, settle, walkToEnd } from './ending';
import { handOn } from './handOn';
import { hear } from './hear';
import { judgedArguments, wrongContinuation } from './inputRequired';
import { type ApprovedCall } from './inputRounds';
import { noteFacts } from './noteFacts';
import { notePrincipal } from './notePrincipal';
import { judge } from './judge';
import { RPC_INVALID_PARAMS, type RpcId, type WireMessage } from './message';
import { messageDraft, noteParams } from './passing';
import { markOf, type PathContext } from './pathContext';
import { type Answer, type Forward, type Waiting } from './ports';
import { outbound, paramsOf } from './outbound';
import { recogniseResources } from './recogniseItem';
import { passOn } from './passOn';
import { refuseImpostor } from './refuseImpostor';
import { screenAnswerAndInput } from './screenInput';
import { type Question } from './approvalRequest';
import { fingerprint, seekApproval } from './seekApproval';
import { trailCopy } from './trailCopy';
import { unknownMember } from './unknownMember';

/** A scheme of more than a letter, other than `file:`; what has none is a path to whoever opens it. */
const HAS_SCHEME = /^(?!file:)[a-z][a-z0-9+.-]+:/i;

/**
 * `resources/read`, the subscriptions, and the stream that takes their place: a `file:` URI is a path and goes through policy as `filesystem.read`; other
 * URIs are the server's own names and are inspected on the way back.
 */
export async function handleResource(
	context: PathContext,
	request: { readonly id: RpcId; readonly method: string; readonly params: JsonObject },
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
	waiting?: Waiting,
): Promise<Answer> {
	const draft = messageDraft(context, request.method, message, 'client');
	const wrong = request.method === LISTEN ? wrongListen(request.params) : wrongResource(request.params);
	const ending =
		wrong === undefined
			? await walkToEnd(context, draft, () =>
					walkResource(context, request, message, draft, forward, signal, waiting),
				)
			: ({ kind: 'invalid', code: RPC_INVALID_PARAMS, why: wrong } as const);
	return settle(context, request.id, draft, ending);
}

/** A stream of notifications, also about the resources that it names (MCP 2026-07-28 basic/patterns/subscriptions). */
const LISTEN = 'subscriptions/listen';

function wrongResource(params: JsonObject): string | undefined {
	return typeof params.uri === 'string'
		? (unknownMember(params, ['uri', '_meta', 'inputResponses', 'requestState']) ?? wrongContinuation(params))
		: 'params.uri must be a text';
}

function wrongListen(params: JsonObject): string | undefined {
	const { notifications } = params;
	if (!isJsonObject(notifications)) {
		return 'params.notifications must be an object';
	}
	const { resourceSubscriptions: uris = [] } = notifications;
	return Array.isArray(uris) && uris.every(uri => typeof uri === 'string')
		? unknownMember(params, ['notifications', '_meta'])
		: 'params.notifications.resourceSubscriptions must be a list of texts';
}

/** What a request names: one resource, or all that a stream is to tell of. */
function urisOf({ notifications, uri }: JsonObject): readonly string[] {
	const named = isJsonObject(notifications) ? (notifications.resourceSubscriptions ?? []) : [uri];
	return (Array.isArray(named) ? named : []).filter(item => typeof item === 'string');
}

async function walkResource(
	context: PathContext,
	came: { readonly method: string; readonly params: JsonObject },
	asked: WireMessage,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
	waiting: Waiting | undefined,
): Promise<Ending> {
	noteParams(context, came.params, draft);
	const message = await outbound(context, context.review.current().entry, asked, draft);
	if ('kind' in message) {
		return message;
	}
	// INVARIANT: what is judged is what is sent.
	const request = message === asked ? came : { ...came, params: paramsOf(message) };
	const round = context.rounds.take(message);
	const call = { tool: request.method, message, round };
	const question = await askOfResource(context, request, signal);
	if (question === undefined) {
		const impostor = refuseImpostor(context, draft);
		if (impostor !== undefined) {
			return impostor;
		}
		const outcome = await handOn(context, draft, forward, signal, message);
		const ending = await screenAnswerAndInput(context, outcome, call, draft, signal);
		return hear(context, request, outcome, ending, draft);
	}
	if ('kind' in question) {
		return question;
	}
	const { verdict, facts, load } = question.judgement;
	draft.capability = facts.capability;
	draft.policyDigest = load.digest;
	draft.verdict = auditVerdict(verdict);
	notePrincipal(question.judgement, draft);
	noteFacts(context, question.judgement, draft, trailCopy(facts.arguments, context.ports).value);
	if (verdict.effect === 'deny') {
		context.memory.denied(facts, markOf(context, draft), verdict);
		return refused(verdict.reason, verdict.capability, verdict);
	}
	let approved: ApprovedCall | undefined;
	if (verdict.effect === 'require_approval') {
		const again = async () => (await askOfResource(context, request, signal)) ?? refused('internal_error');
		const under = fingerprint(context, question);
		const goesOn = round?.approved?.under === under ? round : undefined;
		const refusal = await seekApproval(context, question, again, draft, signal, { waiting, goesOn });
		if (refusal !== undefined) {
			return refusal;
		}
		approved = { under, grantId: draft.approval?.grantId ?? goesOn?.approved?.grantId };
	}
	return passOn(context, question.judgement, { ...call, approved }, draft, forward, signal);
}

/** What policy says of a resource; undefined for a name of the server's own, of which policy does not speak. */
async function askOfResource(
	context: PathContext,
	request: { readonly method: string; readonly params: JsonObject },
	signal: AbortSignal,
): Promise<Question | Ending | undefined> {
	const uris = urisOf(request.params);
	const recognition = await recogniseResources(context, request.params, uris);
	if (!recognition.ok) {
		return recognition.ending;
	}
	if (uris.some(uri => uri.length > MAX_PATH_LENGTH || !isPlainAscii(uri))) {
		// A URI is printable ASCII (RFC 3986 §2). Parsers drop line breaks and fold look-alikes: `fi\nle:` and `ｆile:` are
		// files to a server, and names to us.
		return refused('path_unjudgeable', 'filesystem.read');
	}
	// Not by the scheme alone: `/etc/passwd`, ` file:…` and `%66ile:…` are files to some server.
	const isNamed = (uri: string) => findPaths({ uri }, undefined).length > 0;
	const named = uris.filter(isNamed);
	// What has no scheme is a path, whether the finder takes it for one or not.
	const bare = uris.filter(uri => !isNamed(uri) && !HAS_SCHEME.test(uri));
	if (named.length + bare.length === 0) {
		return context.ports.policy.current().policy === undefined ? refused('policy_unusable') : undefined;
	}
	const judged = judgedArguments(
		{ ...(named.length > 0 && { uri: oneOf(named) }), ...(bare.length > 0 && { path: oneOf(bare) }) },
		request.params.inputResponses,
	);
	if (typeof judged === 'string') {
		return { kind: 'invalid', code: RPC_INVALID_PARAMS, why: judged };
	}
	const subject = {
		server: context.server,
		entry: recognition.entry,
		tool: request.method,
		arguments: judged,
		descriptor: undefined,
		capability: 'filesystem.read',
	};
	return { subject, judgement: await judge(context.ports, subject, context.memory, signal) };
}

function oneOf(uris: readonly string[]): JsonValue {
	const [first] = uris;
	return uris.length === 1 && first !== undefined ? first : uris;
}
