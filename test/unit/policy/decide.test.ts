import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inEnglish, phrase } from '../../../src/base/phrase';
import { decide } from '../../../src/domain/policy/decide';
import { tighten } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type Effect } from '../../../src/domain/policy/policy';
import { factsOf, HOMELESS, HOST, P2, P4, read, verdictOf, write } from './support';
import { runs } from '../support/runs';

const parse = (text: string, file = 'p.yaml') => parsePolicy(text, file);

describe('decide fails closed', () => {
	it('a policy that does not parse denies and says where', async () => {
		const verdict = await verdictOf('deny: [\n', read('/x'));
		expect(verdict).toMatchObject({ effect: 'deny', reason: 'policy_unusable', rules: [] });
		expect(verdict.errors.map(inEnglish)).toEqual([
			expect.stringMatching(/^policy\.yaml:\d+:\d+: This is not valid YAML: /),
		]);
	});
	it('no rule denies', async () => {
		expect(await verdictOf('', read('/x'))).toMatchObject({ effect: 'deny', reason: 'policy_default_deny' });
	});
	it.each(['unknown', 'shell.execute ', 'shell.execute\n', 'Shell.execute', ''])(
		'POL-04 the capability %j is never allowed',
		async capability => {
			const policy = "deny: [shell.execute]\nallow: ['*', 'shell.*']\n";
			expect(await verdictOf(policy, { capability })).toMatchObject({
				effect: 'deny',
				reason: 'unknown_capability',
			});
		},
	);
	it('an unknown capability may be asked for where the policy says so, and may be denied by name', async () => {
		expect(await verdictOf("require_approval: ['*']\n", { capability: 'unknown' })).toMatchObject({
			effect: 'require_approval',
		});
		expect(await verdictOf("deny: ['*']\n", { capability: 'unknown' })).toMatchObject({ reason: 'policy_deny' });
	});
	it('a rule that throws denies', async () => {
		const load = parse('allow:\n  - {capability: a.b, servers: x}\n');
		const facts = await factsOf(load, { capability: 'a.b' });
		const broken = {
			...load,
			policy: load.policy && {
				...load.policy,
				rules: load.policy.rules.map(rule => ({ ...rule, servers: ['@(x)'] })),
			},
		};
		expect(decide(broken, facts)).toMatchObject({ effect: 'deny', reason: 'rule_error' });
	});
	it('a deny whose prefix the host cannot tell is an error, an allow matches nothing', async () => {
		const host = HOMELESS;
		const denies = 'deny:\n  - {capability: a.b, path_prefix: ~/x}\nallow: [a.b]\n';
		const allows = 'allow:\n  - {capability: a.b, path_prefix: ~/x}\n';
		const call = { capability: 'a.b', arguments: { path: '/x' }, host };
		expect(await verdictOf(denies, call)).toMatchObject({ effect: 'deny', reason: 'rule_error' });
		expect(await verdictOf(allows, call)).toMatchObject({ effect: 'deny', reason: 'policy_default_deny' });
	});
	it('without a workspace nothing lies in the workspace', async () => {
		const policy = 'allow:\n  - {capability: filesystem.read, path_prefix: "${workspaceFolder}"}\n';
		expect(await verdictOf(policy, read('/ws/proj/a'))).toMatchObject({ effect: 'allow' });
		expect(await verdictOf(policy, read('/ws/proj/a', { host: { ...HOST, workspaceFolders: [] } }))).toMatchObject({
			effect: 'deny',
		});
	});
	it('a workspace folder that became a symlink to elsewhere allows nothing outside', async () => {
		const policy = 'allow:\n  - {capability: filesystem.read, path_prefix: "${workspaceFolder}/docs"}\n';
		const resolver = {
			realPath: (path: string) => Promise.resolve(path.replace(/^\/ws\/proj\/docs/, '/opt')),
		};
		expect(await verdictOf(policy, read('/ws/proj/docs/x', { resolver }))).toMatchObject({ effect: 'deny' });
		expect(await verdictOf(policy, read('/opt/x', { resolver }))).toMatchObject({ effect: 'deny' });
	});
	it('a path that cannot be judged is denied where any rule asks for paths, and only there', async () => {
		expect(await verdictOf(P4, read('/ws/proj/a\u0000'))).toMatchObject({
			reason: 'path_unjudgeable',
			errors: [phrase('path at {0}: {1}', '"/path"', phrase('control-character'))],
		});
		const asks = 'require_approval:\n  - {capability: a.b, path_prefix: /q}\nallow: [a.b, c.d]\n';
		expect(await verdictOf(asks, { capability: 'a.b', arguments: { path: '\u0000' } })).toMatchObject({
			effect: 'deny',
		});
		expect(await verdictOf(asks, { capability: 'c.d', arguments: { path: '\u0000' } })).toMatchObject({
			effect: 'allow',
		});
	});
	it('a server or tool condition is exact', async () => {
		const policy = 'allow:\n  - {capability: a.b, servers: [files], tools: [read_*]}\n';
		const call = (server: string, tool: string) => verdictOf(policy, { capability: 'a.b', server, tool });
		expect((await call('files', 'read_file')).effect).toBe('allow');
		for (const [server, tool] of [
			['Files', 'read_file'],
			['files2', 'read_file'],
			['files', 'Read_file'],
			['files', 'xread_file'],
		] as const) {
			expect((await call(server, tool)).effect).toBe('deny');
		}
	});
	it('ARG-01, ARG-02 arguments satisfy no condition on context', async () => {
		const policy = 'allow:\n  - {capability: a.b, servers: [trusted], tools: [safe]}\n';
		const args = { server: 'trusted', servers: ['trusted'], tool: 'safe', tools: 'safe', tool_name: 'safe' };
		expect((await verdictOf(policy, { capability: 'a.b', arguments: args })).effect).toBe('deny');
	});
});

