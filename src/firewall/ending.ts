import { errorText, FirewallError } from '../base/errors';
import { type JsonObject } from '../base/json';
import { type AuditOutcome, type AuditRecord } from '../domain/audit/auditRecord';
import { traceparentIn } from '../domain/audit/traceparent';
import { TOOL_CODES, type ToolCode } from '../domain/identity/toolCodes';
import { SERVER_IDENTITY_FAILED } from '../domain/policy/identityVerdict';
import { hasSideEffects } from '../domain/policy/sideEffects';
import { type Verdict } from '../domain/policy/verdict';
import { impostorInFlight, noteImpostor } from './identityStanding';
import { errorResponse, RPC_INTERNAL_ERROR, type RpcId, type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type Answer, type Durability } from './ports';
import { latestAuth, recordedServer } from './recordedServer';
import { hintFor, type Refusal, refusalResponse } from './refusal';
import { whyStopped } from './standing';
import { type KeptAnswer } from './withheldBook';

/** What a walk has learned for the audit entry so far; every step adds to it. */
export type Draft = { -readonly [K in keyof AuditRecord]?: AuditRecord[K] } & Pick<AuditRecord, 'id' | 'at' | 'kind'>;

/** The ways out of the path. Each becomes exactly one audit entry in {@link settle}. */
export type Ending =
	| { readonly kind: 'refused'; readonly refusal: Refusal }
	/** It was in flight when all was stopped, or its server was, or turned out to be an impostor. */
	| { readonly kind: 'cut-off'; readonly refusal: Refusal }
	| { readonly kind: 'invalid'; readonly code: number; readonly why: string }
	| { readonly kind: 'failed'; readonly why: keyof typeof FAILURES }
	| {
			readonly kind: 'answered';
			readonly answer: Answer;
			readonly outcome: AuditOutcome;
			/** What is kept of an answer that is withheld, once its entry is written. */
			readonly keep?: KeptAnswer;
	  };

/** True when something in the answer reads like instructions, whatever became of it, or when nobody could look. */
export function isSuspect(ending: Ending, { screened }: Draft): boolean {
	return ending.kind !== 'answered' || screened !== undefined;
}

/**
 * A refusal; with a verdict where policy is involved, without one where the path itself refuses. `code`: of RFC-006, where no
 * verdict brings it.
 */
export function refused(reason: string, capability = 'unknown', verdict?: Verdict, code?: ToolCode): Ending {
	const refusal = { capability, reason, hint: hintFor(reason), ...(verdict && { verdict }), ...(code && { code }) };
	return { kind: 'refused', refusal };
}

/** Starts the draft of an entry; of a message, with its digest and the trace that it belongs to. */
export function startDraft(
	context: PathContext,
	kind: AuditRecord['kind'],
	method: string,
	message?: WireMessage,
): Draft {
	const { ports } = context;
	const traceparent = message && traceparentIn(message.value.params);
	return {
		id: ports.ids.uuid(),
		at: new Date(ports.clock.now()).toISOString(),
		kind,
		session: context.session,
		...(context.client && { client: context.client }),
		...recordedServer(context),
		from: 'client',
		method,
		...(message && { digest: ports.digest(message.bytes) }),
		...(traceparent !== undefined && { traceparent }),
		policyDigest: ports.policy.current().digest,
	};
}

/** Runs a walk; whatever it throws is a refusal, so that an error can never let a message through. */
export async function walkToEnd(context: PathContext, draft: Draft, walk: () => Promise<Ending>): Promise<Ending> {
	try {
		return await walk();
	} catch (error) {
		context.ports.logger.error(`The path of a message failed: ${errorText(error)}`);
		const unwritable = error instanceof FirewallError && error.code === 'journal-unwritable';
		return refused(unwritable ? 'trail_unwritable' : 'internal_error', draft.capability);
	}
}

/**
 * INVARIANT: every way out of the path writes exactly one audit entry, before the client sees the answer. When the entry
 * cannot be written, the answer is withheld.
 */
export async function settle(context: PathContext, id: RpcId, draft: Draft, outcome: Ending): Promise<Answer> {
	const ending = cutOff(context, draft, outcome);
	const record: AuditRecord = { ...draft, ...latestAuth(context), outcome: outcomeOf(ending), ...detailOf(ending) };
	try {
		await context.ledger.append(context.ports, record, durabilityOf(record));
	} catch (error) {
		context.ports.logger.error(`The audit trail cannot be written: ${errorText(error)}`);
		return { kind: 'rewritten', value: refusalResponse(id, trailRefusal(record), record.id) };
	}
	const { outcome: kind } = record;
	const keep = ending.kind === 'answered' ? ending.keep : undefined;
	if (kind === 'withheld') {
		// What nobody can let go any more is news, but nothing that waits.
		const kept = keep !== undefined && context.book.keep(record, keep);
		context.ports.notify({ kind: kept ? kind : 'quarantined', entry: record });
	} else if (kind === 'refused' || kind === 'quarantined') {
		context.ports.notify({ kind, entry: record });
	}
	return answerOf(id, record, ending);
}

