import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintAgainst } from '../../../src/domain/policy/lintAgainst';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { saidBy } from '../support/saidBy';
import { problemsOf } from './judge';
import { HOMELESS, HOST, WINDOWS } from './support';
import { processorMs } from '../support/processorMs';

const allow = (text: string) => `allow:\n  - {${text}}\n`;
const deny = (text: string) => `deny:\n  - {${text}}\n`;

describe('POL-03 a rule that can never match', () => {
	it.each([
		['a typing mistake in the resource', 'capability: filesytem.read'],
		['a typing mistake in the action', 'capability: filesystem.raed'],
		['a typing mistake before .*', 'capability: netwrok.*'],
		['a plural', 'capability: database.writes'],
		['two places apart', 'capability: filesystem.read, path_prefix: /etc, paths: /var/**'],
		['server requests for a tool', 'capability: filesystem.read, direction: server'],
		['a value out of its range', 'capability: a.b, args: {/x: {equals: 5, range: {max: 4}}}'],
		['a text with a range', 'capability: a.b, args: {/x: {equals: "5", range: {max: 9}}}'],
		['no value that fits', "capability: a.b, args: {/x: {one_of: [a, b], matches: '[0-9]+'}}"],
	])('%s: an error in a deny, a warning elsewhere', (_title, rule) => {
		expect(problemsOf(deny(rule))).toEqual([['never-matches', 'error', 2]]);
		expect(problemsOf(allow(rule))).toEqual([['never-matches', 'warning', 2]]);
		expect(parsePolicy(deny(rule), 'p').policy).toBeUndefined();
		expect(parsePolicy(allow(rule), 'p').policy).toBeDefined();
	});
	it('a text too long', () => {
		const rule = 'capability: a.b, args: {/x: {equals: abc, max_length: 2}}';
		expect(problemsOf(allow(rule))).toEqual([['never-matches', 'warning', 2]]);
	});
	it('an allow of a server request without its direction', () => {
		expect(problemsOf('allow: [client.sampling]\n')).toEqual([['never-matches', 'warning', 1]]);
		expect(problemsOf('deny: [client.sampling]\n')).toEqual([]);
		expect(problemsOf(allow('capability: client.sampling, direction: server'))).toEqual([]);
	});
	it.each(['notes.read', 'gist.read', 'list.read', 'deploy.run', 'filesystem.list', 'rent.pay', 'a.b', 'fs.read'])(
		'%s may be a capability of its own',
		capability => {
			expect(problemsOf(`deny: [${capability}]\n`)).toEqual([]);
		},
	);
	it.each([
		['network.get', "'network.request' or 'network.send'"],
		['shell.run', "'shell.execute'"],
		['filesystem.list', "'filesystem.read'"],
	])('an allow of %s, an action that its resource does not have, is a warning', (capability, meant) => {
		expect(problemsOf(allow(`capability: ${capability}`))).toEqual([['never-matches', 'warning', 2]]);
		expect(saidBy(parsePolicy(`allow: [${capability}]\n`, 'p').problems[0])).toContain(`did you mean ${meant}`);
		expect(problemsOf(`deny: [${capability}]\nrequire_approval: ['x.y']\n`)).toEqual([]);
		expect(problemsOf(`capabilities: {s/t: ${capability}}\nallow: [${capability}]\n`)).toEqual([]);
	});
	it.each(['network.*', 'network.request', 'notes.get', '*'])('an allow of %s is not', capability => {
		expect(problemsOf(allow(`capability: '${capability}', servers: x`))).toEqual([]);
	});
	it('what the own table names is known', () => {
		expect(problemsOf('capabilities: {s/t: databases.read}\ndeny: [databases.read]\n')).toEqual([]);
		expect(problemsOf('deny: [databases.read]\n')).toEqual([['never-matches', 'error', 1]]);
	});
	it('places that may meet are left alone', () => {
		for (const more of ['/etc/ssh/**', '**/x', '/**', '~/x/**', '${workspaceFolder}/**']) {
			const rule = `capability: filesystem.read, path_prefix: /etc, paths: '${more}'`;
			expect(problemsOf(deny(rule)), more).toEqual([]);
		}
	});
});

describe('a rule that asks for trust', () => {
	it.each(['allow', 'require_approval'])('%s: nothing to warn of, since servers can have a level', effect => {
		const load = parsePolicy(`${effect}:\n  - capability: a.b\n    trust_level: 1\n`, 'p.yaml');
		expect(load.policy?.rules).toHaveLength(1);
		expect(load.problems).toEqual([]);
	});
});

