import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { adoptOrigin, undoOrigin } from '../../../src/storage/originEdits';
import { readOriginRecords, sealOriginRecords } from '../../../src/storage/originRecord';
import { openSealed, sealText } from '../../../src/storage/sealedText';

const CANARY = 'canary-7f3a';
const TEXT = `\uFEFF{\r\n  "servers": { "a": { "command": "x", "env": { "TOKEN": "${CANARY}" } } }\r\n}\r\n`;
const key = (byte: number) => ({ get: () => Promise.resolve(Buffer.alloc(32, byte)) });
const none = { get: () => Promise.resolve(undefined) };

let root: string;
let file: string;
let directory: string;

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'sealed-'));
	await mkdir(join(root, 'ws'));
	file = join(root, 'ws', 'mcp.json');
	directory = join(root, 'origins');
	await writeFile(file, TEXT);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const adopt = (seal: { get: () => Promise<Uint8Array | undefined> }) =>
	adoptOrigin({
		...{ file, within: join(root, 'ws'), name: 'a', serverId: 's', backups: { directory, key: seal } },
		...{ expectedDigest: sha256Hex(TEXT), id: 'id-1', takenAt: 'T' },
	});

async function onDisk(): Promise<string> {
	const names = await readdir(directory).catch(() => []);
	return (await Promise.all(names.map(name => readFile(join(directory, name), 'utf8')))).join('\n');
}

describe('a backup of a configuration file (C9: no secret of it lies in a file)', () => {
	it('is sealed, and gives the file back byte for byte', async () => {
		expect(await adopt(key(1))).toHaveProperty('record');
		expect(await onDisk()).toContain('"sealed"');
		for (const text of [CANARY, 'TOKEN', Buffer.from(CANARY).toString('base64').slice(0, 12)]) {
			expect(await onDisk()).not.toContain(text);
		}
		const [record] = (await readOriginRecords({ directory, key: key(1) })).records;
		expect(await undoOrigin(record!, { directory, key: key(1) })).toEqual({ kind: 'restored' });
		expect(await readFile(file, 'utf8')).toBe(TEXT);
	});

	it.each([
		['another key', key(2)],
		['no key', none],
	])('cannot be read with %s, and stays', async (_, other) => {
		await adopt(key(1));
		const { records, problems } = await readOriginRecords({ directory, key: other });
		expect([records, problems]).toEqual([[], [join(directory, 'id-1.json')]]);
		expect((await readOriginRecords({ directory, key: key(1) })).records).toHaveLength(1);
	});

	it.each(['file', 'within', 'serverId', 'beforeDigest', 'sealed'])(
		'counts for nothing once its %s is changed',
		async part => {
			await adopt(key(1));
			const path = join(directory, 'id-1.json');
			const record = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
			const text = record[part]!;
			await writeFile(
				path,
				JSON.stringify({ ...record, [part]: (text.startsWith('A') ? 'B' : 'A') + text.slice(1) }),
			);
			expect((await readOriginRecords({ directory, key: key(1) })).records).toEqual([]);
		},
	);

	it('is a condition: without a key the file is left alone', async () => {
		expect(await adopt(none)).toEqual({ problem: expect.stringContaining('sealed') as string });
		expect(await readFile(file, 'utf8')).toBe(TEXT);
		expect(await onDisk()).toBe('');
	});

	it('of an earlier version is sealed where it lies, and still gives the file back', async () => {
		await adopt(key(1));
		const [record] = (await readOriginRecords({ directory, key: key(1) })).records;
		await writeFile(join(directory, 'id-1.json'), JSON.stringify(record));
		expect(await onDisk()).toContain(CANARY);
		await sealOriginRecords({ directory, key: key(1) });
		expect(await onDisk()).not.toContain(CANARY);
		expect((await readOriginRecords({ directory, key: key(1) })).records).toEqual([record]);
	});
});

describe('sealText', () => {
	it('property: opens with the same key and subject alone, whatever byte was changed', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.nat(), (text, about, at) => {
				const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
				const sealed = sealText(one, text, about);
				expect(openSealed(one, sealed, about)).toBe(text);
				expect(openSealed(other, sealed, about)).toBeUndefined();
				expect(openSealed(one, sealed, `${about}x`)).toBeUndefined();
				const bytes = Buffer.from(sealed, 'base64');
				bytes[at % bytes.length]! ^= 1;
				expect(openSealed(one, bytes.toString('base64'), about)).toBeUndefined();
				expect(sealText(one, text, about)).not.toBe(sealed);
			}),
		);
	});
});
