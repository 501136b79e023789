import { type JsonObject } from '../base/json';
import { auditVerdict } from '../domain/audit/auditRecord';
import { findPaths } from '../domain/policy/findPaths';
import { isPlainAscii, MAX_PATH_LENGTH } from '../domain/policy/pathText';
import { type Draft, type Ending, refused, settle, walkToEnd } from './ending';
import { handOn } from './handOn';
import { hear } from './hear';
import { noteFacts } from './noteFacts';
import { judge } from './judge';
import { RPC_INVALID_PARAMS, type RpcId, type WireMessage } from './message';
import { messageDraft, noteParams } from './passing';
import { markOf, type PathContext } from './pathContext';
import { type Answer, type Forward, type Waiting } from './ports';
import { recogniseServer } from './recognise';
import { passOn } from './passOn';
import { screenOutcome } from './screenAnswer';
import { type Question } from './approvalRequest';
import { seekApproval } from './seekApproval';
import { trailCopy } from './trailCopy';
import { unknownMember } from './unknownMember';

/** A scheme of more than a letter, other than `file:`; what has none is a path to whoever opens it. */
const HAS_SCHEME = /^(?!file:)[a-z][a-z0-9+.-]+:/i;

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
	waiting?: Waiting,
): Promise<Answer> {
	const draft = messageDraft(context, request.method, message, 'client');
	const wrong =
		typeof request.params.uri === 'string'
			? unknownMember(request.params, ['uri', '_meta'])
			: 'params.uri must be a text';
	const ending =
		wrong === undefined
			? await walkToEnd(context, draft, () =>
					walkResource(context, request, message, draft, forward, signal, waiting),
				)
			: ({ kind: 'invalid', code: RPC_INVALID_PARAMS, why: wrong } as const);
	return settle(context, request.id, draft, ending);
}

async function walkResource(
	context: PathContext,
	request: { readonly method: string; readonly params: JsonObject },
	message: WireMessage,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
	waiting: Waiting | undefined,
): Promise<Ending> {
	noteParams(context, request.params, draft);
	const question = await askOfResource(context, request);
	if (question === undefined) {
		const outcome = await handOn(context, draft, forward, signal);
		return hear(context, request, outcome, screenOutcome(context, outcome, request.method, draft), draft);
	}
	if ('kind' in question) {
		return question;
	}
	const { verdict, facts, load } = question.judgement;
	draft.capability = facts.capability;
	draft.policyDigest = load.digest;
	draft.verdict = auditVerdict(verdict);
	noteFacts(context, question.judgement, draft, trailCopy(facts.arguments, context.ports.digest).value);
	if (verdict.effect === 'deny') {
		context.memory.denied(facts, markOf(context, draft), verdict);
		return refused(verdict.reason, verdict.capability, verdict);
	}
	if (verdict.effect === 'require_approval') {
		const again = async () => (await askOfResource(context, request)) ?? refused('internal_error');
		const refusal = await seekApproval(context, question, again, draft, signal, { waiting });
		if (refusal !== undefined) {
			return refusal;
		}
	}
	return passOn(context, question.judgement, { tool: request.method, message }, draft, forward, signal);
}

/** What policy says of a resource; undefined for a name of the server's own, of which policy does not speak. */
async function askOfResource(
	context: PathContext,
	request: { readonly method: string; readonly params: JsonObject },
): Promise<Question | Ending | undefined> {
	const recognition = recogniseServer(context);
	if (!recognition.ok) {
		return recognition.ending;
	}
	const uri = typeof request.params.uri === 'string' ? request.params.uri : '';
	if (uri.length > MAX_PATH_LENGTH || !isPlainAscii(uri)) {
		// A URI is printable ASCII (RFC 3986 §2). Parsers drop line breaks and fold look-alikes: `fi\nle:` and `ｆile:` are
		// files to a server, and names to us.
		return refused('path_unjudgeable', 'filesystem.read');
	}
	// Not by the scheme alone: `/etc/passwd`, ` file:…` and `%66ile:…` are files to some server.
	const named = findPaths({ uri }, undefined).length > 0;
	if (!named && HAS_SCHEME.test(uri)) {
		return context.ports.policy.current().policy === undefined ? refused('policy_unusable') : undefined;
	}
	const subject = {
		server: context.server,
		entry: recognition.entry,
		tool: request.method,
		// What has no scheme is a path, whether the finder takes it for one or not.
		arguments: named ? { uri } : { path: uri },
		descriptor: undefined,
		capability: 'filesystem.read',
	};
	return { subject, judgement: await judge(context.ports, subject, context.memory) };
}
