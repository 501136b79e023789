import { type ApprovalRequest } from '../../../src/domain/approval/approval';
import { type ApprovalFacts } from '../../../src/domain/approval/approvalFacts';

/** Facts of a call of which little is known. */
export const SPARSE_FACTS: ApprovalFacts = {
	goal: { unknown: 'The goal is not known.' },
	context: [],
	downstream: { serverName: 'files', hosts: [] },
	identity: { serverId: 'f'.repeat(64), environment: [] },
	rules: [],
	risks: [],
	uncertain: [],
	effect: { expected: 'It writes.', reversal: 'by-hand', rollback: 'From version control.' },
};

/** The question whether `write_file` of the server `files` may write `/ws/notes/a.md`. */
export function anApprovalRequest(over: Partial<ApprovalRequest> = {}): ApprovalRequest {
	return {
		id: 'r1',
		session: 's',
		server: { id: 'f'.repeat(64), name: 'files' },
		tool: 'write_file',
		capability: 'filesystem.write',
		verdict: {
			effect: 'require_approval',
			capability: 'filesystem.write',
			reason: 'policy_require_approval',
			rule: { id: 'ask-writes', effect: 'require_approval', at: { file: '/p/policy.yaml', line: 7, column: 3 } },
			rules: [],
			errors: [],
		},
		paths: [{ pointer: '/path', raw: 'a.md', candidates: ['/ws/notes/a.md'] }],
		findings: [],
		arguments: { path: 'a.md' },
		argumentsText: '{"path":"a.md"}',
		digest: 'd'.repeat(64),
		scopes: ['once', 'session'],
		offers: [
			{
				scope: 'session',
				reach: { kind: 'folders', folders: ['/ws/notes'] },
				rule: 'allow:\n  - capability: filesystem.write\n    path_prefix: "/ws/notes"\n',
				sentence: '"write_file" of "files" below "/ws/notes", until the session ends',
			},
		],
		facts: SPARSE_FACTS,
		repeats: 1,
		timeoutMs: 1,
		...over,
	};
}
