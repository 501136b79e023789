import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { globBases } from '../../../src/domain/policy/globBases';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { isRecursiveCall } from '../../../src/domain/policy/pathReach';
import { textProblem, withoutDotsBehind } from '../../../src/domain/policy/pathText';
import { plainWords } from '../../../src/domain/policy/plainCommand';
import { saidBy } from '../support/saidBy';
import { processorMs } from '../support/processorMs';
import { judged, problemsOf } from './judge';

const rule = (effect: string, condition: string) =>
	`${effect}:\n  - {capability: database.write, ${condition}}\n${effect === 'allow' ? '' : 'allow: [database.write]\n'}`;
const effect = async (text: string, args: Readonly<Record<string, JsonValue>>) =>
	(await judged(text, { capability: 'database.write', arguments: args })).effect;

describe('ARG-09, ARG-11 a deny by pattern finds what it names, wherever it stands', () => {
	it.each([
		['.*DROP TABLE.*', '--\nDROP TABLE t'],
		['DROP TABLE', 'x; DROP TABLE t'],
		['^DROP', 'SELECT 1;\nDROP TABLE t'],
		['DROP.+t', 'DROP\nTABLE t'],
		['DROP$', 'DROP\n-- t'],
	])('%s in %j', async (pattern, sql) => {
		expect(await effect(rule('deny', `args: {/sql: {matches: '${pattern}'}}`), { sql })).toBe('deny');
		expect(await effect(rule('require_approval', `args: {/sql: {matches: '${pattern}'}}`), { sql })).toBe(
			'require_approval',
		);
		expect(await effect(rule('deny', `match_regex: '${pattern}'`), { sql })).toBe('deny');
		expect(await effect(rule('deny', `args: {/sql: {matches: '${pattern}'}}`), { sql: 'SELECT 1' })).toBe('allow');
	});
	it('while an allow still means the whole text, on one line', async () => {
		const one = rule('allow', "args: {/sql: {matches: 'SELECT.*'}}");
		expect(await effect(one, { sql: 'SELECT 1' })).toBe('allow');
		expect(await effect(one, { sql: 'SELECT 1\n; DROP TABLE t' })).toBe('deny');
		expect(await effect(one, { sql: 'x SELECT 1' })).toBe('deny');
	});
	it('ARG-11 keys are texts too', async () => {
		const args = { batch: { 'DROP TABLE t': [1] } };
		for (const condition of ["contains: 'drop table'", 'match_keywords: [drop]', "match_regex: 'DROP\\s'"]) {
			expect(await effect(rule('deny', condition), args), condition).toBe('deny');
			expect(await effect(rule('deny', condition), { batch: { SELECT: 1 } }), condition).toBe('allow');
		}
	});
	it.each(['deny', 'require_approval'])(
		'ARG-06 max_length under %s is an error that names the other way',
		section => {
			const load = parsePolicy(rule(section, 'args: {/sql: {max_length: 10}}'), 'p.yaml');
			expect(load.policy).toBeUndefined();
			expect(load.problems.map(({ code, at }) => [code, at.line])).toEqual([['misplaced-key', 2]]);
			expect(saidBy(load.problems[0])).toContain("matches: '.{11}'");
		},
	);
	it('and the other way holds', async () => {
		const long = rule('deny', "args: {/sql: {matches: '.{11}'}}");
		expect(await effect(long, { sql: 'x\n'.repeat(6) })).toBe('deny');
		expect(await effect(long, { sql: 'x'.repeat(10) })).toBe('allow');
	});
});

