import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { rulesIn } from '../../../src/domain/policy/policyOutline';
import { FixtureError, parseFixture } from '../../../src/domain/policy/policyFixture';
import { type HostFacts } from '../../../src/domain/policy/facts';
import { runCases } from '../../../src/firewall/policyCases';
import { fixtureNameFor, isPolicyFile } from '../../../src/vscode/policyDocument';
import { appendCase, caseDetail, caseFor, casesOf, lensTitle, newFixture } from '../../../src/vscode/ruleTests';

const host: HostFacts = { workspaceFolders: ['/w'], home: '/h', platform: 'posix', caseInsensitivePaths: false };
const paths = { realPath: (path: string) => Promise.resolve(path) };
const POLICY = `deny:
  - id: secrets
    capability: filesystem.*
    paths: ['**/.env']
  - shell.*
allow:
  - id: reads
    capability: filesystem.read
    path_prefix: \${workspaceFolder}
  - capability: network.request
    servers: [web]
`;
const load = parsePolicy(POLICY, '/w/mcp-firewall.yaml');
const judge = async (fixture: string, signal?: AbortSignal) => {
	const { cases } = parseFixture(fixture, 'f');
	const outcomes = await runCases(load, cases, host, { paths, now: 0, ...(signal && { signal }) });
	return outcomes.map((outcome, index) => ({ file: 'f', test: cases[index]!, outcome }));
};
const FIXTURE = `policy: mcp-firewall.yaml
cases:
  - {name: reads, server: s, tool: read_file, arguments: {path: a.txt}, expect: allow}
  - name: no secrets
    server: s
    tool: read_file
    arguments: {path: .env}
    expect: deny
    rule: secrets
  - {name: wrong, server: s, tool: read_file, arguments: {path: b.txt}, expect: deny, rule: secrets}
`;

describe('rulesIn', () => {
	it('finds the rules under the ids that the parser gives them', () => {
		const { policy } = load;
		expect(rulesIn(POLICY).map(({ id, effect, line }) => [id, effect, line])).toEqual(
			policy?.rules.map(({ id, effect, at }) => [id, effect, at.line]),
		);
	});
	it.each([
		['a broken line', `${POLICY}  - capability: [\n`],
		['an unfinished rule', POLICY.replace('servers: [web]', 'serv')],
		['a value in quotes left open', `${POLICY}  - id: "x\n`],
	])('stays where it is with %s', (_title, text) => {
		expect(
			rulesIn(text)
				.slice(0, 4)
				.map(({ line }) => line),
		).toEqual([2, 5, 7, 10]);
	});
	it('finds none in what is no policy', () => {
		for (const text of [
			'',
			'[]',
			'deny: 1',
			'deny: {a: b}',
			'\u0000',
			'['.repeat(9999),
			`#${'x'.repeat(300_000)}`,
		]) {
			expect(rulesIn(text), text.slice(0, 20)).toEqual([]);
		}
		expect(rulesIn('deny:\n  -\n  - a.b').map(({ id }) => id)).toEqual(['deny[1]']);
	});
});

describe('cases of a rule', () => {
	it('are those that it decides and those that say it should', async () => {
		const judged = await judge(FIXTURE);
		const names = (id: string) => casesOf(id, judged).map(({ test }) => test.name);
		expect(names('reads')).toEqual(['reads', 'wrong']);
		expect(names('secrets')).toEqual(['no secrets', 'wrong']);
		expect(names('deny[1]')).toEqual([]);
		expect(judged.map(({ test }) => test.line)).toEqual([3, 4, 10]);
	});
	it('are counted, failures too', async () => {
		const judged = await judge(FIXTURE);
		expect(lensTitle([])).toBe('not tested: add a case');
		expect(lensTitle(judged.slice(0, 1))).toBe('tested by 1 case');
		expect(lensTitle(judged)).toBe('$(error)\u00a0tested by 3 cases, 1 fails');
		expect(lensTitle([judged[2]!, judged[2]!])).toBe('$(error)\u00a0tested by 2 cases, 2 fail');
		expect(judged.map(caseDetail)).toEqual([
			'allow by rule reads, as expected',
			'deny by rule secrets, as expected',
			'expected deny by rule secrets, got allow by rule reads (policy_allow)',
		]);
	});
	it('are not judged any more once nobody wants to know', async () => {
		expect(await judge(FIXTURE, AbortSignal.abort())).toEqual([]);
	});
});

describe('a new case', () => {
	const rules = load.policy?.rules ?? [];
	const pins = [
		{ server: 'files', tool: 'read_text_file', capability: 'filesystem.read' },
		{ server: 'other', tool: 'fetch', capability: 'network.request' },
	];
	it('is a call that the rule is about', () => {
		expect(caseFor(rules[2]!, pins)).toMatchObject({
			server: 'files',
			tool: 'read_text_file',
			arguments: { path: 'example.txt' },
			expect: 'allow',
			rule: 'reads',
		});
		expect(caseFor(rules[1]!, pins)).toMatchObject({ tool: 'my_tool', capability: 'shell.execute', arguments: {} });
		expect(caseFor(rules[3]!, pins)).toMatchObject({ server: 'web', arguments: { url: 'https://example.com/' } });
	});
	it('makes a fixture that reads and passes', async () => {
		const text = newFixture('mcp-firewall.yaml', '.', caseFor(rules[2]!, pins));
		expect(parseFixture(text, 'f')).toMatchObject({
			policy: { kind: 'file', path: 'mcp-firewall.yaml' },
			workspace: '.',
		});
		const judged = await judge(text);
		expect(judged.map(({ outcome }) => outcome)).toMatchObject([{ ok: true, rule: 'reads' }]);
	});
	it.each([
		['two spaces', FIXTURE],
		['no newline at the end', FIXTURE.trimEnd()],
		['no indentation', 'policy: p\ncases:\n- {name: a, server: s, tool: t, expect: deny}\n'],
		['something behind it', 'cases:\n  - name: a\n    server: s\n    tool: t\n    expect: deny # why\npolicy: p\n'],
	])('goes to the end of the list: %s', (_title, text) => {
		const edit = appendCase(text, caseFor(rules[2]!, pins))!;
		const after = parseFixture(text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset), 'f');
		expect(after.cases).toHaveLength(parseFixture(text, 'f').cases.length + 1);
		expect(after.cases.at(-1)).toMatchObject({ rule: 'reads', tool: 'read_text_file' });
	});
	it.each(['policy: p\ncases: []', 'policy: p', '{cases: [{name: a}]}', 'cases: {', '---\n---\n'])(
		'is not put into %j',
		text => {
			expect(appendCase(text, { name: 'x' })).toBeUndefined();
		},
	);
});

describe('names of files', () => {
	it('say what is a policy', () => {
		for (const file of [
			'/w/.vscode/mcp-firewall.yaml',
			'/a/team.mcp-firewall.yaml',
			'C:\\x\\mcp-firewall.yml',
			'/own.yaml',
		]) {
			expect(isPolicyFile(file, ['/own.yaml']), file).toBe(true);
		}
		for (const file of [
			'/w/policy.yaml',
			'/w/not-mcp-firewall.yaml',
			'/w/mcp-firewall.yaml.bak',
			'/mcp-firewall.policy-test.yaml',
		]) {
			expect(isPolicyFile(file, []), file).toBe(false);
		}
		expect(fixtureNameFor('/w/.vscode/mcp-firewall.yaml')).toBe('mcp-firewall.policy-test.yaml');
	});
	it('a fixture that is none says so', () => {
		expect(() => parseFixture('cases: {', 'f')).toThrow(FixtureError);
	});
});
