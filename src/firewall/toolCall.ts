import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { inSlices } from '../base/steps';
import { auditVerdict } from '../domain/audit/auditRecord';
import { holdsSecretSteps } from '../domain/inspection/holdsSecret';
import { maskSteps, maskText } from '../domain/inspection/maskSecrets';
import { isToolName, type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { askDecisionPoint, ASKED_BY_SERVICE, tightened } from './askDecisionPoint';
import { aboveCeiling, crossing } from './ceiling';
import { wrongResult } from './checkResult';
import { type Draft, type Ending, refused, settle, startDraft, walkToEnd } from './ending';
import { judgedArguments, wrongContinuation } from './inputRequired';
import { type ApprovedCall } from './inputRounds';
import { noteArguments } from './noteArguments';
import { noteFacts } from './noteFacts';
import { noteAuthority, notePrincipal } from './notePrincipal';
import { judge, type Judgement, type Subject } from './judge';
import { RPC_INVALID_PARAMS, type RpcId, type WireMessage } from './message';
import { markOf, type PathContext } from './pathContext';
import { type Answer, type Forward, type Waiting } from './ports';
import { recogniseTool, type Recognition } from './recognise';
import { redacted } from './redact';
import { narrowRequest, paramsOf } from './outbound';
import { passOn } from './passOn';
import { EDITOR_DID_NOT_ASK, mayBeUnasked } from './presentTool';
import { emptyLatency } from './screenAnswer';
import { type Question } from './approvalRequest';
import { fingerprint, seekApproval } from './seekApproval';
import { trailCopy } from './trailCopy';
import { unknownMember } from './unknownMember';

/** A `tools/call` (MCP 2025-11-25 server/tools#calling-tools): one frozen copy that every step uses. */
export interface ToolCall {
	readonly id: RpcId;
	readonly message: WireMessage;
	readonly tool: string;
	/** With what it answers to the server, where it goes on with an earlier call. */
	readonly arguments: JsonObject;
	/** All parameters, as they came. */
	readonly params: JsonObject;
}

/** Reads the parameters of a `tools/call`; a text says what is wrong with them (gateway.md NAME-05 to NAME-07). */
export function readToolCall(id: RpcId, params: JsonObject, message: WireMessage): ToolCall | string {
	if (!isToolName(params.name)) {
		return 'params.name must be a tool name of A-Z, a-z, 0-9, "_", "-", "." and "/"';
	}
	const unknown = unknownMember(params, ['name', 'arguments', '_meta', 'task', 'inputResponses', 'requestState']);
	if (unknown !== undefined) {
		return unknown;
	}
	const given = params.arguments ?? {};
	if (!isJsonObject(given)) {
		return 'params.arguments must be an object';
	}
	const judged = wrongContinuation(params) ?? judgedArguments(given, params.inputResponses);
	return typeof judged === 'string' ? judged : { id, message, tool: params.name, arguments: judged, params };
}

/** The path of a `tools/call`, from the frozen bytes to the answer. Never rejects. */
export async function handleToolCall(
	context: PathContext,
	id: RpcId,
	params: JsonObject,
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
	waiting?: Waiting,
): Promise<Answer> {
	const draft = startDraft(context, 'call', 'tools/call', message);
	const call = readToolCall(id, params, message);
	const ending =
		typeof call === 'string'
			? ({ kind: 'invalid', code: RPC_INVALID_PARAMS, why: call } as const)
			: await walkToEnd(context, draft, () => walk(context, call, draft, forward, signal, waiting));
	return settle(context, id, draft, ending);
}

async function walk(
	context: PathContext,
	sent: ToolCall,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
	waiting: Waiting | undefined,
): Promise<Ending> {
	draft.tool = sent.tool;
	const recognition = await recogniseTool(context, sent.tool, sent.params);
	const call = recognition.ok ? await narrowed(context, recognition.entry, sent, draft) : sent;
	await screenArguments(context, call ?? sent, draft);
	if (!recognition.ok) {
		return recognition.ending;
	}
	if (call === undefined) {
		return refused('arguments_unjudgeable');
	}

	const round = context.rounds.take(call.message);
	const subject = subjectOf(context, call, recognition);
	const judgement = await decideOn(context, subject, draft, signal);
	const { verdict } = judgement;
	if (verdict.effect === 'deny') {
		context.memory.denied(judgement.facts, markOf(context, draft), verdict);
		return refused(verdict.reason, verdict.capability, verdict);
	}
	if (context.memory.isSuspended(judgement.facts)) {
		return refused('tool_suspended', verdict.capability, verdict);
	}
	const above = await aboveCeiling(context, recognition.entry, crossing(paramsOf(call.message)), draft);
	if (above !== undefined) {
		return above;
	}

	const point = await askDecisionPoint(context, judgement, draft, signal);
	if (point.kind === 'ends') {
		return point.ending;
	}
	const asks = point.asks ? ASKED_BY_SERVICE : mayBeUnasked(context, judgement) ? EDITOR_DID_NOT_ASK : undefined;
	const asked = tightened(judgement, asks);

	let approved: ApprovedCall | undefined;
	if (asked.verdict.effect === 'require_approval') {
		const question = { subject, judgement: asked };
		const under = fingerprint(context, question);
		const again = () => askAnew(context, call, signal, asks);
		const goesOn = round?.approved?.under === under ? round : undefined;
		const origin = { message: call.message, waiting, goesOn };
		const refusal = await seekApproval(context, question, again, draft, signal, origin);
		if (refusal !== undefined) {
			return refusal;
		}
		approved = { under, grantId: draft.approval?.grantId ?? goesOn?.approved?.grantId };
	}

	const check = (result: JsonValue | undefined) => wrongResult(recognition.entry, call.tool, result, draft);
	const told: Forward = async (stop, instead) => {
		const outcome = await forward(stop, instead);
		noteCallerBadge(context, judgement, instead ?? sent.message, draft);
		return outcome;
	};
	const latest = ifCompared(context, recognition.entry, told);
	const ending = await passOn(context, judgement, { ...call, round, approved, check }, draft, latest.forward, signal);
	return latest.held && ending.kind === 'failed' ? refused('surface_unknown', verdict.capability, verdict) : ending;
}

/** Which badge of ours went along, by its id; the badge itself is written nowhere. */
function noteCallerBadge({ server }: PathContext, { load }: Judgement, { value }: WireMessage, draft: Draft): void {
	const callerBadge = server.principal?.callerBadge?.(value);
	if (callerBadge !== undefined) {
		noteAuthority(load, draft, { callerBadge: maskText(callerBadge.slice(0, 512)) });
	}
}

/**
 * INVARIANT: what is listed by the process that takes the call was compared. One that says that its list changed, or is
 * another process by now, while the call was judged, is not sent it.
 */
function ifCompared(
	{ surface }: PathContext,
	entry: ServerEntry | undefined,
	forward: Forward,
): { held: boolean; readonly forward: Forward } {
	const latest: { held: boolean; readonly forward: Forward } = {
		held: false,
		forward: (signal, instead) => {
			latest.held = entry !== undefined && !surface.isCompared(['tools']);
			return latest.held ? Promise.resolve({ kind: 'failed', why: 'unavailable' }) : forward(signal, instead);
		},
	};
	return latest;
}

/**
 * Step 2, before anything else looks at the arguments: what the server has no need of is left out (C4), and what the
 * policy has redacted is masked. Undefined when it cannot be told.
 */
async function narrowed(
	context: PathContext,
	entry: ServerEntry | undefined,
	sent: ToolCall,
	draft: Draft,
): Promise<ToolCall | undefined> {
	const pin = entry?.tools.find(candidate => candidate.name === sent.tool);
	if (pin !== undefined) {
		draft.pin = pin.digest;
	}
	const kept = narrowRequest(context, entry, sent.message, draft);
	const message = kept && (await redacted(context, entry, kept, 'params', draft));
	const call = message && readToolCall(sent.id, paramsOf(message), message);
	return typeof call === 'string' ? undefined : call;
}

/**
 * Still step 2: secrets are masked before anything is kept; what was masked is a finding. In slices: the steps that come after
 * ask the same of the same arguments, and have their answer at once.
 */
async function screenArguments({ ports }: PathContext, call: ToolCall, draft: Draft): Promise<void> {
	const monotonic = () => ports.clock.monotonic();
	await inSlices(maskSteps(call.arguments, ports.known?.()), monotonic, ports.breathe);
	await inSlices(holdsSecretSteps(call.arguments), monotonic, ports.breathe);
	const { value, findings } = trailCopy(call.arguments, ports);
	draft.arguments = value;
	const { arguments: sent } = paramsOf(call.message);
	noteArguments({ ports }, isJsonObject(sent) ? sent : undefined, draft);
	if (findings.length > 0) {
		draft.findings = findings;
	}
}

function subjectOf(context: PathContext, call: ToolCall, recognition: Recognition & { ok: true }): Subject {
	const descriptor = describe(context, call.tool, recognition);
	return {
		server: context.server,
		entry: recognition.entry,
		tool: call.tool,
		arguments: call.arguments,
		descriptor,
	};
}

/** What was reviewed wins over what was listed; recognition has made sure that they do not differ. */
function describe(
	context: PathContext,
	tool: string,
	recognition: Recognition & { ok: true },
): ToolDescriptor | undefined {
	return recognition.entry?.tools.find(pin => pin.name === tool)?.reviewed ?? context.surface.tools.get(tool);
}

/** Step 3. */
async function decideOn(context: PathContext, subject: Subject, draft: Draft, signal: AbortSignal): Promise<Judgement> {
	const started = context.ports.clock.monotonic();
	const judgement = await judge(context.ports, subject, context.memory, signal);
	draft.capability = judgement.facts.capability;
	draft.policyDigest = judgement.load.digest;
	draft.verdict = auditVerdict(judgement.verdict);
	notePrincipal(judgement, draft);
	noteFacts(context, judgement, draft, draft.arguments);
	draft.latency = { ...emptyLatency, decide: context.ports.clock.monotonic() - started };
	return judgement;
}

/** The call once more, as things stand after a person has thought about it. `asks`: why they were asked beside the policy. */
async function askAnew(
	context: PathContext,
	call: ToolCall,
	signal: AbortSignal,
	asks: string | undefined,
): Promise<Question | Ending> {
	const recognition = await recogniseTool(context, call.tool, call.params);
	if (!recognition.ok) {
		return recognition.ending;
	}
	const subject = subjectOf(context, call, recognition);
	return { subject, judgement: tightened(await judge(context.ports, subject, context.memory, signal), asks) };
}
