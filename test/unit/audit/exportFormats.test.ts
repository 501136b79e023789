import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { EXPORT_FORMATS, type TextFormat } from '../../../src/domain/audit/export/trailFormat';
import { trailWriter } from '../../../src/domain/audit/export/trailWriter';
import { type Finding } from '../../../src/domain/inspection/finding';
import { aRecord, chained } from '../support/auditRecords';

const CANARY = 'canary-5f1c9e';
const finding: Finding = {
	...{ kind: 'instruction-shaped', rule: 'inst-override', severity: 'high', pointer: '/content/0/text' },
	...{ span: { start: 3, end: 9 }, family: 'override', score: 0.9, advice: 'Read it before it is acted on.' },
};

function write(format: TextFormat, ...groups: (readonly AuditRecord[])[]): string {
	const writer = trailWriter(format);
	const items = groups.map(records => {
		const entries = chained(records);
		return writer.add({ entry: entries.at(-1)!, entries });
	});
	return writer.begin() + items.join('') + writer.end();
}

function lines(format: TextFormat, ...groups: (readonly AuditRecord[])[]): JsonObject[] {
	const text = write(format, ...groups);
	return text === ''
		? []
		: text
				.trimEnd()
				.split('\n')
				.map(line => JSON.parse(line) as JsonObject);
}

describe('every text format', () => {
	it('does not fall over what a forger put where a text or a list belongs', () => {
		const odd = fc.oneof(fc.constant(null), fc.integer(), fc.boolean(), fc.constant({ a: [1] }), fc.constant([2]));
		fc.assert(
			fc.property(odd, odd, (a, b) => {
				const forged = {
					...aRecord({ labels: ['untrusted'] }),
					server: { id: 'x', name: 'y', version: a, protocolVersion: b },
					verdict: { effect: 'deny', reason: 'r', observed: a },
					latency: { decide: b, upstream: a, approval: -1 },
					findings: [{ rule: a, severity: b, span: { start: a }, pointer: b, advice: a, kind: b }, {}],
					response: { digest: 'd', bytes: a, isError: b },
				} as unknown as AuditRecord;
				for (const format of EXPORT_FORMATS) {
					if (format !== 'sqlite') {
						expect(() => write(format, [forged])).not.toThrow();
					}
				}
			}),
			{ numRuns: 25 },
		);
	});

	it('begins and ends whole without any entry', () => {
		expect(JSON.parse(write('sarif'))).toMatchObject({ version: '2.1.0', runs: [{ results: [] }] });
		expect([write('jsonl'), write('rfc006'), write('otlp')]).toEqual(['', '', '']);
	});
});

describe('SARIF 2.1.0', () => {
	type Run = {
		results: {
			ruleId: string;
			ruleIndex: number;
			level: string;
			partialFingerprints: JsonObject;
			suppressions?: JsonObject[];
		}[];
		tool: { driver: { name: string; rules: { id: string; help: { text: string } }[] } };
	};
	const run = (...groups: (readonly AuditRecord[])[]) => {
		const log = JSON.parse(write('sarif', ...groups)) as { version: string; runs: Run[] };
		expect([log.version, log.runs.length]).toEqual(['2.1.0', 1]);
		return log.runs[0]!;
	};

	it('one result for each finding, each with the members that the schema requires, and a rule with help', () => {
		const secret: Finding = { ...finding, rule: 'sec-1', kind: 'secret', severity: 'low' };
		const { results, tool } = run(
			[aRecord({ findings: [finding, secret] })],
			[aRecord()],
			[aRecord({ findings: [finding] })],
		);
		expect(tool.driver.name).toBe('MCP Firewall');
		expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
			['inst-override', 'error'],
			['sec-1', 'note'],
			['inst-override', 'error'],
		]);
		for (const result of results) {
			expect(tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
			expect(tool.driver.rules[result.ruleIndex]?.help.text).toBeTruthy();
			expect(result).toMatchObject({
				message: { text: expect.stringContaining('read_file') as string },
				locations: [
					{
						physicalLocation: {
							artifactLocation: { uri: expect.stringMatching(/^mcp-firewall:\//) as string },
						},
						logicalLocations: [{ fullyQualifiedName: 'files/read_file/content/0/text' }],
					},
				],
			});
		}
	});

	it('the same finding in the same place is the same alert; another tool makes another', () => {
		const prints = run(
			[aRecord({ findings: [finding] })],
			[aRecord({ findings: [finding] })],
			[aRecord({ findings: [finding], tool: 'other' })],
		).results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints));
		expect(prints[0]).toBe(prints[1]);
		expect(prints[2]).not.toBe(prints[0]);
	});

	it('says what a suppression made milder, and takes the findings of a verdict whose outcome has none', () => {
		const suppressed = [{ rule: finding.rule, count: 1, reason: 'known sample' }];
		const call = aRecord({ outcome: 'answered' });
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id, findings: [finding] });
		const { results } = run([aRecord({ findings: [finding], suppressed })], [verdict, call]);
		expect(results[0]?.suppressions).toEqual([{ kind: 'external', justification: 'known sample' }]);
		expect(results).toHaveLength(2);
	});
});

