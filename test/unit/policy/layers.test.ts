import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversCapability } from '../../../src/domain/policy/capabilityName';
import { decide } from '../../../src/domain/policy/decide';
import { composeLayers, type LayerSource, type LayerTrust } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type Effect, type LayerKind, type PolicyLoad } from '../../../src/domain/policy/policy';
import { mayEverPass } from '../../../src/domain/policy/visibility';
import { factsOf } from './support';
import { runs } from '../support/runs';

const layer = (kind: LayerKind, text: string): LayerSource => ({ kind, load: parsePolicy(text, `${kind}.yaml`) });
const trusting = (...sources: readonly LayerSource[]): LayerTrust => ({
	workspaceTrusted: true,
	trustedDigests: new Set(sources.map(({ load }) => load.digest)),
});
const verdict = async (load: PolicyLoad, capability: string, path?: string) =>
	decide(load, await factsOf(load, { capability, ...(path !== undefined && { arguments: { path } }) }));
const effect = async (load: PolicyLoad, capability: string, path?: string) =>
	(await verdict(load, capability, path)).effect;

describe('layers', () => {
	const user = layer('user', 'allow: [a.b]\nrequire_approval: [q.x]\ndeny: [d.d]\n');
	const wide = layer('workspace', "allow: ['*', n.n]\n");
	it('POL-07 a hostile workspace that allows everything allows nothing', async () => {
		for (const trust of [
			undefined,
			{ workspaceTrusted: false, trustedDigests: new Set([wide.load.digest]) },
			{ workspaceTrusted: true, trustedDigests: new Set(['another']) },
			{ workspaceTrusted: true, trustedDigests: new Set<string>() },
		]) {
			const load = composeLayers([user, wide], trust);
			expect(await effect(load, 'n.n')).toBe('deny');
			expect(await effect(load, 'd.d')).toBe('deny');
			expect(await effect(load, 'q.x')).toBe('require_approval');
			expect(load.problems.filter(({ code }) => code === 'only-tightens')).toHaveLength(2);
		}
	});
	it('a trusted workspace speaks where all above are silent, and nowhere else', async () => {
		const load = composeLayers([user, wide], trusting(wide));
		expect(await effect(load, 'n.n')).toBe('allow');
		expect(await effect(load, 'd.d')).toBe('deny');
		expect(await effect(load, 'q.x')).toBe('require_approval');
		expect(await effect(load, 'unknown')).toBe('deny');
	});
	it('a changed file is another file: its trust is gone', async () => {
		const changed = layer('workspace', "allow: ['*', n.n] # \n");
		expect(await effect(composeLayers([user, changed], trusting(wide)), 'n.n')).toBe('deny');
	});
	it('what a policy claims is not silent: outside of its places it denies', async () => {
		const own = layer('user', 'require_approval:\n  - {capability: f.write, path_prefix: /ws}\nallow: [a.b]\n');
		const load = composeLayers([own, wide], trusting(wide));
		expect(await effect(load, 'f.write', '/etc/x')).toBe('deny');
		expect(await effect(load, 'f.write', '/ws/x')).toBe('require_approval');
	});
	it('methods: strict claims everything', async () => {
		const strict = layer('user', 'methods: strict\nallow: [a.b]\n');
		expect(await effect(composeLayers([strict, wide], trusting(wide)), 'n.n')).toBe('deny');
	});
	it('an organisation without allow rules only tightens; with allow rules it also bounds', async () => {
		const tightens = layer('organisation', 'deny: [a.b]\nrequire_approval: [c.c]\n');
		const below = layer('user', 'allow: [a.b, c.c, e.e]\n');
		const one = composeLayers([tightens, below]);
		expect([await effect(one, 'a.b'), await effect(one, 'c.c'), await effect(one, 'e.e')]).toEqual([
			'deny',
			'require_approval',
			'allow',
		]);
		const bounds = layer('organisation', 'allow:\n  - {capability: f.read, path_prefix: /srv}\n');
		const two = composeLayers([bounds, layer('user', 'allow: [f.read, e.e]\n')]);
		expect([await effect(two, 'f.read', '/srv/x'), await effect(two, 'f.read', '/etc/x')]).toEqual([
			'allow',
			'deny',
		]);
		expect(await effect(two, 'e.e')).toBe('allow');
	});
	it('a tightening layer opens no question', async () => {
		const asks = layer('organisation', 'require_approval: [n.n]\n');
		expect(await effect(composeLayers([asks, user]), 'n.n')).toBe('deny');
	});
	it('observe is the person’s: an organisation that enforces is not observed away, a workspace does not observe', async () => {
		const watching = layer('user', 'mode: observe\nallow: [a.b]\n');
		const firm = layer('organisation', 'deny: [c.c]\n');
		const load = composeLayers([firm, watching]);
		expect(await verdict(load, 'c.c')).toMatchObject({ effect: 'deny', rule: { id: 'organisation:deny[0]' } });
		expect(await verdict(load, 'x.x')).toMatchObject({ effect: 'allow', observed: 'deny' });
		const loose = layer('workspace', 'mode: observe\n');
		expect(await effect(composeLayers([user, loose], trusting(loose)), 'd.d')).toBe('deny');
		const trial = layer('organisation', 'mode: observe\ndeny: [a.b]\n');
		expect(await effect(composeLayers([trial, user]), 'a.b')).toBe('allow');
	});
	it('the uppermost table of capabilities wins; a workspace has no say', () => {
		const load = composeLayers([
			layer('organisation', 'capabilities: {s/t: a.a}\n'),
			layer('user', 'capabilities: {s/t: b.b, s/u: b.b}\n'),
			layer('workspace', 'capabilities: {s/t: c.c, s/v: c.c}\n'),
		]);
		expect([...(load.policy?.capabilities ?? [])].sort()).toEqual([
			['s/t', 'a.a'],
			['s/u', 'b.b'],
		]);
	});
	it('one broken layer denies everything; no user layer allows nothing', async () => {
		expect(await verdict(composeLayers([user, layer('workspace', 'deny: {')]), 'a.b')).toMatchObject({
			reason: 'policy_unusable',
		});
		expect(await effect(composeLayers([layer('organisation', 'deny: [x.x]\n')]), 'a.b')).toBe('deny');
		expect(await effect(composeLayers([layer('workspace', 'require_approval: [a.b]\n')]), 'a.b')).toBe('deny');
		expect(composeLayers([]).policy).toBeUndefined();
	});
	it('listings hide what no layer lets pass', () => {
		const tool = (capability: string) => ({ server: 's', tool: 't', capability });
		const load = composeLayers([
			layer('organisation', 'deny: [a.b]\n'),
			layer('user', 'allow: [a.b, c.c]\n'),
			wide,
		]);
		expect([
			mayEverPass(load, tool('a.b')),
			mayEverPass(load, tool('c.c')),
			mayEverPass(load, tool('n.n')),
		]).toEqual([false, true, false]);
	});
});

