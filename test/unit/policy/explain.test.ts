import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inEnglish, phrase } from '../../../src/base/phrase';
import { decide } from '../../../src/domain/policy/decide';
import { explainDecision, nearestFirst } from '../../../src/domain/policy/explainDecision';
import { type CallFacts } from '../../../src/domain/policy/facts';
import { composeLayers } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type SessionFacts } from '../../../src/domain/policy/sessionFacts';
import { SESSION_LABELS } from '../../../src/domain/policy/sessionLabel';
import { explained } from './judge';
import { HOST } from './support';
import { runs } from '../support/runs';

const POLICY = `deny:
  - {id: d, capability: a.b, hosts: [evil.com], labels: [secret]}
require_approval:
  - {id: q, capability: a.*, servers: [files], tools: [other]}
allow:
  - id: a
    capability: a.b
    path_prefix: /x
    args: {/amount: {range: {max: 10}}}
    trust_level: 2
    limits: {calls_per_minute: 5}
    until: 2027-01-31
  - {id: z, capability: z.z}
`;
const facts: SessionFacts = { labels: new Set(), trustLevel: 3, usage: new Map(), now: 0 };

describe('explainDecision', () => {
	it('a policy that does not parse has a verdict and no rules', async () => {
		expect(await explained('deny: {', { capability: 'a.b' })).toMatchObject({
			verdict: { effect: 'deny', reason: 'policy_unusable' },
			rules: [],
		});
	});
	it('every relevant rule, every condition, and the one that decided', async () => {
		const call = { capability: 'a.b', server: 'files', tool: 't', arguments: { path: '/x/y', amount: 5 } };
		const explanation = await explained(POLICY, call, facts);
		expect(explanation.verdict.effect).toBe('allow');
		expect(explanation.winner?.rule).toMatchObject({ id: 'a', at: { line: 6 } });
		const summary = explanation.rules.map(({ rule, matched, conditions }) => [
			rule.id,
			matched,
			conditions
				.filter(({ outcome }) => outcome !== 'holds')
				.map(({ condition, why }) => `${condition}: ${inEnglish(why)}`),
		]);
		expect(summary).toEqual([
			['d', false, ["labels: the session has no label 'secret'", 'hosts: no URL goes there']],
			['q', false, ['tools: the name does not match']],
			['a', true, []],
		]);
	});
	it.each([
		[{ amount: 11 }, facts, 'args: /amount is not as declared'],
		[{ amount: '5' }, facts, 'args: /amount is of another type than declared'],
		[{ amount: undefined }, facts, 'args: /amount is missing'],
		[{ path: '/y' }, facts, 'path_prefix: path 1 of 1 lies elsewhere'],
		[{ path: '/x/\u0000' }, facts, 'path_prefix: path 1 of 1 cannot be judged: control-character'],
		[{ path: undefined }, facts, 'path_prefix: the call names no path'],
		[{}, { ...facts, trustLevel: 1 }, 'trust_level: trust level 2 or more is needed'],
		[{}, { ...facts, now: Date.UTC(2028) }, 'until: the rule counted until 2027-02-01T00:00:00.000Z'],
		[
			{},
			{ ...facts, usage: new Map([['a', { callsThisMinute: 5, callsThisSession: 0, bytesThisSession: 0 }]]) },
			'limits: the limit of 5 calls per minute is reached',
		],
		[{}, { labels: new Set(), trustLevel: 2, now: 0 }, 'limits: no counts of the session are known'],
		[{}, { ...facts, direction: 'server' }, 'direction: the rule is for requests from the client'],
	] as const)('%j: %s', async (args, known, why) => {
		const call = { capability: 'a.b', arguments: { path: '/x/y', amount: 5, ...args } as never };
		const { rules, verdict } = await explained(POLICY, call, known as SessionFacts);
		expect(verdict.effect).toBe('deny');
		const failed = rules
			.find(({ rule }) => rule.id === 'a')
			?.conditions.filter(({ outcome }) => outcome !== 'holds')
			.map(each => `${each.condition}: ${inEnglish(each.why)}`);
		expect(failed).toEqual([why]);
	});
	it('a relative path without a folder that it could start in is said in words', () => {
		const load = parsePolicy('allow:\n  - {id: a, capability: a.b, path_prefix: /x}\n', 'p.yaml');
		const paths = [{ pointer: '/path', raw: 'y', candidates: [], problem: 'no-root' as const }];
		const words = 'it is relative, and no workspace folder is known that it could start in';
		const { verdict, rules } = explainDecision(load, factsFor({ paths, prefixes: new Map([['/x', ['/x']]]) }));
		expect(verdict.errors.map(inEnglish)).toEqual([`path at "/path": ${words}`]);
		expect(rules[0]?.conditions.at(-1)?.why).toEqual(
			phrase('path {0} of {1} cannot be judged: {2}', 1, 1, phrase(words)),
		);
	});
	it.each([
		[
			'hosts',
			'require_approval:\n  - {id: q, capability: a.b, hosts: [api.github.com]}\n',
			{ url: 'https://api.github.com/x', other: 'https://evil.example/y' },
			{ kind: 'host', place: 'evil.example' },
		],
		[
			'paths',
			'require_approval:\n  - {id: q, capability: a.b, path_prefix: /x}\n',
			{ path: '/x/y', destination: '/etc/z' },
			{ kind: 'path', place: '/etc/z' },
		],
	])(
		'an approval that matches and asks nobody names the place that is not covered: %s',
		async (_kind, text, args, place) => {
			const call = { capability: 'a.b', arguments: args };
			const { verdict, winner, rules } = await explained(text, call, facts);
			expect(verdict).toMatchObject({ effect: 'deny', reason: 'policy_default_deny' });
			expect(winner).toBeUndefined();
			expect(rules[0]).toMatchObject({ matched: true, uncovered: place });
			// Where everything is covered it asks, and there is nothing to tell.
			const asked = await explained(`${text}allow:\n  - {id: rest, capability: a.b}\n`, call, facts);
			expect(asked.verdict.effect).toBe('require_approval');
			expect(asked.rules.every(({ uncovered }) => uncovered === undefined)).toBe(true);
		},
	);
	it("nearest first: the winner, what matched, the person's own grants, then denies and compositions", () => {
		const rule = (id: string, effect: 'allow' | 'deny', layer: 'user' | 'composition', fails: number) => ({
			rule: { id, effect, at: { file: 'p', line: 1, column: 1 } },
			layer,
			matched: fails === 0,
			conditions: Array.from({ length: fails }, () => ({
				condition: 'labels' as const,
				outcome: 'fails' as const,
				why: phrase(''),
			})),
		});
		const winner = rule('winner', 'deny', 'user', 0);
		const rules = [
			rule('composition', 'allow', 'composition', 1),
			rule('deny', 'deny', 'user', 2),
			rule('far', 'allow', 'user', 3),
			rule('near', 'allow', 'user', 2),
			rule('matched', 'allow', 'user', 0),
			winner,
		];
		expect(nearestFirst(rules, winner).map(each => each.rule.id)).toEqual([
			'winner',
			'matched',
			'near',
			'far',
			'composition',
			'deny',
		]);
	});
	it('names the layer of each rule', () => {
		const load = composeLayers([
			{ kind: 'organisation', load: parsePolicy('deny: [a.b]\n', 'org.yaml') },
			{ kind: 'user', load: parsePolicy('allow: [a.b]\n', 'user.yaml') },
			{ kind: 'workspace', load: parsePolicy('allow: [a.b]\n', 'ws.yaml') },
		]);
		const { rules, winner } = explainDecision(load, factsFor({ capability: 'a.b' }));
		expect(rules.map(({ layer }) => layer)).toEqual(['organisation', 'user']);
		expect(winner?.rule.at.file).toBe('org.yaml');
	});
	it('quotes nothing from the call', async () => {
		const canary = 'c4n4ry';
		const call = {
			capability: 'a.b',
			server: canary,
			tool: canary,
			arguments: {
				path: `/x/\u0000${canary}`,
				url: `https://a@b@${canary}.com`,
				amount: canary,
				[canary]: canary,
			},
		};
		const { rules } = await explained(POLICY, call, facts);
		expect(JSON.stringify(rules)).not.toContain(canary);
	});
	it('a rule that cannot be compiled is told, and denies', () => {
		const load = parsePolicy('allow:\n  - {capability: a.b, hosts: [x.com]}\n', 'p.yaml');
		const policy = load.policy && {
			...load.policy,
			rules: load.policy.rules.map(rule => ({ ...rule, hosts: ['a b'] })),
		};
		const explanation = explainDecision({ ...load, policy }, factsFor({ capability: 'a.b' }));
		expect(explanation.verdict.reason).toBe('rule_error');
		expect(explanation.rules[0]).toMatchObject({ matched: false, conditions: [{ outcome: 'cannot-tell' }] });
	});
});

