import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { argumentsMac } from '../../../src/storage/argumentsMac';
import { fileState } from '../../../src/storage/fileState';
import { nodeSha256 } from '../../../src/storage/system';
import { lacks } from '../support/machine';

const noLinks = lacks('links', 'links stand in the place of files');

const never = new AbortController().signal;

async function folder(): Promise<string> {
	const made = await realpath(await mkdtemp(join(tmpdir(), 'mcp-firewall-state-')));
	onTestFinished(() => rm(made, { recursive: true, force: true }));
	return made;
}

describe('A7: what a file holds', () => {
	it('its digest, also of an empty one; nothing; no file', async () => {
		const dir = await folder();
		await writeFile(join(dir, 'a'), 'x'.repeat(600_000));
		await writeFile(join(dir, 'empty'), '');
		expect(await fileState(join(dir, 'a'), never)).toBe(nodeSha256('x'.repeat(600_000)));
		expect(await fileState(join(dir, 'empty'), never)).toBe(nodeSha256(''));
		expect(await fileState(join(dir, 'b'), never)).toBe('absent');
		expect(await fileState(dir, never)).toBe('unread');
		expect(await fileState(`${dir}/a\0`, never)).toBe('unread');
	});

	it.skipIf(noLinks)('follows no link, neither at the end nor on the way', async () => {
		const dir = await folder();
		await mkdir(join(dir, 'real'));
		await writeFile(join(dir, 'real', 'a'), 'secret');
		await symlink(join(dir, 'real', 'a'), join(dir, 'link'));
		await symlink(join(dir, 'real'), join(dir, 'way'));
		expect(await fileState(join(dir, 'link'), never)).toBe('unread');
		expect(await fileState(join(dir, 'way', 'a'), never)).toBe('unread');
	});

	it('does not read what is too large, nor on when it is told to stop', async () => {
		const dir = await folder();
		await writeFile(join(dir, 'large'), '');
		await truncate(join(dir, 'large'), 16 * 1024 * 1024 + 1);
		await writeFile(join(dir, 'small'), 'x');
		expect(await fileState(join(dir, 'large'), never)).toBe('unread');
		expect(await fileState(join(dir, 'small'), AbortSignal.abort())).toBe('unread');
	});
});

describe('A4: the keyed hash of arguments', () => {
	it('is the same for the same key and text alone', () => {
		const mac = argumentsMac('one');
		expect(mac('{}')).toMatch(/^[A-Za-z0-9_-]{43}$/);
		expect(argumentsMac('one')('{}')).toBe(mac('{}'));
		expect(argumentsMac('two')('{}')).not.toBe(mac('{}'));
		expect(mac('{"a":1}')).not.toBe(mac('{}'));
	});
});
