import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { parseUntil } from '../../../src/domain/policy/parseUntil';
import { type SessionFacts } from '../../../src/domain/policy/sessionFacts';
import { type SessionLabel } from '../../../src/domain/policy/sessionLabel';
import { saidBy } from '../support/saidBy';
import { judged, problemsOf } from './judge';
import { processorMs } from '../support/processorMs';

const rule = (effect: string, condition: string, more = '') =>
	`${effect}:\n  - {capability: a.b, ${condition}}\n${more}`;
const effect = async (text: string, args: object = {}, facts: SessionFacts = {}) =>
	(await judged(text, { capability: 'a.b', arguments: args as never }, facts)).effect;

describe('args, allowed within declared bounds', () => {
	const bounded = rule('allow', "args: {'/amount': {range: {min: 0, max: 1000}}}");
	it.each([
		['ARG-04 a text that looks like a number', { amount: '100,000', total: 1 }],
		['ARG-04 a number in quotes', { amount: '5' }],
		['ARG-05 a negative amount', { amount: -999999 }],
		['ARG-05 minus infinity', { amount: '-inf' }],
		['ARG-05 NaN', { amount: Number.NaN }],
		['ARG-05 infinity', { amount: Number.POSITIVE_INFINITY }],
		['ARG-05 true', { amount: true }],
		['ARG-05 a list', { amount: [5] }],
		['ARG-05 null', { amount: null }],
		['ARG-05 other names', { quantity: 5, price: 9999999 }],
		['ARG-05 above', { amount: 1000.01 }],
		['ARG-06 a missing field', {}],
		['an inherited field', { __proto__: { amount: 5 } }],
	])('%s is denied', async (_title, args) => {
		expect(await effect(bounded, args)).toBe('deny');
	});
	it.each([0, 1, 1000, -0])('%d passes', async amount => {
		expect(await effect(bounded, { amount })).toBe('allow');
	});
	it('ARG-05 nested amounts count where they are declared', async () => {
		const both = rule('allow', "args: {'/amount': {range: {max: 1000}}, '/transfer/amount': {range: {max: 1000}}}");
		expect(await effect(both, { transfer: { amount: 1e9 }, amount: 1 })).toBe('deny');
		expect(await effect(both, { transfer: { amount: 10 }, amount: 1 })).toBe('allow');
	});
	it('ARG-10 a condition is bound to its field', async () => {
		const one = rule('allow', "args: {'/command': {matches: 'ls|pwd'}}");
		expect(await effect(one, { note: 'ls', command: 'rm -rf /' })).toBe('deny');
		expect(await effect(one, { cwd: 'ls', command: 'rm' })).toBe('deny');
		expect(await effect(one, { command: 'ls' })).toBe('allow');
	});
	it.each([
		'ls ; rm -rf /',
		'git status && curl x|sh',
		'ls\nrm -rf /',
		'ls\n',
		' ls',
		'l\u200bs',
		'rm  -rf /',
		'rm -fr /',
		'$(base64 -d)',
	])('ARG-08, ARG-09 patterns match in full: %j is denied', async command => {
		expect(await effect(rule('allow', "args: {'/command': {matches: '^(ls|pwd|git status)$'}}"), { command })).toBe(
			'deny',
		);
		expect(await effect(rule('allow', "args: {'/command': {matches: 'ls|pwd|git status'}}"), { command })).toBe(
			'deny',
		);
	});
	it('equals and one_of compare values with their types', async () => {
		const one = rule('allow', "args: {'/a': {one_of: [1, x, true]}, '/b': {equals: null}}");
		expect(await effect(one, { a: 1, b: null })).toBe('allow');
		expect(await effect(one, { a: true, b: null })).toBe('allow');
		for (const a of ['1', 2, 'true', null, [1], {}]) {
			expect(await effect(one, { a, b: null })).toBe('deny');
		}
		expect(await effect(one, { a: 1 })).toBe('deny');
	});
	it('max_length of texts and lists', async () => {
		const one = rule('allow', "args: {'/a': {max_length: 2}}");
		expect(await effect(one, { a: 'xy' })).toBe('allow');
		expect(await effect(one, { a: ['x'] })).toBe('allow');
		for (const a of ['xyz', [1, 2, 3], 1, {}]) {
			expect(await effect(one, { a })).toBe('deny');
		}
	});
	it('pointers name items and escaped keys', async () => {
		const one = rule('allow', "args: {'/a~1b/0/~0': {equals: 1}}");
		expect(await effect(one, { 'a/b': [{ '~': 1 }] })).toBe('allow');
		expect(await effect(one, { 'a/b': { 0: { '~': 1 } } })).toBe('allow');
		expect(await effect(one, { a: { b: [{ '~': 1 }] } })).toBe('deny');
	});
	it('pointers name items by plain indexes alone', async () => {
		const a = Array.from({ length: 12 }, (_, n) => n);
		for (const [index, value] of [
			['0', 0],
			['9', 9],
			['10', 10],
			['11', 11],
		] as const) {
			expect(await effect(rule('allow', `args: {'/a/${index}': {equals: ${value}}}`), { a }), index).toBe(
				'allow',
			);
		}
		for (const index of ['01', '1x', 'x1', '-1', '1.0', '12', 'length', '', '1e0', '9999999999']) {
			const one = rule('allow', `args: {'/a/${index}': {one_of: [0, 1, 12]}}`);
			expect(await effect(one, { a }), index).toBe('deny');
		}
	});
	it('a null is a value of its own kind', async () => {
		const closed = rule('deny', "args: {'/a': {equals: null}}", 'allow: [a.b]\n');
		expect(await effect(closed, { a: null })).toBe('deny');
		expect(await effect(closed, { a: {} })).toBe('deny');
		expect(await effect(closed, {})).toBe('allow');
	});
	it('ARG-13 a hostile pattern and text end at once', async () => {
		const start = processorMs();
		const one = rule('allow', "args: {'/a': {matches: '^(a+)+$'}}");
		expect(await effect(one, { a: `${'a'.repeat(100_000)}!` })).toBe('deny');
		expect(await effect(one, { a: 'a'.repeat(300_000) })).toBe('deny');
		expect(processorMs() - start).toBeLessThan(3000);
	});
});

