import { errorText } from '../base/errors';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { inSlices } from '../base/steps';
import { resultExcessSteps } from '../domain/inspection/resultExcess';
import { type Draft, type Ending } from './ending';
import { bringsData } from './hear';
import { type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type ForwardOutcome } from './ports';
import { sentOf } from './sentRequest';
import { trailFindings } from './trailCopy';
import { type Look, type Treated, treatPart } from './treatAnswer';
import { evidenceOf, withheldResponse } from './withheldAnswer';
import { MAX_WITHHELD_BYTES } from './withheldBook';

/** The part of a message that carries text of the other side. */
type Part = 'result' | 'error' | 'params';

/** What the client gets instead of what the server said. */
export type Screened = Treated;

/**
 * Looks at every string leaf of one part of a message, and does what the policy says of what it finds. Where nothing is to
 * change there is no copy, and the original bytes travel on.
 */
export async function screenPart(
	context: PathContext,
	message: JsonObject,
	part: Part,
	tool: string,
	draft: Draft,
	look: Omit<Look, 'tool'> = {},
): Promise<Screened | undefined> {
	const value = message[part];
	if (isJsonObject(value)) {
		const screened = await treatPart(context, value, { ...look, tool }, draft);
		return screened === undefined ? undefined : { ...screened, value: { ...message, [part]: screened.value } };
	}
	if (typeof value === 'string' || isJsonArray(value)) {
		// No part of MCP is a bare text or list, but a client may show it all the same.
		const screened = await treatPart(context, { [part]: value }, { ...look, tool }, draft);
		return screened === undefined
			? undefined
			: { ...screened, value: { ...message, [part]: screened.value[part] } };
	}
	return undefined;
}

/** The same for any object of the other side's making. */
export async function screenObject(
	context: PathContext,
	value: JsonObject,
	tool: string,
	draft: Draft,
): Promise<Screened | undefined> {
	return treatPart(context, value, { tool }, draft);
}

/** The members of a response (JSON-RPC 2.0 §5). */
const RESPONSE_MEMBERS: readonly string[] = ['jsonrpc', 'id', 'result', 'error'];

/**
 * The response without members that are no part of one: they are not screened, and a client whose parser does not look at
 * upper and lower case would read `Result` as `result`. Undefined when there are none.
 */
export function plainResponse(value: JsonObject): JsonObject | undefined {
	const members: [string, JsonValue | undefined][] = Object.entries(value);
	const plain = members.filter(([key]) => RESPONSE_MEMBERS.includes(key));
	return plain.length === members.length ? undefined : Object.fromEntries(plain);
}

/** Step 6 for any request: takes what the upstream answered and makes it the ending of the walk. Never throws. */
export async function screenOutcome(
	context: PathContext,
	outcome: ForwardOutcome,
	tool: string,
	draft: Draft,
): Promise<Ending> {
	if (outcome.kind === 'failed') {
		return { kind: 'failed', why: outcome.why };
	}
	noteResponse(context, outcome.message, draft);
	const { clock, breathe } = context.ports;
	const started = clock.monotonic();
	const plain = plainResponse(outcome.message.value);
	const value = plain ?? outcome.message.value;
	const counted = resultExcessSteps(value.error ?? value.result);
	if ((await inSlices(counted, () => clock.monotonic(), breathe)) !== undefined) {
		return { kind: 'failed', why: 'excessive' };
	}
	let screened: Screened | undefined;
	const answered = answeredBy(context, draft, tool);
	const part = value.error === undefined ? 'result' : 'error';
	try {
		const brings = bringsData(draft.method ?? '', value.result);
		const whole = brings && answered.request !== undefined && draft.method !== 'tasks/get';
		const look = { masks: brings, whole, ...answered };
		screened = await screenPart(context, value, part, answered.tool, draft, look);
	} catch (error) {
		context.ports.logger.error(`An answer could not be screened: ${errorText(error)}`);
		return { kind: 'failed', why: 'unscreened' };
	}
	draft.latency = { ...emptyLatency, ...draft.latency, screen: context.ports.clock.monotonic() - started };
	if (screened?.outcome === 'withheld') {
		return withheldEnding(context, outcome.message, screened, answered, draft);
	}
	if (screened !== undefined) {
		return { kind: 'answered', answer: { kind: 'rewritten', value: screened.value }, outcome: screened.outcome };
	}
	const answer =
		plain === undefined
			? ({ kind: 'original', message: outcome.message } as const)
			: ({ kind: 'rewritten', value: plain } as const);
	return { kind: 'answered', answer, outcome: 'answered' };
}

/** What is known of the request that an answer is for. */
interface Answered {
	readonly tool: string;
	readonly schema: JsonObject | undefined;
	readonly request: WireMessage | undefined;
	readonly released: boolean;
}

function answeredBy(context: PathContext, draft: Draft, tool: string): Answered {
	const sent = sentOf(draft);
	const { memory, review, server, surface } = context;
	const params = sent?.message.value.params;
	const taskId = draft.method === 'tasks/result' && isJsonObject(params) ? params.taskId : undefined;
	const task = typeof taskId === 'string' ? memory.taskOf(server.name, taskId)?.tool : undefined;
	const name = draft.method === 'tools/call' ? draft.tool : task;
	const pin = review.current().entry?.tools.find(candidate => candidate.name === name);
	const listed = name === undefined ? undefined : surface.tools.get(name);
	return {
		tool: name ?? tool,
		schema: pin === undefined ? listed?.outputSchema : pin.reviewed.outputSchema,
		request: sent?.message,
		released: sent?.released ?? false,
	};
}

/** The client learns that the answer is withheld and why; the answer itself goes to the book, once its entry is written. */
function withheldEnding(
	context: PathContext,
	message: WireMessage,
	{ verdict, offending, seen }: Screened,
	{ tool, request }: Answered,
	draft: Draft,
): Ending {
	const source = { server: context.server.name, tool };
	const canBeReleased = request !== undefined && message.bytes.length <= MAX_WITHHELD_BYTES;
	const why = { source, findings: offending, rule: verdict.rule, canBeReleased };
	const evidence = canBeReleased ? evidenceOf(seen, source, context.ports.ids.token()) : '';
	return {
		kind: 'answered',
		answer: { kind: 'rewritten', value: withheldResponse(message.value, draft, why) },
		outcome: 'withheld',
		...(canBeReleased && { keep: { request, message, shown: { findings: trailFindings(offending), evidence } } }),
	};
}

/** All steps at zero; each step that runs overwrites its own. */
export const emptyLatency = { decide: 0, approval: 0, upstream: 0, screen: 0 };

/** Notes size, digest and error state of a response as the upstream sent it. */
export function noteResponse(context: PathContext, message: WireMessage, draft: Draft): void {
	const { result, error } = message.value;
	draft.response = {
		digest: context.ports.digest(message.bytes),
		bytes: message.bytes.length,
		isError: error !== undefined || (isJsonObject(result) && result.isError === true),
	};
}
