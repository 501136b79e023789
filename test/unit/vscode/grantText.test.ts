import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { type Grant, type RememberedAnswer } from '../../../src/domain/approval/grant';
import { grantRule } from '../../../src/domain/approval/grantRule';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { answerRow, grantRuleDocument, newestFirst, revokeTitle, ruleEntry } from '../../../src/vscode/grantText';
import { GrantUses } from '../../../src/vscode/grantUses';
import { pauseDetail, pauseMessage } from '../../../src/vscode/pauseText';
import { denialsBehind, refusalText, reviewBehind, wasDeniedBefore } from '../../../src/vscode/refusalText';

const NOW = new Date(2026, 10, 21, 14, 1, 20).getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOSTILE = 'x\u202e\n$(check) [a](command:b)';

function aGrant(over: Partial<Grant> = {}, names: Partial<Grant['binding']> = {}): RememberedAnswer {
	const grant: Grant = {
		...{ id: 'g', scope: 'workspace', madeAt: NOW - 3 * MINUTE, expiresAt: NOW + 7 * HOUR + 57 * MINUTE },
		binding: {
			...{ serverId: 'f', serverName: 'files', tool: 'write_file', capability: 'filesystem.write' },
			...{ toolDigest: '', entryDigest: '', policyDigest: '', askedBy: '', ...names },
		},
		reach: { kind: 'folders', folders: ['/ws/notes'] },
		...over,
	};
	return { kind: 'grant', id: grant.id, grant, rule: grantRule(grant), sentence: 's' };
}

const denial = (over: object = {}): RememberedAnswer => ({
	...{ kind: 'denial', id: 'd', sentence: 's' },
	denial: {
		...{ id: 'd', session: 's1', serverId: 'f', serverName: 'files', tool: 'write_file' },
		...{ capability: 'filesystem.write', deniedAt: NOW - 2 * MINUTE, ...over },
	},
});

const suspension: RememberedAnswer = {
	...{ kind: 'suspension', id: 's', sentence: 's' },
	suspension: { id: 's', serverName: 'files', tool: 'write_file', since: NOW - MINUTE },
};