describe('rules that another always beats', () => {
	it.each([
		['a deny of the same', 'deny: [a.b]\nallow: [a.b]\n', 2],
		['a deny of the resource', "deny: ['a.*']\nallow:\n  - {capability: a.b, servers: x}\n", 3],
		['a deny of everything', "deny: ['*']\nrequire_approval: ['a.*']\n", 2],
		['an approval', 'require_approval: [a.b]\nallow:\n  - {capability: a.b, path_prefix: /x}\n', 3],
		[
			'a deny of the folder',
			'deny:\n  - {capability: a.b, path_prefix: /x}\nallow:\n  - {capability: a.b, path_prefix: /x/y}\n',
			4,
		],
		[
			'a deny of the server',
			"deny:\n  - {capability: a.b, servers: 'x*'}\nallow:\n  - {capability: a.b, servers: [xa, xb]}\n",
			4,
		],
		[
			'a deny of the class',
			'deny:\n  - {capability: a.b, hosts: private}\nallow:\n  - {capability: a.b, hosts: [10.0.0.1]}\n',
			4,
		],
		[
			'a deny of one host',
			"deny:\n  - {capability: a.b, hosts: '*.a.com'}\nallow:\n  - {capability: a.b, hosts: [x.a.com, b.com]}\n",
			4,
		],
	])('%s', (_title, text, line) => {
		expect(problemsOf(text)).toEqual([['shadowed', 'warning', line]]);
	});
	it.each([
		['a narrower deny', 'deny:\n  - {capability: a.b, path_prefix: /x}\nallow: [a.b]\n'],
		['a deny with a condition', 'deny:\n  - {capability: a.b, labels: [secret]}\nallow: [a.b]\n'],
		[
			'a deny of another server',
			'deny:\n  - {capability: a.b, servers: x}\nallow:\n  - {capability: a.b, servers: y}\n',
		],
		['an approval beside a deny', 'deny:\n  - {capability: a.b, tools: x}\nrequire_approval: [a.b]\n'],
		[
			'another port',
			"deny:\n  - {capability: a.b, hosts: 'a.com:80'}\nallow:\n  - {capability: a.b, hosts: a.com}\n",
		],
		[
			'a prefix that ends alike',
			'deny:\n  - {capability: a.b, path_prefix: /x}\nallow:\n  - {capability: a.b, path_prefix: /xy}\n',
		],
	])('not by %s', (_title, text) => {
		expect(problemsOf(text)).toEqual([]);
	});
	it('the same rule twice, also under another id and reason', () => {
		expect(problemsOf('deny:\n  - {capability: a.b, id: x}\n  - {reason: y, capability: a.b}\n')).toEqual([
			['duplicate-rule', 'warning', 3],
		]);
	});
	it('a deny that would expire stays', () => {
		expect(problemsOf(deny('capability: a.b, until: 2020-01-01'))).toEqual([['ignored', 'warning', 2]]);
	});
	it('ends on many rules', () => {
		const many = (effect: string) =>
			`${effect}:\n${Array.from({ length: 3000 }, (_, n) => `  - {capability: a.b, tools: t${String(n)}}\n`).join('')}`;
		const start = processorMs();
		expect(parsePolicy(many('deny') + many('allow'), 'p').policy).toBeDefined();
		expect(processorMs() - start).toBeLessThan(10_000);
	});
});