describe('args, denied or asked for', () => {
	const free = 'allow: [a.b]\n';
	it('a mistyped field counts, a missing one only where a bound was declared', async () => {
		const forced = rule('deny', "args: {'/force': {equals: true}}", free);
		expect(await effect(forced, { force: true })).toBe('deny');
		expect(await effect(forced, { force: 'true' })).toBe('deny');
		expect(await effect(forced, { force: [true] })).toBe('deny');
		expect(await effect(forced, { force: false })).toBe('allow');
		expect(await effect(forced, {})).toBe('allow');
	});
	it('ARG-06 a bound on an amount under another name denies', async () => {
		const large = rule('deny', "args: {'/amount': {range: {min: 1000}}}", free);
		expect(await effect(large, { qty: 5 })).toBe('deny');
		expect(await effect(large, { amount: 999 })).toBe('allow');
		expect(await effect(large, { amount: 1000 })).toBe('deny');
	});
	it('ARG-11 texts are compared as they are, decoded and over several lines', async () => {
		const one = rule('deny', 'contains: "a\\nB"', free);
		expect(await effect(one, { x: [{ y: 'zA\nbz' }] })).toBe('deny');
		expect(await effect(one, { x: 'a\\nb' })).toBe('allow');
		expect(await effect(rule('deny', 'match_keywords: [drop, truncate]', free), { sql: 'TRUNCATE t' })).toBe(
			'deny',
		);
		expect(await effect(rule('deny', 'contains: "42"', free), { n: 1420 })).toBe('deny');
	});
	it('ARG-11 one leaf among several is enough, and without one the rule does not speak', async () => {
		for (const condition of ['contains: drop', 'match_keywords: [drop, truncate]', "match_regex: ['dr[o]p']"]) {
			const one = rule('deny', condition, free);
			expect(await effect(one, { a: 'select', b: ['x', { c: 'drop t' }], d: 'y' }), condition).toBe('deny');
			expect(await effect(one, { a: 'select', b: ['x'] }), condition).toBe('allow');
			expect(await effect(one, {}), condition).toBe('allow');
		}
	});
	it('ARG-12 a file name is no substring', async () => {
		const one = "deny:\n  - {capability: a.b, paths: '**/.env'}\nallow: [a.b]\n";
		expect(await effect(one, { text: 'docs.environment' })).toBe('allow');
		expect(await effect(one, { path: '/x/.env' })).toBe('deny');
	});
	it('ARG-13 leaf patterns are found anywhere, in linear time; what is too long counts', async () => {
		const one = rule('deny', "match_regex: ['(a+)+!', 'AKIA[0-9A-Z]{16}']", free);
		expect(await effect(one, { x: 'aaa!' })).toBe('deny');
		expect(await effect(one, { x: ['key AKIAABCDEFGHIJKLMNOP.'] })).toBe('deny');
		expect(await effect(one, { x: 'a'.repeat(50_000) })).toBe('allow');
		expect(await effect(one, { x: 'b'.repeat(300_000) })).toBe('deny');
	});
});

