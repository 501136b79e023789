import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { adoptOrigin, undoOrigin } from '../../../src/storage/originEdits';
import { type BackupPlace, type OriginRecord, readOriginRecords } from '../../../src/storage/originRecord';
import { serversTexts } from '../registry/jsoncTexts';
import { expectMode, lacks } from '../support/machine';

const noLinks = lacks('links', 'links lead outside, and inside');
/** Where there is what it needs. */
const test = it.skipIf(noLinks);

let root: string;
let within: string;
let file: string;
let backupsDir: string;
let backups: BackupPlace;
let next = 0;
const KEY = { get: () => Promise.resolve(Buffer.alloc(32, 7)) };

const TEXT =
	'\uFEFF{ // mine\r\n\t"servers": {\r\n\t\t"a": {"command":"x"}, // a\r\n\t\t"b": {"command":"y"},\r\n\t},\r\n}\r\n';

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'origin-'));
	within = join(root, 'ws');
	file = join(within, '.vscode', 'mcp.json');
	backupsDir = join(root, 'global', 'origins');
	backups = { directory: backupsDir, key: KEY };
	await mkdir(join(within, '.vscode'), { recursive: true });
	await writeFile(file, TEXT);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const bytes = () => readFile(file, 'utf8');

async function adopt(name: string, more: { expectedDigest?: string } = {}) {
	const expectedDigest = sha256Hex(await readFile(file).catch(() => ''));
	const id = `id-${String(next++).padStart(6, '0')}`;
	return adoptOrigin({
		...{ file, within, name, backups, expectedDigest, id },
		serverId: name,
		takenAt: 'T',
		...more,
	});
}

async function adopted(name: string): Promise<OriginRecord> {
	const outcome = await adopt(name);
	if ('problem' in outcome) {
		throw new Error(outcome.problem);
	}
	return outcome.record;
}

/** The record as it is on the disk now: an undo of another one may have moved it. */
async function latest(record: OriginRecord): Promise<OriginRecord> {
	const { records } = await readOriginRecords(backups);
	return records.find(({ id }) => id === record.id)!;
}

describe('adoptOrigin', () => {
	it('refuses a file that is not the reviewed one', async () => {
		expect(await adopt('a', { expectedDigest: 'other' })).toEqual({ problem: 'it was changed meanwhile' });
		expect(await bytes()).toBe(TEXT);
	});

	it('refuses what is gone, what is no text and what is no file', async () => {
		await rm(file);
		expect(await adopt('a')).toEqual({ problem: 'it is not there any more' });
		await writeFile(file, Buffer.from([0x7b, 0xff, 0x7d]));
		expect(await adopt('a')).toEqual({ problem: 'it is not UTF-8 text' });
		await rm(file);
		await mkdir(file);
		expect(await adopt('a')).toHaveProperty('problem');
	});

	it.skipIf(noLinks)('refuses links that lead outside, of the file and of its folder', async () => {
		const outside = join(root, 'outside');
		await mkdir(outside);
		await writeFile(join(outside, 'mcp.json'), TEXT);
		await rm(file);
		await symlink(join(outside, 'mcp.json'), file);
		expect(await adopt('a')).toEqual({ problem: 'it is a link to a place outside its folder' });
		await rm(join(within, '.vscode'), { recursive: true });
		await symlink(outside, join(within, '.vscode'));
		expect(await adopt('a')).toEqual({ problem: 'it is a link to a place outside its folder' });
		expect(await readFile(join(outside, 'mcp.json'), 'utf8')).toBe(TEXT);
	});

	it('changes nothing when the record cannot be kept', async () => {
		await writeFile(join(root, 'global'), 'a file where the directory should be');
		expect(await adopt('a')).toHaveProperty('problem');
		expect(await bytes()).toBe(TEXT);
	});

	it('leaves no record when the server is not there', async () => {
		expect(await adopt('c')).toHaveProperty('problem');
		expect((await readOriginRecords(backups)).records).toEqual([]);
	});

	test('follows a link that stays inside, keeps the mode of the file and hides the record', async () => {
		const real = join(within, 'real.json');
		await writeFile(real, TEXT);
		await chmod(real, 0o640);
		await rm(file);
		await symlink(real, file);
		const record = await adopted('b');
		expect(await readFile(real, 'utf8')).toBe(TEXT.replace('\t\t"b": {"command":"y"},\r\n', ''));
		expect(await readdir(within)).toEqual(['.vscode', 'real.json']);
		expectMode(real, 0o640);
		expectMode(join(backupsDir, `${record.id}.json`), 0o600);
		expectMode(backupsDir, 0o700);
	});
});