/**
 * INVARIANT: once all is stopped, or the server may not run any more, or its identity failed, nothing of it reaches its client:
 * what was in flight gets the reason in place of an answer or a failure. One that its client cancelled gets nothing anyway.
 */
function cutOff(context: PathContext, draft: Draft, ending: Ending): Ending {
	const { ports, server } = context;
	const { capability = 'unknown' } = draft;
	if (ending.kind !== 'failed' && ending.kind !== 'answered') {
		return ending;
	}
	let reason: string | undefined;
	let code: ToolCode | undefined;
	try {
		reason = whyStopped(ports, server);
		const impostor = reason === undefined ? impostorInFlight(context, draft) : undefined;
		if (impostor !== undefined) {
			noteImpostor(impostor, draft);
			reason = SERVER_IDENTITY_FAILED;
			code = TOOL_CODES[impostor.authority.reason];
		}
	} catch (error) {
		ports.logger.error(`It cannot be told whether a server is stopped: ${errorText(error)}`);
		reason = 'internal_error';
	}
	return reason === undefined
		? ending
		: { kind: 'cut-off', refusal: { capability, reason, hint: hintFor(reason), ...(code && { code }) } };
}

/** Refusals, approvals and calls with side effects are on the disk before the client hears of them. */
export function durabilityOf(record: AuditRecord): Durability {
	const risky = record.capability !== undefined && hasSideEffects(record.capability);
	return risky || record.approval !== undefined || record.outcome === 'refused' ? 'synced' : 'written';
}

function answerOf(id: RpcId, record: AuditRecord, ending: Ending): Answer {
	switch (ending.kind) {
		case 'answered':
			return ending.answer;
		case 'refused':
		case 'cut-off':
			return { kind: 'rewritten', value: refusalResponse(id, ending.refusal, record.id) };
		case 'invalid':
			return { kind: 'rewritten', value: errorResponse(id, ending.code, ending.why) };
		case 'failed':
			return ending.why === 'cancelled'
				? { kind: 'none' }
				: { kind: 'rewritten', value: failure(id, ending.why, record.id) };
	}
}

function failure(id: RpcId, why: keyof typeof FAILURES, evidenceId: string): JsonObject {
	return errorResponse(id, RPC_INTERNAL_ERROR, FAILURES[why], { reason: `upstream_${why}`, evidenceId });
}

const FAILURES = {
	exited: 'The MCP server ended before it answered.',
	timeout: 'The MCP server did not answer in time.',
	cancelled: 'The request was cancelled.',
	'invalid-response': 'The MCP server answered with something that is no JSON-RPC response.',
	unavailable: 'The MCP server is not running.',
	unscreened: 'The MCP server answered, but the answer could not be screened and is withheld.',
	excessive:
		'The MCP server answered with more parts, values or levels than can be looked through, so it is withheld.',
	malformed: 'The MCP server answered with something that is no result of a tool, so it is withheld.',
	'schema-mismatch':
		'The MCP server answered with something that does not fit the output schema of the tool as it was reviewed, so it is withheld.',
} as const;

function outcomeOf(ending: Ending): AuditOutcome {
	switch (ending.kind) {
		case 'answered':
			return ending.outcome;
		case 'refused':
		case 'invalid':
			return 'refused';
		case 'cut-off':
			return 'cancelled';
		case 'failed':
			return ending.why === 'cancelled' ? 'cancelled' : 'failed';
	}
}

function detailOf(ending: Ending): { readonly detail?: string } {
	switch (ending.kind) {
		case 'answered':
			return {};
		case 'refused':
			// The verdict has its own reason; the path's is kept where it differs (an approval that was denied).
			return ending.refusal.reason === ending.refusal.verdict?.reason ? {} : { detail: ending.refusal.reason };
		case 'cut-off':
			return { detail: ending.refusal.reason };
		case 'invalid':
			return { detail: ending.why };
		case 'failed':
			return { detail: FAILURES[ending.why] };
	}
}

function trailRefusal(record: AuditRecord): Refusal {
	const hint = hintFor(record.response === undefined ? 'trail_unwritable' : 'answer_unrecorded');
	return { capability: record.capability ?? 'unknown', reason: 'trail_unwritable', hint };
}
