import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { runs } from '../support/runs';
import { saidBy } from '../support/saidBy';

const parse = (text: string) => parsePolicy(text, 'p.yaml');
const firstProblem = (text: string) => {
	const [problem] = parse(text).problems;
	return (
		problem && { code: problem.code, line: problem.at.line, column: problem.at.column, message: saidBy(problem) }
	);
};
const rule = (body: string) => `deny:\n  - capability: filesystem.read\n    ${body}\n`;

describe('parsePolicy refuses', () => {
	it.each([
		['POL-01 two deny sections', 'deny:\n  - a.b\ndeny:\n  - c.d\n', 'duplicate-key', 3, 1],
		[
			'POL-01 two capabilities in a rule',
			'deny:\n  - capability: a.b\n    capability: c.d\n',
			'duplicate-key',
			3,
			5,
		],
		['POL-03 a partial glob', 'deny: ["filesystem.re*"]\n', 'invalid-capability', 1, 8],
		['POL-03 upper case', 'deny:\n  - Filesystem.read\n', 'invalid-capability', 2, 5],
		['POL-03 three parts', 'deny:\n  - filesystem.read.etc\n', 'invalid-capability', 2, 5],
		['POL-04 a trailing space', 'deny:\n  - capability: "shell.execute "\n', 'invalid-capability', 2, 17],
		['POL-04 a trailing newline', 'deny:\n  - capability: "shell.execute\\n"\n', 'invalid-capability', 2, 17],
		['POL-05 risk levels', 'risk_levels: {low: {action: warn}}\n', 'unknown-key', 1, 1],
		['POL-06 extends', 'extends: p.yaml\n', 'unknown-key', 1, 1],
		['POL-06 an unknown mode', 'mode: blokc\n', 'wrong-type', 1, 7],
		['POL-06 an alias', 'deny:\n  - &a shell.execute\nallow:\n  - *a\n', 'unresolved-alias', 4, 5],
		['a tag', 'deny: !!python/object []\n', 'tag', 1, undefined],
		['a merge key', 'deny:\n  - <<: {}\n    capability: a.b\n', 'unknown-key', 2, 5],
		['a directive', '%YAML 1.1\n---\ndeny: []\n', 'tag', 1, 1],
		['two documents', 'deny: []\n---\nallow: [a.b]\n', 'syntax', 2, 1],
		['a list', '- deny\n', 'wrong-type', 1, 1],
		['a section that is a mapping', 'deny: {a: b}\n', 'wrong-type', 1, 7],
		['an empty rule', 'deny:\n  -\n', 'empty-value', undefined, undefined],
		['a number', 'deny:\n  - 5\n', 'empty-value', 2, 5],
		['a rule without capability', 'deny:\n  - path_prefix: /etc\n', 'empty-value', 2, 5],
		['a null capability', 'deny:\n  - capability:\n', 'empty-value', undefined, undefined],
		['PATH-20 a list as path_prefix', rule('path_prefix: ["/etc", "/root"]'), 'wrong-type', 3, 18],
		['PATH-21 an empty path_prefix', rule('path_prefix: ""'), 'empty-value', 3, 18],
		['PATH-21 a null path_prefix', rule('path_prefix:'), 'empty-value', 3, undefined],
		['a relative path_prefix', rule('path_prefix: etc'), 'invalid-pattern', 3, 18],
		['a path_prefix with a wildcard', rule('path_prefix: /etc/*'), 'invalid-pattern', 3, 18],
		['a path_prefix with an unknown variable', rule('path_prefix: ${home}/x'), 'invalid-pattern', 3, 18],
		['a path_prefix of another user', rule('path_prefix: ~root/x'), 'invalid-pattern', 3, 18],
		['a path_prefix with a look-alike slash', rule('path_prefix: /etc\u2215x'), 'invalid-pattern', 3, 18],
		['a relative glob', rule("paths: '*.env'"), 'invalid-pattern', 3, 12],
		['an extglob', rule("paths: '/x/@(a|b)'"), 'invalid-pattern', 3, 12],
		['a negated glob', rule("paths: '!/x'"), 'invalid-pattern', 3, 12],
		['a brace bomb', rule(`paths: '/${'{a,b}'.repeat(20)}'`), 'invalid-pattern', 3, 12],
		['an open bracket', rule("paths: '/x/[a'"), 'invalid-pattern', 3, 12],
		['an endless glob', rule(`paths: '/x*${'a'.repeat(600)}'`), 'invalid-pattern', 3, 12],
		['no globs at all', rule('paths: []'), 'empty-value', 3, 12],
		['a reason of two lines', rule('reason: "a\\nb"'), 'wrong-type', 3, 13],
		['a long reason', rule(`reason: ${'a'.repeat(201)}`), 'wrong-type', 3, 13],
		['a repeated id', 'deny:\n  - {capability: a.b, id: x}\n  - {capability: c.d, id: x}\n', 'duplicate-id', 3, 5],
		['an unknown condition', rule('environment: staging'), 'unknown-key', 3, 5],
		[
			'a capability with a wildcard in the table',
			'capabilities: {s/t: filesystem.*}\n',
			'invalid-capability',
			1,
			21,
		],
		['a table key without a server', 'capabilities: {t: filesystem.read}\n', 'wrong-type', 1, 16],
	])('%s', (_title, text, code, line, column) => {
		const load = parse(text);
		expect(load.policy).toBeUndefined();
		const problem = load.problems.find(candidate => candidate.code === code);
		expect(problem, JSON.stringify(load.problems)).toBeDefined();
		if (line !== undefined) {
			expect(problem?.at.line).toBe(line);
		}
		if (column !== undefined) {
			expect(problem?.at.column).toBe(column);
		}
	});

	it('names the nearest key', () => {
		expect(firstProblem('alow: []\n')?.message).toContain("did you mean 'allow'?");
		expect(firstProblem(rule('path-prefix: /etc'))?.message).toContain("did you mean 'path_prefix'?");
	});

	it('tells that the indentation was lost', () => {
		const { problems } = parse('deny:\n- capability: filesystem.write\npath_prefix: "/etc"\n');
		expect(problems[0]).toMatchObject({ code: 'unknown-key', at: { line: 3, column: 1 } });
		expect(saidBy(problems[0])).toContain('indent it under');
	});

	it('keeps the end of the offending text', () => {
		expect(parse('mode: blokc\n').problems[0]?.end).toEqual({ line: 1, column: 12 });
	});

	it('POL-06 ends on huge, deep and repetitive text', () => {
		expect(parse('a'.repeat(1_048_577)).problems[0]?.code).toBe('too-large');
		for (const opener of ['[', '{a: ', '- ', '? ', '"', '&a ', '- [', '|\n ']) {
			expect(parse(opener.repeat(20_000)).policy, opener).toBeUndefined();
		}
		expect(
			saidBy(parse(Array.from({ length: 500 }, (_, n) => `${' '.repeat(n)}a:\n`).join('')).problems[0]),
		).toContain('too deeply');
		expect(parse('a: 1\n'.repeat(10_000)).problems.length).toBeLessThanOrEqual(101);
		expect(parse(`deny:\n${'  - x\n'.repeat(10_000)}`).policy).toBeUndefined();
	});

	it('still reports an error when warnings fill the list', () => {
		const text = `allow:\n${"  - '*'\n".repeat(150)}  - WRONG\n`;
		expect(parse(text).policy).toBeUndefined();
	});

	it('never throws on any text', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: 'binary' }), yamlish), text => {
				const load = parse(text);
				expect(load.policy === undefined).toBe(load.problems.some(problem => problem.severity === 'error'));
				for (const { at, end } of load.problems) {
					expect(at.line).toBeGreaterThanOrEqual(1);
					expect(at.column).toBeGreaterThanOrEqual(1);
					expect(end.line * 1e6 + end.column).toBeGreaterThanOrEqual(at.line * 1e6 + at.column);
				}
			}),
			runs(500),
		);
	});
});