function factsFor(more: Partial<CallFacts>): CallFacts {
	return {
		server: { id: 'id', name: 'files' },
		tool: 't',
		capability: 'a.b',
		arguments: {},
		paths: [],
		host: HOST,
		prefixes: new Map(),
		...more,
	};
}

const condition = fc.constantFrom(
	'',
	', path_prefix: /x',
	", paths: '**/*.md'",
	', hosts: [a.com, private]',
	', args: {/amount: {range: {max: 5}}}',
	", args: {/s: {matches: '[a-z]+', one_of: [abc, x]}}",
	', labels: [secret]',
	', direction: server',
	', until: 2027-01-01',
);
const graded = fc.constantFrom('', ', trust_level: 2', ', limits: {calls_per_session: 3}');
const strict = fc.constantFrom('', ', contains: x', ", match_regex: 'a+b'");
const drawnRule = fc
	.record({
		effect: fc.constantFrom('deny', 'require_approval', 'allow'),
		capability: fc.constantFrom('*', 'a.*', 'a.b', 'client.roots'),
		names: fc.constantFrom('', ', servers: [files, web]', ", tools: 't*'", ', servers: files, tools: t'),
		condition,
		graded,
		strict,
	})
	.map(rule => {
		const more =
			rule.condition + (rule.effect === 'deny' ? '' : rule.graded) + (rule.effect === 'allow' ? '' : rule.strict);
		return { effect: rule.effect, text: `  - {capability: '${rule.capability}'${rule.names}${more}}` };
	});
