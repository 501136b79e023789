import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/domain/policy/decide';
import { type UrlFact } from '../../../src/domain/policy/urlFact';
import { composeLayers, type LayerSource } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type Effect, type PolicyLoad } from '../../../src/domain/policy/policy';
import { runs } from '../support/runs';
import { explained, judged, problemsOf } from './judge';
import { type Call, factsOf, verdictOf } from './support';

const W = '/ws/proj';
const ASK = 'require_approval:\n  - {id: ask, capability: filesystem.write, path_prefix: "${workspaceFolder}"}\n';
const DOCS =
	'allow:\n  - {id: docs, capability: filesystem.write, path_prefix: "${workspaceFolder}/docs", instead_of: [ask]}\n';
const write = (...paths: readonly string[]): Call => ({
	capability: 'filesystem.write',
	tool: 'write_file',
	arguments: Object.fromEntries(paths.map((path, at) => [`path${String(at)}`, path])),
	root: W,
});
const layer = (kind: LayerSource['kind'], text: string): LayerSource => ({ kind, load: parsePolicy(text, kind) });
const says = async (load: string | PolicyLoad, call: Call) => {
	const { effect, rule } = await judged(load, call);
	return [effect, rule?.id];
};

describe('instead_of (issue 9, item 2): an allow that stands in for an approval of its own file', () => {
	it('where the allow matches wholly nobody is asked, and elsewhere the approval asks', async () => {
		expect(await says(ASK + DOCS, write(`${W}/docs/a.md`))).toEqual(['allow', 'docs']);
		expect(await says(ASK + DOCS, write(`${W}/src/a.ts`))).toEqual(['require_approval', 'ask']);
		expect(await says(ASK + DOCS, write(`${W}/docs/a.md`, `${W}/src/a.ts`))).toEqual(['require_approval', 'ask']);
	});
	it('without it an allow saves no question', async () => {
		const plain = DOCS.replace(', instead_of: [ask]', '');
		expect(await says(ASK + plain, write(`${W}/docs/a.md`))).toEqual(['require_approval', 'ask']);
	});
	it('PATH-14 what only may be a path has to lie there too', async () => {
		const call = write(`${W}/docs/a.md`);
		const named = (label: string) => ({ ...call, arguments: { ...call.arguments, label } });
		expect(await says(ASK + DOCS, named('docs/b.md'))).toEqual(['allow', 'docs']);
		expect((await says(ASK + DOCS, named('src/a.ts')))[0]).not.toBe('allow');
	});
	it('every URL of the call has to go where the allow says, also one in the middle of a text', async () => {
		const policy = `require_approval:\n  - {id: net, capability: network.request}\nallow:\n  - {capability: network.request, hosts: api.example.com, instead_of: net}\n`;
		const to = (args: Record<string, string>) =>
			verdictOf(policy, { capability: 'network.request', arguments: args });
		expect((await to({ url: 'https://api.example.com/x' })).effect).toBe('allow');
		expect((await to({ url: 'https://evil.example.net/x' })).effect).toBe('require_approval');
		const load = parsePolicy(policy, 'p');
		const facts = await factsOf(load, { capability: 'network.request', arguments: {} });
		const reading = (host: string) => ({ host, scheme: 'https', kind: 'name' as const });
		const url = (host: string, destination: boolean): UrlFact =>
			({ pointer: `/${host}`, destination, readings: [reading(host)] }) as unknown as UrlFact;
		const over = (...urls: readonly UrlFact[]) => decide(load, { ...facts, urls }).effect;
		expect(over(url('api.example.com', true))).toBe('allow');
		expect(over(url('api.example.com', true), url('evil.example.net', false))).toBe('require_approval');
	});
	it('an approval that is not named asks on, with its own terms alone', async () => {
		const two = ASK.replace('}\n', ', approval: {scopes: [once]}}\n');
		const policy = `${two}  - {id: second, capability: filesystem.write, approval: {scopes: [session]}}\n${DOCS}`;
		const verdict = await judged(policy, write(`${W}/docs/a.md`));
		expect(verdict).toMatchObject({ effect: 'require_approval', rule: { id: 'second' } });
		expect(verdict.approval?.scopes).toEqual(['session']);
		expect(verdict.rules.map(({ id }) => id)).toEqual(['second']);
	});
	it('INVARIANT 3 a deny, an approval with limits, and an approval that cannot be judged stay', async () => {
		const deny = 'deny:\n  - {capability: filesystem.*, paths: "**/.env*"}\n';
		expect((await says(deny + ASK + DOCS, write(`${W}/docs/.env`)))[0]).toBe('deny');
		const limited = ASK.replace('}\n', ', limits: {calls_per_session: 9}}\n');
		const usage = new Map([['ask', { callsThisMinute: 0, callsThisSession: 1, bytesThisSession: 0 }]]);
		expect((await judged(limited + DOCS, write(`${W}/docs/a.md`), { usage })).effect).toBe('require_approval');
		expect((await judged(limited + DOCS, write(`${W}/docs/a.md`))).effect).toBe('deny');
		const labelled = ASK.replace('}\n', ', labels: secret}\n');
		expect((await judged(labelled + DOCS, write(`${W}/docs/a.md`))).effect).toBe('deny');
	});
	it('an allow whose own limits are reached, or whose day has passed, stands in for nothing', async () => {
		const limited = DOCS.replace('instead_of', 'limits: {calls_per_session: 1}, instead_of');
		const usage = new Map([['docs', { callsThisMinute: 0, callsThisSession: 1, bytesThisSession: 0 }]]);
		expect((await judged(ASK + limited, write(`${W}/docs/a.md`), { usage })).effect).toBe('require_approval');
		const ended = DOCS.replace('instead_of', 'until: 2020-01-01, instead_of');
		const now = Date.parse('2026-01-01');
		expect((await judged(ASK + ended, write(`${W}/docs/a.md`), { now })).effect).toBe('require_approval');
	});
	it('a built-in place is asked about or denied as before', async () => {
		const open = ASK + DOCS.replace('/docs', '');
		const closed = async (path: string) => (await judged(open, write(path))).effect;
		expect(await closed(`${W}/a.ts`)).toBe('allow');
		expect(await closed(`${W}/.git/hooks/pre-commit`)).not.toBe('allow');
		expect(await closed(`${W}/package.json`)).toBe(
			(await judged('allow: [filesystem.write]\n', write(`${W}/package.json`))).effect,
		);
	});
	it('INVARIANT 4 neither an organisation’s approval nor a workspace’s is replaced by the person’s allow', async () => {
		for (const kind of ['organisation', 'workspace'] as const) {
			const load = composeLayers([layer(kind, ASK), layer('user', ASK + DOCS)]);
			expect((await judged(load, write(`${W}/docs/a.md`))).effect).toBe('require_approval');
		}
	});
	it('INVARIANT 4 a trusted workspace’s allow does not replace the person’s approval, whatever ids it says', async () => {
		const workspace = layer('workspace', DOCS);
		const trust = { workspaceTrusted: true, trustedDigests: new Set([workspace.load.digest]) };
		const load = composeLayers([layer('user', ASK), workspace], trust);
		expect((await judged(load, write(`${W}/docs/a.md`))).effect).toBe('require_approval');
	});
	it('a trusted workspace’s own approval, which has another id among the layers, is replaced', async () => {
		const workspace = layer('workspace', ASK + DOCS);
		const trust = { workspaceTrusted: true, trustedDigests: new Set([workspace.load.digest]) };
		const load = composeLayers([layer('user', 'allow: [x.y]\n'), workspace], trust);
		expect(await says(load, write(`${W}/docs/a.md`))).toEqual(['allow', 'workspace:docs']);
		expect(await says(load, write(`${W}/src/a.md`))).toEqual(['require_approval', 'workspace:ask']);
	});
	it('"Why?" names the allow that stood in', async () => {
		const { verdict, rules } = await explained(ASK + DOCS, write(`${W}/docs/a.md`));
		expect(verdict.rule?.id).toBe('docs');
		expect(rules.find(({ rule }) => rule.id === 'ask')).toMatchObject({ matched: true, standIn: { id: 'docs' } });
		const other = await explained(ASK + DOCS, write(`${W}/src/a.md`));
		expect(other.rules.every(({ standIn }) => standIn === undefined)).toBe(true);
	});
});

