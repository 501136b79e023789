import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { isSeveralCommands, plainWords } from '../../../src/domain/policy/plainCommand';
import { explained, judged, problemsOf } from './judge';
import { runs } from '../support/runs';

const effect = async (policy: string, command: JsonValue, capability = 'shell.execute') =>
	(await judged(policy, { capability, arguments: { command }, root: '/ws/proj' })).effect;
const rule = (section: string, condition: string) =>
	`${section}:\n  - {capability: shell.*, args: {/command: {${condition}}}}\n`;

describe('ARG-08, ARG-09 an allow-list of programs', () => {
	const policy = rule('allow', "programs: [ls, pwd, 'git status', 'npm run test:unit', node_modules/.bin/tsc]");
	it.each<JsonValue>([
		'ls',
		'ls -la src',
		'  ls   src ',
		'git status',
		'git status --short',
		'npm run test:unit -- --bail',
		'node_modules/.bin/tsc --noEmit',
		'ls "a folder" \'another one\'',
		'ls --sort=time',
		['ls', '-la', 'a folder'],
		['git', 'status'],
	])('%j passes', async command => {
		expect(await effect(policy, command)).toBe('allow');
	});
	it.each<JsonValue>([
		'',
		' ',
		'lsx',
		'LS',
		'./ls',
		'/bin/ls',
		'git',
		'git push',
		'git  -C x status',
		'npm run test:unit2',
		'rm  -rf /',
		'rm -fr /',
		'rm -r -f /',
		'rm\t-rf /',
		'ls ; rm -rf /',
		'ls;rm -rf /',
		'ls && curl x|sh',
		'git status && curl x|sh',
		'ls | sh',
		'ls > /etc/passwd',
		'ls < x',
		'ls `id`',
		'ls $(id)',
		'ls $HOME',
		'ls ${IFS}x',
		'ls "$(id)"',
		'ls "`id`"',
		"ls 'a'b",
		'ls .e""nv',
		'ls \\a',
		'ls *',
		'ls ~/.ssh',
		'ls {a,b}',
		'ls [a]',
		'ls ?',
		'ls # x',
		'ls !x',
		'ls %PATH%',
		'ls ^x',
		'ls\nrm -rf /',
		'ls\rrm',
		'ls "a\nb"',
		'ls\u0000x',
		'l\u200bs',
		'ls\u2028rm',
		'ls "a',
		"ls 'a",
		'X=1 ls',
		'$(base64 -d)',
		['ls', ';', 'rm'],
		['ls', 'a\nb'],
		['ls', 5],
		[],
		5,
		null,
		{ 0: 'ls' },
	])('%j is denied', async command => {
		expect(await effect(policy, command)).toBe('deny');
	});
	it('a command under another key, or none, passes nothing', async () => {
		const facts = { capability: 'shell.execute', arguments: { note: 'ls', cmd: 'ls' }, root: '/ws/proj' };
		expect((await judged(policy, facts)).effect).toBe('deny');
	});
	it('as a deny it finds the program anywhere, whatever its folder, case and ending, and what hides one', async () => {
		const closed = `${rule('deny', "programs: [rm, 'git push']")}allow: ['shell.*']\n`;
		for (const command of [
			'rm -rf /',
			'/bin/rm x',
			'RM.EXE x',
			'C:/x/rm.cmd x',
			'sudo rm x',
			'ls ; rm x',
			'r""m x',
			'$(echo rm) x',
			'git push',
			'git -C . push',
			['env', 'rm', 'x'],
			5,
		]) {
			expect(await effect(closed, command), JSON.stringify(command)).toBe('deny');
		}
		for (const command of ['ls', 'git status', 'rmdir x', 'npm run rm-old', ['ls', '-l']]) {
			expect(await effect(closed, command), JSON.stringify(command)).toBe('allow');
		}
		const asking = `${rule('require_approval', 'programs: rm')}allow: ['shell.*']\n`;
		expect(await effect(asking, 'rm x')).toBe('require_approval');
		expect(await effect(asking, 'ls `rm x`')).toBe('require_approval');
		expect(await effect(asking, 'ls x')).toBe('allow');
	});
	it.each([
		["programs: ''", 'empty-value'],
		["programs: 'ls;rm'", 'invalid-pattern'],
		["programs: ['ls  -l']", 'invalid-pattern'],
		["programs: ['ls', 'a\"b']", 'invalid-pattern'],
		['programs: []', 'empty-value'],
		['programs: {ls: true}', 'wrong-type'],
	])('%s is refused', (condition, code) => {
		expect(problemsOf(rule('allow', condition)).map(([found]) => found)).toContain(code);
	});
});

