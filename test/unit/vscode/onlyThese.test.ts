import { describe, expect, it } from 'vitest';
import { inventoryOf } from '../../../src/domain/registry/inventory';
import { type Launch, serverIdOf } from '../../../src/domain/registry/launch';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { type Candidate } from '../../../src/vscode/guardPorts';
import { onlyThese } from '../../../src/vscode/onlyThese';
import { aServerEntry } from '../support/serverEntries';

const LAUNCH: Launch = { kind: 'stdio', command: 'npx', args: ['${workspaceFolder}'], env: [] };

function candidate(folder: string, launch: Launch = LAUNCH): Candidate {
	return {
		server: { name: 'files', launch, values: {}, inputs: [], line: 1 },
		source: { kind: 'project', file: `${folder}/.mcp.json`, within: folder, folder },
	};
}

/** What each button of the inventory opens, by the folders; with what is registered. */
function opened(candidates: readonly Candidate[], registered: readonly ServerEntry[], here = registered) {
	const found = candidates.map(({ server, source }) => ({ server, place: source }));
	const placing = { registered, home: '/home/p' };
	const inventory = inventoryOf({ found, problems: [] }, here, { files: [], programs: [] }, placing);
	return inventory.items
		.filter(({ coverage }) => coverage === 'unguarded')
		.map(({ id }) =>
			candidates
				.filter(each => onlyThese([id!], { inventory })?.(each))
				.map(
					({ source, server }) =>
						`${source.folder!} ${'args' in server.launch ? server.launch.args.join() : ''}`,
				),
		);
}

describe('onlyThese', () => {
	const [a, b] = [candidate('/a'), candidate('/b')];
	const origin = (folder: string) => ({ kind: 'project', file: `${folder}/.mcp.json` }) as const;

	it('of the same launch in two folders each is opened by its own button alone', () => {
		const each = [['/a ${workspaceFolder}'], ['/b ${workspaceFolder}']];
		expect(opened([a, b], [])).toEqual(each);
		const plain = aServerEntry({ launch: LAUNCH, origin: origin('/a') });
		expect(opened([a, b], [plain])).toEqual(each);
		expect(opened([b], [plain], [])).toEqual([each[1]]);
	});

	it('opens what resolves to a server that was revoked elsewhere, so that the person is told of it', () => {
		const boundTo = '/else';
		const bound = { id: serverIdOf(LAUNCH, boundTo), boundTo, origin: origin(boundTo), status: 'revoked' } as const;
		expect(opened([b], [aServerEntry({ launch: LAUNCH, ...bound })])).toEqual([['/b ${workspaceFolder}']]);
	});

	it('another server of the same file is not meant, nor what is not there any more', () => {
		const other = candidate('/a', { ...LAUNCH, args: ['other'] });
		expect(opened([a, other], [])).toEqual([['/a ${workspaceFolder}'], ['/a other']]);
		const inventory = { items: [] };
		expect(onlyThese([serverIdOf(LAUNCH)], { inventory })?.(a)).toBe(false);
		expect(onlyThese(undefined, { inventory })).toBeUndefined();
		expect(onlyThese([1], { inventory })).toBeUndefined();
	});
});