const order: readonly Effect[] = ['allow', 'require_approval', 'deny'];
const capability = fc.constantFrom('a.b', 'a.c', 'd.e');
const drawnRule = fc
	.record({
		effect: fc.constantFrom(...order),
		capability: fc.constantFrom('*', 'a.*', 'a.b', 'a.c', 'd.e'),
		more: fc.constantFrom(
			'',
			', path_prefix: /x',
			', path_prefix: /x/y',
			', servers: filesystem',
			', tools: other',
		),
	})
	.map(({ effect, capability: name, more }) => ({ effect, text: `  - {capability: '${name}'${more}}` }));
const drawnPolicy = fc
	.record({
		rules: fc.array(drawnRule, { maxLength: 5 }),
		methods: fc.constantFrom('balanced', 'strict'),
		mode: fc.constantFrom('enforce', 'enforce', 'observe'),
	})
	.map(({ rules, methods, mode }) => {
		const sections = order.map(
			effect => `${effect}:\n${rules.flatMap(rule => (rule.effect === effect ? [rule.text] : [])).join('\n')}\n`,
		);
		return `methods: ${methods}\nmode: ${mode}\n${sections.join('')}`;
	});
const drawnPath = fc.constantFrom(undefined, '/x/y/z', '/x/q', '/q');