describe('POL-03 instead_of that says nothing', () => {
	it.each([
		['an id that nothing has', `${ASK}${DOCS.replace('[ask]', '[aks]')}`, ['shadowed', 'unknown-rule']],
		[
			'a deny',
			`deny:\n  - {id: no, capability: x.y}\n${ASK}${DOCS.replace('[ask]', '[ask, no]')}`,
			['unknown-rule'],
		],
		[
			'an approval of something else',
			`${ASK}  - {id: other, capability: x.y}\n${DOCS.replace('[ask]', '[ask, other]')}`,
			['never-matches'],
		],
		['an approval with limits', `${ASK.replace('}\n', ', limits: {calls_per_session: 9}}\n')}${DOCS}`, ['ignored']],
		['an approval that would never ask again', ASK + DOCS.replace('/docs', ''), ['shadowed']],
		['an approval that asks before it', ASK + DOCS.replace(', instead_of: [ask]', ''), ['shadowed']],
		['nothing wrong', ASK + DOCS, []],
	])('%s', (_title, policy, codes) => {
		expect(problemsOf(policy).map(([code, severity]) => [code, severity])).toEqual(
			codes.map(code => [code, 'warning']),
		);
	});
	it.each([
		['in an approval', ASK.replace('}\n', ', instead_of: [ask]}\n'), 'misplaced-key'],
		['a fallback id', `${ASK}${DOCS.replace('[ask]', '["require_approval[0]"]')}`, 'invalid-value'],
		['empty', `${ASK}${DOCS.replace('[ask]', '[]')}`, 'empty-value'],
	])('%s is an error', (_title, policy, code) => {
		expect(problemsOf(policy).map(([each, severity]) => [each, severity])).toEqual([[code, 'error']]);
	});
});

