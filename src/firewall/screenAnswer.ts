import { errorText } from '../base/errors';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { inSlices } from '../base/steps';
import { type Finding } from '../domain/inspection/finding';
import { inspectSteps, isOffending } from '../domain/inspection/inspect';
import { resultExcess } from '../domain/inspection/resultExcess';
import { labelResult, quarantineResult } from '../domain/inspection/quarantine';
import { checkParts } from './checkParts';
import { type Draft, type Ending } from './ending';
import { type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type ForwardOutcome } from './ports';
import { trailFindings } from './trailCopy';

/** The part of a message that carries text of the other side. */
type Part = 'result' | 'error' | 'params';

/** What the client gets instead of what the server said. */
export interface Screened {
	readonly value: JsonObject;
	readonly outcome: 'quarantined' | 'withheld';
}

/**
 * Looks at every string leaf of one part of a message. Text that is shaped like instructions comes back as quoted
 * evidence in a copy; otherwise there is no copy and the original bytes travel on.
 */
export async function screenPart(
	context: PathContext,
	message: JsonObject,
	part: Part,
	tool: string,
	draft: Draft,
): Promise<Screened | undefined> {
	const value = message[part];
	if (isJsonObject(value)) {
		const screened = await screenObject(context, value, tool, draft);
		return screened === undefined ? undefined : { ...screened, value: { ...message, [part]: screened.value } };
	}
	if (typeof value === 'string' || isJsonArray(value)) {
		// No part of MCP is a bare text or list, but a client may show it all the same.
		const screened = await screenObject(context, { [part]: value }, tool, draft);
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
	const { clock, breathe, ids } = context.ports;
	const checked = await checkParts(context, value);
	const read = await inSlices(inspectSteps(checked.value), () => clock.monotonic(), breathe);
	const findings = [...checked.findings.map(({ finding }) => finding), ...read];
	noteFindings(context, findings, draft);
	const source = { server: context.server.name, tool };
	// What was replaced already is no text to quote.
	const quoted = [...checked.findings.flatMap(part => (part.replacement === undefined ? part.finding : [])), ...read];
	const offending = findings.filter(isOffending);
	return offending.length === 0
		? undefined
		: {
				value: labelResult(quarantineResult(checked.value, quoted, source, ids.token()), offending, source),
				outcome: 'quarantined',
			};
}

function noteFindings(context: PathContext, findings: readonly Finding[], draft: Draft): void {
	const labels = ['untrusted', `source:${context.server.name}`];
	if (findings.length > 0) {
		draft.findings = trailFindings([...(draft.findings ?? []), ...findings]);
		labels.push(...new Set(findings.map(finding => finding.kind)));
	}
	draft.labels = labels;
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
	const started = context.ports.clock.monotonic();
	const plain = plainResponse(outcome.message.value);
	const value = plain ?? outcome.message.value;
	if (resultExcess(value.error ?? value.result) !== undefined) {
		return { kind: 'failed', why: 'excessive' };
	}
	let screened: Screened | undefined;
	try {
		screened = await screenPart(context, value, value.error === undefined ? 'result' : 'error', tool, draft);
	} catch (error) {
		context.ports.logger.error(`An answer could not be screened: ${errorText(error)}`);
		return { kind: 'failed', why: 'unscreened' };
	}
	draft.latency = { ...emptyLatency, ...draft.latency, screen: context.ports.clock.monotonic() - started };
	if (screened !== undefined) {
		return { kind: 'answered', answer: { kind: 'rewritten', value: screened.value }, outcome: screened.outcome };
	}
	const answer =
		plain === undefined
			? ({ kind: 'original', message: outcome.message } as const)
			: ({ kind: 'rewritten', value: plain } as const);
	return { kind: 'answered', answer, outcome: 'answered' };
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
