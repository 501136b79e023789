import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../../src/base/phrase';
import { decide } from '../../../src/domain/policy/decide';
import { type PathFact } from '../../../src/domain/policy/facts';
import { joinTerms } from '../../../src/domain/policy/judgePolicy';
import { composeLayers, type LayerSource } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { judged } from './judge';
import { factsOf, HOST } from './support';

const load = (text: string) => parsePolicy(text, 'p.yaml');
const layer = (kind: LayerSource['kind'], text: string): LayerSource => ({ kind, load: load(text) });
const call = { capability: 'a.b' };
const at = (path: string, more: Partial<PathFact> = {}): PathFact => ({
	pointer: '/path',
	raw: path,
	candidates: [path],
	...more,
});
const over = async (text: string, paths: readonly PathFact[], args = {}) => {
	const policy = load(text);
	return decide(policy, { ...(await factsOf(policy, { ...call, arguments: args })), paths });
};

describe('what a verdict names', () => {
	it('an unusable policy: each error with its place, no warning', async () => {
		const broken = load("allow: ['*']\ndeny:\n  - Shell\n");
		expect(broken.problems.map(({ severity }) => severity).sort()).toEqual(['error', 'warning']);
		const verdict = decide(broken, await factsOf(broken, call));
		expect(verdict).toMatchObject({ effect: 'deny', reason: 'policy_unusable', capability: 'a.b', rules: [] });
		expect(verdict.errors.map(inEnglish)).toEqual([expect.stringMatching(/^p\.yaml:3:5: 'Shell'/)]);
	});
	it('what throws is a deny that says what was thrown', async () => {
		const fine = load('allow: [a.b]\n');
		const facts = await factsOf(fine, call);
		const hostile = {
			get labels(): never {
				throw new Error('no labels today');
			},
		};
		const asking = load('allow:\n  - {capability: a.b, labels: secret}\n');
		const verdict = decide(
			asking,
			Object.defineProperties({ ...facts }, Object.getOwnPropertyDescriptors(hostile)),
		);
		expect(verdict).toMatchObject({
			effect: 'deny',
			reason: 'rule_error',
			errors: [{ args: ['no labels today'] }],
		});
	});
	it('a call that nobody could grant, and one whose capability is unknown', async () => {
		const tightening = composeLayers([layer('organisation', 'deny: [c.d]\n')]);
		expect(decide(tightening, await factsOf(tightening, call))).toEqual({
			effect: 'deny',
			capability: 'a.b',
			reason: 'policy_default_deny',
			rules: [],
			errors: [],
		});
		expect(await judged('allow: [a.b]\n', { capability: 'unknown' })).toMatchObject({
			reason: 'unknown_capability',
		});
		expect(await judged('allow: [c.d]\n', call)).toEqual({
			effect: 'deny',
			capability: 'a.b',
			reason: 'policy_default_deny',
			rules: [],
			errors: [],
		});
	});
	it('what matches has no errors, and no approval that nobody wrote down', async () => {
		expect(await judged('allow: [a.b]\n', call)).toMatchObject({ errors: [], reason: 'policy_allow' });
		const asked = await judged('require_approval: [a.b]\n', call);
		expect(asked).toMatchObject({ effect: 'require_approval', errors: [] });
		expect(asked).not.toHaveProperty('approval');
	});
	it('a place that cannot be judged is named by its pointer, cut short', async () => {
		const policy = 'allow:\n  - {capability: a.b, path_prefix: /x}\n';
		const path = at('/x/a', { pointer: `/${'p'.repeat(5000)}`, problem: 'confusable' });
		const verdict = await over(policy, [path]);
		expect(verdict).toMatchObject({ effect: 'deny', reason: 'path_unjudgeable' });
		expect(verdict.errors.map(inEnglish)[0]).toMatch(/^path at "\/p{199}": confusable$/);
	});
});