const order: readonly Effect[] = ['allow', 'require_approval', 'deny'];
const places = [
	'',
	', path_prefix: /x',
	', path_prefix: /x/y',
	', paths: "/x/**"',
	', tools: other',
	', servers: filesystem',
];
const drawnRules = fc.array(
	fc.record({
		effect: fc.constantFrom(...order),
		capability: fc.constantFrom('*', 'a.*', 'a.b', 'a.c'),
		more: fc.constantFrom(...places),
		instead: fc.option(fc.subarray(['r0', 'r1', 'r2', 'r3', 'r9'], { minLength: 1 }), { nil: undefined }),
	}),
	{ maxLength: 6 },
);
type Drawn = typeof drawnRules extends fc.Arbitrary<infer T> ? T : never;
const written = (rules: Drawn, withInstead: boolean) =>
	order
		.map(effect => {
			const lines = rules.flatMap((rule, at) =>
				rule.effect === effect
					? [
							`  - {id: r${String(at)}, capability: '${rule.capability}'${rule.more}${
								withInstead && effect === 'allow' && rule.instead
									? `, instead_of: [${rule.instead.join(', ')}]`
									: ''
							}}`,
						]
					: [],
			);
			return `${effect}:\n${lines.join('\n')}\n`;
		})
		.join('');
const drawnCall = fc.record({
	capability: fc.constantFrom('a.b', 'a.c', 'd.e'),
	tool: fc.constantFrom('tool', 'other'),
	arguments: fc.constantFrom(
		{},
		{ path: '/x/y/z' },
		{ path: '/x/q' },
		{ path: '/q' },
		{ path: '/x/y/z', other: '/q' },
	),
});

describe('properties of instead_of', () => {
	it('it turns nothing but an approval into an allow, and only by a rule that matches and says so', async () => {
		let opened = 0;
		await fc.assert(
			fc.asyncProperty(drawnRules, drawnCall, async (rules, call) => {
				const before = await explained(written(rules, false), call);
				const after = await explained(written(rules, true), call);
				const [was, is] = [before.verdict, after.verdict];
				if (was.effect === is.effect) {
					return;
				}
				opened++;
				expect([was.effect, is.effect]).toEqual(['require_approval', 'allow']);
				const matched = new Set(after.rules.flatMap(({ matched: holds, rule }) => (holds ? [rule.id] : [])));
				const saying = rules.flatMap(({ effect, instead }, at) =>
					effect === 'allow' && instead !== undefined && matched.has(`r${String(at)}`) ? instead : [],
				);
				// Every approval that asked before is named by an allow that matches the call.
				expect(was.rules.filter(({ id }) => !saying.includes(id))).toEqual([]);
				expect(is.rule?.effect).toBe('allow');
			}),
			runs(200),
		);
		expect(opened).toBeGreaterThan(0);
	});
	it('INVARIANT 4 layers above are as strict as ever', async () => {
		const trusting = (of: LayerSource) => ({ workspaceTrusted: true, trustedDigests: new Set([of.load.digest]) });
		await fc.assert(
			fc.asyncProperty(drawnRules, drawnRules, drawnCall, async (above, below, call) => {
				const user = layer('user', written(above, true));
				const own = await judged(composeLayers([user]), call);
				const workspace = layer('workspace', written(below, true));
				const both = await judged(composeLayers([user, workspace], trusting(workspace)), call);
				const silent = own.rule === undefined && own.reason === 'policy_default_deny';
				if (!silent) {
					expect(order.indexOf(both.effect)).toBeGreaterThanOrEqual(order.indexOf(own.effect));
				}
				const organisation = layer('organisation', written(above, true));
				const alone = await judged(composeLayers([organisation, layer('user', 'allow: ["*"]\n')]), call);
				const under = await judged(composeLayers([organisation, layer('user', written(below, true))]), call);
				expect(order.indexOf(under.effect)).toBeGreaterThanOrEqual(order.indexOf(alone.effect));
			}),
			runs(100),
		);
	});
});