describe('answerRow', () => {
	it('a workspace grant: where, until when, made when, used how often', () => {
		expect(answerRow(aGrant(), NOW, 3)).toEqual({
			label: 'Allowed: files/write_file',
			description: 'workspace · expires in 7 h 57 min · used 3 times in this window',
			detail: 'This tool below /ws/notes · made 3 minutes ago, ends 21:58',
		});
	});

	it('a session grant has no expiry; an expired one says so', () => {
		const session = aGrant({ scope: 'session', session: 's', expiresAt: undefined as never });
		expect(answerRow(session, NOW, 0)).toMatchObject({
			description: 'session · until the session ends · not used in this window',
			detail: 'This tool below /ws/notes · made 3 minutes ago',
		});
		expect(answerRow(aGrant({ expiresAt: NOW }), NOW, 0).description).toBe(
			'workspace · expired · not used in this window',
		);
	});

	it('denials and resting tools are told apart from grants in the label', () => {
		expect([denial(), suspension].map(answer => answerRow(answer, NOW, 0))).toEqual([
			{
				label: 'Denied: files/write_file',
				description: 'session · until the session ends',
				detail: 'One call with its arguments is refused without a question · denied 2 minutes ago',
			},
			{
				label: 'Rests: files/write_file',
				description: 'window · until the window is reloaded',
				detail: 'Every call of this tool is refused · since 14:00',
			},
		]);
	});

	it('APPR-13: names and folders make no icon, link, line or direction', () => {
		const reach = { kind: 'folders', folders: [HOSTILE] } as const;
		const row = answerRow(aGrant({ reach }, { serverName: HOSTILE, tool: HOSTILE }), NOW, 0);
		for (const text of Object.values(row)) {
			expect(text).not.toMatch(/[\n\u202e]|\]\(|(?<!\\)\$\(/);
		}
	});

	it('each kind has a button whose words say what follows', () => {
		expect([aGrant(), denial(), suspension].map(revokeTitle)).toEqual([
			'Revoke: the next such call asks again',
			'Forget: the next such call asks again',
			'Wake the tool: its calls are judged again',
		]);
	});

	it('tools that rest, then the newest, whatever it is', () => {
		const kinds = newestFirst([aGrant(), denial({ deniedAt: NOW }), suspension]).map(({ kind }) => kind);
		expect(kinds).toEqual(['suspension', 'denial', 'grant']);
	});
});

describe('the rule of a grant', () => {
	it('is a policy by itself, and its entry goes below an allow that is there', () => {
		const { rule } = aGrant() as RememberedAnswer & { kind: 'grant' };
		const parse = (text: string) => parsePolicy(text, { file: '/p.yaml', workspaceFolders: ['/ws'] } as never);
		const alone = `policy_name: p\n${grantRuleDocument(rule)}`;
		const below = `policy_name: p\nallow:\n  - capability: git.read\n${ruleEntry(rule)}`;
		for (const [text, rules] of [
			[alone, 1],
			[below, 2],
		] as const) {
			const load = parse(text);
			expect(load.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
			expect(load.policy?.rules).toHaveLength(rules);
		}
	});
});

describe('GrantUses', () => {
	it('counts the calls that a grant let go, and nothing else', () => {
		const appended = new Emitter<AuditEntry>();
		const uses = new GrantUses(appended.event);
		const note = (over: object) => {
			appended.fire({ kind: 'call', ...over } as AuditEntry);
		};
		note({ approval: { outcome: 'grant', waitedMs: 0, grantId: 'g' } });
		note({ approval: { outcome: 'grant', waitedMs: 0, grantId: 'g' } });
		note({ approval: { outcome: 'allowed-session', waitedMs: 0, grantId: 'g' } });
		note({ kind: 'verdict', approval: { outcome: 'grant', waitedMs: 0, grantId: 'g' } });
		expect([uses.of('g'), uses.of('h')]).toEqual([2, 0]);
		uses.dispose();
		note({ approval: { outcome: 'grant', waitedMs: 0, grantId: 'g' } });
		expect(uses.of('g')).toBe(2);
	});
});

describe('the pause', () => {
	const request = (over: object = {}) => ({
		...({ kind: 'pause', id: 'p', why: 'waiting', waiting: 12, timeoutMs: 1 } as const),
		calls: [
			{ server: { id: 'f', name: 'filesystem' }, tool: 'write_file', capability: 'filesystem.write', count: 9 },
			{ server: { id: 'f', name: 'filesystem' }, tool: 'move_file', capability: 'filesystem.write', count: 3 },
		],
		...over,
	});
	const when = { now: NOW, answerBy: NOW + 2 * MINUTE };

	it('says what waits, what each answer does, and until when', () => {
		expect(pauseMessage(request())).toBe('12 calls wait for an answer. Review them?');
		const detail = pauseDetail(request(), when);
		expect(detail).toContain('filesystem/write_file ×9 (filesystem.write)\nfilesystem/move_file ×3 (');
		expect(detail).toMatch(/Refuse These, or Escape, refuses them/);
		expect(detail).toContain('Answer by 14:03:20, else they are denied.');
		expect(detail).not.toContain('since then');
		expect(pauseDetail(request({ why: 'rate' }), when)).toContain('within a minute');
	});

	it('calls that came after it began are counted', () => {
		expect(pauseDetail(request({ waiting: 15 }), when)).toContain('… and 3 calls since then');
		expect(pauseDetail(request({ waiting: 5 }), when)).not.toContain('since then');
	});

	it('APPR-13: short and in its lines, whatever the tools are called', () => {
		const calls = Array.from({ length: 32 }, () => ({
			...{ server: { id: 'f', name: HOSTILE }, tool: HOSTILE.repeat(5_000), capability: 'unknown', count: 1 },
		}));
		const detail = pauseDetail(request({ calls, waiting: 1_000 }), when);
		expect(detail.split('\n').length).toBeLessThanOrEqual(17);
		expect(detail).toContain('… and 25 more tools');
		expect(detail).not.toMatch(/\u202e|\]\(/);
		expect(detail.length).toBeLessThan(5_000);
	});
});

describe('refusalText', () => {
	const entry: AuditRecord = {
		...{ id: 'e', at: '', kind: 'call', outcome: 'refused', session: 's1', tool: 'write_file' },
		...{ server: { id: 'f', name: 'files' }, paths: ['/ws/a.md'], detail: 'approval_denied_before' },
		verdict: {
			...{ effect: 'require_approval', reason: 'policy_require_approval' },
			rule: { id: 'ask-writes', file: '/p.yaml', line: 1 },
		},
		approval: { outcome: 'denied-before', waitedMs: 0 },
	};

	it('names the earlier no, not the rule', () => {
		expect(wasDeniedBefore(entry)).toBe(true);
		expect(refusalText(entry)).toBe(
			'MCP Firewall refused files (write_file) on /ws/a.md without asking, because you denied this very call before.',
		);
	});

	it('otherwise the rule, or what refused in its stead', () => {
		const plain: AuditRecord = JSON.parse(
			JSON.stringify(entry, (key, value: unknown) => (['approval', 'detail'].includes(key) ? undefined : value)),
		) as AuditRecord;
		expect(wasDeniedBefore(plain)).toBe(false);
		expect(refusalText(plain)).toBe(
			'MCP Firewall refused files (write_file) on /ws/a.md: rule ask-writes (p.yaml:1).',
		);
		expect(refusalText({ ...plain, detail: 'emergency_stop' })).toMatch(/All guarded servers are stopped/);
	});

	it.each([
		['tool_drifted', true],
		['template_not_reviewed', true],
		['prompt_not_listed', true],
		['server_revoked', true],
		['server_not_approved', true],
		['supply_changed', true],
		['emergency_stop', false],
		['approval_denied_before', false],
	])('N5 what was refused with %s leads to the review: %s', (detail, leads) => {
		expect(reviewBehind({ ...entry, detail })).toBe(leads ? 'f' : undefined);
	});

	it('Ask Again forgets the denials of this tool in this session, no others', () => {
		const answers = [
			denial(),
			denial({ id: 'e' }),
			denial({ id: 'x', session: 's2' }),
			denial({ id: 'y', tool: 'move_file' }),
			denial({ id: 'z', serverId: 'g' }),
			aGrant(),
			suspension,
		];
		expect(denialsBehind(entry, answers).map(({ id }) => id)).toEqual(['d', 'e']);
	});
});
