import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { policyTest } from '../../../src/cli/policyCommands';
import { type ExplainOptions, policyExplain } from '../../../src/cli/policyExplain';
import { type Verdict } from '../../../src/domain/policy/verdict';
import { hintForPerson } from '../../../src/firewall/refusal';

const folder = mkdtempSync(join(tmpdir(), 'mcp-firewall-'));
afterAll(() => {
	rmSync(folder, { recursive: true });
});
let counter = 0;
const file = (text: string, name = `f${String(counter++)}.yaml`) => {
	writeFileSync(join(folder, name), text);
	return join(folder, name);
};
const run = async (command: (out: { stdout(line: string): void; stderr(line: string): void }) => Promise<number>) => {
	const stdout: string[] = [];
	const stderr: string[] = [];
	const code = await command({ stdout: line => stdout.push(line), stderr: line => stderr.push(line) });
	return { code, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
};
const test = (fixture: string, json = false) => run(out => policyTest(fixture, { json }, out));

describe('policy test', () => {
	const CASE = '[{name: a, server: s, tool: t, expect: deny}]';
	it.each([
		['no mapping', '[]', 'a fixture is a mapping'],
		['no cases', 'policy: {}', "'cases' must be a list"],
		[
			'an empty list of cases',
			'policy: {}\ncases: []',
			"has no cases, so it tests nothing; add one below 'cases:'",
		],
		['an unknown key', `policy: {}\ncases: ${CASE}\nhome: x`, "'home' is not a key here"],
		['broken YAML', 'policy: {', 'Flow map'],
		['a deep document', '['.repeat(10_000), 'not a deep one'],
		['a missing policy', `policy: nowhere.yaml\ncases: ${CASE}`, 'cannot be read'],
		['an unusable policy', `policy: {deny: [X]}\ncases: ${CASE}`, 'its policy is not valid'],
		['a missing workspace', `policy: {}\nworkspace: gone\ncases: ${CASE}`, 'there is no such folder'],
		['a case without a tool', 'policy: {}\ncases: [{name: a, server: s, expect: deny}]', "'tool' is missing"],
		['a wrong effect', 'policy: {}\ncases: [{name: a, server: s, tool: t, expect: no}]', "'expect' must be"],
		[
			'arguments that are a list',
			'policy: {}\ncases: [{name: a, server: s, tool: t, expect: deny, arguments: []}]',
			"'arguments' must be a mapping",
		],
		[
			'counts of a rule that is none',
			'policy: {allow: [{id: few, capability: a.b}]}\ncases:\n  - {name: a, server: s, tool: t, expect: deny, usage: {fwe: {}}}',
			":3: cases[0] 'usage' names 'fwe', and no rule has that id; did you mean 'few'?",
		],
	])('%s: 2', async (_title, text, message) => {
		const { code, stderr, stdout } = await test(file(text));
		expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
		expect(stderr).toContain(message);
	});
	mkdirSync(join(folder, 'ws'));
	const cases = `workspace: ws
cases:
  - {name: inside, server: filesystem, tool: read_file, arguments: {path: a.txt}, expect: allow, rule: inside}
  - {name: outside, server: filesystem, tool: read_file, arguments: {path: ../a.txt}, expect: deny}
  - {name: named, server: s, tool: t, capability: shell.execute, expect: deny}
`;
	const policy = "allow:\n  - {capability: filesystem.read, path_prefix: '${workspaceFolder}', id: inside}\n";
	it('takes a path, a text and a mapping', async () => {
		file(policy, 'policy.yaml');
		for (const written of [
			'policy.yaml',
			`|\n  ${policy.replaceAll('\n', '\n  ')}`,
			`\n  ${policy.replaceAll('\n', '\n  ')}`,
		]) {
			expect(await test(file(`policy: ${written}\n${cases}`))).toMatchObject({
				code: 0,
				stdout: expect.stringContaining('3 passed, 0 failed') as string,
			});
		}
	});
	it('AUD-12 what a fixture says, or what is wrong with it, moves no terminal', async () => {
		const said = String.raw`name: "\e[2J\e[1;1Hok\x9b\u202e", server: s, tool: t, capability: a.b, expect: allow`;
		const unknown = String.raw`"\e[2J": 1`;
		const texts = [`policy: {}\ncases: [{${said}}]`, `policy: {}\ncases: [{${said}}]\n${unknown}`];
		for (const text of texts) {
			for (const json of [false, true]) {
				const { stdout, stderr } = await test(file(text), json);
				expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
				expect(stdout + stderr).toContain(String.raw`\u001b[2J`);
			}
		}
		expect(JSON.parse((await test(file(texts[0]!), true)).stdout)).toMatchObject({
			cases: [{ name: '\u001b[2J\u001b[1;1Hok\u009b\u202e' }],
		});
	});
	it('a difference in effect or rule: 1', async () => {
		const { code, stdout } = await test(
			file(
				`policy: policy.yaml\n${cases.replace('expect: deny', 'expect: allow').replace('rule: inside', 'rule: other')}`,
			),
			true,
		);
		expect(code).toBe(1);
		expect(JSON.parse(stdout)).toMatchObject({
			passed: 1,
			failed: 2,
			cases: [
				{
					name: 'inside',
					ok: false,
					expected: 'allow',
					actual: 'allow',
					rule: 'inside',
					reason: 'policy_allow',
				},
				{
					name: 'outside',
					ok: false,
					expected: 'allow',
					actual: 'deny',
					rule: null,
					reason: 'policy_default_deny',
				},
				{ name: 'named', ok: true },
			],
		});
	});
});

describe('policy test: what the session did before', () => {
	const session = `policy:
  allow:
    - {id: few, capability: a.b, limits: {calls_per_session: 3}, until: 2027-01-31}
    - {id: trusted, capability: a.c, trust_level: 2}
    - {id: roots, capability: client.roots, direction: server}
  deny:
    - {id: tainted, capability: a.b, labels: [secret], reason: leak}
cases:
  - {name: fresh, server: s, tool: t, capability: a.b, now: 2026-11-21, expect: allow, rule: few, reason: policy_allow}
  - {name: late, server: s, tool: t, capability: a.b, now: '2027-02-01T00:00:00Z', expect: deny}
  - {name: used, server: s, tool: t, capability: a.b, now: 2026-11-21, usage: {few: {calls_this_session: 3}}, expect: deny, reason: limit_exceeded}
  - {name: labelled, server: s, tool: t, capability: a.b, labels: [secret], expect: deny, rule: tainted, reason: leak}
  - {name: low, server: s, tool: t, capability: a.c, trust_level: 1, expect: deny, reason: trust_too_low}
  - {name: high, server: s, tool: t, capability: a.c, trust_level: 2, expect: allow}
  - {name: asked, server: s, tool: t, capability: client.roots, direction: server, expect: allow}
`;
	it('labels, usage, trust, direction and time count', async () => {
		const { code, stdout } = await test(file(session));
		expect(stdout).toContain('7 passed, 0 failed');
		expect(code).toBe(0);
	});
	it('a denial that was not expected comes with what to do about it', async () => {
		const { stdout } = await test(
			file(
				"policy: {allow: [{capability: filesystem.read, path_prefix: '${workspaceFolder}'}]}\ncases:\n  - {name: a, server: s, tool: read_file, arguments: {path: x}, expect: allow}\n",
			),
		);
		expect(stdout).toContain(
			`got deny by no rule (path_unjudgeable)\n        ${hintForPerson('path_unjudgeable')}\n`,
		);
		const held = await test(file(session));
		expect(held.stdout).not.toContain(hintForPerson('limit_exceeded'));
	});
	it('another reason than the case names: 1', async () => {
		const { code, stdout } = await test(file(session.replace('tainted, reason: leak', 'tainted, reason: other')));
		expect(code).toBe(1);
		expect(stdout).toContain('FAILED  labelled: expected deny with reason other, got deny by tainted (leak)');
	});
	it.each([
		['colour: red', "'colour' is not a key here"],
		['labels: [sekret]', "'labels' can only hold secret"],
		['usage: {few: {calls: 1}}', "'usage' counts are calls_this_minute"],
		['direction: up', "'direction' must be 'client' or 'server'"],
		['now: soon', "'now' must be a time"],
		['trust_level: high', "'trust_level' must be a number"],
	])('%s: 2, at its line', async (wrong, message) => {
		const fixture = file(
			`policy: {}\ncases:\n  - name: a\n    server: s\n    tool: t\n    ${wrong}\n    expect: deny\n`,
		);
		const { code, stderr } = await test(fixture);
		expect(code).toBe(2);
		expect(stderr).toContain(`${fixture}:6: cases[0] ${message}`);
	});
});

describe('policy explain', () => {
	const policy = `deny:
  - {id: d, capability: a.b, labels: [secret]}
allow:
  - id: a
    capability: a.b
    args:
      /amount: {range: {max: 10}}
      /key: {equals: x}
`;
	const explain = (more: Partial<ExplainOptions>) =>
		run(out =>
			policyExplain(
				{
					policy: file(policy),
					compositionFile: 'none',
					json: false,
					server: 's',
					tool: 't',
					capability: 'a.b',
					...more,
				},
				out,
			),
		);
	it('who the server is, in words for people, and as it is with a level', async () => {
		const asking = file(`identity:\n  min_trust_level: 2\nallow: [a.b]\n`);
		const low = await explain({ policy: asking, trustLevel: '1' });
		expect(low.stdout.split('\n')).toEqual(
			expect.arrayContaining([
				'deny: trust_insufficient (a.b)',
				'decided by no rule',
				expect.stringContaining('A badge of at least Domain Validated (2) is asked for (') as string,
			]),
		);
		expect((await explain({ policy: asking })).stdout).toContain('deny: badge_missing');
		expect((await explain({ policy: asking, trustLevel: '2' })).stdout).toContain('allow: policy_allow');
		const json = JSON.parse((await explain({ policy: asking, json: true })).stdout) as { verdict: Verdict };
		expect(json.verdict.authority).toMatchObject({ reason: 'badge_missing', observed: false, mode: 'guard' });
		const wrong = await explain({ policy: asking, trustLevel: '5' });
		expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--trust-level')]);
	});
	it('the verdict, and each failed condition at its line with what it met, masked', async () => {
		const secret = `ghp_${'a1B2'.repeat(9)}`;
		const { code, stdout } = await explain({ arguments: JSON.stringify({ amount: 11, key: secret }) });
		const lines = stdout.split('\n');
		expect(code).toBe(0);
		expect(lines.slice(0, 3)).toEqual([
			'deny: policy_default_deny (a.b)',
			`  ${hintForPerson('policy_default_deny')}`,
			'decided by no rule',
		]);
		expect(stdout).toMatch(/:2: labels: the session has no label 'secret'; it is \[\]/);
		expect(stdout).toMatch(/:7: args: \/amount is not as declared; it is 11/);
		expect(stdout).toMatch(/:8: args: \/key is not as declared; it is "\[masked:github-token len=40\]"/);
		expect(stdout).not.toContain(secret);
	});
	it('a person reads it, so nothing is said in the words that are for the agent', async () => {
		const asking = file('identity:\n  min_trust_level: 2\nallow: [a.b]\n');
		const ruled = file('deny: [{id: d, capability: a.b, reason: never}]\n');
		const told = [
			await explain({}),
			await explain({ policy: asking }),
			await explain({ policy: asking, trustLevel: '1' }),
			await explain({ policy: ruled }),
			await test(file(`policy: {}\ncases: [{name: a, server: s, tool: t, capability: a.b, expect: allow}]`)),
			await test(
				file(`policy: {deny: [a.b]}\ncases: [{name: a, server: s, tool: t, capability: a.b, expect: allow}]`),
			),
		].map(({ stdout }) => stdout);
		for (const stdout of told) {
			expect(stdout).toContain('deny');
			expect(stdout).not.toMatch(/the person/i);
		}
		expect(told[0]).toContain('\n  This is outside of what the policy allows.\n');
		expect(told[3]).toContain('deny: never (a.b)\n  A rule of the policy refuses this.\n');
	});
	it('without --workspace the folder of now is it, as for the gateway', async () => {
		const here = {
			policy: file("allow:\n  - {id: here, capability: filesystem.read, path_prefix: '${workspaceFolder}'}\n"),
			capability: 'filesystem.read',
		};
		expect((await explain({ ...here, arguments: '{"path":"src/cli.ts"}' })).stdout).toMatch(/^allow: /);
		expect((await explain({ ...here, arguments: '{"path":"../x"}' })).stdout).toMatch(/^deny: /);
	});
	it('what cannot be judged is said with what to do, and shown as it was written', async () => {
		const { stdout } = await explain({
			policy: file("allow:\n  - {id: here, capability: filesystem.read, path_prefix: '${workspaceFolder}'}\n"),
			capability: 'filesystem.read',
			arguments: '{"path":"a\\u0000b"}',
		});
		expect(stdout).toContain(`deny: path_unjudgeable (filesystem.read)\n  ${hintForPerson('path_unjudgeable')}\n`);
		expect(stdout).toMatch(/cannot be judged: control-character; it is \["a/);
	});
	it('an approval that matches but does not cover every place is named with the place', async () => {
		const asking = {
			policy: file('require_approval:\n  - {id: q, capability: a.b, hosts: [api.github.com]}\n'),
			arguments: '{"url":"https://api.github.com/x","other":"https://evil.example/y"}',
		};
		const { stdout } = await explain(asking);
		expect(stdout).toContain('decided by no rule\n');
		expect(stdout).toMatch(/^not q, require_approval \(.*:2\): matches, but nothing lets "evil\.example" pass$/m);
		expect(JSON.parse((await explain({ ...asking, json: true })).stdout)).toMatchObject({
			near: [{ id: 'q', matched: true, uncovered: { kind: 'host', place: '"evil.example"' } }],
		});
	});
	it("the person's own rules come before the compositions of the catalogue and denies", async () => {
		const { stdout } = await explain({
			policy: file(
				"composition: require_approval\ndeny:\n  - {id: d, capability: filesystem.write, path_prefix: /none}\nallow:\n  - {id: mine, capability: filesystem.write, tools: other, path_prefix: '${workspaceFolder}'}\n",
			),
			compositionFile: resolve('policies/composition.yaml'),
			capability: 'filesystem.write',
			arguments: '{"path":"/etc/x"}',
		});
		const ids = [...stdout.matchAll(/^not ([^,]+),/gm)].map(([, id]) => id);
		expect(ids[0]).toBe('mine');
		expect(ids.length).toBeGreaterThan(2);
	});
	it('the rule that decides, by its line', async () => {
		const { stdout } = await explain({ arguments: '{"amount":1,"key":"x"}' });
		expect(stdout).toMatch(/^allow: policy_allow \(a\.b\)\ndecided by a \(.*:4\)\nnot d, deny/);
		const json = await explain({ labels: 'secret', json: true });
		expect(JSON.parse(json.stdout)).toMatchObject({
			verdict: { effect: 'deny' },
			rule: { id: 'd', matched: true },
		});
	});
	it.each([
		{ arguments: '[]' },
		{ arguments: '{' },
		{ arguments: '@/nowhere' },
		{ labels: 'sekret' },
		{ policy: '/nowhere' },
	])('%j: 2', async wrong => {
		expect(await explain(wrong)).toMatchObject({ code: 2, stdout: '' });
	});
});
