import { describe, expect, it } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { promptGroups } from '../../../src/domain/audit/promptGroups';
import { promptGroupRow } from '../../../src/vscode/promptGroupText';

type Outcome = NonNullable<AuditRecord['approval']>['outcome'];
let count = 0;
const asked = (outcome: Outcome, over: Partial<AuditRecord> = {}): AuditRecord => ({
	...{ id: String(++count), at: `2026-11-28T10:00:${String(count % 60).padStart(2, '0')}.000Z` },
	...{ kind: 'call', outcome: 'answered', server: { id: 's', name: 'files' }, tool: 'write_file' },
	capability: 'filesystem.write',
	approval: { outcome, waitedMs: 1 },
	verdict: { effect: 'require_approval', reason: 'r', rule: { id: 'write', file: '/p/own.yaml', line: 3 } },
	...over,
});

describe('what a person is asked about most (issue 9, item 2)', () => {
	it('a remembered answer, a shared question and what nobody was asked are no prompts', () => {
		const joined = { approval: { outcome: 'denied', waitedMs: 1, joined: 'x' } } as const;
		const none = promptGroups([
			asked('grant'),
			asked('denied-before'),
			asked('cancelled'),
			asked('denied', joined),
		]);
		expect(none).toEqual([]);
	});

	it('most first; one denial keeps it asking', () => {
		const other = { tool: 'edit_file' };
		const groups = promptGroups([
			asked('denied', other),
			asked('allowed-once'),
			asked('allowed-once', other),
			asked('allowed-once', other),
		]);
		expect(
			groups.map(({ tool, prompts, allowed, denied, advice }) => [tool, prompts, allowed, denied, advice]),
		).toEqual([
			['edit_file', 3, 2, 1, 'keep'],
			['write_file', 1, 1, 0, 'remember'],
		]);
	});

	it.each(['shell.execute', 'filesystem.delete', 'network.send', 'database.write', 'secrets.read', 'unknown'])(
		'never suggests to look away from %s',
		capability => {
			expect(promptGroups([asked('allowed-once', { capability })])[0]?.advice).toBe('keep');
		},
	);

	it('a name makes no icon and no line of its own', () => {
		const [group] = promptGroups([
			asked('allowed-once', { tool: '$(check) a\nb', server: { id: 's', name: '$(x)' } }),
		]);
		const row = promptGroupRow(group!);
		expect(Object.values(row).join('')).not.toMatch(/\n|(?<!\\)\$\(/);
	});
});