describe('opinions of several layers', () => {
	const asks = (terms: string, id: string) => `require_approval:\n  - {id: ${id}, capability: a.b${terms}}\n`;
	it('the same effect: all rules and the narrowest terms, named after the uppermost', async () => {
		const both = composeLayers([
			layer('user', asks(', approval: {timeout: 60, scopes: [session, workspace]}', 'mine')),
			layer(
				'organisation',
				`${asks(', approval: {timeout: 90, scopes: [once, session]}', 'theirs')}allow: [c.d]\n`,
			),
		]);
		const verdict = decide(both, await factsOf(both, call));
		expect(verdict).toMatchObject({
			effect: 'require_approval',
			rule: { id: 'organisation:theirs' },
			approval: { timeout: 60, scopes: ['session'] },
			errors: [],
		});
		expect(verdict.rules.map(({ id }) => id)).toEqual(['organisation:theirs', 'mine']);
		const plain = composeLayers([layer('user', asks('', 'mine')), layer('organisation', asks('', 'theirs'))]);
		expect(decide(plain, await factsOf(plain, call))).not.toHaveProperty('approval');
	});
	it('a deny by a rule is named before a deny that no rule gave, with the errors of both', async () => {
		const both = composeLayers([
			layer('organisation', 'deny:\n  - {id: odd, capability: a.b, labels: secret}\n'),
			layer('user', 'deny:\n  - {id: mine, capability: a.b}\n'),
		]);
		const facts = await factsOf(both, call);
		expect(decide(both, facts)).toMatchObject({ effect: 'deny', rule: { id: 'mine' }, reason: 'policy_deny' });
		expect(decide(both, facts).errors.map(inEnglish)).toEqual([expect.stringContaining('organisation:odd')]);
		const nobody = composeLayers([
			layer('organisation', 'deny:\n  - {id: odd, capability: a.b}\n'),
			layer('user', 'allow: [c.d]\n'),
		]);
		expect(decide(nobody, facts)).toMatchObject({ rule: { id: 'organisation:odd' } });
	});
	it('observe mode says what would have been decided, also under an organisation that allows', async () => {
		const observed = composeLayers([
			layer('organisation', 'allow: [a.b]\n'),
			layer('user', 'mode: observe\ndeny: [a.b]\n'),
		]);
		expect(decide(observed, await factsOf(observed, call))).toMatchObject({ effect: 'allow', observed: 'deny' });
	});
	it('a protected place leaves stricter verdicts as they are, and is told beside an equal one', async () => {
		const key = `${HOST.home ?? ''}/.ssh/id_rsa`;
		const read = { capability: 'filesystem.read', arguments: { path: key } };
		const denied = await judged('deny: [filesystem.read]\n', read);
		expect(denied).toMatchObject({ effect: 'deny', reason: 'policy_deny' });
		expect(denied).not.toHaveProperty('protection');
		expect(await judged('allow: [filesystem.read]\n', read)).toMatchObject({
			effect: 'deny',
			reason: 'protected_place',
		});
		const env = { capability: 'filesystem.read', arguments: { path: '/ws/proj/.env' } };
		expect(await judged('allow: [filesystem.read]\n', env)).toMatchObject({
			effect: 'require_approval',
			reason: 'protected_place',
		});
		const asked = await judged('require_approval: [filesystem.read]\n', env);
		expect(asked).toMatchObject({ effect: 'require_approval', reason: 'policy_require_approval' });
		expect(asked).toHaveProperty('protection.id');
	});
});

describe('terms of approvals together', () => {
	it('keep what all offer, and nothing that none offers', () => {
		expect(joinTerms([])).toBeUndefined();
		expect(joinTerms([undefined, {}])).toBeUndefined();
		expect(joinTerms([{ timeout: 5 }, { timeout: 3 }])).toEqual({ timeout: 3 });
		expect(joinTerms([undefined, { scopes: ['session'] }])).toEqual({ scopes: ['session'] });
		expect(joinTerms([{ scopes: ['session', 'once'] }, { scopes: ['workspace', 'once'] }])).toEqual({
			scopes: ['once'],
		});
		expect(joinTerms([{ scopes: ['session'] }, { scopes: ['workspace'], timeout: 1 }])).toEqual({
			timeout: 1,
			scopes: ['once'],
		});
	});
});