const print = (rules: readonly { effect: string; text: string }[]) =>
	['deny', 'require_approval', 'allow']
		.map(effect => `${effect}:\n${rules.flatMap(rule => (rule.effect === effect ? [rule.text] : [])).join('\n')}\n`)
		.join('');
const leaf = fc.oneof(
	fc.constantFrom('https://a.com', 'http://10.0.0.1', 'https://b.com', 'aab', 'x'),
	fc.string({ unit: 'binary' }),
	fc.double(),
	fc.constant(null),
);
const drawnFacts = fc
	.record({
		capability: fc.constantFrom('a.b', 'a.c', 'client.roots', 'unknown', '', 'a.b\n', '__proto__'),
		server: fc.constantFrom('files', 'web', '', 'constructor'),
		tool: fc.constantFrom('t', 'tt', 'other', '', '__proto__'),
		args: fc.dictionary(fc.constantFrom('url', 'amount', 's', 'note', '__proto__', ''), leaf),
		path: fc.constantFrom(undefined, '/x/a.md', '/x', '/y/b.md', ''),
		problem: fc.constantFrom(undefined, undefined, 'no-root' as const),
		labels: fc.option(fc.subarray([...SESSION_LABELS]), { nil: undefined }),
		trustLevel: fc.option(fc.integer({ min: -1, max: 9 }), { nil: undefined }),
		direction: fc.constantFrom(undefined, 'client' as const, 'server' as const),
		now: fc.constantFrom(undefined, 0, Date.UTC(2030), Number.NaN),
		told: fc.boolean(),
	})
	.map(({ capability, server, tool, args, path, problem, labels, trustLevel, direction, now, told }) =>
		factsFor({
			capability,
			server: { id: 'id', name: server },
			tool,
			arguments: args,
			paths:
				path === undefined
					? []
					: [
							{
								pointer: '/path',
								raw: path,
								candidates: path === '' ? [] : [path],
								...(problem && { problem }),
							},
						],
			prefixes: told ? new Map([['/x', ['/x']]]) : new Map(),
			...(labels && { labels: new Set(labels) }),
			...(trustLevel !== undefined && { trustLevel }),
			...(direction && { direction }),
			...(now !== undefined && { now }),
			...(told && { usage: new Map() }),
		}),
	);

