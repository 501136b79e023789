import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type PrincipalPin } from '../../../src/domain/identity/principalPin';
import { PrincipalPinFiles } from '../../../src/storage/principalPins';
import { expectMode } from '../support/machine';

const SERVER = 'a'.repeat(64);
const PIN: PrincipalPin = { did: 'did:web:a.example', keyThumbprint: 'k'.repeat(43), since: 1_800_000_000 };
const OTHER: PrincipalPin = { ...PIN, did: 'did:web:b.example' };

async function pins() {
	const folder = await mkdtemp(join(tmpdir(), 'principal-pins-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	const directory = join(folder, 'principals');
	return { directory, file: join(directory, `${SERVER}.json`), pins: new PrincipalPinFiles(directory, silentLogger) };
}

describe('pins of principals on the disk', () => {
	it('nothing there: none; remembered once, for every window, readable by the owner alone', async () => {
		const { pins: one, directory, file } = await pins();
		expect(await one.load(SERVER)).toEqual({ kind: 'none' });
		expect(await one.remember(SERVER, PIN)).toEqual({ kind: 'pinned', pin: PIN });
		expect(await new PrincipalPinFiles(directory, silentLogger).load(SERVER)).toEqual({ kind: 'pinned', pin: PIN });
		expectMode(file, 0o600);
	});

	it('§6.2, 5: a second DID never takes the place of the first', async () => {
		const { pins: one } = await pins();
		await one.remember(SERVER, PIN);
		expect(await one.remember(SERVER, OTHER)).toEqual({ kind: 'pinned', pin: PIN });
		expect(await one.load(SERVER)).toEqual({ kind: 'pinned', pin: PIN });
	});

	it('two windows at once: both hear of the same one', async () => {
		const { pins: one, directory } = await pins();
		const windows = Array.from({ length: 6 }, () => new PrincipalPinFiles(directory, silentLogger));
		const told = await Promise.all(windows.map((each, at) => each.remember(SERVER, at % 2 === 0 ? PIN : OTHER)));
		const kept = await one.load(SERVER);
		expect(kept.kind).toBe('pinned');
		told.forEach(each => expect(each).toEqual(kept));
	});

	it.each([
		['empty', ''],
		['cut off', '{"version":1,"server"'],
		['of another version', JSON.stringify({ version: 2, server: SERVER, pin: PIN })],
		['of another server', JSON.stringify({ version: 1, server: 'b'.repeat(64), pin: PIN })],
		['without a pin', JSON.stringify({ version: 1, server: SERVER })],
		[
			'with a thumbprint that is none',
			JSON.stringify({ version: 1, server: SERVER, pin: { ...PIN, keyThumbprint: '' } }),
		],
		[
			'with keys twice',
			`{"version":1,"server":"${SERVER}","pin":{"did":"did:web:a.example","did":"did:web:b.example"}}`,
		],
		['too large', ' '.repeat(40_000)],
	])('a file that is %s counts as damaged, never as none, and is not written over', async (_, content) => {
		const { pins: one, file } = await pins();
		await one.remember(SERVER, PIN);
		await writeFile(file, content);
		expect(await one.load(SERVER)).toEqual({ kind: 'damaged' });
		expect(await one.remember(SERVER, OTHER)).toEqual({ kind: 'damaged' });
		expect(await readFile(file, 'utf8')).toBe(content);
	});

	it('a folder in its place counts as damaged', async () => {
		const { pins: one, directory } = await pins();
		await writeFile(directory, 'a file where the folder should be');
		expect((await one.load(SERVER)).kind).toBe('damaged');
		expect((await one.remember(SERVER, PIN)).kind).toBe('damaged');
	});

	it.each(['../escape', '', 'a/b', 'x'.repeat(200)])('an id that names no file (%j) is never looked up', async id => {
		const { pins: one, directory } = await pins();
		expect(await one.load(id)).toEqual({ kind: 'damaged' });
		expect(await one.remember(id, PIN)).toEqual({ kind: 'damaged' });
		expect(await one.forget(id)).toBe(false);
		expect(await readdir(directory).catch(() => [])).toEqual([]);
	});

	it('a person forgets it, a damaged one too, and the next one is new', async () => {
		const { pins: one, file } = await pins();
		await one.remember(SERVER, PIN);
		await writeFile(file, 'damaged');
		expect(await one.forget(SERVER)).toBe(true);
		expect(await one.remember(SERVER, OTHER)).toEqual({ kind: 'pinned', pin: OTHER });
	});
});
