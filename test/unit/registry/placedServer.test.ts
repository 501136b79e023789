import { describe, expect, it } from 'vitest';
import { type Launch, serverIdOf } from '../../../src/domain/registry/launch';
import { folderOfOrigin } from '../../../src/domain/registry/originPlaces';
import { placedId } from '../../../src/domain/registry/placedServer';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { aServerEntry } from '../support/serverEntries';

const LAUNCH: Launch = { kind: 'stdio', command: 'npx', args: ['${workspaceFolder}'], env: [] };
const plain = serverIdOf(LAUNCH);

const fileOf = (folder: string) => ({ kind: 'project', file: `${folder}/.mcp.json` }) as const;
const of = (folder: string, parts: Partial<ServerEntry> = {}) =>
	aServerEntry({ launch: LAUNCH, origin: fileOf(folder), ...parts });
const bound = (folder: string, parts: Partial<ServerEntry> = {}) =>
	of(folder, { id: serverIdOf(LAUNCH, folder), boundTo: folder, name: `filesystem (${folder})`, ...parts });
const revoked = { status: 'revoked' } as const;

const home = '/home/p';
const MINE = { kind: 'user', file: '/home/p/.config/Code/User/mcp.json' } as const;
const place = (folder: string | undefined, ...registered: readonly ServerEntry[]) =>
	placedId(LAUNCH, folder === undefined ? MINE : fileOf(folder), { registered, home }).id;

describe('which server a launch in a folder is', () => {
	it('the first has the plain id, that of another folder one of its own', () => {
		expect(place('/a')).toBe(plain);
		expect(place('/a', of('/a'))).toBe(plain);
		expect(place('/b', of('/a'))).toBe(serverIdOf(LAUNCH, '/b'));
		expect(place(undefined, of('/a'))).toBe(plain);
		expect(place('/b', bound('/b'))).toBe(serverIdOf(LAUNCH, '/b'));
	});

	it.each<readonly [which: string, entries: readonly ServerEntry[]]>([
		['the bound one', [of('/a'), bound('/b', revoked)]],
		['the bound one, which is the only one,', [bound('/b', revoked)]],
		['the plain one', [of('/a', revoked), bound('/b')]],
	])('C8: no further folder has a fresh one while %s is revoked', (_which, entries) => {
		const gone = entries.find(({ status }) => status === 'revoked')?.id;
		expect(place('/c', ...entries)).toBe(gone);
		// What a person has reviewed for this very folder is that, also when it was reviewed anew.
		for (const entry of entries) {
			expect(place(folderOfOrigin(entry.origin, home), ...entries)).toBe(entry.id);
		}
		// A file of no folder is no way round either.
		expect(entries.map(({ id }) => id)).toContain(place(undefined, ...entries));
	});

	it('another launch that was revoked is none of it', () => {
		const other: Launch = { ...LAUNCH, args: [] };
		expect(place('/c', of('/b', { launch: other, id: serverIdOf(other, '/b'), boundTo: '/b', ...revoked }))).toBe(
			plain,
		);
	});
});