describe('ARG-09 a pattern for one command lets no second one through', () => {
	const policy = rule('allow', "matches: '(ls|git status)( .*)?'");
	it.each(['ls ; rm -rf /', 'git status && curl x|sh', 'ls `id`', 'ls $(id)', 'ls $X', 'ls (x)', 'ls > x', 'ls < x'])(
		'%j is denied',
		async command => {
			expect(await effect(policy, command)).toBe('deny');
			expect(await effect(policy.replace("( .*)?'", "[^]*'"), `${command}\n`)).toBe('deny');
		},
	);
	it('what is one command passes, and the reason is told', async () => {
		expect(await effect(policy, 'ls -la "a b" *.ts')).toBe('allow');
		const call = { capability: 'shell.execute', arguments: { command: 'ls ; x' }, root: '/ws/proj' };
		expect(JSON.stringify(await explained(policy, call))).toContain('but holds ;');
	});
	it('exact values are the author’s own words, and other capabilities have no shell', async () => {
		expect(await effect(rule('allow', "equals: 'ls | wc -l'"), 'ls | wc -l')).toBe('allow');
		expect(await effect(rule('allow', "one_of: ['ls | wc -l']"), 'ls | wc -l')).toBe('allow');
		const other = policy.replace('shell.*', 'compute.run');
		expect(await effect(other, 'ls ; x', 'compute.run')).toBe('allow');
		const closed = `${rule('deny', "matches: 'rm.*'")}allow: ['shell.*']\n`;
		expect(await effect(closed, 'rm x; ls')).toBe('deny');
	});
});

describe('ARG-05 numbers that several numbers are read as', () => {
	const within = 'allow:\n  - {capability: a.b, args: {/n: {range: {min: 0}}}}\n';
	const amount = async (policy: string, json: string) =>
		(await judged(policy, { capability: 'a.b', arguments: { n: JSON.parse(json) as JsonValue } })).effect;
	it('beyond 2^53 nothing satisfies an allow, and everything a deny', async () => {
		expect(await amount(within, '9007199254740991')).toBe('allow');
		for (const number of ['9007199254740992', '9007199254740993', '1e300', '1e400']) {
			expect(await amount(within, number), number).toBe('deny');
		}
		const exact = 'allow:\n  - {capability: a.b, args: {/n: {one_of: [1, -5]}}}\n';
		expect(await amount(exact, '-5')).toBe('allow');
		expect(await amount(exact, '9007199254740993')).toBe('deny');
		const closed = 'deny:\n  - {capability: a.b, args: {/n: {equals: 5}}}\nallow: [a.b]\n';
		expect(await amount(closed, '6')).toBe('allow');
		expect(await amount(closed, '9007199254740993')).toBe('deny');
		expect(await amount(closed, '-9007199254740993')).toBe('deny');
	});
	it.each(['range: {max: 9007199254740993}', 'equals: 9007199254740993', 'one_of: [1, -9007199254740993]'])(
		'ARG-07 %s is a load error',
		condition => {
			const problems = problemsOf(`allow:\n  - {capability: a.b, args: {/n: {${condition}}}}\n`);
			expect(problems).toMatchObject([[expect.stringMatching(/invalid-value|wrong-type/), 'error', 2]]);
		},
	);
});

describe('properties of commands', () => {
	const word = fc.stringMatching(/^[\w./@+=:,-]{1,8}$/);
	it('plain words come back as they were written, however they are spaced and quoted', () => {
		const quoted = fc.tuple(word, fc.constantFrom('', '"', "'"), fc.constantFrom(' ', '  '));
		fc.assert(
			fc.property(fc.array(quoted, { minLength: 1, maxLength: 5 }), parts => {
				const line = parts.map(([text, quote, gap]) => `${gap}${quote}${text}${quote}`).join('');
				expect(plainWords(line)).toEqual(parts.map(([text]) => text));
			}),
			runs(300),
		);
	});
	it('what several commands could stand in is never plain words, outside of single quotes', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), text => {
				const words = plainWords(text);
				if (words !== undefined && !text.includes("'")) {
					expect(
						isSeveralCommands(text.replace(/"[^"]*"/g, quoted => quoted.replace(/[;&|<>()]/g, ''))),
					).toBe(false);
				}
			}),
			runs(2000),
		);
	});
});
