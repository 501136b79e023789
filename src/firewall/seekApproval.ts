import { type ApprovalRequest, isAllowed } from '../domain/approval/approval';
import { type GrantSubject } from '../domain/approval/grantBook';
import { toolDigest } from '../domain/registry/pin';
import { digestJson } from '../base/digest';
import { type Draft, type Ending, refused } from './ending';
import { type Judgement, type Subject } from './judge';
import { type PathContext } from './pathContext';
import { emptyLatency } from './screenAnswer';

/**
 * Step 4: a grant that covers the call, or the answer of a person. Undefined means go. Anything but a clear yes to this
 * very request (same id, same digest) is a way out.
 */
export async function seekApproval(
	context: PathContext,
	subject: Subject,
	judgement: Judgement,
	draft: Draft,
	signal: AbortSignal,
): Promise<Ending | undefined> {
	const { clock } = context.ports;
	const grantSubject = grantSubjectOf(context, subject, judgement);
	if (context.grants.find(grantSubject, judgement.facts.host) !== undefined) {
		draft.approval = { outcome: 'grant', waitedMs: 0 };
		return undefined;
	}
	const request = requestOf(context, subject, judgement, draft);
	const started = clock.monotonic();
	const answer = await context.approver.ask(request, signal);
	const waitedMs = clock.monotonic() - started;
	const bound = answer.requestId === request.id && answer.digest === request.digest;
	const outcome = signal.aborted ? 'cancelled' : bound ? answer.outcome : 'denied';
	draft.approval = { outcome, waitedMs };
	draft.latency = { ...emptyLatency, ...draft.latency, approval: waitedMs };
	if (outcome === 'cancelled' && signal.aborted) {
		return { kind: 'failed', why: 'cancelled' };
	}
	if (!isAllowed(outcome)) {
		return refused(`approval_${outcome}`, judgement.facts.capability, judgement.verdict);
	}
	if (outcome === 'allowed-session') {
		context.grants.remember(context.ports.ids.uuid(), grantSubject);
	}
	return undefined;
}

function requestOf(context: PathContext, subject: Subject, judgement: Judgement, draft: Draft): ApprovalRequest {
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
		digest: draft.digest ?? '',
		...(subject.descriptor && { description: subject.descriptor }),
		timeoutMs: context.ports.approvalTimeoutMs(),
	};
}

function grantSubjectOf(context: PathContext, subject: Subject, judgement: Judgement): GrantSubject {
	return {
		session: context.session,
		serverId: context.server.id,
		tool: subject.tool,
		capability: judgement.facts.capability,
		toolDigest: subject.descriptor === undefined ? '' : toolDigest(subject.descriptor),
		policyDigest: judgement.load.digest,
		digest: digestJson({ tool: subject.tool, arguments: subject.arguments }),
		paths: judgement.facts.paths,
	};
}