describe('undoOrigin', () => {
	it('names a malformed record and leaves it', async () => {
		const record = await adopted('a');
		const path = join(backupsDir, `${record.id}.json`);
		await writeFile(path, (await readFile(path, 'utf8')).replace('"name":"a"', '"name":"b"'));
		expect(await readOriginRecords(backups)).toEqual({ records: [], problems: [path], unopened: ['a'] });
	});

	it('keeps the record and the file when the file cannot be read now', async () => {
		const record = await adopted('a');
		await writeFile(file, '{ "servers": {');
		expect(await undoOrigin(record, backups)).toMatchObject({ kind: 'problem' });
		expect(await bytes()).toBe('{ "servers": {');
		expect(await latest(record)).toEqual(record);
	});

	it('leaves a server of the same name alone', async () => {
		const record = await adopted('a');
		await writeFile(file, '{"servers":{"a":{"command":"new"}}}');
		expect(await undoOrigin(record, backups)).toEqual({ kind: 'already-there' });
		expect(await bytes()).toBe('{"servers":{"a":{"command":"new"}}}');
		expect(await latest(record)).toEqual(record);
	});

	it("keeps the person's edits and puts the server's own text back", async () => {
		const text = '{"servers":{"a":{ /* secret */ "command":"x"},"b":{}}}';
		await writeFile(file, text);
		const record = await adopted('a');
		await writeFile(file, '{"servers":{"b":{},"c":{}}, "inputs":[]} // edited');
		expect(await undoOrigin(record, backups)).toEqual({ kind: 'reinserted' });
		const restored = '{"servers":{"b":{},"c":{}, "a":{ /* secret */ "command":"x"}}, "inputs":[]} // edited';
		expect(await bytes()).toBe(restored);
		expect((await readOriginRecords(backups)).records).toEqual([]);
	});

	test('makes a file that was deleted anew, with this server alone, but never through a link', async () => {
		const record = await adopted('a');
		await rm(join(within, '.vscode'), { recursive: true });
		await mkdir(join(root, 'outside'));
		await symlink(join(root, 'outside'), join(within, '.vscode'));
		expect(await undoOrigin(record, backups)).toMatchObject({ kind: 'problem' });
		expect(await readdir(join(root, 'outside'))).toEqual([]);
		await rm(join(within, '.vscode'));
		expect(await undoOrigin(record, backups)).toEqual({ kind: 'reinserted' });
		expect(JSON.parse(await bytes())).toEqual({ servers: { a: { command: 'x' } } });
	});

	it('falls back to a reinsertion when the chain of removals is broken', async () => {
		const first = await adopted('a');
		await writeFile(file, (await bytes()).replace('"b"', '"c"'));
		const second = await adopted('c');
		expect(await undoOrigin(first, backups)).toEqual({ kind: 'reinserted' });
		expect(await undoOrigin(second, backups)).toEqual({ kind: 'reinserted' });
		const value = parse((await bytes()).slice(1)) as { servers: object };
		expect(Object.keys(value.servers).sort()).toEqual(['a', 'c']);
	});

	it('handles a file that version control put back and that was adopted again', async () => {
		const first = await adopted('a');
		await writeFile(file, TEXT);
		const second = await adopted('a');
		expect(await undoOrigin(second, backups)).toEqual({ kind: 'restored' });
		expect(await undoOrigin(first, backups)).toEqual({ kind: 'already-there' });
		expect(await bytes()).toBe(TEXT);
	});

	it('gives the original bytes back after any removals, undone in any order', async () => {
		await fc.assert(
			fc.asyncProperty(serversTexts, fc.array(fc.nat()), async ({ text, servers }, picks) => {
				await rm(backupsDir, { recursive: true, force: true });
				await writeFile(file, text);
				const left = servers.map(({ name }) => name);
				const take = <T>(from: T[], pick: number) => from.splice(pick % from.length, 1)[0]!;
				const records: OriginRecord[] = [];
				for (const pick of picks.slice(0, left.length)) {
					records.push(await adopted(take(left, pick)));
				}
				for (const pick of picks.slice(0, records.length).reverse()) {
					const record = await latest(take(records, pick));
					expect(await undoOrigin(record, backups)).toEqual({ kind: 'restored' });
				}
				expect(await bytes()).toBe(text);
				expect((await readOriginRecords(backups)).records).toEqual([]);
			}),
			{ numRuns: 30 },
		);
	}, 60_000);
});
