import { errorText } from '../base/errors';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { resultExcess } from '../domain/inspection/resultExcess';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Draft, type Ending, refused, settle, startDraft, walkToEnd } from './ending';
import { noteDrift } from './driftNotes';
import { capabilityFor } from './judge';
import { handOn } from './handOn';
import { hear } from './hear';
import { asksForInput, omit } from './inputRequired';
import { type ListView, listViewOf, shownAs } from './listView';
import { type RpcId, type WireMessage } from './message';
import { outbound } from './outbound';
import { type PathContext } from './pathContext';
import { type Answer, type Forward, type ForwardOutcome } from './ports';
import { ownCaching } from './ownCaching';
import { notePresented, presentTool } from './presentTool';
import { meetServer } from './recognise';
import { noteResponse, plainResponse, type Screened, screenObject, screenOutcome } from './screenAnswer';
import { elementsOf, isLast, isWhole, REVIEWED, takeTools } from './surfaceLists';
import { twins } from './twins';

/** The sibling path of `tools/list`: pins, drift, hide what is denied, correct untrue annotations, screen descriptions. */
export async function handleToolList(
	context: PathContext,
	id: RpcId,
	params: JsonObject,
	message: WireMessage,
	forward: Forward,
	signal: AbortSignal,
): Promise<Answer> {
	const draft = startDraft(context, 'list', 'tools/list', message);
	const ending = await walkToEnd(context, draft, () => walk(context, params, message, draft, forward, signal));
	return settle(context, id, draft, ending);
}

/** A request for tools: its parameters, and the version of the list when it was handed on. */
interface ListRequest {
	readonly params: JsonObject;
	readonly version: number;
}

async function walk(
	context: PathContext,
	params: JsonObject,
	asked: WireMessage,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
): Promise<Ending> {
	const recognition = await meetServer(context, params);
	if (!recognition.ok) {
		return recognition.ending;
	}
	const message = await outbound(context, recognition.entry, asked, draft);
	if ('kind' in message) {
		return message;
	}
	const request = { params, version: context.surface.versionOf('tools') };
	const outcome = await handOn(context, draft, forward, signal, message);
	const ending = await endingOf(context, recognition.entry, request, outcome, draft);
	return hear(context, { method: 'tools/list' }, outcome, ending, draft);
}

async function endingOf(
	context: PathContext,
	entry: ServerEntry | undefined,
	request: ListRequest,
	outcome: ForwardOutcome,
	draft: Draft,
): Promise<Ending> {
	const result = outcome.kind === 'answered' ? outcome.message.value.result : undefined;
	if (outcome.kind === 'failed' || !isJsonObject(result)) {
		return screenOutcome(context, outcome, 'tools/list', draft);
	}
	noteResponse(context, outcome.message, draft);
	if (asksForInput(result)) {
		return refused('input_malformed');
	}
	if (resultExcess(result) !== undefined) {
		return { kind: 'failed', why: 'excessive' };
	}
	try {
		return await listEnding(context, entry, request, outcome.message, result, draft);
	} catch (error) {
		context.ports.logger.error(`A list of tools could not be screened: ${errorText(error)}`);
		return { kind: 'failed', why: 'unscreened' };
	}
}

async function listEnding(
	context: PathContext,
	entry: ServerEntry | undefined,
	request: ListRequest,
	message: WireMessage,
	result: JsonObject,
	draft: Draft,
): Promise<Ending> {
	const plain = plainResponse(message.value);
	const admitted = admitTools(context, entry, request, result, draft);
	const screened =
		entry === undefined
			? await screenObject(context, admitted, 'tools/list', draft)
			: await screenUnreviewed(context, admitted, draft);
	return {
		kind: 'answered',
		answer:
			plain === undefined && screened === undefined && admitted === result
				? { kind: 'original', message }
				: { kind: 'rewritten', value: { ...(plain ?? message.value), result: screened?.value ?? admitted } },
		outcome: screened?.outcome ?? 'answered',
	};
}

/** Of a reviewed server everything is screened but the pinned texts: a person has read those, and they have not changed. */
async function screenUnreviewed(context: PathContext, result: JsonObject, draft: Draft): Promise<Screened | undefined> {
	const tools = isJsonArray(result.tools) ? result.tools.map(tool => (isJsonObject(tool) ? tool : {})) : [];
	const reviewed = tools.map(tool =>
		Object.fromEntries(REVIEWED.flatMap(key => (Object.hasOwn(tool, key) ? [[key, tool[key]]] : []))),
	);
	const rest = tools.map(tool =>
		Object.fromEntries(Object.entries(tool).filter(([key]) => !REVIEWED.some(known => known === key))),
	);
	const screened = await screenObject(context, { ...result, tools: rest }, 'tools/list', draft);
	if (screened === undefined) {
		return undefined;
	}
	const left = isJsonArray(screened.value.tools) ? screened.value.tools : [];
	const value = {
		...screened.value,
		tools: reviewed.map((tool, index) => {
			const extra = left[index];
			return { ...(isJsonObject(extra) && extra), ...tool };
		}),
	};
	return { ...screened, value };
}

function admitTools(
	context: PathContext,
	entry: ServerEntry | undefined,
	{ params, version }: ListRequest,
	result: JsonObject,
	draft: Draft,
): JsonObject {
	const listed = elementsOf(result, 'tools');
	const whole = isWhole(params, result);
	const { surface } = context;
	const { admitted, drifts, hidden } = takeTools(surface.tools, entry, listed, whole);
	if (whole && entry !== undefined) {
		surface.compared('tools', version);
	}
	const now = listViewOf(context);
	const seenIn = (view: ListView) => admitted.map(({ shown }) => shownAs(view, entry, shown));
	const as = seenIn(now);
	const page = { as, again: () => seenIn(listViewOf(context)) };
	context.shown.note(page, { isNext: params.cursor !== undefined, isLast: isLast(result) });
	const unseen = admitted.flatMap(({ shown }, at) => (as[at] === 'hidden' ? [shown.name] : []));
	noteDrift(context, draft, drifts, [...hidden, ...unseen]);
	const presented = admitted.flatMap(({ shown, listed: item, reviewed }, at) => {
		const how = as[at] ?? 'hidden';
		if (how === 'hidden') {
			return [];
		}
		const capability = capabilityFor(now.load, {
			server: context.server,
			entry,
			tool: shown.name,
			descriptor: shown,
		});
		return [presentTool(reviewed === undefined ? item : withReviewed(item, reviewed), shown, capability, how)];
	});
	notePresented(context, draft, presented);
	const tools = presented.map(({ item }) => item);
	const others = twins(result, ['tools']);
	const unchanged =
		others.length === 0 &&
		isJsonArray(result.tools) &&
		tools.length === listed.length &&
		tools.every((tool, index) => tool === listed[index]);
	return unchanged ? result : { ...omit(result, ...others), tools, ...ownCaching(result) };
}

/** The texts that a person read, in the place of those that differ from them in spaces alone. */
function withReviewed(item: JsonValue, reviewed: JsonObject): JsonValue {
	return isJsonObject(item) ? { ...omit(item, ...REVIEWED), ...reviewed } : item;
}