describe('POL-03 rules that restrict less than they seem to', () => {
	it.each([
		['false', 'deny', 'equals: false'],
		['nothing', 'require_approval', 'equals: null'],
		['zero among others', 'deny', 'one_of: [5, 0]'],
	])('ARG-06 %s, which a tool may take for granted', (_title, section, condition) => {
		const text = rule(section, `args: {/dry_run: {${condition}}}`);
		expect(problemsOf(text)).toEqual([['passes-when-absent', 'warning', 2]]);
	});
	it.each([
		['what has to be given', rule('deny', 'args: {/force: {equals: true}}')],
		['what holds for a missing one too', rule('deny', 'args: {/n: {equals: 0, range: {max: 5}}}')],
		['an allow', rule('allow', 'args: {/dry_run: {equals: false}}')],
	])('no word about %s', (_title, text) => {
		expect(problemsOf(text)).toEqual([]);
	});
	it.each([
		['the same', 'allow:\n  - {capability: a.b, limits: {calls_per_minute: 1}}\n  - a.b\n'],
		['the resource', "allow:\n  - {capability: a.b, servers: x, limits: {calls_per_minute: 1}}\n  - 'a.*'\n"],
		[
			'a wider folder',
			'allow:\n  - {capability: a.b, path_prefix: /x/y, limits: {calls_per_minute: 1}}\n  - {capability: a.b, path_prefix: /x}\n',
		],
	])('limits beside an allow of %s bound nothing', (_title, text) => {
		expect(problemsOf(text)).toEqual([['limits-nothing', 'warning', 2]]);
	});
	it.each([
		[
			'a narrower allow',
			'allow:\n  - {capability: a.b, limits: {calls_per_minute: 1}}\n  - {capability: a.b, servers: x}\n',
		],
		[
			'another limited one',
			'allow:\n  - {capability: a.b, limits: {calls_per_minute: 1}}\n  - {capability: a.*, limits: {calls_per_minute: 9}}\n',
		],
		['an approval', 'require_approval:\n  - {capability: a.b, limits: {calls_per_minute: 1}}\nallow: [a.b]\n'],
	])('limits beside %s are left alone', (_title, text) => {
		expect(problemsOf(text)).toEqual([]);
	});
	it('an approval that ends beside a wider allow opens, and loading says so', async () => {
		const text = "require_approval:\n  - {capability: a.b, until: 2026-01-31}\nallow: ['a.*']\n";
		expect(problemsOf(text)).toEqual([['opens-later', 'warning', 2]]);
		const now = Date.UTC(2027, 0, 1);
		expect((await judged(text, { capability: 'a.b' }, { now })).effect).toBe('allow');
		expect(problemsOf('require_approval:\n  - {capability: a.b, until: 2026-01-31}\n')).toEqual([]);
	});
});

describe('ARG-13 no expression of the engine takes quadratic time', () => {
	const timed = (run: () => void) => {
		const start = processorMs();
		run();
		return processorMs() - start;
	};
	it.each<[string, (text: string) => void, string]>([
		['a flag', text => isRecursiveCall({ tool: 'x', arguments: { args: [text] } }), `-${'r'.repeat(100_000)}1`],
		['a command', text => plainWords(text), `a${' '.repeat(100_000)}'`],
		['dots', textProblem, '\u2026'.repeat(4096)],
		['dots behind', withoutDotsBehind, `${'.'.repeat(100_000)}x`],
		['an extended glob', globBases, '@('.repeat(50_000)],
		[
			'a name in the table',
			text => parsePolicy(`capabilities: {"${text}": a.b}\n`, 'p'),
			`${'/'.repeat(100_000)}\\n`,
		],
		[
			'a prefix',
			text => parsePolicy(`deny:\n  - {capability: a.b, path_prefix: "/${text}x", paths: /y}\n`, 'p'),
			'/'.repeat(100_000),
		],
	])('%s', (_title, run, text) => {
		expect(
			timed(() => {
				run(text);
			}),
		).toBeLessThan(2000);
	});
	it('and they still tell what they told', () => {
		const deep = (flag: string) => isRecursiveCall({ tool: 'x', arguments: { args: [flag] } });
		expect(['-r', '-lR', '--recursive', '-arb'].map(deep)).toEqual([true, true, true, true]);
		expect(['-l', '-r1', 'r', '-r/x'].map(deep)).toEqual([false, false, false, false]);
		expect(globBases('@(a|../b)')).toEqual(['/']);
		expect(globBases('src/@(a|b)')).toEqual(['src/@(a|b)']);
		expect(withoutDotsBehind('a. b. .')).toBe('a. b');
		expect(['\u2026', 'a/..\u2026.', 'a\u2026', '.\u2026\u2026/x'].map(textProblem)).toEqual([
			'confusable',
			'confusable',
			undefined,
			'confusable',
		]);
		expect(plainWords('ls -l  ')).toEqual(['ls', '-l']);
	});
});
