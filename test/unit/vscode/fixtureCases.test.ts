import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recordedSide } from '../../../src/cli/recordedSide';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { type CallFacts } from '../../../src/domain/policy/facts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { parseFixture } from '../../../src/domain/policy/policyFixture';
import { systemHost } from '../../../src/storage/system';
import { fixtureOutcomes } from '../../../src/vscode/fixtureCases';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcpfw-text-')));
const elsewhere = join(folder, 'elsewhere');
const link = join(folder, 'link');
mkdirSync(elsewhere);
symlinkSync(elsewhere, link, 'junction');
afterAll(() => {
	rmSync(folder, { recursive: true });
});
const slashed = (path: string) => path.replaceAll('\\', '/');
const POLICY = 'allow:\n  - {capability: filesystem.read, path_prefix: "${workspaceFolder}"}\n';

describe('what a workspace or a trail names is not looked up', () => {
	it('a fixture’s workspace and paths count as text, so that opening a policy touches no disk or host', async () => {
		const load = parsePolicy(POLICY, join(folder, 'mcp-firewall.yaml'));
		const run = (path: string) =>
			fixtureOutcomes(
				load,
				{
					file: join(folder, 'a.policy-test.yaml'),
					fixture: parseFixture(
						`policy: mcp-firewall.yaml\nworkspace: link\ncases:\n  - {name: n, server: s, tool: read_file, arguments: {path: '${path}'}, expect: allow}\n`,
						'f',
					),
				},
				10,
			);
		expect(await run(slashed(join(link, 'a')))).toMatchObject([{ actual: 'allow' }]);
		// Whoever follows the link finds the place that it leads to within the workspace.
		expect(await run(slashed(join(elsewhere, 'a')))).toMatchObject([{ actual: 'deny' }]);
	});

	it('a trail’s folders count as text; what stands in the policy itself is resolved', async () => {
		const text = `${POLICY}deny:\n  - {capability: filesystem.write, path_prefix: '${slashed(link)}'}\n`;
		const facts: CallFacts = {
			...{ server: { id: 's', name: 's' }, tool: 't', capability: 'filesystem.read', arguments: {}, paths: [] },
			...{ host: systemHost([link]), prefixes: new Map(), labels: new Set(), usage: new Map(), now: 0 },
		};
		const { prefixes } = (await recordedSide(parsePolicy(text, 'p'), {} as AuditEntry, facts)).facts;
		expect(prefixes.get('${workspaceFolder}')).toEqual([slashed(link)]);
		expect(prefixes.get(slashed(link))).toEqual([slashed(link), slashed(elsewhere)]);
	});
});
