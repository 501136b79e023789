import { type Disposable } from '../base/disposable';
import { type ApprovalAnswer, type ApprovalOutcome, isAllowed, scopeOf } from '../domain/approval/approval';
import { type GrantCall } from '../domain/approval/grantCall';
import { hourReachOf } from '../domain/approval/hourReach';
import { provesLess } from '../domain/policy/identityVerdict';
import { type ApprovalScope } from '../domain/policy/ruleConditions';
import { type DeskOutcome } from './approvalDesk';
import { bindingOf, grantCallOf, type Question, requestOf, scopesOf, timeoutOf } from './approvalRequest';
import { argumentsText, type ArgumentsText } from './argumentsText';
import { type Draft, type Ending, refused } from './ending';
import { type InputRound } from './inputRounds';
import { type WireMessage } from './message';
import { noteAnswered, noteGrantUse, noteShown } from './noteApproval';
import { markOf, type PathContext } from './pathContext';
import { notePrincipal } from './notePrincipal';
import { type Waiting } from './ports';
import { emptyLatency } from './screenAnswer';

/** What there is beside the question: the call's own bytes, and a way to tell its origin that it waits. */
export interface ApprovalOrigin {
	readonly message?: WireMessage;
	readonly waiting?: Waiting | undefined;
	/** The call that this one goes on with, where a person allowed it under what this one is asked under. */
	readonly goesOn?: InputRound | undefined;
}

/** One call on its way through step 4. */
interface Seeking {
	readonly context: PathContext;
	readonly question: Question;
	readonly draft: Draft;
	readonly call: GrantCall;
	readonly scopes: readonly ApprovalScope[];
	readonly text: ArgumentsText | undefined;
	/** Judges once more; undefined means that all is as it was. */
	readonly confirm: () => Promise<Ending | undefined>;
	readonly waitedMs: () => number;
	/** A person was asked about this very call. */
	readonly shown: { at?: number };
	readonly goesOn: InputRound | undefined;
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
	origin: ApprovalOrigin = {},
): Promise<Ending | undefined> {
	const { verdict } = question.judgement;
	const text = origin.message === undefined ? undefined : argumentsText(origin.message);
	const call = grantCallOf(context, question, text);
	const { grants } = context.answers;
	const hasHour = hourReachOf(call, question.judgement.facts.host) !== undefined;
	const open = scopesOf(verdict, await grants.offersWorkspace(call), hasHour).filter(scope => grants.admits(scope));
	const scopes: readonly ApprovalScope[] = open.length > 0 ? open : ['once'];
	const started = context.ports.clock.monotonic();
	const seeking: Seeking = {
		...{ context, question, draft, call, scopes, text },
		confirm: () => confirmed(context, question, again, draft),
		waitedMs: () => context.ports.clock.monotonic() - started,
		shown: {},
		goesOn: origin.goesOn,
	};
	let waiting: Disposable | undefined;
	let after: 'allowed-once' | undefined;
	try {
		for (;;) {
			const remembered = await fromMemory(seeking);
			if (remembered !== undefined) {
				return remembered.ending;
			}
			waiting ??= origin.waiting?.(`Waiting for a person to approve ${question.subject.tool}`);
			const outcome = await ask(seeking, after, signal);
			if (outcome.kind !== 'again' || signal.aborted) {
				return await settled(seeking, outcome, signal);
			}
			after = outcome.after;
		}
	} finally {
		waiting?.dispose();
	}
}

/** A remembered yes or no; undefined where there is none. */
async function fromMemory(seeking: Seeking): Promise<{ readonly ending: Ending | undefined } | undefined> {
	const { context, question, draft, call, scopes, waitedMs } = seeking;
	const { verdict, facts } = question.judgement;
	if (context.memory.isSuspended(facts)) {
		return { ending: refused('tool_suspended', facts.capability, verdict) };
	}
	const grant = await context.answers.grants.find(call, scopes, facts.host);
	if (grant !== undefined) {
		draft.approval = { outcome: 'grant', waitedMs: waitedMs(), grantId: grant.id };
		const ending = await seeking.confirm();
		if (ending === undefined) {
			noteGrantUse(context, draft, grant);
		}
		return { ending };
	}
	const before = context.answers.denials.find(call);
	if (before === undefined) {
		if (!(await stillStands(context, seeking.goesOn))) {
			return undefined;
		}
		const joined = seeking.goesOn?.first;
		draft.approval = { outcome: 'allowed-once', waitedMs: waitedMs(), ...(joined !== undefined && { joined }) };
		return { ending: await seeking.confirm() };
	}
	draft.approval = { outcome: `${before}-before`, waitedMs: waitedMs() };
	const reason = before === 'denied' ? 'approval_denied_before' : 'approval_dismissed_recently';
	return { ending: refused(reason, facts.capability, verdict) };
}

/** False where nobody allowed the call that this one goes on with, or where the yes was taken back since. */
async function stillStands(context: PathContext, goesOn: InputRound | undefined): Promise<boolean> {
	const grantId = goesOn?.approved?.grantId;
	return (
		goesOn !== undefined &&
		(grantId === undefined || (await context.answers.grants.list()).some(({ id }) => id === grantId))
	);
}

