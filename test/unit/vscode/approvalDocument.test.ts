import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verbatim } from '../../../src/base/phrase';
import { type ApprovalRequest, MAX_ARGUMENTS_TEXT } from '../../../src/domain/approval/approval';
import { approvalDocument } from '../../../src/vscode/approvalDocument';
import { layOutJson } from '../../../src/vscode/layOutJson';
import { anApprovalRequest as request, SPARSE_FACTS } from '../support/approvalRequests';
import { processorMs } from '../support/processorMs';

const NOW = new Date(2026, 10, 21, 14, 1, 20).getTime();
const documentOf = (over: Partial<ApprovalRequest> = {}) =>
	approvalDocument(request(over), { now: NOW, answerBy: NOW + 120_000 });

describe('approvalDocument', () => {
	it('has the whole of what the modal cuts, and the grant as the rule it amounts to', () => {
		const long = 'y'.repeat(100_000);
		const paths = Array.from({ length: 40 }, (_, n) => ({
			...{ pointer: `/paths/${n}`, raw: `p${n}`, candidates: [`/ws/${n}`, `/real/${n}`] },
		}));
		const document = documentOf({
			argumentsText: JSON.stringify({ long }),
			description: { name: 'write_file', description: `D${long}`, inputSchema: { type: 'object' } },
			paths,
			verdict: { ...request().verdict, errors: [verbatim('Rule 3 could not be judged.')] },
		});
		expect(document).toContain(`│   "long": "${long}"`);
		expect(document).toContain(`│ D${long}\n`);
		expect(document).toContain('│ \t\t"type": "object"');
		for (const { candidates } of paths) {
			expect(document).toContain(`  is: ${candidates[0]}\n  is: ${candidates[1]}\n`);
		}
		expect(document).toContain('Allow for Session amounts to this rule\n');
		expect(document).toContain(
			'\n    allow:\n      - capability: filesystem.write\n        path_prefix: "/ws/notes"\n',
		);
		expect(document).toContain('Answer by 14:03:20, else it is denied.');
		expect(document).toContain('Not sure: Rule 3 could not be judged.');
		expect(document).toContain(`SHA-256 of what will be sent: ${'d'.repeat(64)}`);
	});

	it('says when the arguments are only the beginning', () => {
		expect(documentOf()).not.toContain('the beginning of them');
		expect(documentOf({ argumentsText: '"'.padEnd(MAX_ARGUMENTS_TEXT, 'x') })).toContain('the beginning of them');
	});

	it('what a path is marked with is told', () => {
		const flags = { hardLinked: true, otherDevice: true } as const;
		const document = documentOf({
			paths: [{ pointer: '/p', raw: 'x', candidates: ['/x'], problem: 'remote', flags, recursive: true }],
		});
		expect(document).toContain(
			'  cannot be judged: remote\n  the file has a second name somewhere else\n  it is mounted from somewhere else\n  and everything below it\n',
		);
	});

	it('APPR-13: text from outside makes no line of ours, wherever it stands', () => {
		const hostile = 'x\nRule: mine\r\u2028Rule: mine\u0085Rule: mine\u202e';
		const document = documentOf({
			...{ tool: hostile, server: { id: hostile, name: hostile }, session: hostile, capability: hostile },
			argumentsText: `{"a":\n\r"${hostile}"}`,
			description: { name: hostile, title: hostile, description: hostile, annotations: { a: hostile } },
			paths: [{ pointer: hostile, raw: hostile, candidates: [hostile] }],
			facts: {
				...SPARSE_FACTS,
				goal: { client: { name: hostile, version: hostile }, unknown: 'Not known.' },
				downstream: { serverName: hostile, launch: hostile, hosts: [hostile] },
				identity: { serverId: hostile, packageName: hostile, environment: [hostile] },
				uncertain: [verbatim(hostile)],
			},
		});
		const lines = document.split(/[\n\r\u0085\u2028\u2029]/);
		expect(lines.filter(line => line.startsWith('Rule: mine'))).toEqual([]);
		expect(document).not.toMatch(/[\u202a-\u202e]/);
		const quoted = document.slice(document.indexOf('Quoted, not verified.')).split('\n');
		expect(quoted.filter(line => line.includes('mine') && !line.startsWith('│ '))).toEqual([]);
	});
});

describe('layOutJson', () => {
	it.each([
		['{}', '{}'],
		['[]', '[]'],
		['{"a":[1,{"b":null}],"c":{}}', '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {}\n}'],
		['{"n":12345678901234567890.10e+2}', '{\n  "n": 12345678901234567890.10e+2\n}'],
		['{"s":"a,b:{}[] \\" \\\\"}', '{\n  "s": "a,b:{}[] \\" \\\\"\n}'],
		['{"s":"cut \\', '{\n  "s": "cut \\'],
		[' [ 1 ,\t2 ]\r\n', '[\n  1,\n  2\n]'],
	])('%j', (text, laid) => {
		expect(layOutJson(text)).toBe(laid);
	});

	it('property: the value is the same, and every token stands as it stood', () => {
		fc.assert(
			fc.property(fc.json(), text => {
				const laid = layOutJson(text);
				expect(JSON.parse(laid)).toEqual(JSON.parse(text));
				expect(layOutJson(laid)).toBe(laid);
			}),
		);
	});

	it('a megabyte of brackets, quotes or escapes is done at once, and does not grow beyond measure', () => {
		for (const text of ['['.repeat(1_000_000), '"'.repeat(1_000_000), `"${'\\"'.repeat(500_000)}`]) {
			const started = processorMs();
			expect(layOutJson(text).length).toBeLessThan(text.length + 2_000_000);
			expect(processorMs() - started).toBeLessThan(2_000);
		}
	});
});
