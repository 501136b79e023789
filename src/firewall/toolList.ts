import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { mayEverPass } from '../domain/policy/visibility';
import { correctedAnnotations } from '../domain/registry/annotations';
import { pinState } from '../domain/registry/pin';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { readTool, type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type Draft, type Ending, settle, startDraft, walkToEnd } from './ending';
import { capabilityFor } from './judge';
import { type RpcId, type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type Answer, type Forward } from './ports';
import { recogniseServer } from './recognise';
import { recordVerdict } from './recordVerdict';
import { noteResponse, screenOutcome, screenPart } from './screenAnswer';

/** The sibling path of `tools/list`: pins, drift, hide what is denied, correct untrue annotations, screen descriptions. */
export async function handleToolList(
	context: PathContext,
	id: RpcId,
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
): Promise<Answer> {
	const draft = startDraft(context, 'list', 'tools/list');
	draft.digest = context.ports.digest(message.bytes);
	const ending = await walkToEnd(context, () => walk(context, draft, forward, signal));
	return settle(context, id, draft, ending);
}

async function walk(context: PathContext, draft: Draft, forward: Forward, signal: AbortSignal): Promise<Ending> {
	const recognition = recogniseServer(context);
	if (!recognition.ok) {
		return recognition.ending;
	}
	await recordVerdict(context, draft);
	const outcome = await forward(signal);
	const result = outcome.kind === 'answered' ? outcome.message.value.result : undefined;
	if (outcome.kind === 'failed' || !isJsonObject(result)) {
		return screenOutcome(context, outcome, 'tools/list', draft);
	}
	noteResponse(context, outcome.message, draft);
	const { value } = outcome.message;
	const admitted = admitTools(context, recognition.entry, result, draft);
	const changed: JsonObject = admitted === result ? value : { ...value, result: admitted };
	// A reviewed description was read by a person; only unreviewed text is screened.
	const screened = recognition.entry === undefined ? screenPart(context, changed, 'result', 'tools/list', draft) : undefined;
	const final = screened ?? changed;
	return {
		kind: 'answered',
		answer: final === value ? { kind: 'original', message: outcome.message } : { kind: 'rewritten', value: final },
		outcome: screened === undefined ? 'answered' : 'quarantined',
	};
}

function admitTools(
	context: PathContext,
	entry: ServerEntry | undefined,
	result: JsonObject,
	draft: Draft,
): JsonObject {
	const listed = isJsonArray(result.tools) ? result.tools : [];
	const drifted: string[] = [];
	const hidden: string[] = [];
	const tools: JsonValue[] = [];
	const seen = new Set<string>();
	for (const item of listed) {
		const tool = readTool(item);
		if (tool === undefined || seen.has(tool.name)) {
			continue;
		}
		seen.add(tool.name);
		context.tools.set(tool.name, tool);
		const state = entry === undefined ? 'pinned' : pinState(entry.tools, tool);
		if (state === 'drifted') {
			drifted.push(tool.name);
		} else if (state === 'unreviewed' || !visible(context, entry, tool)) {
			hidden.push(tool.name);
		} else {
			tools.push(corrected(context, entry, tool, item));
		}
	}
	noteChanges(context, draft, drifted, hidden);
	const unchanged = tools.length === listed.length && tools.every((tool, index) => tool === listed[index]);
	return unchanged ? result : { ...result, tools };
}

function visible(context: PathContext, entry: ServerEntry | undefined, tool: ToolDescriptor): boolean {
	const load = context.ports.policy.current();
	const capability = capabilityFor(load, { server: context.server, entry, tool: tool.name, descriptor: tool });
	return mayEverPass(load, { server: context.server.name, tool: tool.name, capability });
}

function corrected(
	context: PathContext,
	entry: ServerEntry | undefined,
	tool: ToolDescriptor,
	item: JsonValue | undefined,
): JsonValue {
	const load = context.ports.policy.current();
	const capability = capabilityFor(load, { server: context.server, entry, tool: tool.name, descriptor: tool });
	const annotations = correctedAnnotations(capability, tool.annotations);
	return annotations === undefined || !isJsonObject(item) ? (item ?? null) : { ...item, annotations };
}

function noteChanges(context: PathContext, draft: Draft, drifted: string[], hidden: string[]): void {
	const parts = [
		...(drifted.length > 0 ? [`suspended, not as reviewed: ${drifted.join(', ')}`] : []),
		...(hidden.length > 0 ? [`hidden: ${hidden.join(', ')}`] : []),
	];
	if (parts.length > 0) {
		draft.detail = parts.join('; ');
	}
	if (drifted.length > 0) {
		draft.event = 'server-drifted';
		context.ports.notify({ kind: 'drifted', serverName: context.server.name, tools: drifted });
	}
}
