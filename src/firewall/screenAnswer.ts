import { isJsonObject, type JsonObject } from '../base/json';
import { type Finding } from '../domain/inspection/finding';
import { inspectValue } from '../domain/inspection/inspect';
import { quarantineResult } from '../domain/inspection/quarantine';
import { type Draft, type Ending } from './ending';
import { type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type ForwardOutcome } from './ports';

/** The part of a message that carries text of the other side. */
type Part = 'result' | 'error' | 'params';

/** True for findings that turn text into quoted evidence; others only label it. */
function quarantines(finding: Finding): boolean {
	return finding.kind !== 'secret' && finding.severity !== 'low';
}

/**
 * Looks at every string leaf of one part of a message. Text that is shaped like instructions comes back as quoted
 * evidence in a copy; otherwise there is no copy and the original bytes travel on.
 */
export function screenPart(
	context: PathContext,
	message: JsonObject,
	part: Part,
	tool: string,
	draft: Draft,
): JsonObject | undefined {
	const value = message[part];
	if (!isJsonObject(value)) {
		return undefined;
	}
	const findings = inspectValue(value);
	const labels = ['untrusted', `source:${context.server.name}`];
	if (findings.length > 0) {
		draft.findings = [...(draft.findings ?? []), ...findings];
		labels.push(...new Set(findings.map(finding => finding.kind)));
	}
	draft.labels = labels;
	const offending = findings.filter(quarantines);
	if (offending.length === 0) {
		return undefined;
	}
	const source = { server: context.server.name, tool };
	return { ...message, [part]: quarantineResult(value, offending, source, context.ports.ids.token()) };
}

/** Step 6 for any request: takes what the upstream answered and makes it the ending of the walk. */
export function screenOutcome(context: PathContext, outcome: ForwardOutcome, tool: string, draft: Draft): Ending {
	if (outcome.kind === 'failed') {
		return { kind: 'failed', why: outcome.why };
	}
	noteResponse(context, outcome.message, draft);
	const started = context.ports.clock.monotonic();
	const { value } = outcome.message;
	const screened = screenPart(context, value, value.error === undefined ? 'result' : 'error', tool, draft);
	draft.latency = { ...emptyLatency, ...draft.latency, screen: context.ports.clock.monotonic() - started };
	return screened === undefined
		? { kind: 'answered', answer: { kind: 'original', message: outcome.message }, outcome: 'answered' }
		: { kind: 'answered', answer: { kind: 'rewritten', value: screened }, outcome: 'quarantined' };
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