describe('RFC-006 evidence records', () => {
	const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/evidence/rfc006.json'), 'utf8')) as {
		required: string[];
		cases: { id: string; valid: boolean; policy?: string; record: JsonObject }[];
	};

	/** The normative schema and the prose of the specification (identity.md §2.5), by hand. */
	function fits(record: JsonObject): boolean {
		const texts = vectors.required.every(key => typeof record[key] === 'string');
		const depth = record['capiscio.authority.chain_depth'];
		return (
			texts &&
			record['event.name'] === 'capiscio.tool_invocation' &&
			['ALLOW', 'DENY'].includes(record['capiscio.decision'] as string) &&
			['badge+envelope', 'badge', 'apikey', 'anonymous'].includes(record['capiscio.auth.level'] as string) &&
			(depth === undefined || (Number.isSafeInteger(depth) && Number(depth) >= 0)) &&
			record['capiscio.policy_version'] !== '' &&
			!('arguments' in record) &&
			!('badge' in record)
		);
	}

	it.each(vectors.cases.map(each => [each.id, each] as const))('vector %s is judged as it says', (_, each) => {
		expect(fits(each.record)).toBe(each.valid && each.policy !== 'reject');
	});

	const allowed = { effect: 'allow', reason: 'policy_allow' } as const;
	const asked = { effect: 'require_approval', reason: 'policy_require_approval' } as const;
	it.each<[string, Partial<AuditRecord>, string, string | undefined]>([
		['a denied call', {}, 'DENY', 'TOOL_POLICY_DENIED'],
		['an answered call', { verdict: allowed, outcome: 'answered' }, 'ALLOW', undefined],
		['a withheld answer', { verdict: allowed, outcome: 'withheld' }, 'ALLOW', undefined],
		[
			'an approved call',
			{ verdict: asked, outcome: 'answered', approval: { outcome: 'allowed-once', waitedMs: 1 } },
			'ALLOW',
			undefined,
		],
		[
			'a call that was cancelled while it waited',
			{ verdict: asked, outcome: 'cancelled', approval: { outcome: 'cancelled', waitedMs: 1 } },
			'DENY',
			'TOOL_POLICY_DENIED',
		],
		[
			'too little trust',
			{ verdict: { effect: 'deny', reason: 'trust_too_low' }, outcome: 'refused' },
			'DENY',
			'TOOL_TRUST_INSUFFICIENT',
		],
		['a stop', { verdict: allowed, outcome: 'refused', detail: 'emergency_stop' }, 'DENY', 'UNSPECIFIED'],
	])('%s', (_, over, decision, reason) => {
		const [record, ...others] = lines('rfc006', [aRecord({ ...over, policyDigest: 'ab'.repeat(32) })]);
		expect(others).toEqual([]);
		expect(fits(record!)).toBe(true);
		expect([record!['capiscio.decision'], record!['capiscio.deny_reason']]).toEqual([decision, reason]);
		expect(record!['capiscio.policy_version']).toBe('sha256:q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s');
	});

	it('a call that was handed on was let through, also where a stop cut it off', () => {
		const call = aRecord({ verdict: allowed, outcome: 'refused', detail: 'emergency_stop' });
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id, verdict: allowed });
		expect(lines('rfc006', [verdict, call])).toMatchObject([{ 'capiscio.decision': 'ALLOW' }]);
	});

	it('A4, A5: of arguments the recorded hash at most, never themselves; entries of no tool have no record', () => {
		const paramsHash = 'sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o';
		const record = aRecord({ arguments: { path: CANARY }, paths: [CANARY], paramsHash, credentials: [CANARY] });
		const text = write(
			'rfc006',
			[record],
			[aRecord({ kind: 'lifecycle', outcome: 'noted', event: 'trail-opened' })],
		);
		expect(text).not.toContain(CANARY);
		expect(lines('rfc006', [record])).toMatchObject([{ 'capiscio.tool.params_hash': paramsHash }]);
		expect(lines('rfc006', [aRecord()])[0]).not.toHaveProperty(['capiscio.tool.params_hash']);
	});
});