describe('lintAgainst', () => {
	const lint = (text: string, known: Parameters<typeof lintAgainst>[1]) =>
		lintAgainst(parsePolicy(text, 'p.yaml'), known).map(({ code, severity, at }) => [code, severity, at.line]);
	const pins = [
		{ server: 'files', tool: 'read_file' },
		{ server: 'web', tool: 'fetch' },
	];
	it('names that no reviewed tool has, also together', () => {
		expect(lint(deny("capability: a.b, tools: 'write_*'"), { pins })).toEqual([['no-such-tool', 'warning', 2]]);
		expect(lint(deny('capability: a.b, servers: web, tools: read_file'), { pins })).toHaveLength(1);
		expect(lint(deny("capability: a.b, servers: '*', tools: 'read*'"), { pins })).toEqual([]);
		expect(lint('deny: [a.b]\n', { pins: [] })).toEqual([]);
	});
	it('rules that have expired', () => {
		const text = allow('capability: a.b, until: 2027-01-31');
		expect(lint(text, { now: Date.UTC(2027, 1, 1) })).toEqual([['expired', 'warning', 2]]);
		expect(lint(text, { now: Date.UTC(2027, 0, 31) })).toEqual([]);
	});
	it('allows that reach outside of the open folders', () => {
		const wide = (rule: string, host = HOST) => lint(allow(`capability: filesystem.read${rule}`), { host }).length;
		expect(wide('')).toBe(1);
		expect(wide(', path_prefix: /etc')).toBe(1);
		expect(wide(', path_prefix: /ws/proj-evil')).toBe(1);
		expect(wide(', path_prefix: /ws/proj/../x')).toBe(1);
		expect(wide(", path_prefix: '${workspaceFolder}/../x'")).toBe(1);
		expect(wide(', path_prefix: ~/x')).toBe(1);
		expect(wide(', path_prefix: ~/x', HOMELESS)).toBe(1);
		expect(wide(", paths: ['/ws/proj/**', '**/x']")).toBe(1);
		expect(wide(', path_prefix: /ws/proj/src')).toBe(0);
		expect(wide(", path_prefix: '${workspaceFolder}'")).toBe(0);
		expect(wide(", paths: '/ws/proj/**/*.md'")).toBe(0);
		expect(wide(", path_prefix: 'c:\\WS\\proj\\a'", WINDOWS)).toBe(0);
		expect(lint('allow: [network.request]\n', { host: HOST })).toEqual([]);
	});
	it.each([
		['', 'add path_prefix: ${workspaceFolder}'],
		[', path_prefix: /etc', "start 'path_prefix' with ${workspaceFolder}"],
		[", paths: '**/x'", "start 'paths' with ${workspaceFolder}"],
	])('and says what to write: %j', (rule, advice) => {
		const load = parsePolicy(allow(`capability: git.read${rule}`), 'p.yaml');
		expect(lintAgainst(load, { host: HOST }).map(saidBy)).toEqual([expect.stringContaining(advice)]);
	});
	it('a deny or approval of a server that has a second one of its name, which it does not mean', () => {
		const twins = ['github', 'github (web)', 'github 2', 'github-mirror'].map(server => ({ server, tool: 'push' }));
		const known = { pins: [...twins, { server: 'gitlab (web)', tool: 'push' }] };
		const text = (section: string, names: string) => `${section}:\n  - {capability: a.b, ${names}}\n`;
		for (const section of ['deny', 'require_approval']) {
			expect(lint(text(section, 'servers: github'), known)).toEqual([['second-server', 'warning', 2]]);
			expect(lint(text(section, "servers: [github, 'github (*)']"), known)).toHaveLength(1);
			expect(lint(text(section, "servers: 'github*'"), known)).toEqual([]);
			expect(lint(text(section, "servers: [github, 'github *']"), known)).toEqual([]);
			expect(lint(text(section, "servers: [github, 'github (web)', 'github 2']"), known)).toEqual([]);
			expect(lint(text(section, 'servers: github-mirror'), known)).toEqual([]);
			expect(lint(text(section, 'servers: github, tools: push'), known)).toHaveLength(1);
		}
		// The name may be gone from the registry, and its second one still be there.
		expect(lint(text('deny', 'servers: gitlab'), known).map(([code]) => code)).toEqual([
			'no-such-tool',
			'second-server',
		]);
		expect(lint(text('allow', 'servers: github'), known)).toEqual([]);
		expect(lint(text('deny', 'servers: github, tools: pull'), known).map(([code]) => code)).toEqual([
			'no-such-tool',
		]);
		const load = parsePolicy(text('deny', 'servers: github'), 'p.yaml');
		expect(lintAgainst(load, known).map(saidBy)).toEqual([
			"'github' does not mean 'github (web)', which has that name in its own file; add 'github *', or name the two.",
		]);
	});
	it('the warning is right: a rule means registered names alone, and what is advised covers both', () => {
		const name = fc.constantFrom('github', 'a b', 'x (y)', 'n 2', 'web');
		const behind = fc.constantFrom(' (web)', ' 2', ' (a b)', '-web', ' (x) 3', '');
		fc.assert(
			fc.property(name, behind, fc.constantFrom('deny', 'require_approval', 'allow'), (plain, end, section) => {
				const server = plain + end;
				const names = (rule: string) => `${section}:\n  - {capability: a.b, servers: ${rule}}\n`;
				const known = { pins: [plain, server].map(each => ({ server: each, tool: 't' })) };
				const found = lint(names(`'${plain}'`), known).some(([code]) => code === 'second-server');
				expect(found).toBe(
					section !== 'allow' && / (?:\d+|\([^()]*\))$/.test(end) && server !== plain + ' (x) 3',
				);
				expect(lint(names(`['${plain}', '${plain} *']`), known)).toEqual([]);
			}),
		);
	});
	it('a policy that does not parse has nothing to lint', () => {
		expect(lint('deny: {', { pins, now: 0, host: HOST })).toEqual([]);
	});
});
