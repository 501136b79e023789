import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { collectPathFacts } from '../../../src/firewall/pathFacts';

const host = { workspaceFolders: ['/ws'], home: '/home/u', platform: 'posix', caseInsensitivePaths: false } as const;

async function look(args: JsonObject, capability = 'filesystem.read') {
	let lookups = 0;
	const resolver = {
		realPath: (path: string) => {
			lookups++;
			return Promise.resolve(path);
		},
	};
	const { paths } = await collectPathFacts(args, undefined, ['/ws'], host, resolver, { tool: 'x', capability });
	return { lookups, problems: paths.map(({ problem }) => problem), paths };
}

const dirs = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`dir${String(n)}`, `d${String(n)}`]));
const nasty = (n: number) => `a${String(n)}\\b. /c%2fd%252fe/../x${'/../y'.repeat(28)}/\u00fc. `;

describe('the budget of one call', () => {
	it('PATH-23 a call of 43 kB asks the disk no more than 512 times, and what is left cannot be judged', async () => {
		const { lookups, problems } = await look({ ...dirs, paths: Array.from({ length: 240 }, (_, n) => nasty(n)) });
		expect(lookups).toBeLessThanOrEqual(512);
		expect(problems.at(-1)).toBe('too-long');
		expect(problems.filter(problem => problem !== undefined).length).toBeGreaterThan(200);
	});
	it('PATH-23 a path cannot be hidden behind many names', async () => {
		const labels = Array.from({ length: 250 }, (_, n) => `n${String(n)}`);
		const { lookups, problems } = await look({ ...dirs, path: 'a', labels });
		expect(lookups).toBeLessThanOrEqual(512);
		expect(problems).toContain('too-long');
	});
	it('PATH-23 a path of more than 256 segments or 8 steps upward behind a link is not followed', async () => {
		const long = await look({ path: `/ws/${'a/'.repeat(1990)}x` });
		expect(long).toMatchObject({ problems: ['too-long'], paths: [{ candidates: [] }] });
		expect((await look({ path: `/ws/${'a/../'.repeat(9)}x` })).problems).toEqual(['unresolvable']);
		expect((await look({ path: `/ws/${'a/../'.repeat(8)}x` })).problems).toEqual([undefined]);
	});
	it('an honest call stays within it', async () => {
		const paths = Array.from({ length: 200 }, (_, n) => `src/folder/file${String(n)}.ts`);
		expect(new Set((await look({ paths })).problems)).toEqual(new Set([undefined]));
	});
});
