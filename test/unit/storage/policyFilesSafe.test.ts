import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PolicyFiles } from '../../../src/storage/policyFiles';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'devices and named pipes lie in folders');

let folder: string;
let base: string;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'mcpfw-policy-'));
	base = join(folder, 'base.yaml');
	await writeFile(base, 'allow:\n  - filesystem.read\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = (...workspace: string[]) => {
	const files = new PolicyFiles({ base, workspace });
	try {
		return files.current();
	} finally {
		files.dispose();
	}
};

describe.skipIf(noPosix)('a workspace file that is no file', () => {
	it('POL-06 an endless device is not read, and denies', async () => {
		const file = join(folder, 'device.yaml');
		await symlink('/dev/zero', file);
		expect(load(file)).toMatchObject({ policy: undefined, problems: [{ code: 'too-large' }] });
	});

	it('POL-06 a pipe is not waited for, and denies', () => {
		const file = join(folder, 'pipe.yaml');
		execFileSync('mkfifo', [file]);
		expect(load(file).policy).toBeUndefined();
	});
});

describe('policy files', () => {
	it('a missing base denies, a missing workspace file does not matter', async () => {
		expect(load(join(folder, 'none.yaml')).policy?.rules).toHaveLength(1);
		await rm(base);
		expect(load().policy).toBeUndefined();
	});

	it('POL-06 a policy over 1 MiB denies', async () => {
		await writeFile(base, `# ${'x'.repeat(1024 * 1024)}\n`);
		expect(load()).toMatchObject({ policy: undefined, problems: [{ code: 'too-large' }] });
	});
});