describe('decide says what the seeds say', () => {
	it('seed 002: a delete is a destructive operation', async () => {
		const verdict = await verdictOf(P2, { capability: 'filesystem.delete' });
		expect(verdict).toMatchObject({
			effect: 'deny',
			reason: 'destructive_operation',
			rule: { id: 'deny[0]', at: { line: 2 } },
		});
	});
	it.each<[string, string, string | undefined, Effect, string]>([
		['read anywhere', 'filesystem.read', '/anything', 'allow', 'policy_allow'],
		['write to /etc', 'filesystem.write', '/etc/hosts', 'deny', 'policy_deny'],
		['write to production', 'filesystem.write', '/data/prod/a', 'require_approval', 'policy_require_approval'],
		['write to staging', 'filesystem.write', '/data/staging/a', 'allow', 'policy_allow'],
		['write elsewhere', 'filesystem.write', '/data/other', 'deny', 'policy_default_deny'],
		['shell', 'shell.execute', undefined, 'deny', 'policy_deny'],
		['something else', 'database.read', undefined, 'deny', 'policy_default_deny'],
	])('seed 002: %s', async (_title, capability, path, effect, reason) => {
		expect(await verdictOf(P2, { capability, arguments: path === undefined ? {} : { path } })).toMatchObject({
			effect,
			reason,
		});
	});
	it.each<[string, string, string | undefined, Effect]>([
		['project file', 'filesystem.read', '/ws/proj/pyproject.toml', 'allow'],
		['/etc/passwd', 'filesystem.read', '/etc/passwd', 'deny'],
		['ssh key', 'filesystem.read', '~/.ssh/id_rsa', 'deny'],
		['write in the project', 'filesystem.write', '/ws/proj/a', 'allow'],
		['write outside', 'filesystem.write', '/ws/a', 'deny'],
		['database mutation', 'database.write', undefined, 'require_approval'],
		['shell', 'shell.execute', undefined, 'deny'],
	])('seed 004: %s', async (_title, capability, path, effect) => {
		expect(await verdictOf(P4, { capability, arguments: path === undefined ? {} : { path } })).toMatchObject({
			effect,
		});
	});
	it('the reason of a rule is the reason of its verdict', async () => {
		const policy = 'deny:\n  - {capability: filesystem.delete, reason: no deletes here, id: nd}\n';
		expect(await verdictOf(policy, { capability: 'filesystem.delete' })).toMatchObject({
			reason: 'no deletes here',
			rule: { id: 'nd' },
		});
	});
	it('observe lets pass and tells what would have been', async () => {
		expect(await verdictOf(`mode: observe\n${P2}`, write('/etc/x'))).toMatchObject({
			effect: 'allow',
			observed: 'deny',
			reason: 'policy_deny',
		});
		expect(await verdictOf(`mode: observe\n${P2}`, read('/x'))).toMatchObject({
			effect: 'allow',
			observed: 'allow',
		});
	});
});

