import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type HostFacts } from '../../../src/domain/policy/facts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { hintFor } from '../../../src/firewall/refusal';
import { personHint, whatRefused } from '../../../src/vscode/personHint';
import { showWhy, type WhyDeps } from '../../../src/vscode/why';

vi.mock('vscode', () => ({ window: { showTextDocument: () => Promise.resolve() } }));

/** Every reason that a hint is kept for, and one that only a rule knows. */
const REASONS = [
	...[...readFileSync('src/firewall/refusal.ts', 'utf8').matchAll(/^\t([a-z_]+):/gm)].map(([, key = '']) => key),
	'no_writes_on_fridays',
];

/** What the explanation of an entry says, on one line. */
async function whyOf(detail: string): Promise<string> {
	const load = parsePolicy('allow: [a.b]', '/p/policy.yaml');
	const host: HostFacts = { workspaceFolders: ['/w'], platform: 'posix', caseInsensitivePaths: false };
	const texts: string[] = [];
	const deps = {
		ports: { host: () => host, policy: { current: () => load }, paths: {}, clock: {} },
		documents: { add: (_name: string, text: string) => texts.push(text) },
	} as unknown as WhyDeps;
	const entry: AuditRecord = {
		...{ id: 'e', at: '2026-11-21T10:00:00.000Z', kind: 'call', outcome: 'refused', detail },
		...{ server: { id: 's', name: 'files' }, tool: 'write_file', capability: 'filesystem.write' },
		...{ arguments: {}, policyDigest: load.digest },
	};
	await showWhy(deps, entry);
	return texts.join().replaceAll(/\s+/g, ' ');
}

describe('what a person is told of a refusal', () => {
	it.each(REASONS)('%s: never leaves it to "the person", who reads this', reason => {
		for (const text of [personHint(reason), whatRefused(reason)]) {
			expect(text).not.toMatch(/[Tt]he person\b|ask(?:s)? the person/);
			expect(text).not.toBe('');
		}
	});

	it.each(REASONS.filter(reason => /the person can (?:change|look)/i.test(hintFor(reason))))(
		'%s: names the command where the agent is told that only the person can do it',
		reason => {
			expect(personHint(reason)).toMatch(/^[A-Z].*\. .*“MCP Firewall: (?:Open Policy|Review Server…)”\./);
		},
	);

	it('the document says it, too', async () => {
		const none = await whyOf('policy_default_deny');
		expect(none).toContain('To change that, add a rule for it: “MCP Firewall: Open Policy”.');
		expect(none).not.toContain('Only the person');
		expect(await whyOf('no_writes_on_fridays')).toContain('edit the named rule');
	});

	it('agents keep their text', () => {
		expect(hintFor('policy_default_deny')).toContain('Only the person can change the policy.');
		expect(hintFor('no_writes_on_fridays')).toContain('Only the person can change the policy');
	});
});
