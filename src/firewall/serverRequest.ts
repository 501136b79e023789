import { type JsonObject } from '../base/json';
import { auditVerdict } from '../domain/audit/auditRecord';
import { type Policy } from '../domain/policy/policy';
import { type Draft, type Ending, refused } from './ending';
import { LEFT_TO_CLIENT } from '../domain/policy/judgeFacts';
import { judge } from './judge';
import { noteFacts } from './noteFacts';
import { notePrincipal } from './notePrincipal';
import { type PathContext } from './pathContext';
import { recogniseServer } from './recognise';
import { type Question } from './approvalRequest';
import { seekApproval } from './seekApproval';

/** What a server asks for with each request that it may make of its client (MCP 2025-11-25). */
const CAPABILITIES: ReadonlyMap<string, string> = new Map([
	['sampling/createMessage', 'client.sampling'],
	['elicitation/create', 'client.elicitation'],
	['roots/list', 'client.roots'],
]);

/** True for what a server may ask of its client, in a request or in an answer. */
export function isDecided(method: string): boolean {
	return CAPABILITIES.has(method);
}

/**
 * A request of the server, decided with `direction: server`. Undefined means go. A policy that claims these requests (a
 * rule for the capability or `client.*`, a `*` with `direction: server`, `methods: strict`) decides them like any call.
 * Another one leaves them to the client, which asks its person by itself, unless a deny or approval holds: `deny: ['*']`,
 * or a composition after a secret was seen.
 */
export async function decideServerRequest(
	context: PathContext,
	request: { readonly method: string; readonly params: JsonObject },
	draft: Draft,
	signal: AbortSignal,
): Promise<Ending | undefined> {
	const capability = CAPABILITIES.get(request.method);
	const { policy } = context.ports.policy.current();
	if (capability === undefined || policy === undefined) {
		return undefined;
	}
	const ask = () => askOf(context, request, capability, signal);
	const question = await ask();
	if ('kind' in question) {
		return question;
	}
	const { verdict, load } = question.judgement;
	draft.capability = capability;
	draft.policyDigest = load.digest;
	notePrincipal(question.judgement, draft);
	if (verdict.reason === LEFT_TO_CLIENT) {
		return undefined;
	}
	draft.verdict = auditVerdict(verdict);
	noteFacts(context, question.judgement, draft, undefined);
	if (verdict.effect === 'deny') {
		return refused(verdict.reason, capability, verdict);
	}
	if (verdict.effect === 'require_approval') {
		const refusal = await seekApproval(context, question, ask, draft, signal);
		if (refusal !== undefined) {
			return refusal;
		}
	}
	return context.memory.take(load, verdict, 0, context.ports.clock.monotonic())
		? undefined
		: refused('limit_exceeded', capability, verdict);
}

async function askOf(
	context: PathContext,
	request: { readonly method: string; readonly params: JsonObject },
	capability: string,
	signal: AbortSignal,
): Promise<Question | Ending> {
	const recognition = recogniseServer(context);
	if (!recognition.ok) {
		return recognition.ending;
	}
	const subject = {
		server: context.server,
		entry: recognition.entry,
		tool: request.method,
		arguments: request.params,
		descriptor: undefined,
		capability,
		direction: 'server',
		unclaimed: !claims(context.ports.policy.current().policy, capability),
	} as const;
	return { subject, judgement: await judge(context.ports, subject, context.memory, signal) };
}

function claims(policy: Policy | undefined, capability: string): boolean {
	return (
		policy === undefined ||
		policy.methods === 'strict' ||
		policy.rules.some(
			rule =>
				!rule.id.startsWith('composition:') &&
				(rule.capability === capability ||
					rule.capability === 'client.*' ||
					(rule.direction === 'server' && rule.capability === '*')),
		)
	);
}
