import { errorText } from '../base/errors';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { mayEverPass } from '../domain/policy/visibility';
import { correctedAnnotations } from '../domain/registry/annotations';
import { pinState } from '../domain/registry/pin';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { readTool, type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type Draft, type Ending, refused, settle, startDraft, walkToEnd } from './ending';
import { foldedKey } from './foldedKey';
import { capabilityFor } from './judge';
import { handOn } from './handOn';
import { hear } from './hear';
import { asksForInput, omit } from './inputRequired';
import { type RpcId, type WireMessage } from './message';
import { outbound } from './outbound';
import { type PathContext } from './pathContext';
import { type Answer, type Forward, type ForwardOutcome } from './ports';
import { recogniseServer } from './recognise';
import { noteResponse, plainResponse, screenObject, screenOutcome } from './screenAnswer';
import { nameList } from './trailCopy';

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
	const ending = await walkToEnd(context, draft, () => walk(context, message, draft, forward, signal));
	return settle(context, id, draft, ending);
}

async function walk(
	context: PathContext,
	asked: WireMessage,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
): Promise<Ending> {
	const recognition = recogniseServer(context);
	if (!recognition.ok) {
		return recognition.ending;
	}
	const message = outbound(context, recognition.entry, asked, draft);
	if ('kind' in message) {
		return message;
	}
	const outcome = await handOn(context, draft, forward, signal, message);
	return hear(
		context,
		{ method: 'tools/list' },
		outcome,
		endingOf(context, recognition.entry, outcome, draft),
		draft,
	);
}

function endingOf(context: PathContext, entry: ServerEntry | undefined, outcome: ForwardOutcome, draft: Draft): Ending {
	const result = outcome.kind === 'answered' ? outcome.message.value.result : undefined;
	if (outcome.kind === 'failed' || !isJsonObject(result)) {
		return screenOutcome(context, outcome, 'tools/list', draft);
	}
	noteResponse(context, outcome.message, draft);
	if (asksForInput(result)) {
		return refused('input_malformed');
	}
	try {
		return listEnding(context, entry, outcome.message, result, draft);
	} catch (error) {
		context.ports.logger.error(`A list of tools could not be screened: ${errorText(error)}`);
		return { kind: 'failed', why: 'unscreened' };
	}
}

function listEnding(
	context: PathContext,
	entry: ServerEntry | undefined,
	message: WireMessage,
	result: JsonObject,
	draft: Draft,
): Ending {
	const plain = plainResponse(message.value);
	const admitted = admitTools(context, entry, result, draft);
	const screened =
		entry === undefined
			? screenObject(context, admitted, 'tools/list', draft)
			: screenUnreviewed(context, admitted, draft);
	return {
		kind: 'answered',
		answer:
			plain === undefined && screened === undefined && admitted === result
				? { kind: 'original', message }
				: { kind: 'rewritten', value: { ...(plain ?? message.value), result: screened ?? admitted } },
		outcome: screened === undefined ? 'answered' : 'quarantined',
	};
}

/** What a person read and what is pinned of a tool. */
const REVIEWED = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

/** Of a reviewed server everything is screened but the pinned texts: a person has read those, and they have not changed. */
function screenUnreviewed(context: PathContext, result: JsonObject, draft: Draft): JsonObject | undefined {
	const tools = isJsonArray(result.tools) ? result.tools.map(tool => (isJsonObject(tool) ? tool : {})) : [];
	const reviewed = tools.map(tool =>
		Object.fromEntries(REVIEWED.flatMap(key => (Object.hasOwn(tool, key) ? [[key, tool[key]]] : []))),
	);
	const rest = tools.map(tool =>
		Object.fromEntries(Object.entries(tool).filter(([key]) => !REVIEWED.some(known => known === key))),
	);
	const screened = screenObject(context, { ...result, tools: rest }, 'tools/list', draft);
	if (screened === undefined) {
		return undefined;
	}
	const left = isJsonArray(screened.tools) ? screened.tools : [];
	return {
		...screened,
		tools: reviewed.map((tool, index) => {
			const extra = left[index];
			return { ...(isJsonObject(extra) && extra), ...tool };
		}),
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
		if (isJsonObject(item) && twins(item, REVIEWED).length > 0) {
			// `Description` beside the reviewed `description` is what some client would show.
			hidden.push(tool.name);
			continue;
		}
		if (!context.tools.put(tool)) {
			hidden.push(tool.name);
			continue;
		}
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
	const others = twins(result, ['tools']);
	const unchanged =
		others.length === 0 &&
		isJsonArray(result.tools) &&
		tools.length === listed.length &&
		tools.every((tool, index) => tool === listed[index]);
	return unchanged ? result : { ...omit(result, ...others), tools, ...ownCaching(result) };
}

/** Members that a parser which ignores case takes for one of these. */
function twins(value: JsonObject, names: readonly string[]): readonly string[] {
	const folded = names.map(foldedKey);
	return Object.keys(value).filter(key => !names.includes(key) && folded.includes(foldedKey(key)));
}

/** Milliseconds that a list of ours may be kept: a policy that changes shows after that. */
export const LIST_TTL_MS = 30_000;

/**
 * What a list that we have changed says of caching (MCP 2026-07-28 server/utilities/caching): it is for this client alone, and
 * not for longer than a policy may take to show.
 */
function ownCaching({ ttlMs, cacheScope }: JsonObject): JsonObject {
	return {
		...(cacheScope !== undefined && { cacheScope: 'private' }),
		...(typeof ttlMs === 'number' && { ttlMs: Math.min(ttlMs, LIST_TTL_MS) }),
	};
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
		...(drifted.length > 0 ? [`suspended, not as reviewed: ${nameList(drifted)}`] : []),
		...(hidden.length > 0 ? [`hidden: ${nameList(hidden)}`] : []),
	];
	if (parts.length > 0) {
		draft.detail = parts.join('; ');
	}
	if (drifted.length > 0) {
		draft.event = 'server-drifted';
		context.ports.notify({ kind: 'drifted', serverName: context.server.name, tools: drifted });
	}
}
