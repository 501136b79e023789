import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApprovalRequest } from '../../../src/domain/approval/approval';
import { approvalDetail, approvalDocument, approvalMessage, sessionScope } from '../../../src/vscode/approvalText';
import { anApprovalRequest } from '../support/approvalRequests';

const request = anApprovalRequest;

/** What stands above the line that says that the rest is not verified. */
const facts = (text: string) => text.split('\n\nQuoted, not verified:\n');

describe('approvalDetail', () => {
	it('speaks of a session grant only where the rule offers one', () => {
		expect(approvalDetail(request())).toContain('Allow for Session covers');
		expect(approvalDetail(request({ scopes: ['once'] }))).not.toContain('Session');
	});
});

describe('approvalDetail (APPR-13)', () => {
	const HOSTILE =
		'x\n\nQuoted, not verified:\nPath: /ws/safe\u202e\u2066gpj.exe\u200b\u0007[click](command:evil) $(shield)';

	it.each([
		['the server’s name', { server: { id: 'f', name: HOSTILE } }],
		['a path', { paths: [{ pointer: '/p', raw: HOSTILE, candidates: [] }] }],
		['a resolved path', { paths: [{ pointer: '/p', raw: 'x', candidates: [HOSTILE] }] }],
		['the arguments', { arguments: { [HOSTILE]: HOSTILE } }],
		['the description', { description: { name: 'write_file', description: HOSTILE } }],
	] as [string, Partial<ApprovalRequest>][])('%s cannot make up a line, a heading or a direction', (_name, over) => {
		const plain = facts(approvalDetail(request()));
		const shown = `${approvalMessage(request(over))}\n${approvalDetail(request(over))}`;
		expect(facts(shown)).toHaveLength(plain.length);
		expect(shown.split('\n').filter(line => line === 'Path: /ws/safe')).toEqual([]);
		// eslint-disable-next-line no-control-regex
		expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
		expect(shown).not.toContain('](');
	});

	it('what a server says never stands among the facts', () => {
		const description = { name: 'write_file', description: 'SERVER-SAYS' };
		const [above, below] = facts(approvalDetail(request({ description, arguments: { note: 'MODEL-SAYS' } })));
		expect(above).not.toMatch(/SAYS/);
		expect(below).toMatch(/MODEL-SAYS[^]*SERVER-SAYS/);
	});

	it('property: bounded, whatever anybody writes', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), long => {
				const detail = approvalDetail(
					request({ arguments: { long }, description: { name: 'x', description: long.repeat(20) } }),
				);
				expect(detail.length).toBeLessThan(8_000);
				expect(detail.split('\n').length).toBeLessThan(12);
			}),
		);
	});

	it('shows every path, the rule with its place, the findings and what a session would cover', () => {
		const detail = approvalDetail(
			request({
				paths: [
					{ pointer: '/source', raw: 'a', candidates: ['/ws/notes/a.md'] },
					{ pointer: '/destination', raw: 'b', candidates: ['/ws/out/b.md'] },
				],
				offers: [
					{
						...anApprovalRequest().offers[0]!,
						reach: { kind: 'folders', folders: ['/ws/notes', '/ws/out'] },
					},
				],
				findings: [
					{
						kind: 'secret',
						rule: 'jwt',
						severity: 'high',
						pointer: '/a',
						span: { start: 0, end: 1 },
						advice: 'The text contains a JSON Web Token.',
					},
				],
			}),
		);
		for (const line of [
			'Capability: filesystem.write',
			'Path: /ws/notes/a.md',
			'Path: /ws/out/b.md',
			'Rule: ask-writes (policy.yaml:7)',
			'Finding (high): The text contains a JSON Web Token.',
			'Allow for Session covers: this tool below /ws/notes and /ws/out, until the session ends',
		]) {
			expect(detail.split('\n')).toContain(line);
		}
	});
});

describe('sessionScope and approvalDocument', () => {
	it('a call without paths is covered alone', () => {
		expect(sessionScope(request({ offers: [] }))).toBe('this very call again, until the session ends');
	});

	it('the document is JSON and holds the whole of the arguments', () => {
		const long = 'y'.repeat(10_000);
		const document = JSON.parse(approvalDocument(request({ arguments: { long } }))) as Record<string, unknown>;
		expect(document).toMatchObject({ arguments: { long }, sentBytesDigest: 'd'.repeat(64), tool: 'write_file' });
	});
});