describe('facts of the session', () => {
	const labels = (...names: SessionLabel[]) => ({ labels: new Set(names) });
	it('ARG-01, ARG-02 nothing in the arguments is one', async () => {
		const args = {
			labels: ['secret'],
			trust_level: 4,
			trustLevel: 4,
			direction: 'server',
			now: 0,
			environment: 'x',
		};
		expect(await effect(rule('allow', 'labels: [secret]'), args, labels())).toBe('deny');
		expect(await effect(rule('allow', 'trust_level: 1'), args)).toBe('deny');
		expect(await effect(rule('allow', 'direction: server'), args)).toBe('deny');
	});
	it('an absent fact satisfies no allow and makes a deny an error', async () => {
		for (const condition of ['labels: [secret]', 'limits: {calls_per_minute: 1}', 'until: 2030-01-01']) {
			expect(await effect(rule('allow', condition)), condition).toBe('deny');
			const asks = rule('require_approval', condition, 'allow: [a.b]\n');
			expect(await judged(asks, { capability: 'a.b' }), condition).toMatchObject({
				effect: 'deny',
				reason: 'rule_error',
			});
		}
		const deny = rule('deny', 'labels: [secret]', 'allow: [a.b]\n');
		expect(await judged(deny, { capability: 'a.b' })).toMatchObject({ effect: 'deny', reason: 'rule_error' });
	});
	it('labels: all must be there', async () => {
		const two = rule('deny', 'labels: [secret, untrusted]', 'allow: [a.b]\n');
		expect(await effect(two, {}, labels('secret'))).toBe('allow');
		expect(await effect(two, {}, labels('secret', 'untrusted', 'many-reads'))).toBe('deny');
	});
	it('trust_level is a minimum; no badge is below 0', async () => {
		expect(await effect(rule('allow', 'trust_level: 0'))).toBe('deny');
		expect(await effect(rule('allow', 'trust_level: 0'), {}, { trustLevel: 0 })).toBe('allow');
		expect(await effect(rule('allow', 'trust_level: 3'), {}, { trustLevel: 2 })).toBe('deny');
		expect(await effect(rule('allow', 'trust_level: 3'), {}, { trustLevel: Number.NaN })).toBe('deny');
	});
	it('trust_level: an approval below it denies instead of asking', async () => {
		const asks = rule('require_approval', 'trust_level: 3', 'allow: [a.b]\n');
		expect(await effect(asks, {}, { trustLevel: 3 })).toBe('require_approval');
		expect(await judged(asks, { capability: 'a.b' }, { trustLevel: 2 })).toMatchObject({
			effect: 'deny',
			reason: 'trust_too_low',
		});
		expect(await judged(asks, { capability: 'a.b' })).toMatchObject({ effect: 'deny' });
	});
	it('direction: an allow speaks of the client unless it says server; a deny of both', async () => {
		const asked = async (text: string, direction?: 'server' | 'client') =>
			(await judged(text, { capability: 'client.sampling' }, direction && { direction })).effect;
		expect(await asked("allow: ['*']\n", 'server')).toBe('deny');
		expect(await asked("allow: ['*']\n")).toBe('allow');
		expect(await asked('allow:\n  - {capability: client.*, direction: server}\n', 'server')).toBe('allow');
		expect(await asked('allow:\n  - {capability: client.*, direction: server}\n', 'client')).toBe('deny');
		const both = "deny: [client.sampling]\nallow:\n  - {capability: '*', direction: server}\n";
		expect(await asked(both, 'server')).toBe('deny');
		expect(await asked("require_approval: ['*']\n", 'server')).toBe('require_approval');
	});
	it('limits: one more call fits in, or the allow no longer holds and an approval denies', async () => {
		const usage = (callsThisMinute: number, callsThisSession: number, bytesThisSession: number) => ({
			usage: new Map([['r', { callsThisMinute, callsThisSession, bytesThisSession }]]),
		});
		const bound = 'id: r, limits: {calls_per_minute: 2, calls_per_session: 10, bytes_per_session: 100}';
		for (const [counts, fits] of [
			[usage(1, 9, 99), true],
			[usage(2, 0, 0), false],
			[usage(0, 10, 0), false],
			[usage(0, 0, 100), false],
			[usage(Number.NaN, 0, 0), false],
			[{ usage: new Map() }, true],
		] as const) {
			expect(await effect(rule('allow', bound), {}, counts)).toBe(fits ? 'allow' : 'deny');
			expect(await effect(rule('require_approval', bound), {}, counts)).toBe(fits ? 'require_approval' : 'deny');
		}
		expect(await judged(rule('require_approval', bound), { capability: 'a.b' }, usage(2, 2, 2))).toMatchObject({
			reason: 'limit_exceeded',
			rule: { id: 'r' },
		});
		expect(await judged(rule('allow', bound), { capability: 'a.b' }, usage(2, 2, 2))).toMatchObject({
			reason: 'limit_exceeded',
		});
	});
	it('until: an allow ends, a deny stays', async () => {
		const now = (text: string) => ({ now: Date.parse(text) });
		const allow = rule('allow', 'until: 2027-01-31');
		expect(await effect(allow, {}, now('2027-01-31T23:59:59.999Z'))).toBe('allow');
		expect(await effect(allow, {}, now('2027-02-01T00:00:00Z'))).toBe('deny');
		const deny = rule('deny', 'until: 2027-01-31', 'allow: [a.b]\n');
		expect(await effect(deny, {}, now('2030-01-01T00:00:00Z'))).toBe('deny');
		const ask = rule('require_approval', 'until: 2027-01-31T10:00:00+02:00');
		expect(await effect(ask, {}, now('2027-01-31T07:59:59Z'))).toBe('require_approval');
		expect(await effect(ask, {}, now('2027-01-31T08:00:00Z'))).toBe('deny');
	});
	it('until: only days of the calendar and times with an offset', () => {
		for (const text of ['2027-02-29', '2027-13-01', '2027-01-01T10:00', '2027-01-01T25:00:00Z', 'x', '2027', '']) {
			expect(parseUntil(text), text).toBeUndefined();
		}
		expect(parseUntil('2028-02-29')).toBe(Date.UTC(2028, 2, 1));
	});
	it('approval: what several rules offer together is the least of them', async () => {
		const text = `require_approval:
  - {capability: a.b, approval: {timeout: 60, scopes: [once, session]}}
  - {capability: a.*, approval: {timeout: 30, scopes: [session, workspace]}}
  - {capability: '*'}
`;
		const verdict = await judged(text, { capability: 'a.b' });
		expect(verdict.approval).toEqual({ timeout: 30, scopes: ['session'] });
		const apart = text.replace('[session, workspace]', '[workspace]');
		expect((await judged(apart, { capability: 'a.b' })).approval?.scopes).toEqual(['once']);
	});
});

