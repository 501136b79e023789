import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verbatim } from '../../../src/base/phrase';
import { type ApprovalRequest, MAX_ARGUMENTS_TEXT } from '../../../src/domain/approval/approval';
import { isRisky } from '../../../src/domain/approval/isRisky';
import { SESSION_LABELS } from '../../../src/domain/policy/sessionLabel';
import { anApprovalRequest, SPARSE_FACTS } from '../support/approvalRequests';

const HOST = { workspaceFolders: ['/ws'], caseInsensitivePaths: false };
const risky = (over: Partial<ApprovalRequest> = {}, host = HOST) => isRisky(anApprovalRequest(over), host);
const { verdict } = anApprovalRequest();
const at = (...candidates: string[]) => [{ pointer: '/path', raw: 'a', candidates }];

describe('isRisky (issue 9.3): the few that nobody may overlook', () => {
	it('a write below an open folder is not one of them', () => {
		expect(risky()).toBe(false);
	});

	it.each([
		...['filesystem.delete', 'database.drop', 'database.write', 'shell.execute', 'network.send', 'network.request'],
		...['payments.transfer', 'secrets.read', 'github.write', 'unknown', '', 'own.thing', 'client.sampling'],
	])('%s is', capability => {
		expect(risky({ capability })).toBe(true);
	});

	it('what is not known to be calm is risky, whatever it is called', () => {
		const calm =
			/^(?:(?:filesystem|memory|git)\.(?:read|write)|filesystem\.roots|database\.read|github\.read|compute\.run|client\.roots)$/;
		fc.assert(
			fc.property(
				fc.string().filter(text => !calm.test(text)),
				capability => risky({ capability }),
			),
		);
	});

	it.each<[string, Partial<ApprovalRequest>]>([
		['a place outside', { paths: at('/etc/hosts') }],
		['a place that only begins like the folder', { paths: at('/ws-evil/a') }],
		['one form of two that leads outside', { paths: at('/ws/a', '/home/p/a') }],
		['a path without a readable form', { paths: [{ pointer: '', raw: '../x', candidates: [] }] }],
		[
			'a path that cannot be judged',
			{ paths: [{ pointer: '', raw: 'a', candidates: ['/ws/a'], problem: 'unresolvable' }] },
		],
		[
			'a second name of a file',
			{ paths: [{ pointer: '', raw: 'a', candidates: ['/ws/a'], flags: { hardLinked: true } }] },
		],
		['a mount', { paths: [{ pointer: '', raw: 'a', candidates: ['/ws/a'], flags: { otherDevice: true } }] }],
		['a glob outside', { paths: [{ pointer: '', raw: 'a', candidates: ['/ws'], globs: ['/etc/*'] }] }],
		['a write to nowhere', { paths: [] }],
		['a verdict with errors', { verdict: { ...verdict, errors: [verbatim('rule x cannot be judged')] } }],
		['a risk', { facts: { ...SPARSE_FACTS, risks: ['Something.'] } }],
		['a doubt', { facts: { ...SPARSE_FACTS, uncertain: [verbatim('Nobody reviewed this server.')] } }],
		[
			'a server whose identity failed',
			{
				facts: {
					...SPARSE_FACTS,
					identity: { ...SPARSE_FACTS.identity, principal: { kind: 'failed', words: verbatim('FAILED') } },
				},
			},
		],
		['what cannot be shown whole', { argumentsText: 'x'.repeat(MAX_ARGUMENTS_TEXT) }],
	])('%s makes it one', (_name, over) => {
		expect(risky(over)).toBe(true);
	});

	it('nothing is inside where no folder is open', () => {
		expect(risky({}, { ...HOST, workspaceFolders: [] })).toBe(true);
		expect(risky({ capability: 'memory.read', paths: [] }, { ...HOST, workspaceFolders: [] })).toBe(false);
	});

	it('findings do, but for weak ones that are no secret', () => {
		const finding = {
			...({ kind: 'instruction-shaped', rule: 'r', pointer: '', advice: 'A.' } as const),
			span: { start: 0, end: 1 },
		};
		expect(risky({ findings: [{ ...finding, severity: 'low' }] })).toBe(false);
		expect(risky({ findings: [{ ...finding, severity: 'medium' }] })).toBe(true);
		expect(risky({ findings: [{ ...finding, kind: 'secret', severity: 'low' }] })).toBe(true);
	});

	it.each(SESSION_LABELS)('the label %s does, unless it only counts', label => {
		const facts = { ...SPARSE_FACTS, context: [{ label, meaning: 'M.', origins: [] }] };
		expect(risky({ facts })).toBe(label !== 'many-reads');
	});

	it('a folder in another case is inside where the disk does not tell them apart', () => {
		expect(risky({ paths: at('/WS/a') })).toBe(true);
		expect(risky({ paths: at('/WS/a') }, { ...HOST, caseInsensitivePaths: true })).toBe(false);
	});
});
