import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type WrittenRule } from '../../../src/domain/policy/ruleFromEntry';
import { addRule } from '../../../src/vscode/ruleEdit';
import { edited } from '../../../src/vscode/yamlListEdit';

const RULE: WrittenRule = {
	...{ id: 'deny-write_file', description: 'Made from a call: "x" # y', servers: ['files'], tools: ["it's: *"] },
	...{ capability: 'filesystem.write', paths: ['/ws/ü/[*]?'], hosts: ['a.example'] },
	args: { '/n': { equals: 5 }, '/t': { equals: 'a\u202e"b' }, '/z': { equals: null } },
};

describe('addRule', () => {
	it.each([
		['broken YAML', 'deny: [\n'],
		['a mapping on one line', '{ deny: [] }\n'],
		['a section on one line', 'deny: [{ capability: shell.* }]\n'],
		['a section that is a text', 'deny: all\n'],
		['a policy with an error', 'deny:\n  - capability: NO\n'],
		['a policy that has a rule of this id', 'allow:\n  - id: deny-write_file\n    capability: git.read\n'],
	])('leaves %s to the person', (_what, text) => {
		expect(addRule(text, 'deny', RULE, 'p')).toBeUndefined();
	});

	it.each([
		['an empty text', ''],
		['no section', '# mine\nallow:\n  - capability: git.read # why\n\n# the end\n'],
		['a section without value', 'deny:\nallow: []\n'],
		['an empty section', 'deny: [] # none\n'],
		['a section with rules', 'deny:\n- shell.execute # first\n# last words\nallow: []\n'],
		['an indented one', 'deny:\n    - id: a\n      capability: shell.execute\nallow: []\n'],
		['line ends of Windows', 'policy_name: x\r\ndeny:\r\n  - capability: shell.execute\r\n'],
	])('writes into %s, last of its section, and every other line stays', (_what, text) => {
		const edit = addRule(text, 'deny', RULE, 'p');
		expect(edit).toBeDefined();
		const after = edited(text, edit!);
		expect((parse(after) as { deny: unknown[] }).deny.at(-1)).toEqual(RULE);
		expect(after.split('\n')[edit!.line - 1]).toMatch(/^ *- id: "deny-write_file"\r?$/);
		for (const line of text.split(/\r?\n/).filter(each => !each.startsWith('deny: [] '))) {
			expect(after.split(/\r?\n/)).toContain(line);
		}
	});
});
