import { type JsonObject } from '../../../base/json';
import { type AuditEntry } from '../auditRecord';
import { labelsOf } from '../matchesFilter';
import { textOr } from './trailFormat';

/** Values of `SpanKind` and `StatusCode` (opentelemetry-proto, trace.proto), as OTLP/JSON writes enums: numbers. */
const KIND = { internal: 1, server: 2, client: 3 } as const;
const STATUS_ERROR = 2;

/** The steps that a call's time is split into, in their order, and the first hex digit of the id of each one's span. */
const STEPS = [
	['decide', '1', KIND.internal],
	['approval', '2', KIND.internal],
	['upstream', '3', KIND.client],
	['screen', '4', KIND.internal],
] as const;

/** How the call ended, where that is an error to whoever traces it. */
const ERRORS: ReadonlySet<string> = new Set(['refused', 'failed', 'cancelled', 'withheld']);

/**
 * The spans of one call, list or message in OTLP/JSON (opentelemetry.io/docs/specs/otlp): one for the whole, and one for each
 * step that took time. Attributes are those of the MCP conventions (open-telemetry/semantic-conventions-genai, mcp.md) and
 * `mcp_firewall.*`. Arguments and answers are not in them. Empty for entries that are no call.
 */
export function callSpans(entry: AuditEntry): readonly JsonObject[] {
	const begin = Date.parse(entry.at);
	if (entry.kind === 'lifecycle' || entry.kind === 'checkpoint' || Number.isNaN(begin)) {
		return [];
	}
	const traceId = hexId(entry.session ?? entry.id, 32);
	const spanId = hexId(entry.id, 32).slice(16);
	if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) {
		return [];
	}
	const method = textOr(entry.method, entry.kind);
	const target = textOr(entry.tool, undefined) ?? promptName(entry);
	const error = errorType(entry);
	const steps: JsonObject[] = [];
	let at = begin;
	for (const [step, digit, kind] of STEPS) {
		const took = duration(entry.latency?.[step]);
		if (took > 0) {
			steps.push({
				traceId,
				// An entry's own last half begins with 8 to b (RFC 9562 §4.1), so it is none of these.
				spanId: digit + spanId.slice(1),
				parentSpanId: spanId,
				name: step,
				kind,
				startTimeUnixNano: nanoseconds(at),
				endTimeUnixNano: nanoseconds(at + took),
			});
		}
		at += took;
	}
	const links = linksOf(entry.traceparent);
	return [
		{
			traceId,
			spanId,
			name: target === undefined ? method : `${method} ${target}`,
			kind: KIND.server,
			startTimeUnixNano: nanoseconds(begin),
			endTimeUnixNano: nanoseconds(at + duration(entry.latency?.write)),
			attributes: attributesOf(entry, method, target, error),
			...(links.length > 0 && { links }),
			...(error !== undefined && { status: { code: STATUS_ERROR } }),
		},
		...steps,
	];
}

/** Spans as one `ExportTraceServiceRequest`: the body of a request, and a line of a file. */
export function otlpRequest(spans: readonly JsonObject[]): JsonObject {
	return {
		resourceSpans: [
			{
				resource: { attributes: [{ key: 'service.name', value: { stringValue: 'mcp-firewall' } }] },
				scopeSpans: [{ scope: { name: 'mcp-firewall.audit' }, spans }],
			},
		],
	};
}

function attributesOf(
	entry: AuditEntry,
	method: string,
	target: string | undefined,
	error: string | undefined,
): readonly JsonObject[] {
	const { server, client, verdict, findings } = entry;
	const isTool = textOr(entry.tool, undefined) !== undefined;
	const labels = labelsOf(entry);
	const values: Readonly<Record<string, unknown>> = {
		'mcp.method.name': method,
		'mcp.session.id': entry.session,
		'mcp.protocol.version': server?.protocolVersion,
		'gen_ai.operation.name': isTool ? 'execute_tool' : undefined,
		'gen_ai.tool.name': isTool ? target : undefined,
		'gen_ai.prompt.name': isTool ? undefined : target,
		'error.type': error,
		'mcp_firewall.entry.id': entry.id,
		'mcp_firewall.outcome': entry.outcome,
		'mcp_firewall.server.id': server?.id,
		'mcp_firewall.server.name': server?.name,
		'mcp_firewall.client.name': client?.name,
		'mcp_firewall.from': entry.from,
		'mcp_firewall.capability': entry.capability,
		'mcp_firewall.verdict.effect': verdict?.effect,
		'mcp_firewall.verdict.reason': verdict?.reason,
		'mcp_firewall.verdict.observed': verdict?.observed,
		'mcp_firewall.rule.id': verdict?.rule?.id,
		'mcp_firewall.approval.outcome': entry.approval?.outcome,
		'mcp_firewall.policy.digest': entry.policyDigest,
		'mcp_firewall.labels': labels.length > 0 ? labels : undefined,
		'mcp_firewall.findings': findings?.length,
		'mcp_firewall.response.bytes': entry.response?.bytes,
		'mcp_firewall.response.schema_valid': entry.schemaValid,
	};
	return Object.entries(values).flatMap(([key, value]) => {
		const known = attribute(key, value);
		return known === undefined ? [] : [known];
	});
}

function attribute(key: string, value: unknown): { readonly key: string; readonly value: JsonObject } | undefined {
	const any = anyValue(value);
	return any && { key, value: any };
}

/** `AnyValue` of OTLP/JSON; 64-bit integers are texts there. Undefined for what it cannot say. */
function anyValue(value: unknown): JsonObject | undefined {
	if (typeof value === 'string') {
		return value === '' ? undefined : { stringValue: value };
	}
	if (typeof value === 'boolean') {
		return { boolValue: value };
	}
	if (typeof value === 'number') {
		return Number.isSafeInteger(value) ? { intValue: String(value) } : undefined;
	}
	return Array.isArray(value)
		? { arrayValue: { values: value.map(anyValue).filter(each => each !== undefined) } }
		: undefined;
}

/** `tool_error` is the conventions' own word for a result that says of itself that it is an error. */
function errorType({ outcome, response }: AuditEntry): string | undefined {
	return ERRORS.has(outcome) ? outcome : response?.isError === true ? 'tool_error' : undefined;
}

function promptName({ method, arguments: args }: AuditEntry): string | undefined {
	return method === 'prompts/get' && typeof args === 'object' && args !== null && 'name' in args
		? textOr(args['name'], undefined)
		: undefined;
}

/** The hex digits of an id, brought to this length; ids of ours are UUIDs. */
function hexId(id: string, length: number): string {
	return id
		.toLowerCase()
		.replace(/[^0-9a-f]/g, '')
		.padStart(length, '0')
		.slice(-length);
}

function duration(value: unknown): number {
	return typeof value === 'number' && value > 0 && value < Number.MAX_SAFE_INTEGER ? value : 0;
}

/** A time in milliseconds as OTLP/JSON writes it: a text of whole nanoseconds since 1970. */
function nanoseconds(ms: number): string {
	const whole = Math.floor(ms);
	return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000)));
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

/** Where the client's own trace goes on (W3C Trace Context §3.2): a link, since the trace here is that of the session. */
function linksOf(traceparent: unknown): readonly JsonObject[] {
	const [, traceId = '', spanId = ''] = TRACEPARENT.exec(textOr(traceparent, '')) ?? [];
	return /^0*$/.test(traceId) || /^0*$/.test(spanId) ? [] : [{ traceId, spanId }];
}