describe('OTLP/JSON spans', () => {
	interface Span {
		traceId: string;
		spanId: string;
		parentSpanId?: string;
		name: string;
		kind: number;
		startTimeUnixNano: string;
		endTimeUnixNano: string;
		attributes?: { key: string; value: Record<string, unknown> }[];
		links?: JsonObject[];
		status?: JsonObject;
	}
	const session = '01900000-0000-7000-8000-00000000abcd';
	const spansOf = (record: AuditRecord): Span[] =>
		lines('otlp', [record]).flatMap(line => {
			const { resourceSpans } = line as unknown as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
			return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
		});

	it('a call is a span of the trace of its session, with a child for each step that took time, one after the other', () => {
		const latency = { decide: 1.5, approval: 0, upstream: 20, screen: 3, write: 2 };
		const [root, ...steps] = spansOf(
			aRecord({ session, latency, outcome: 'answered', response: { digest: 'd', bytes: 5, isError: true } }),
		);
		expect(root).toMatchObject({ traceId: session.replaceAll('-', ''), name: 'tools/call read_file', kind: 2 });
		expect(root?.status).toEqual({ code: 2 });
		expect(steps.map(({ name, kind }) => [name, kind])).toEqual([
			['decide', 1],
			['upstream', 3],
			['screen', 1],
		]);
		let at = root!.startTimeUnixNano;
		for (const step of steps) {
			expect([step.parentSpanId, step.startTimeUnixNano]).toEqual([root!.spanId, at]);
			at = step.endTimeUnixNano;
		}
		expect(BigInt(root!.endTimeUnixNano) - BigInt(root!.startTimeUnixNano)).toBe(26_500_000n);
		const ids = [root!, ...steps].map(({ spanId }) => spanId);
		expect(new Set(ids).size).toBe(4);
		expect(ids.every(id => /^[0-9a-f]{16}$/.test(id))).toBe(true);
		const attributes = Object.fromEntries(root!.attributes!.map(({ key, value }) => [key, value]));
		expect(attributes).toMatchObject({
			'mcp.method.name': { stringValue: 'tools/call' },
			'gen_ai.tool.name': { stringValue: 'read_file' },
			'gen_ai.operation.name': { stringValue: 'execute_tool' },
			'mcp.session.id': { stringValue: session },
			'error.type': { stringValue: 'tool_error' },
			'mcp_firewall.response.bytes': { intValue: '5' },
		});
	});

	it('A5: no argument and no path is in a span', () => {
		const record = aRecord({ arguments: { a: CANARY }, paths: [CANARY], credentials: [CANARY], session });
		expect(write('otlp', [record])).not.toContain(CANARY);
	});

	it.each([
		['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 1],
		['00-00000000000000000000000000000000-00f067aa0ba902b7-01', 0],
		['nonsense', 0],
	])('the trace of the client %s is linked %i times', (traceparent, links) => {
		expect(spansOf(aRecord({ session, traceparent }))[0]?.links ?? []).toHaveLength(links);
	});

	it('has none for lifecycle events, and a trace of its own for a call of no session', () => {
		const lifecycle: Partial<AuditEntry> = { kind: 'lifecycle', outcome: 'noted', event: 'trail-opened' };
		expect(write('otlp', [aRecord(lifecycle)])).toBe('');
		expect(spansOf(aRecord())[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
	});
});