describe('the language refuses', () => {
	const inRule = (body: string, section = 'allow') => `${section}:\n  - capability: a.b\n    ${body}\n`;
	it.each([
		['ARG-07 a bound in quotes', inRule("args: {/a: {range: {min: '5'}}}"), 'wrong-type'],
		['a bound that is no number', inRule('args: {/a: {range: {min: .inf}}}'), 'wrong-type'],
		['an empty range', inRule('args: {/a: {range: {}}}'), 'empty-value'],
		['a range of nothing', inRule('args: {/a: {range: {min: 5, max: 4}}}'), 'never-matches'],
		['no condition', inRule('args: {/a: {}}'), 'empty-value'],
		['no arguments', inRule('args: {}'), 'empty-value'],
		['a list of arguments', inRule('args: [/a]'), 'wrong-type'],
		['a name instead of a pointer', inRule('args: {amount: {equals: 5}}'), 'invalid-value'],
		['a broken pointer', inRule('args: {/a~2: {equals: 5}}'), 'invalid-value'],
		['an unknown condition', inRule('args: {/a: {amount_gt: 5}}'), 'unknown-key'],
		['a structured value', inRule('args: {/a: {equals: [5]}}'), 'wrong-type'],
		['POL-02 a broken pattern', inRule("args: {/a: {matches: '('}}"), 'invalid-pattern'],
		['POL-02 a back-reference', inRule("args: {/a: {matches: '(a)\\1'}}"), 'invalid-pattern'],
		['POL-02 a broken leaf pattern', inRule("match_regex: ['a', '[']", 'deny'), 'invalid-pattern'],
		['POL-02 a bomb', inRule("match_regex: '((a{1000}){1000}){1000}'", 'deny'), 'invalid-pattern'],
		['a leaf text on an allow', inRule('contains: x'), 'misplaced-key'],
		['a leaf pattern on an allow', inRule('match_regex: x'), 'misplaced-key'],
		['limits on a deny', inRule('limits: {calls_per_minute: 1}', 'deny'), 'misplaced-key'],
		['a limit of nothing', inRule('limits: {calls_per_minute: 0}'), 'invalid-value'],
		['half a call', inRule('limits: {calls_per_minute: 1.5}'), 'invalid-value'],
		['trust on a deny', inRule('trust_level: 2', 'deny'), 'misplaced-key'],
		['trust beyond 4', inRule('trust_level: 5'), 'invalid-value'],
		['approval on an allow', inRule('approval: {timeout: 5}'), 'misplaced-key'],
		['no time to answer', inRule('approval: {timeout: 0}', 'require_approval'), 'invalid-value'],
		['an unknown scope', inRule('approval: {scopes: [forever]}', 'require_approval'), 'invalid-value'],
		['an unknown label', inRule('labels: [secrets]'), 'invalid-value'],
		['no label', inRule('labels: []'), 'empty-value'],
		['an unknown direction', inRule('direction: up'), 'wrong-type'],
		['a day that is none', inRule('until: 2027-02-30'), 'invalid-value'],
		['tool_name beside tools', inRule('tools: x\n    tool_name: y'), 'duplicate-key'],
		['an unknown composition', 'composition: on\n', 'wrong-type'],
		['ARG-01 environment', inRule('environment: staging'), 'unknown-key'],
		['ARG-02 user_role', inRule('user_role: admin'), 'unknown-key'],
		['ARG-02 tenant', inRule('tenant: a'), 'unknown-key'],
		['ARG-02 risk_level', inRule('risk_level: low'), 'unknown-key'],
		['ARG-07 amount_gt', inRule('amount_gt: "5"'), 'unknown-key'],
		['POL-05 risk_levels', 'risk_levels: {low: {action: warn}}\n', 'unknown-key'],
		['POL-06 extends', 'extends: x.yaml\n', 'unknown-key'],
	])('%s', (_title, text, code) => {
		const load = parsePolicy(text, 'p.yaml');
		expect(load.policy).toBeUndefined();
		expect(load.problems.map(problem => problem.code)).toContain(code);
	});
	it('and names the replacement', () => {
		const message = (text: string) => saidBy(parsePolicy(text, 'p.yaml').problems[0]);
		expect(message(inRule('amount_lte: 5'))).toContain("args: {'/amount': {range: {max: 100}}}");
		expect(message(inRule('contains: x'))).toContain("'matches:'");
		expect(message(inRule('caller_depth_gt: 5'))).toContain('limits:');
		expect(message('enforcement_mode: enforce\n')).toContain('mode: enforce');
		expect(message('approval_timeout_seconds: 5\n')).toContain('approval: {timeout: 300}');
		expect(message(inRule('labels: [secret_elsewhere]'))).toContain("did you mean 'secret-elsewhere'");
	});
	it('POL-02 what parses also runs', () => {
		expect(problemsOf(inRule("match_regex: '^(a+)+$'", 'deny'))).toEqual([]);
	});
});
