import { describe, expect, it } from 'vitest';
import { type Presentation } from '../../../src/domain/registry/annotations';
import { admittedVersion } from '../../../src/domain/registry/serverEntry';
import { composeLayers } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { shownUnder } from '../../../src/firewall/shownUnder';
import { loadOf } from '../policy/judge';
import { aServerEntry } from '../support/serverEntries';

const pin = (name: string, capability: string) => ({ name, digest: name, capability, reviewed: { name } });
const entry = aServerEntry({
	name: 'notes',
	tools: [pin('read_note', 'filesystem.read'), pin('write_note', 'filesystem.write')],
});
const POLICY = `policy_name: mine
deny:
  - { id: env, capability: filesystem.write, paths: ["**/.env"] }
require_approval:
  - { id: ask, capability: filesystem.write }
allow:
  - { id: read, capability: filesystem.read, path_prefix: /work }
inspection:
  answers:
    - { id: strict, effect: quote, severity: low }
  suppress:
    - { server: notes, rule: X, until: 2027-01-01, reason: known }
`;

function version(text: string, presentation: Presentation = 'truth'): string {
	return admittedVersion(entry, shownUnder(loadOf(text), entry, { presentation: () => presentation }));
}

const without = (line: RegExp): string => {
	expect(POLICY).toMatch(line);
	return POLICY.replace(line, '');
};

describe('what of a policy shows in a definition, after whose change VS Code stops what runs', () => {
	it.each([
		['a name and a comment', POLICY.replace('mine', 'other # mine')],
		['lines that move', POLICY.replace('deny:', '# one\n# two\ndeny:')],
		['a path that is allowed', POLICY.replace('/work', '/work/deeper')],
		['a path that is denied', without(/deny:\n.*\n/)],
		[
			'a question where it was allowed',
			POLICY.replace('capability: filesystem.write }', 'capability: "filesystem.*" }'),
		],
		[
			'a rule for other servers',
			POLICY.replace('allow:\n', 'allow:\n  - { capability: git.read, servers: [git] }\n'),
		],
		[
			'a suppression for another server',
			POLICY.replace(
				'suppress:\n',
				'suppress:\n    - { server: git, rule: X, until: 2027-01-01, reason: known }\n',
			),
		],
	])('is not touched by %s: no call is cut off by it', (_what, text) => {
		expect(loadOf(text).policy).toBeDefined();
		expect(version(text)).toBe(version(POLICY));
		expect(version(text, 'decided')).toBe(version(POLICY, 'decided'));
	});

	it.each([
		['a tool that nothing lets pass any more', without(/require_approval:\n.*\n/)],
		['a tool that is denied whatever it is asked', POLICY.replace(', paths: ["**/.env"]', '')],
		['how what it says is screened', POLICY.replace('effect: quote', 'effect: withhold')],
		['a suppression that ends', without(/ {2}suppress:\n.*\n/)],
	])('changes with %s', (_what, text) => {
		expect(version(text)).not.toBe(version(POLICY));
	});

	it('changes with who asks first, and only a policy that decides may leave that to us', () => {
		expect(version(POLICY, 'decided')).not.toBe(version(POLICY));
		const observed = `${POLICY}mode: observe\n`;
		expect(loadOf(observed).policy?.mode).toBe('observe');
		expect(version(observed, 'decided')).toBe(version(observed));
	});

	it('of several folders: what one’s trusted policy opens shows in what its own servers are, and in no other’s', () => {
		const under = (said: string, serverFolder?: string) => {
			const one = parsePolicy(said, '/ws/one/.vscode/mcp-firewall.yaml');
			const load = composeLayers(
				[
					{ kind: 'user', load: loadOf('deny: [d.d]\n') },
					{ kind: 'workspace', load: one },
				],
				{ workspaceTrusted: true, trustedDigests: new Set([one.digest]) },
			);
			return admittedVersion(entry, shownUnder(load, entry, { presentation: () => 'truth' }, serverFolder));
		};
		for (const said of ['allow: ["filesystem.*"]\n', 'allow: [n.n]\ninspection: {results: {secrets: pass}}\n']) {
			expect(under(said, '/ws/two')).toBe(under('allow: [n.n]\n', '/ws/two'));
			expect(under(said, '/ws/one')).not.toBe(under('allow: [n.n]\n', '/ws/one'));
			expect(under(said)).toBe(under(said, '/ws/one'));
		}
	});

	it('stays while somebody writes: what cannot be used refuses, and hides nothing', () => {
		const plain = 'allow: ["filesystem.*"]\n';
		expect(loadOf('allow: 1\n').policy).toBeUndefined();
		expect(version('allow: 1\n')).toBe(version(plain));
		expect(version('allow: 1\n', 'decided')).toBe(version(plain, 'decided'));
	});
});
