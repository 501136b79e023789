import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { OwnMarks } from '../../../src/domain/inspection/ownMarks';
import { sensitivityOf } from '../../../src/domain/inspection/sensitivity';
import { runs } from '../support/runs';

const marks = new OwnMarks({ home: '/home/marvinson', caseInsensitivePaths: false });
const rulesOf = (value: JsonValue, of = marks) => of.find(value).map(({ rule }) => rule);

describe('N4 what tells of this machine', () => {
	it('cut up among many texts, where what follows would hide it in the row of all', () => {
		const many = Array.from({ length: 60 }, (_, index) => `word${String(index)}`);
		expect(rulesOf([...many, ' /home/mar', 'vinson', 'x', ...many])).toEqual(['home-path']);
		expect(rulesOf([...many, ' mar', 'vinson ', ...many])).toEqual(['user-name']);
		expect(rulesOf([...many, ' mar', 'vinsonia ', ...many])).toEqual([]);
	});

	it.each<[string, JsonValue, string]>([
		['the home folder', '/home/marvinson', 'home-path'],
		['a file below it', 'file:///home/marvinson/a.md', 'home-path'],
		['with other slashes', 'D:\\\\home\\\\marvinson\\\\a', 'home-path'],
		['in a member name', { '/home/marvinson/a': 1 }, 'home-path'],
		['of the same account elsewhere', 'C:\\Users\\Marvinson\\a', 'user-name'],
		['by its short form', '~marvinson/a', 'user-name'],
		['the name in prose', 'ask marvinson about it', 'user-name'],
		['in base64 at any place', Buffer.from('x /home/marvinson y').toString('base64'), 'home-path'],
		['percent-encoded twice', encodeURIComponent(encodeURIComponent('/home/marvinson/a')), 'home-path'],
		['cut up', ['/home/mar', 'vinson/a'], 'home-path'],
		['a private address', 'http://10.1.2.3:8080/', 'private-address'],
		['a unique local address', 'fd12:3456:789a::1', 'private-address'],
	])('%s', (_, value, rule) => {
		expect(rulesOf(value)).toEqual([rule]);
	});

	it.each<[string, JsonValue]>([
		['another home folder', '/home/marvinsonia/a'],
		['a longer name', 'marvinsons and xmarvinson'],
		['public addresses and versions', '8.8.8.8, 10.2.3, 172.15.0.1, 1.10.0.0.1, 192.169.1.1'],
		['two numbers next to each other', ['10.0', '.0.1']],
		['hex that is no address', 'abcd:1234'],
		['plain prose', 'The marvellous son of the tide.'],
	])('not: %s', (_, value) => {
		expect(rulesOf(value)).toEqual([]);
	});

	it.each(['root', 'user', 'dev', 'vscode', 'ann'])('the name %s alone says nothing of a person', name => {
		const common = new OwnMarks({ home: `/home/${name}`, caseInsensitivePaths: false });
		expect(rulesOf(`run it as ${name}`, common)).toEqual([]);
		expect(rulesOf(`/home/${name}/x`, common)).toEqual(['home-path']);
	});

	it('without a home folder nothing of it is looked for', () => {
		expect(rulesOf('/home/marvinson', new OwnMarks({ caseInsensitivePaths: false }))).toEqual([]);
		expect(rulesOf('/root/x and /', new OwnMarks({ home: '/root', caseInsensitivePaths: false }))).toEqual([]);
	});

	it('property: the home folder is found at any place of any text, and never throws', () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), fc.constantFrom('plain', 'base64', 'hex'), (before, after, way) => {
				const text = `${before} /home/marvinson ${after}`;
				const told = way === 'plain' ? text : Buffer.from(text).toString(way === 'hex' ? 'hex' : 'base64');
				expect(sensitivityOf({ a: told }, { marks }).label).not.toBe('public');
			}),
			runs(300),
		);
	});
});
