import { describe, expect, it } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { composeLayers } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { openedBy, type RecordedCall, suggestRules } from '../../../src/domain/policy/suggestRules';
import { draftTest } from '../../../src/vscode/suggestFixture';
import { addRule } from '../../../src/vscode/ruleEdit';
import { edited } from '../../../src/vscode/yamlListEdit';
import { type Call, factsOf } from './support';

const FILE = '/own/policy.yaml';
const W = '/ws/proj';
const POLICY = `# Mine.
require_approval:
  - {id: write, capability: filesystem.write, path_prefix: "\${workspaceFolder}"}
  - {id: shell, capability: shell.execute}
  - {id: git, capability: git.write, path_prefix: "\${workspaceFolder}"}
  - {id: net, capability: network.request}
  - {id: notes, capability: memory.write, limits: {calls_per_session: 99}}
  - capability: memory.write
`;
const load = parsePolicy(POLICY, FILE);
let count = 0;
type Outcome = NonNullable<AuditRecord['approval']>['outcome'];
const recorded = async (call: Call, outcome: Outcome, more: Partial<AuditRecord> = {}): Promise<RecordedCall> => {
	const allowed = outcome.startsWith('allowed-');
	const facts = await factsOf(load, { tool: 'write_file', root: W, ...call });
	const entry = {
		...{ id: String(++count), at: `2026-11-0${String((count % 9) + 1)}T10:00:00.000Z`, kind: 'call' },
		...{ outcome: allowed ? 'answered' : 'refused', tool: facts.tool, approval: { outcome, waitedMs: 1 } },
		...more,
	} as AuditRecord;
	return { entry, facts: { ...facts, labels: new Set() }, whole: true };
};
const write = (path: string, more: Record<string, string | boolean> = {}): Call => ({
	capability: 'filesystem.write',
	arguments: { path: `${W}/${path}`, ...more },
});
const yes = (call: Call, more: Partial<AuditRecord> = {}) => recorded(call, 'allowed-once', more);
const suggested = async (...calls: readonly Promise<RecordedCall>[]) =>
	suggestRules(await Promise.all(calls), load, FILE);

describe('suggestRules (issue 9, item 2)', () => {
	it('drafts the folder, the tools and the approval that asked, and counts what it would have saved', async () => {
		const [only, ...others] = await suggested(
			yes(write('src/a.ts')),
			yes(write('src/b/c.ts')),
			yes(write('docs/a.md')),
		);
		expect(others).toEqual([]);
		expect(only?.rule).toMatchObject({
			...{ servers: ['filesystem'], tools: ['write_file'], capability: 'filesystem.write' },
			...{ path_prefix: '${workspaceFolder}/src', paths: [`${W}/src/**`], instead_of: ['write'] },
		});
		expect([only?.saved.length, only?.of]).toEqual([2, 3]);
	});
	it.each([
		[
			'a call of the group was denied',
			[yes(write('src/a')), yes(write('src/b')), recorded(write('src/c'), 'denied')],
		],
		['one was dismissed', [yes(write('src/a')), yes(write('src/b')), recorded(write('src/c'), 'dismissed')]],
		['it happened once', [yes(write('src/a'))]],
		['a program ran', [1, 2].map(() => yes({ capability: 'shell.execute', arguments: { command: 'ls' } }))],
		[
			'something was sent',
			[1, 2].map(() => yes({ capability: 'network.request', arguments: { url: 'https://a.example' } })),
		],
		[
			'git, where a rule cannot say "without force"',
			[1, 2].map(() => yes({ capability: 'git.write', arguments: { path: `${W}/src` } })),
		],
		['the arguments are loud', [yes(write('src/a', { force: true })), yes(write('src/b', { force: true }))]],
		['a setting', [yes(write('.github/a.yml')), yes(write('.github/b.yml'))]],
		['what is installed', [yes(write('node_modules/a.js')), yes(write('node_modules/b.js'))]],
		[
			'outside of the open folders',
			[1, 2].map(() => yes({ capability: 'filesystem.write', arguments: { path: '/etc/x' } })),
		],
		[
			'the approval has limits, or no id',
			[1, 2].map(() => yes({ capability: 'memory.write', tool: 'add', arguments: {} })),
		],
		['something was found in it', [1, 2].map(() => yes(write('src/a'), { findings: [{}] as never }))],
	])('nothing where %s', async (_title, calls) => {
		expect(await suggested(...calls)).toEqual([]);
	});
	it('nothing from calls that the trail keeps in part, or in a session that had met a secret', async () => {
		const [a, b] = [await yes(write('src/a')), await yes(write('src/b'))];
		const partly = [a, b].map(call => ({ ...call, whole: false }));
		expect(suggestRules(partly, load, FILE)).toEqual([]);
		const secret = [a, b].map(call => ({
			...call,
			facts: { ...call.facts, labels: new Set(['secret' as const]) },
		}));
		expect(suggestRules(secret, load, FILE)).toEqual([]);
	});
	it('INVARIANT 4 nothing where an approval of another file asks, or the policy is broken', async () => {
		const calls = [await yes(write('src/a')), await yes(write('src/b'))];
		expect(suggestRules(calls, load, '/other.yaml')).toEqual([]);
		const above = composeLayers([
			{ kind: 'organisation', load: parsePolicy(POLICY, '/etc/org.yaml') },
			{ kind: 'user', load },
		]);
		expect(suggestRules(calls, above, FILE)).toEqual([]);
		expect(suggestRules(calls, parsePolicy('alow: []', FILE), FILE)).toEqual([]);
	});
	it('a draft under which a recorded refusal would pass is dropped, and openedBy names the call', async () => {
		const refused = recorded(write('src/c'), 'allowed-once', { outcome: 'refused' });
		const calls = [yes(write('src/a')), yes(write('src/b'))];
		const [suggestion] = await suggested(...calls);
		expect(await suggested(...calls, refused)).toEqual([]);
		const rules = suggestion === undefined ? [] : [suggestion.rule];
		expect(openedBy(rules, [await refused], load)).toHaveLength(1);
	});
	it('goes into the policy with comments kept, and its test passes on the recorded calls', async () => {
		const denied = await recorded(write('docs/x'), 'denied');
		const calls = [await yes(write('src/a')), await yes(write('src/b')), denied];
		const [suggestion] = suggestRules(calls, load, FILE);
		const edit = suggestion && addRule(POLICY, 'allow', suggestion.rule, FILE);
		const after = edit === undefined ? '' : edited(POLICY, edit);
		expect(after.startsWith(POLICY.trimEnd())).toBe(true);
		const draft = parsePolicy(after, FILE);
		expect(draft.problems).toEqual([]);
		const place = { file: '/own/policy.policy-test.yaml', policyName: 'policy.yaml', workspace: W };
		const test = await draftTest({ saved: suggestion?.saved ?? [], refused: [denied] }, load, draft, place);
		expect(test.failing).toEqual([]);
		expect(test.text.match(/expect: \w+/g)).toEqual(['expect: allow', 'expect: allow', 'expect: require_approval']);
		const wrong = await draftTest({ saved: suggestion?.saved ?? [], refused: [denied] }, load, load, place);
		expect(wrong.failing).toHaveLength(2);
	});
});
