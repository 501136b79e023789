import { lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { adoptOrigin, undoOrigin } from '../../../src/storage/originEdits';
import { type BackupPlace, type OriginRecord, readOriginRecords } from '../../../src/storage/originRecord';
import { textsAt } from '../registry/jsoncTexts';
import { lacks } from '../support/machine';

const noLinks = lacks('links', 'the file is a link');

let root: string;
let within: string;
let file: string;
let backups: BackupPlace;
let next = 0;

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'places-'));
	within = join(root, 'ws');
	file = join(within, 'config.json');
	const key = { get: () => Promise.resolve(Buffer.alloc(32, 1)) };
	backups = { directory: join(root, 'global', 'origins'), key };
	await mkdir(within, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const shimOf = (name: string) =>
	`${JSON.stringify(name)}: {"command":"/bin/node","args":["/shim.cjs","${'a'.repeat(64)}"]}`;

async function adopted(name: string, at: readonly string[], shim: boolean): Promise<OriginRecord> {
	const id = `id-${String(next++).padStart(6, '0')}`;
	const outcome = await adoptOrigin({
		...{ file, within, name, at, backups, id, serverId: name, takenAt: 'T' },
		expectedDigest: sha256Hex(await readFile(file)),
		...(shim && { instead: shimOf(name) }),
	});
	if ('problem' in outcome) {
		throw new Error(outcome.problem);
	}
	return outcome.record;
}

async function latest({ id }: OriginRecord): Promise<OriginRecord> {
	return (await readOriginRecords(backups)).records.find(record => record.id === id)!;
}

const PATHS = [
	['servers'],
	['mcpServers'],
	['mcp', 'servers'],
	['mcp.servers'],
	['settings', 'mcp', 'servers'],
	['customizations', 'vscode', 'mcp', 'servers'],
	['projects', '/home/p/a "b"', 'mcpServers'],
];

describe('a server of any file', () => {
	it('comes back byte for byte, taken out or with our shim in its place, undone in any order', async () => {
		const cases = fc.constantFrom(...PATHS).chain(at => fc.record({ at: fc.constant(at), generated: textsAt(at) }));
		await fc.assert(
			fc.asyncProperty(cases, fc.array(fc.record({ pick: fc.nat(), shim: fc.boolean() })), async (one, picks) => {
				const { at, generated } = one;
				await rm(backups.directory, { recursive: true, force: true });
				await writeFile(file, generated.text);
				const left = generated.servers.map(({ name }) => name);
				const take = <T>(from: T[], pick: number) => from.splice(pick % from.length, 1)[0]!;
				const records: OriginRecord[] = [];
				for (const { pick, shim } of picks.slice(0, left.length)) {
					const name = take(left, pick);
					records.push(await adopted(name, at, shim));
					const servers = at.reduce<unknown>(
						(value, key) => (value as Record<string, unknown>)[key],
						parse((await readFile(file, 'utf8')).replace('\uFEFF', '')),
					) as Record<string, { command?: string }>;
					expect(servers[name]?.command).toBe(shim ? '/bin/node' : undefined);
				}
				for (const { pick } of picks.slice(0, records.length).reverse()) {
					expect(await undoOrigin(await latest(take(records, pick)), backups)).toEqual({
						kind: 'restored',
					});
				}
				expect(await readFile(file, 'utf8')).toBe(generated.text);
				expect((await readOriginRecords(backups)).records).toEqual([]);
			}),
			{ numRuns: 60 },
		);
	}, 90_000);

	it.skipIf(noLinks)('is edited where a link leads to, and the link stays a link', async () => {
		const text = '\uFEFF{\r\n\t"mcpServers": {\r\n\t\t"a": { "command": "x" } // mine\r\n\t}\r\n}';
		const real = join(within, 'dotfiles', 'mcp.json');
		await mkdir(dirname(real));
		await writeFile(real, text);
		await symlink(join('dotfiles', 'mcp.json'), file);
		const record = await adopted('a', ['mcpServers'], true);
		expect((await lstat(file)).isSymbolicLink()).toBe(true);
		expect(await readFile(real, 'utf8')).toBe(text.replace('"a": { "command": "x" }', shimOf('a')));
		expect(await undoOrigin(record, backups)).toEqual({ kind: 'restored' });
		expect(await readlink(file)).toBe(join('dotfiles', 'mcp.json'));
		expect(await readFile(real, 'utf8')).toBe(text);
	});

	it('takes the place of our shim again in a file that was edited meanwhile', async () => {
		await writeFile(file, '{"mcpServers":{"a":{/* why */"command":"x"}}}');
		const record = await adopted('a', ['mcpServers'], true);
		await writeFile(file, `{"mcpServers":{"b":{}, ${shimOf('a')}}, "theme":"dark"}`);
		expect(await undoOrigin(record, backups)).toEqual({ kind: 'reinserted' });
		expect(await readFile(file, 'utf8')).toBe(
			'{"mcpServers":{"b":{}, "a":{/* why */"command":"x"}}, "theme":"dark"}',
		);
		expect((await readOriginRecords(backups)).records).toEqual([]);
	});

	it('leaves a server alone that is neither the original nor our shim', async () => {
		await writeFile(file, '{"mcpServers":{"a":{"command":"x"}}}');
		const record = await adopted('a', ['mcpServers'], true);
		await writeFile(file, '{"mcpServers":{"a":{"command":"other"}}}');
		expect(await undoOrigin(record, backups)).toEqual({ kind: 'already-there' });
		expect(await readFile(file, 'utf8')).toBe('{"mcpServers":{"a":{"command":"other"}}}');
		expect(await latest(record)).toEqual(record);
	});

	it('is put back where it was in a file that was deleted', async () => {
		await writeFile(file, '{"mcp":{"servers":{"a":{"command":"x"}}}}');
		const record = await adopted('a', ['mcp', 'servers'], false);
		await rm(file);
		expect(await undoOrigin(record, backups)).toEqual({ kind: 'reinserted' });
		expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ mcp: { servers: { a: { command: 'x' } } } });
	});

	it('has a record that is refused when its path or its shim is no text', async () => {
		await writeFile(file, '{"mcpServers":{"a":{"command":"x"}}}');
		const record = await adopted('a', ['mcpServers'], true);
		const path = join(backups.directory, `${record.id}.json`);
		for (const wrong of [{ at: 'mcpServers' }, { at: [1] }, { instead: 1 }]) {
			await writeFile(path, JSON.stringify({ ...record, ...wrong }));
			expect(await readOriginRecords(backups)).toEqual({ records: [], problems: [path], unopened: ['a'] });
		}
	});
});