describe('which rules are in play', () => {
	const odd = at('/x/a', { problem: 'confusable' });
	it('a rule that fails for other reasons makes no path a matter of places', async () => {
		const policy = 'deny:\n  - {capability: a.b, path_prefix: /etc, args: {/n: {equals: 1}}}\nallow: [a.b]\n';
		expect(await over(policy, [odd], { n: 2 })).toMatchObject({ effect: 'allow' });
		expect(await over(policy, [odd], { n: 1 })).toMatchObject({ effect: 'deny', reason: 'path_unjudgeable' });
	});
	it('a URL that cannot be judged matters where some rule speaks of hosts', async () => {
		const url = { url: 'https://exa mple.com\\@evil.example/' };
		expect(await judged('allow: [a.b]\n', { ...call, arguments: url })).toMatchObject({ effect: 'allow' });
		const hosted = 'allow:\n  - {capability: a.b, hosts: example.com}\n';
		expect(await judged(hosted, { ...call, arguments: url })).toMatchObject({ effect: 'deny' });
		const pathed = 'deny:\n  - {capability: a.b, path_prefix: /etc}\nallow: [a.b]\n';
		expect(await judged(pathed, { ...call, arguments: { url: 'https://%00/' } })).toMatchObject({
			effect: 'allow',
		});
	});
	it('an allow behind a closed gate takes nothing from another allow; an approval behind one denies and is named', async () => {
		const usage = new Map([['one', { callsThisMinute: 9, callsThisSession: 9, bytesThisSession: 9 }]]);
		const limited = (section: string) =>
			`${section}:\n  - {id: one, capability: a.b, limits: {calls_per_session: 1}}\n`;
		expect(await judged(limited('allow'), call, { usage })).toMatchObject({
			effect: 'deny',
			reason: 'limit_exceeded',
		});
		expect(await judged(`${limited('allow')}  - a.b\n`, call, { usage })).toMatchObject({ effect: 'allow' });
		const closed = await judged(`${limited('require_approval')}allow: [a.b]\n`, call, { usage });
		expect(closed).toMatchObject({ effect: 'deny', reason: 'limit_exceeded', rule: { id: 'one' } });
		expect(closed.rules.map(({ id }) => id)).toEqual(['one']);
		expect(await judged(limited('allow'), call)).toMatchObject({ reason: 'policy_default_deny', errors: [] });
		expect(await judged(limited('require_approval'), call)).toMatchObject({ effect: 'deny', reason: 'rule_error' });
	});
});

describe('an approval is sought only for what could pass', () => {
	const asks = (condition: string) => `require_approval:\n  - {capability: a.b, ${condition}}\n`;
	const twoPlaces = `${asks('path_prefix: /a')}allow:\n  - {capability: a.b, path_prefix: /b}\n`;
	it('every path and every form of it lies where an approval or allow says', async () => {
		expect(await over(twoPlaces, [at('/a/x'), at('/b/y')])).toMatchObject({ effect: 'require_approval' });
		expect(await over(twoPlaces, [at('/a/x'), at('/c/y')])).toMatchObject({
			effect: 'deny',
			reason: 'policy_default_deny',
		});
		expect(await over(twoPlaces, [at('/a/x', { candidates: ['/a/x', '/c/x'] })])).toMatchObject({ effect: 'deny' });
		expect(await over(twoPlaces, [at('/a/x', { candidates: ['/a/x', '/b/x'] })])).toMatchObject({
			effect: 'require_approval',
		});
	});
	it('a rule without paths leaves the place open; a deny never does', async () => {
		const open = `${asks('path_prefix: /a')}  - {capability: a.b}\nallow:\n  - {capability: a.b, path_prefix: /b}\n`;
		expect(await over(open, [at('/c/x')])).toMatchObject({ effect: 'require_approval' });
		const withDeny = `deny:\n  - {capability: a.b, hosts: evil.example}\n${asks('path_prefix: /a')}`;
		expect(await over(withDeny, [at('/a/x')])).toMatchObject({ effect: 'require_approval' });
		expect(await over(withDeny, [at('/a/x'), at('/c/x')])).toMatchObject({ effect: 'deny' });
	});
	it('every URL that is gone to is where an approval or allow says; one that is only spoken of is not asked about', async () => {
		const hosts = `${asks('hosts: a.example')}allow:\n  - {capability: a.b, hosts: b.example}\n`;
		const to = (...urls: readonly string[]) => judged(hosts, { ...call, arguments: { urls } });
		expect(await to('https://a.example/')).toMatchObject({ effect: 'require_approval' });
		expect(await to('https://a.example/', 'https://b.example/')).toMatchObject({ effect: 'require_approval' });
		expect(await to('https://a.example/', 'https://c.example/')).toMatchObject({ effect: 'deny' });
		const spoken = { url: 'https://a.example/', text: 'see https://c.example/ for more' };
		expect(await judged(hosts, { ...call, arguments: spoken })).toMatchObject({ effect: 'require_approval' });
		const open = `${asks('hosts: a.example')}allow: [a.b]\n`;
		const both = { urls: ['https://a.example/', 'https://c.example/'] };
		expect(await judged(open, { ...call, arguments: both })).toMatchObject({ effect: 'require_approval' });
	});
});