const yamlish = fc
	.array(
		fc.constantFrom(
			'deny',
			'allow',
			':',
			' ',
			'\n',
			'- ',
			'  ',
			'capability',
			'a.b',
			'path_prefix',
			'/etc',
			'{',
			'}',
			'[',
		) as fc.Arbitrary<string>,
		{ maxLength: 40 },
	)
	.map(parts => parts.join(''));

describe('parsePolicy accepts', () => {
	it.each(['seed002', 'seed004'])('the policy printed in %s', name => {
		const text = readFileSync(new URL(`../../fixtures/policies/${name}.yaml`, import.meta.url), 'utf8');
		const load = parse(text);
		expect(load.problems).toEqual([]);
		expect(load.policy?.rules.map(({ id }) => id)).toEqual(
			name === 'seed002'
				? ['deny[0]', 'deny[1]', 'deny[2]', 'require_approval[0]', 'allow[0]', 'allow[1]']
				: ['deny[0]', 'deny[1]', 'deny[2]', 'require_approval[0]', 'allow[0]', 'allow[1]'],
		);
		expect(load.policy?.rules[1]?.at.line).toBe(name === 'seed002' ? 4 : 8);
	});

	it.each(['balanced', 'strict', 'observe'])('the preset %s', name => {
		const text = readFileSync(new URL(`../../../policies/${name}.yaml`, import.meta.url), 'utf8');
		const load = parse(text);
		expect(load.problems).toEqual([]);
		expect(load.policy?.name).toBe(name);
		expect(load.policy?.mode).toBe(name === 'observe' ? 'observe' : 'enforce');
		expect(load.policy?.methods).toBe(name === 'strict' ? 'strict' : 'balanced');
	});

	it('POL-06 an empty text and empty sections: no rules', () => {
		for (const text of ['', '# nothing\n', 'deny:\nallow:\n']) {
			expect(parse(text).policy?.rules).toEqual([]);
		}
	});

	it('everything the language has', () => {
		const { policy, problems } = parse(`policy_name: All
version: 1
description: x
mode: observe
methods: strict
capabilities:
  notes/add/note: notes.write
allow:
  - id: one
    capability: notes.*
    path_prefix: ~/notes
    paths: ['\${workspaceFolder}/**/*.md', '**/[a-c]?{x,y}']
    servers: notes
    tools: ['add*', get]
    reason: note_taking
    description: Notes.
`);
		expect(problems).toEqual([]);
		expect(policy).toMatchObject({ name: 'All', mode: 'observe', methods: 'strict' });
		expect(policy?.capabilities.get('notes/add/note')).toBe('notes.write');
		expect(policy?.rules).toEqual([
			{
				id: 'one',
				effect: 'allow',
				capability: 'notes.*',
				pathPrefix: '~/notes',
				paths: ['${workspaceFolder}/**/*.md', '**/[a-c]?{x,y}'],
				servers: ['notes'],
				tools: ['add*', 'get'],
				reason: 'note_taking',
				at: { file: 'p.yaml', line: 9, column: 5 },
			},
		]);
	});

	it('warns of what is too broad', () => {
		const { policy, problems } = parse("allow:\n  - '*'\n  - {capability: filesystem.read, path_prefix: /}\n");
		expect(policy).toBeDefined();
		expect(problems.map(({ code, severity, at }) => [code, severity, at.line])).toEqual([
			['too-broad', 'warning', 2],
			['too-broad', 'warning', 3],
		]);
	});

	it.each([
		'path_prefix: "${workspaceFolder}/{secrets,b}"',
		'path_prefix: "${workspaceFolder}/secre?s"',
		'path_prefix: "${workspaceFolder}/[s]ecrets"',
		'path_prefix: "/${workspaceFolder}/secrets"',
		'path_prefix: "/a/${workspaceFolder}"',
		"paths: ['**//secrets/**']",
		"paths: ['${workspaceFolder}/a//b/**']",
		"paths: ['/${workspaceFolder}/secrets/**']",
	])('POL-06 %s, which could match nothing, is an error', body => {
		expect(firstProblem(rule(body))?.code).toBe('invalid-pattern');
	});
});
