import { isJsonObject, type JsonObject } from '../base/json';
import { auditVerdict } from '../domain/audit/auditRecord';
import { maskSecrets } from '../domain/inspection/maskSecrets';
import { isToolName, type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type Draft, type Ending, refused, settle, startDraft, walkToEnd } from './ending';
import { judge, type Judgement, type Subject } from './judge';
import { RPC_INVALID_PARAMS, type RpcId, type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type Answer, type Forward } from './ports';
import { recogniseTool, type Recognition } from './recognise';
import { recordVerdict } from './recordVerdict';
import { emptyLatency, screenOutcome } from './screenAnswer';
import { seekApproval } from './seekApproval';

/** A `tools/call` (MCP 2025-11-25 server/tools#calling-tools): one frozen copy that every step uses. */
export interface ToolCall {
	readonly id: RpcId;
	readonly message: WireMessage;
	readonly tool: string;
	readonly arguments: JsonObject;
}

/** Reads the parameters of a `tools/call`; a text says what is wrong with them (gateway.md NAME-05, NAME-06). */
export function readToolCall(id: RpcId, params: JsonObject, message: WireMessage): ToolCall | string {
	if (!isToolName(params.name)) {
		return 'params.name must be a tool name of A-Z, a-z, 0-9, "_", "-", "." and "/"';
	}
	const given = params.arguments ?? {};
	return isJsonObject(given)
		? { id, message, tool: params.name, arguments: given }
		: 'params.arguments must be an object';
}

/** The path of a `tools/call`, from the frozen bytes to the answer. Never rejects. */
export async function handleToolCall(
	context: PathContext,
	id: RpcId,
	params: JsonObject,
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
): Promise<Answer> {
	const draft = startDraft(context, 'call', 'tools/call');
	draft.digest = context.ports.digest(message.bytes);
	const call = readToolCall(id, params, message);
	const ending =
		typeof call === 'string'
			? ({ kind: 'invalid', code: RPC_INVALID_PARAMS, why: call } as const)
			: await walkToEnd(context, () => walk(context, call, draft, forward, signal));
	return settle(context, id, draft, ending);
}

async function walk(
	context: PathContext,
	call: ToolCall,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
): Promise<Ending> {
	draft.tool = call.tool;
	screenArguments(call, draft);

	const recognition = recogniseTool(context, call.tool);
	if (!recognition.ok) {
		return recognition.ending;
	}

	const subject = subjectOf(context, call, recognition);
	const judgement = await decideOn(context, subject, draft);
	const { verdict } = judgement;
	if (verdict.effect === 'deny') {
		return refused(verdict.reason, verdict.capability, verdict);
	}

	if (verdict.effect === 'require_approval') {
		const refusal =
			(await seekApproval(context, subject, judgement, draft, signal)) ??
			(await changedMeanwhile(context, call, judgement));
		if (refusal !== undefined) {
			return refusal;
		}
	}

	await recordVerdict(context, draft);
	const started = context.ports.clock.monotonic();
	const outcome = await forward(signal);
	draft.latency = { ...emptyLatency, ...draft.latency, upstream: context.ports.clock.monotonic() - started };
	return screenOutcome(context, outcome, call.tool, draft);
}

/** Step 2: secrets are masked before anything is kept; what was masked is a finding. */
function screenArguments(call: ToolCall, draft: Draft): void {
	const masked = maskSecrets(call.arguments);
	draft.arguments = masked.value;
	if (masked.findings.length > 0) {
		draft.findings = masked.findings;
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
	return recognition.entry?.tools.find(pin => pin.name === tool)?.reviewed ?? context.tools.get(tool);
}

/** Step 3. */
async function decideOn(context: PathContext, subject: Subject, draft: Draft): Promise<Judgement> {
	const started = context.ports.clock.monotonic();
	const judgement = await judge(context.ports, subject);
	draft.capability = judgement.facts.capability;
	draft.policyDigest = judgement.load.digest;
	draft.verdict = auditVerdict(judgement.verdict);
	draft.paths = judgement.facts.paths.flatMap(path => path.candidates.slice(0, 1));
	draft.latency = { ...emptyLatency, decide: context.ports.clock.monotonic() - started };
	return judgement;
}

/**
 * INVARIANT: what the person approved is what is sent. While they thought, a policy, a pin or a symlink may have moved;
 * then the approval is void.
 */
async function changedMeanwhile(
	context: PathContext,
	call: ToolCall,
	before: Judgement,
): Promise<Ending | undefined> {
	const recognition = recogniseTool(context, call.tool);
	if (!recognition.ok) {
		return recognition.ending;
	}
	const now = await judge(context.ports, subjectOf(context, call, recognition));
	const same =
		now.load.digest === before.load.digest &&
		now.verdict.effect === before.verdict.effect &&
		now.facts.capability === before.facts.capability &&
		JSON.stringify(now.facts.paths) === JSON.stringify(before.facts.paths);
	return same ? undefined : refused('changed_while_waiting', now.facts.capability, now.verdict);
}
