import { describe, expect, it } from 'vitest';
import { Suspensions } from '../../../src/firewall/suspensions';

const of = (tool: string, server = 'files') => ({ server, tool });
const many = (count: number) => Array.from({ length: count }, (_, index) => of(`t${String(index)}`));

describe('Suspensions', () => {
	it('SEQ: what a person put to rest does not give way to any number of tools that policy denied', () => {
		const rests = new Suspensions();
		rests.suspend(of('write_file'), 0, 'mine', 'person');
		many(1000).forEach((tool, at) => {
			rests.suspend(tool, at, tool.tool, 'policy');
		});
		expect(rests.has(of('write_file'))).toBe(true);
		expect([rests.has(of('t0')), rests.has(of('t999'))]).toEqual([false, true]);
		expect(rests.list()).toHaveLength(256);
	});

	it('SEQ: policy first, a person afterwards: it is the person’s', () => {
		const rests = new Suspensions();
		rests.suspend(of('write_file'), 0, 'a', 'policy');
		rests.suspend(of('write_file'), 1, 'b', 'person');
		many(300).forEach(tool => {
			rests.suspend(tool, 2, tool.tool, 'policy');
		});
		expect(rests.list()[0]).toEqual({ id: 'a', serverName: 'files', tool: 'write_file', since: 0 });
	});

	it.each(['person', 'policy'] as const)(
		'more than can be kept, the last by %s: all tools of its server rest',
		by => {
			const rests = new Suspensions();
			rests.suspend(of('other', 'mail'), 0, 'mail', 'person');
			many(255).forEach(tool => {
				rests.suspend(tool, 0, tool.tool, 'person');
			});
			expect(rests.has(of('never named'))).toBe(false);
			rests.suspend(of('last'), 1, 'all', by);
			expect([of('t0'), of('last'), of('never named')].map(tool => rests.has(tool))).toEqual([true, true, true]);
			expect([rests.has(of('other', 'mail')), rests.has(of('another', 'mail'))]).toEqual([true, false]);
			expect(rests.list().map(({ tool }) => tool)).toEqual(['other', '*']);
			const lifted: unknown[] = [];
			rests.onDidChange(change => lifted.push(change.lifted));
			expect(rests.lift('all')).toBe(true);
			expect(lifted).toEqual([{ server: 'files', tool: '*' }]);
			expect(rests.has(of('t0'))).toBe(false);
		},
	);
});
