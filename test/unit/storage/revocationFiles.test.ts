import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RevocationFiles } from '../../../src/storage/revocationFiles';
import { expectMode } from '../support/machine';

const ISSUER = 'https://ca.example.com';
const SNAPSHOT = { asOf: 1_735_689_600, revoked: ['00000000-0000-4000-8000-000000000bad'] };
const warnings: string[] = [];
const log = (text: string) => void warnings.push(text);
const logger = { error: log, warn: log, info: log, debug: log, trace: log };

let directory: string;
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'mcpfw-revocations-'));
	warnings.length = 0;
});
afterEach(() => rm(directory, { recursive: true }));

describe('stored revocations (identity.md §3.7)', () => {
	it.each([
		['no JSON', '{'],
		['of another issuer', JSON.stringify({ version: 1, issuer: 'https://other.example', ...SNAPSHOT })],
		['of another version', JSON.stringify({ version: 2, issuer: ISSUER, ...SNAPSHOT })],
		['with a time that is none', JSON.stringify({ version: 1, issuer: ISSUER, asOf: -1, revoked: [] })],
		['with ids that are none', JSON.stringify({ version: 1, issuer: ISSUER, asOf: 1, revoked: [7] })],
		['with a member twice', `{"version":1,"issuer":"${ISSUER}","asOf":1,"revoked":[],"revoked":[]}`],
	])('a file %s is not there, and the log says so', async (_what, content) => {
		const files = new RevocationFiles(directory, logger);
		await files.save(ISSUER, SNAPSHOT);
		const [name = ''] = await readdir(directory);
		await writeFile(join(directory, name), content);
		expect(await files.load(ISSUER)).toBeUndefined();
		expect(warnings).toHaveLength(1);
	});

	it('one that is missing is not there, without a word', async () => {
		expect(await new RevocationFiles(directory, logger).load(ISSUER)).toBeUndefined();
		expect(warnings).toEqual([]);
	});

	it('what was kept comes back, for its owner alone', async () => {
		const files = new RevocationFiles(join(directory, 'revocations'), logger);
		await files.save(ISSUER, SNAPSHOT);
		expect(await files.load(ISSUER)).toEqual(SNAPSHOT);
		const [name = ''] = await readdir(join(directory, 'revocations'));
		expectMode(join(directory, 'revocations', name), 0o600);
	});

	it('what cannot be written is said in the log, and nobody fails for it', async () => {
		const files = new RevocationFiles(join(directory, 'file', 'below'), logger);
		await writeFile(join(directory, 'file'), '');
		await files.save(ISSUER, SNAPSHOT);
		expect(warnings).toHaveLength(1);
	});
});