describe('properties of layers', () => {
	it('a lower layer never widens what a layer above has an opinion about', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.option(drawnPolicy, { nil: undefined }),
				drawnPolicy,
				drawnPolicy,
				fc.boolean(),
				capability,
				drawnPath,
				async (organisation, user, workspace, trusted, name, path) => {
					const above = [
						...(organisation === undefined ? [] : [layer('organisation', organisation)]),
						layer('user', user),
					];
					const lowest = layer('workspace', workspace);
					const before = await verdict(composeLayers(above), name, path);
					const load = composeLayers([...above, lowest], trusted ? trusting(lowest) : undefined);
					const after = await verdict(load, name, path);
					const silence = before.rule === undefined && before.reason === 'policy_default_deny';
					if (!trusted || !silence) {
						expect(order.indexOf(after.effect)).toBeGreaterThanOrEqual(order.indexOf(before.effect));
					}
				},
			),
			runs(400),
		);
	});
	it('a trusted workspace opens nothing of which a granting layer above speaks, also where that denies without a rule', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.option(drawnPolicy, { nil: undefined }),
				drawnPolicy,
				drawnPolicy,
				capability,
				drawnPath,
				async (organisation, user, workspace, name, path) => {
					const above = [
						...(organisation === undefined ? [] : [layer('organisation', organisation)]),
						layer('user', user),
					];
					const lowest = layer('workspace', workspace);
					const claimed = above.some(
						({ kind, load: { policy } }) =>
							// An organisation's trial (observe) has no say, nor has one that only tightens a right to grant.
							(kind === 'user' ||
								(policy?.mode === 'enforce' && policy.rules.some(rule => rule.effect === 'allow'))) &&
							(policy?.methods === 'strict' ||
								policy?.rules.some(
									rule => rule.effect !== 'deny' && coversCapability(rule.capability, name),
								) === true),
					);
					fc.pre(claimed);
					const before = await verdict(composeLayers(above), name, path);
					const after = await verdict(composeLayers([...above, lowest], trusting(lowest)), name, path);
					expect(order.indexOf(after.effect)).toBeGreaterThanOrEqual(order.indexOf(before.effect));
				},
			),
			{ numRuns: 150 },
		);
	});
	it('an organisation never widens what the person’s own policy says', async () => {
		await fc.assert(
			fc.asyncProperty(
				drawnPolicy,
				drawnPolicy,
				capability,
				drawnPath,
				async (organisation, user, name, path) => {
					const own = layer('user', user);
					const before = await verdict(composeLayers([own]), name, path);
					const load = composeLayers([layer('organisation', organisation), own]);
					const after = await verdict(load, name, path);
					const silence = before.rule === undefined && before.reason === 'policy_default_deny';
					if (!silence) {
						expect(order.indexOf(after.effect)).toBeGreaterThanOrEqual(order.indexOf(before.effect));
					}
				},
			),
			runs(300),
		);
	});
	it('the order in which layers are handed over does not matter', async () => {
		await fc.assert(
			fc.asyncProperty(
				drawnPolicy,
				drawnPolicy,
				drawnPolicy,
				capability,
				drawnPath,
				async (a, b, c, name, path) => {
					const all = [layer('organisation', a), layer('user', b), layer('workspace', c)];
					const one = await verdict(composeLayers(all), name, path);
					const two = await verdict(composeLayers([...all].reverse()), name, path);
					expect(two).toEqual(one);
				},
			),
			runs(150),
		);
	});
});