describe('properties of the engine', () => {
	it('ARG-03 the explanation’s verdict is the verdict, and its winner matched', () => {
		fc.assert(
			fc.property(fc.array(drawnRule, { maxLength: 8 }), drawnFacts, (rules, call) => {
				const load = parsePolicy(print(rules), 'p.yaml');
				const { verdict, winner } = explainDecision(load, call);
				expect(verdict).toEqual(decide(load, call));
				if (winner !== undefined && !['limit_exceeded', 'trust_too_low'].includes(verdict.reason)) {
					expect(winner.matched).toBe(true);
				}
			}),
			runs(500),
		);
	});
	it('neither the order of rules nor of argument keys changes a verdict', () => {
		fc.assert(
			fc.property(fc.array(drawnRule, { maxLength: 8 }), drawnFacts, (rules, call) => {
				const flipped = Object.fromEntries(Object.entries(call.arguments).reverse());
				const one = decide(parsePolicy(print(rules), 'p.yaml'), call);
				const other = parsePolicy(print([...rules].reverse()), 'p.yaml');
				const two = decide(other, { ...call, arguments: flipped });
				expect([two.effect, two.reason]).toEqual([one.effect, one.reason]);
			}),
			runs(500),
		);
	});
	it('an absent fact never makes a verdict milder', () => {
		const order = ['allow', 'require_approval', 'deny'];
		fc.assert(
			fc.property(fc.array(drawnRule, { maxLength: 6 }), drawnFacts, (rules, call) => {
				const load = parsePolicy(print(rules), 'p.yaml');
				const { effect } = decide(load, call);
				for (const fact of ['labels', 'usage', 'now', 'trustLevel'] as const) {
					const without = Object.fromEntries(Object.entries(call).filter(([key]) => key !== fact));
					const bare = decide(load, without as unknown as CallFacts).effect;
					expect(order.indexOf(bare), fact).toBeGreaterThanOrEqual(order.indexOf(effect));
				}
			}),
			runs(500),
		);
	});
	it('never throws, whatever the policy and the facts', () => {
		const words = fc.constantFrom(
			...'deny: allow: require_approval: \n ; - { } [ ] , capability: a.b * hosts: args: /a: range: min: 5 matches: ( equals: labels: secret until: limits: trust_level: direction: server'.split(
				' ',
			),
			'\n  - ',
			' ',
		);
		const text = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.array(words, { maxLength: 40 }).map(parts => parts.join('')),
		);
		fc.assert(
			fc.property(text, drawnFacts, (policy, call) => {
				const load = parsePolicy(policy, 'p.yaml');
				expect(['allow', 'require_approval', 'deny']).toContain(explainDecision(load, call).verdict.effect);
			}),
			runs(1000),
		);
	});
	it('facts of no known shape are denied, not thrown', () => {
		const deny = '{capability: a.b, path_prefix: /x}, {capability: a.b, hosts: x.com}';
		const load = parsePolicy(`deny: [${deny}]\nallow: [a.b]\n`, 'p.yaml');
		const paths = [{ pointer: '/p', raw: '/x', candidates: ['/y'] }];
		for (const broken of [{ paths: null }, { host: null }, { prefixes: null }, { server: null }, { urls: 5 }]) {
			const call = factsFor({ paths, ...broken } as never);
			expect(explainDecision(load, call).verdict, JSON.stringify(broken)).toMatchObject({
				effect: 'deny',
				reason: 'rule_error',
			});
		}
	});
});
