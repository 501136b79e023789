import { describe, expect, it, vi } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type HostFacts } from '../../../src/domain/policy/facts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { HINTED, hintFor } from '../../../src/firewall/refusal';
import { hintText } from '../../../src/vscode/refusalText';
import { wayToChange } from '../../../src/vscode/wayToChange';
import { showWhy, type WhyDeps } from '../../../src/vscode/why';

vi.mock('vscode', () => ({ window: { showTextDocument: () => Promise.resolve() } }));

const REASONS = [...HINTED, 'no_writes_on_fridays'];

/** A refused call. */
const refused = (detail: string): AuditRecord => ({
	...{ id: 'e', at: '2026-11-21T10:00:00.000Z', kind: 'call', outcome: 'refused', detail },
	...{ server: { id: 's', name: 'files' }, tool: 'write_file', capability: 'filesystem.write' },
});

/** What the explanation of an entry says, on one line. */
async function whyOf(detail: string): Promise<string> {
	const load = parsePolicy('allow: [a.b]', '/p/policy.yaml');
	const host: HostFacts = { workspaceFolders: ['/w'], platform: 'posix', caseInsensitivePaths: false };
	const texts: string[] = [];
	const deps = {
		ports: { host: () => host, policy: { current: () => load }, paths: {}, clock: {} },
		documents: { add: (_name: string, text: string) => texts.push(text) },
	} as unknown as WhyDeps;
	await showWhy(deps, { ...refused(detail), arguments: {}, policyDigest: load.digest });
	return texts.join().replaceAll(/\s+/g, ' ');
}

describe('what a person is told of a refusal', () => {
	it.each(REASONS)('%s: never leaves it to "the person", who reads this', reason => {
		for (const text of [hintText(refused(reason)), wayToChange(refused(reason)) ?? 'There is none.']) {
			expect(text).not.toMatch(/[Tt]he person\b|ask(?:s)? the person/);
			expect(text).not.toBe('');
		}
	});

	it.each(REASONS.filter(reason => /the person can (?:change|look)/i.test(hintFor(reason))))(
		'%s: names the command where the agent is told that only the person can do it',
		reason => {
			expect(`${hintText(refused(reason))} ${wayToChange(refused(reason)) ?? ''}`).toMatch(
				/^[A-Z].*\.? .*[“"]MCP Firewall: (?:Open Policy|Review Server…)[”"]\./,
			);
		},
	);

	it('the document says it, too', async () => {
		const none = await whyOf('policy_default_deny');
		expect(none).toContain('To change that, add a rule for it: “MCP Firewall: Open Policy”.');
		expect(none).toContain('what no rule speaks of is denied');
		expect(none.split('To change that')).toHaveLength(2);
		expect(none).not.toContain('Only the person');
		expect(await whyOf('no_writes_on_fridays')).toContain('edit the named rule');
	});

	it('agents keep their text', () => {
		expect(hintFor('policy_default_deny')).toContain('Only the person can change the policy.');
		expect(hintFor('no_writes_on_fridays')).toContain('Only the person can change the policy');
	});
});
