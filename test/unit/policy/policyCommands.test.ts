import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { policyCheck, policyTest } from '../../../src/cli/policyCommands';

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

describe('policy check', () => {
	it('unreadable: 2', async () => {
		expect(await run(out => policyCheck(join(folder, 'none'), out))).toMatchObject({
			code: 2,
			stderr: expect.stringContaining('cannot be read') as string,
		});
	});
	it('invalid: 2, with the place', async () => {
		const bad = file('deny:\n  - Shell\n');
		const { code, stdout } = await run(out => policyCheck(bad, out));
		expect(code).toBe(2);
		expect(stdout).toContain(`${bad}:2:5: error invalid-capability: 'Shell'`);
		expect(stdout).toContain('1 error, 0 warnings');
	});
	it('warnings: 0', async () => {
		const { code, stdout } = await run(out => policyCheck(file("allow: ['*']\n"), out));
		expect(code).toBe(0);
		expect(stdout).toContain('warning too-broad');
	});
});

describe('policy test', () => {
	it.each([
		['no mapping', '[]'],
		['no cases', 'policy: {}'],
		['an unknown key', 'policy: {}\ncases: []\nhome: x'],
		['broken YAML', 'policy: {'],
		['a deep document', '['.repeat(10_000)],
		['a missing policy', 'policy: nowhere.yaml\ncases: []'],
		['an unusable policy', 'policy: {deny: [X]}\ncases: []'],
		['a case without a tool', 'policy: {}\ncases: [{name: a, server: s, expect: deny}]'],
		['a wrong effect', 'policy: {}\ncases: [{name: a, server: s, tool: t, expect: no}]'],
		[
			'arguments that are a list',
			'policy: {}\ncases: [{name: a, server: s, tool: t, expect: deny, arguments: []}]',
		],
	])('%s: 2', async (_title, text) => {
		const { code, stderr } = await test(file(text));
		expect(code).toBe(2);
		expect(stderr).not.toBe('');
	});
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