describe('a workspace policy', () => {
	const base = parse('mode: enforce\nmethods: balanced\nallow: [a.b, c.d]\n', 'user.yaml');
	const call = (capability: string) => factsOf(base, { capability });
	it('POL-07 only tightens', async () => {
		const hostile = parse(
			"mode: observe\nmethods: balanced\ncapabilities: {s/t: a.b}\nallow: ['*', e.f]\ndeny: [a.b]\n",
			'ws.yaml',
		);
		const load = tighten(base, hostile);
		expect(decide(load, await call('a.b'))).toMatchObject({
			effect: 'deny',
			rule: { id: 'workspace:deny[0]', at: { file: 'ws.yaml' } },
		});
		expect(decide(load, await call('c.d')).effect).toBe('allow');
		expect(decide(load, await call('e.f')).effect).toBe('deny');
		expect(load.policy?.mode).toBe('enforce');
		expect(load.policy?.capabilities.size).toBe(0);
		expect(load.problems.filter(({ code }) => code === 'only-tightens').map(({ at }) => at.file)).toEqual([
			'ws.yaml',
			'ws.yaml',
		]);
		expect(load.digest).not.toBe(base.digest);
	});
	it('cannot turn a deny into a question', async () => {
		const load = tighten(base, parse('require_approval: [e.f, a.b]\n', 'ws.yaml'));
		expect(decide(load, await call('e.f')).effect).toBe('deny');
		expect(decide(load, await call('a.b')).effect).toBe('require_approval');
	});
	it('can make methods strict, never balanced', () => {
		expect(tighten(base, parse('methods: strict\n')).policy?.methods).toBe('strict');
		expect(tighten(parse('methods: strict\n'), parse('methods: balanced\n')).policy?.methods).toBe('strict');
	});
	it('that is broken denies everything', async () => {
		expect(decide(tighten(base, parse('deny: {')), await call('a.b'))).toMatchObject({ reason: 'policy_unusable' });
		expect(decide(tighten(parse('deny: {'), base), await call('a.b'))).toMatchObject({ reason: 'policy_unusable' });
	});
	it('keeps ids apart, also over several files', () => {
		const two = tighten(tighten(base, parse('deny: [a.b]\n')), parse('deny: [c.d]\n'));
		const ids = two.policy?.rules.map(({ id }) => id) ?? [];
		expect(new Set(ids).size).toBe(ids.length);
	});
});

const order: readonly Effect[] = ['allow', 'require_approval', 'deny'];
const rule = fc.record({
	effect: fc.constantFrom(...order),
	capability: fc.constantFrom('*', 'a.*', 'a.b', 'c.d'),
	prefix: fc.constantFrom(undefined, '/x', '/x/y', '/z', '~', '${workspaceFolder}'),
});
type DrawnRule = ReturnType<typeof fc.sample<typeof rule extends fc.Arbitrary<infer T> ? T : never>>[number];
const print = (rules: readonly DrawnRule[]) =>
	order
		.map(effect => {
			const own = rules.filter(each => each.effect === effect);
			const lines = own.map(
				each =>
					`  - capability: '${each.capability}'\n${each.prefix === undefined ? '' : `    path_prefix: ${each.prefix}\n`}`,
			);
			return `${effect}:\n${lines.join('')}`;
		})
		.join('');
const drawnCall = fc.record({
	capability: fc.constantFrom('a.b', 'a.c', 'c.d', 'unknown'),
	arguments: fc.dictionary(
		fc.constantFrom('path', 'to', 'x', 'content'),
		fc.constantFrom('/x/1', '/x/y/../2', '/z', '~/q', '../up', '/ws/proj/a', 'text', '\u0000'),
		{ noNullPrototype: true },
	),
});

describe('require_approval', () => {
	const policy = `require_approval:
  - {capability: a.b, path_prefix: /ask}
allow:
  - {capability: a.b, path_prefix: /ok}
`;
	const effect = async (...paths: string[]) =>
		(await verdictOf(policy, { capability: 'a.b', arguments: { paths } })).effect;
	it('PATH-16 asks when one path asks, and denies when another is nowhere allowed', async () => {
		expect(await effect('/ask/x')).toBe('require_approval');
		expect(await effect('/ask/x', '/ok/y')).toBe('require_approval');
		expect(await effect('/ask/x', '/else')).toBe('deny');
		expect(await effect('/ok/x', '/else')).toBe('deny');
	});
});

describe('properties of decide', () => {
	it('the order of rules and of argument keys never changes the effect', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(rule, { maxLength: 6 }), drawnCall, async (rules, call) => {
				const flipped = Object.fromEntries(Object.entries(call.arguments).reverse());
				const one = await verdictOf(print(rules), call);
				const two = await verdictOf(print([...rules].reverse()), { ...call, arguments: flipped });
				expect(two.effect).toBe(one.effect);
			}),
			runs(150),
		);
	});
	it('one more deny or approval never widens; one more allow never lifts a deny rule', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(rule, { maxLength: 6 }), rule, drawnCall, async (rules, more, call) => {
				const before = await verdictOf(print(rules), call);
				const after = await verdictOf(print([...rules, more]), call);
				if (more.effect === 'deny' || before.rule?.effect === 'deny') {
					expect(order.indexOf(after.effect)).toBeGreaterThanOrEqual(order.indexOf(before.effect));
				}
				if (more.effect === 'require_approval' && before.effect !== 'allow') {
					expect(after.effect).not.toBe('allow');
				}
			}),
			runs(150),
		);
	});
	it('a layer never widens', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(rule, { maxLength: 5 }),
				fc.array(rule, { maxLength: 5 }),
				drawnCall,
				async (rules, layer, call) => {
					const base = parse(print(rules));
					const load = tighten(base, parse(print(layer), 'ws.yaml'));
					const before = decide(base, await factsOf(base, call)).effect;
					const after = decide(load, await factsOf(load, call)).effect;
					expect(order.indexOf(after)).toBeGreaterThanOrEqual(order.indexOf(before));
				},
			),
			runs(150),
		);
	});
});