function ask(seeking: Seeking, after: 'allowed-once' | undefined, signal: AbortSignal): Promise<DeskOutcome> {
	const { context, question, draft, call, scopes, text } = seeking;
	const { server, approver, session, desk } = context;
	const { binding, digest } = call;
	return desk.ask(
		{
			key: JSON.stringify([session, binding, digest]),
			server: { id: server.id, name: server.name },
			tool: binding.tool,
			capability: binding.capability,
			approver,
			timeoutMs: timeoutOf(context, question.judgement.verdict),
			shown: () => {
				seeking.shown.at = context.ports.clock.monotonic();
				noteShown(context, draft);
				context.answers.prompts.add({ call, at: context.ports.clock.now() });
			},
			request: joined => ({
				...requestOf(context, question, draft, call, { scopes, text }),
				...joined,
				...(after !== undefined && { again: after }),
			}),
		},
		signal,
	);
}

/** What the desk's word means for this call. */
async function settled(seeking: Seeking, outcome: DeskOutcome, signal: AbortSignal): Promise<Ending | undefined> {
	const { draft, question } = seeking;
	const { capability } = question.judgement.facts;
	const waitedMs = seeking.waitedMs();
	draft.latency = { ...emptyLatency, ...draft.latency, approval: waitedMs };
	try {
		if (signal.aborted) {
			draft.approval = { outcome: 'cancelled', waitedMs };
			noteOutcome(seeking, 'cancelled');
			return { kind: 'failed', why: 'cancelled' };
		}
		if (outcome.kind === 'answered') {
			return await answered(seeking, outcome.answer, waitedMs);
		}
		if (outcome.kind === 'joined') {
			draft.approval = { outcome: outcome.outcome, waitedMs, joined: outcome.by };
			return refused(reasonOf(outcome.outcome), capability, question.judgement.verdict);
		}
		return refused('approval_flood', capability, question.judgement.verdict);
	} finally {
		if (outcome.kind === 'answered') {
			outcome.done();
		}
	}
}

/** The answer to this very call. A yes counts once everything was judged anew; a clear no is remembered. */
async function answered(seeking: Seeking, answer: ApprovalAnswer, waitedMs: number): Promise<Ending | undefined> {
	const { context, draft, call, question } = seeking;
	const { facts, verdict } = question.judgement;
	const bound = answer.requestId === draft.id && answer.digest === (draft.digest ?? '');
	const outcome = bound ? offered(answer.outcome, seeking.scopes) : 'denied';
	draft.approval = { outcome, waitedMs };
	noteOutcome(seeking, outcome);
	if (!isAllowed(outcome)) {
		if (outcome === 'denied') {
			context.memory.denied(facts, markOf(context, draft));
		}
		if (bound && answer.outcome === 'denied') {
			context.answers.denied(call, facts);
		} else if (outcome === 'dismissed' || outcome === 'timeout') {
			context.answers.denials.passedBy(call);
		}
		return refused(reasonOf(outcome), facts.capability, verdict);
	}
	const ending = await seeking.confirm();
	const scope = scopeOf(outcome);
	if (ending !== undefined || scope === undefined || scope === 'once') {
		return ending;
	}
	const grant = await context.answers.grants.remember(call, scope, answer.holdsForMs, draft.id, facts.host);
	draft.approval = { outcome, waitedMs, ...(grant && { grantId: grant.id }) };
	return undefined;
}

/** Only of what was shown: a call that was refused before its turn came was no question to anybody. */
function noteOutcome({ context, draft, shown }: Seeking, outcome: ApprovalOutcome): void {
	if (shown.at !== undefined) {
		noteAnswered(context, draft, outcome, context.ports.clock.monotonic() - shown.at);
	}
}

function reasonOf(outcome: ApprovalOutcome): string {
	return `approval_${outcome.replaceAll('-', '_')}`;
}

/** INVARIANT: a yes of a scope that is not offered is no yes. */
function offered(outcome: ApprovalOutcome, scopes: readonly ApprovalScope[]): ApprovalOutcome {
	return !isAllowed(outcome) || scopes.some(scope => outcome === `allowed-${scope}`) ? outcome : 'denied';
}

async function confirmed(
	context: PathContext,
	question: Question,
	again: () => Promise<Question | Ending>,
	draft: Draft,
): Promise<Ending | undefined> {
	const now = await again();
	if ('kind' in now) {
		return now;
	}
	const { verdict, facts } = now.judgement;
	// Who the server is by now is what the call goes by.
	notePrincipal(now.judgement, draft);
	if (verdict.effect === 'deny' && verdict.authority !== undefined) {
		// The entry keeps the verdict that its facts gave; this is what came after.
		draft.detail = verdict.reason;
		return refused(verdict.reason, facts.capability, verdict);
	}
	const weaker = provesLess(facts.principal, question.judgement.facts.principal);
	return !weaker && fingerprint(context, now) === fingerprint(context, question)
		? undefined
		: refused('changed_while_waiting', facts.capability, verdict);
}

/** All that the person saw beside the arguments, or that the verdict rests on. */
export function fingerprint(context: PathContext, question: Question): string {
	const { verdict, facts } = question.judgement;
	return JSON.stringify([verdict.effect, facts.paths, bindingOf(context, question)]);
}
