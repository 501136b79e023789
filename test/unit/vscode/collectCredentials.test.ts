import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FoundInput, type FoundServer } from '../../../src/domain/registry/mcpJson';
import { type Launch } from '../../../src/domain/registry/launch';
import { type CollectOptions, collectCredentials } from '../../../src/vscode/collectCredentials';
import { lacks } from '../support/machine';

const noLinks = lacks('links', 'a link leads outside');

let root: string;
let folder: string;
let told: string[];
let asked: string[];

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'collect-'));
	folder = join(root, 'ws');
	await mkdir(folder);
	[told, asked] = [[], []];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const INPUT: FoundInput = { id: 'pat', kind: 'prompt', options: [], password: true };

function collect(
	server: Partial<FoundServer & { readonly launch: Launch }>,
	options: Partial<CollectOptions> = {},
	source: { kind: 'workspace' | 'user'; file: string } = {
		kind: 'workspace',
		file: join(folder, '.vscode/mcp.json'),
	},
) {
	const launch = { kind: 'stdio', command: 'srv', args: [], env: [] } as const;
	return collectCredentials(
		{
			server: { name: 's', launch, values: {}, inputs: [INPUT], line: 1, ...server },
			source: { ...source, within: root, folder },
		},
		{
			clock: { now: () => 0 },
			host: () => ({ userHome: join(root, 'home'), env: {} }),
			ask: (_name, { id }) => Promise.resolve(`answer ${String(asked.push(id))}`),
			tell: (_name, problem) => void told.push(problem),
			isGuarded: () => false,
			...options,
		},
	);
}

describe('collectCredentials', () => {
	it('C9: answers and variables of a file are values for secret storage; the launch holds their names', async () => {
		await writeFile(join(folder, '.env'), '# mine\nexport A="x y"\nB=\'${HOME}\' # b\nEMPTY=\n');
		const launch = { kind: 'stdio', command: 'srv', args: ['--pat', '${input:pat}'], env: [] } as const;
		const collected = await collect({ launch, envFile: '${workspaceFolder}/.env' });
		expect(collected).toEqual({
			launch: { ...launch, env: ['A', 'B', 'EMPTY'] },
			values: {
				...{ A: 'x y', B: '${credential:set.B}', 'credential:set.B': '${HOME}', EMPTY: '' },
				'input:pat': 'answer 1',
			},
			credentials: [
				{ kind: 'env', name: 'A', storedAt: '1970-01-01T00:00:00.000Z' },
				{ kind: 'env', name: 'B', storedAt: '1970-01-01T00:00:00.000Z' },
				{ kind: 'env', name: 'EMPTY', storedAt: '1970-01-01T00:00:00.000Z' },
				{ kind: 'variable', name: 'pat', storedAt: '1970-01-01T00:00:00.000Z' },
			],
		});
	});

	it('gives nothing when a question is dismissed, and asks nothing for what is stored already', async () => {
		const launch = { kind: 'stdio', command: 'srv', args: ['${input:pat}'], env: [] } as const;
		expect(await collect({ launch }, { ask: () => Promise.resolve(undefined) })).toBeUndefined();
		expect(await collect({ launch }, { isGuarded: () => true })).toMatchObject({ values: {} });
		expect([asked, told]).toEqual([[], []]);
	});

	const linked: readonly [string, string] = ['is a link to outside', 'link.env'];
	it.each<readonly [string, string]>([
		...(noLinks ? [] : [linked]),
		['is missing', '.env'],
		['lies outside of the folder', '../outside.env'],
		['has a variable without a value', '${env:NOWHERE}/.env'],
		['asks the person for its name', '${input:pat}/.env'],
		['holds a name that is none', 'odd.env'],
	])('tells and gives nothing when the environment file %s', async (_, envFile) => {
		await writeFile(join(root, 'outside.env'), 'A=1');
		if (!noLinks) {
			await symlink(join(root, 'outside.env'), join(folder, 'link.env'));
		}
		await writeFile(join(folder, 'odd.env'), 'A=1\n1é=2');
		expect(await collect({ envFile })).toBeUndefined();
		expect(told).toHaveLength(1);
	});

	it('reads a file anywhere for a definition of the person', async () => {
		await writeFile(join(root, 'outside.env'), 'A=1');
		const user = { kind: 'user', file: join(root, 'User/mcp.json') } as const;
		expect(await collect({ envFile: '../outside.env' }, {}, user)).toMatchObject({ values: { A: '1' } });
	});
});
