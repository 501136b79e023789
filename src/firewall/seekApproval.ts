import {
	type ApprovalAnswer,
	type ApprovalOutcome,
	type ApprovalRequest,
	isAllowed,
} from '../domain/approval/approval';
import { type ApprovalFacts } from '../domain/approval/approvalFacts';
import { type GrantSubject } from '../domain/approval/grantBook';
import { type ApprovalScope } from '../domain/policy/ruleConditions';
import { type Verdict } from '../domain/policy/verdict';
import { toolDigest } from '../domain/registry/pin';
import { digestJson } from '../base/digest';
import { type Draft, type Ending, refused } from './ending';
import { type Judgement, type Subject } from './judge';
import { type PathContext } from './pathContext';
import { emptyLatency } from './screenAnswer';

/** A call and what policy says of it: what a person is asked about. */
export interface Question {
	readonly subject: Subject;
	readonly judgement: Judgement;
}

/**
 * Step 4: a grant that covers the call, or the answer of a person. Undefined means go. Anything but a clear yes to this
 * very request (same id, same digest) is a way out.
 *
 * INVARIANT: what the person approved is what is sent. While they thought, a policy, a tool or a symlink may have moved;
 * `again` recognises and judges once more, and where the outcome differs the approval is void and no grant is kept.
 */
export async function seekApproval(
	context: PathContext,
	question: Question,
	again: () => Promise<Question | Ending>,
	draft: Draft,
	signal: AbortSignal,
): Promise<Ending | undefined> {
	const { judgement } = question;
	const grantSubject = grantSubjectOf(context, question);
	const scopes = scopesOf(judgement.verdict);
	const granted = scopes.includes('session') && context.grants.find(grantSubject, judgement.facts.host) !== undefined;
	if (granted) {
		draft.approval = { outcome: 'grant', waitedMs: 0 };
	} else {
		const { capability } = judgement.facts;
		const request = requestOf(context, question, draft);
		const started = context.ports.clock.monotonic();
		const answer = await answerInTime(context, request, signal);
		const waitedMs = context.ports.clock.monotonic() - started;
		const bound = answer.requestId === request.id && answer.digest === request.digest;
		const outcome = signal.aborted ? 'cancelled' : bound ? offered(answer.outcome, scopes) : 'denied';
		draft.approval = { outcome, waitedMs };
		draft.latency = { ...emptyLatency, ...draft.latency, approval: waitedMs };
		if (signal.aborted) {
			return { kind: 'failed', why: 'cancelled' };
		}
		if (!isAllowed(outcome)) {
			if (outcome === 'denied') {
				context.memory.denied(judgement.facts);
			}
			return refused(`approval_${outcome}`, capability, judgement.verdict);
		}
	}
	const now = await again();
	if ('kind' in now) {
		return now;
	}
	if (fingerprint(now) !== fingerprint(question)) {
		return refused('changed_while_waiting', now.judgement.facts.capability, now.judgement.verdict);
	}
	if (draft.approval.outcome === 'allowed-session') {
		context.grants.remember(context.ports.ids.uuid(), grantSubject);
	}
	return undefined;
}

/** What a person may choose of: the rules' word, else once and for the session. */
function scopesOf({ approval }: Verdict): readonly ApprovalScope[] {
	const kept = (['once', 'session'] as const).filter(scope => approval?.scopes?.includes(scope) ?? true);
	return kept.length > 0 ? kept : ['once'];
}

/** INVARIANT: a yes of a scope that the rules do not offer is no yes. */
function offered(outcome: ApprovalOutcome, scopes: readonly ApprovalScope[]): ApprovalOutcome {
	const fits =
		outcome === 'allowed-once'
			? scopes.includes('once')
			: outcome !== 'allowed-session' || scopes.includes('session');
	return fits ? outcome : 'denied';
}

/** INVARIANT: no answer is deny, also where an approver forgets its deadline or does not hear that the call ended. */
async function answerInTime(
	context: PathContext,
	request: ApprovalRequest,
	signal: AbortSignal,
): Promise<ApprovalAnswer> {
	const asked = context.approver.ask(request, signal);
	return new Promise((resolve, reject) => {
		const end = (outcome: 'timeout' | 'cancelled') => () => {
			resolve({ requestId: request.id, digest: request.digest, outcome });
		};
		const cancel = end('cancelled');
		const deadline = context.ports.clock.schedule(request.timeoutMs, end('timeout'));
		signal.addEventListener('abort', cancel);
		if (signal.aborted) {
			cancel();
		}
		void asked.then(resolve, reject).finally(() => {
			deadline.dispose();
			signal.removeEventListener('abort', cancel);
		});
	});
}

function requestOf(context: PathContext, { subject, judgement }: Question, draft: Draft): ApprovalRequest {
	return {
		id: draft.id,
		session: context.session,
		server: { id: context.server.id, name: context.server.name },
		tool: subject.tool,
		capability: judgement.facts.capability,
		verdict: judgement.verdict,
		paths: judgement.facts.paths,
		findings: draft.findings ?? [],
		arguments: subject.arguments,
		argumentsText: JSON.stringify(subject.arguments),
		digest: draft.digest ?? '',
		...(subject.descriptor && { description: subject.descriptor }),
		scopes: scopesOf(judgement.verdict),
		offers: [],
		facts: factsOf(context),
		repeats: 1,
		timeoutMs: timeoutOf(context, judgement.verdict),
	};
}

function factsOf({ client, server }: PathContext): ApprovalFacts {
	return {
		goal: { ...(client && { client }), unknown: 'MCP does not tell what the person wants.' },
		context: [],
		downstream: { serverName: server.name, hosts: [] },
		identity: { serverId: server.id, environment: [] },
		rules: [],
		risks: [],
		uncertain: [],
		effect: { expected: 'Not known.', reversal: 'unknown', rollback: 'Not known.' },
	};
}

/** The rules can only shorten the time that the person's own setting gives. */
function timeoutOf(context: PathContext, { approval }: Verdict): number {
	const own = context.ports.approvalTimeoutMs();
	return approval?.timeout === undefined ? own : Math.min(own, 1000 * approval.timeout);
}

function grantSubjectOf(context: PathContext, { subject, judgement }: Question): GrantSubject {
	const { paths, capability } = judgement.facts;
	const { reason, rules } = judgement.verdict;
	return {
		session: context.session,
		serverId: context.server.id,
		tool: subject.tool,
		capability,
		toolDigest: digestOfTool(subject),
		// Also what asked: a grant for a write is none for a write after a secret was read.
		policyDigest: digestJson([judgement.load.digest, reason, rules.map(({ id }) => id)]),
		// The same arguments lead elsewhere once a symlink was moved: then it is not the same call.
		digest: digestJson({
			tool: subject.tool,
			arguments: subject.arguments,
			paths: paths.map(path => path.candidates),
		}),
		paths,
	};
}

/** All that the person saw, or that the verdict rests on. */
function fingerprint({ subject, judgement }: Question): string {
	const { verdict, facts, load } = judgement;
	return JSON.stringify([load.digest, verdict.effect, facts.capability, facts.paths, digestOfTool(subject)]);
}

function digestOfTool({ descriptor }: Subject): string {
	return descriptor === undefined ? '' : toolDigest(descriptor);
}
