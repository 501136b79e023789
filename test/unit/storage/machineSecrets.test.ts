import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MachineSecrets } from '../../../src/storage/machineSecrets';
import { ManualClock } from '../support/manualClock';

const VALUE = 'Zq7wN2vRk9XbT4mLp8Hc3Yd6';

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'mcp-firewall-secrets-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	for (const [name, text] of Object.entries(files)) {
		await mkdir(join(folder, name, '..'), { recursive: true });
		await writeFile(join(folder, name), text);
	}
	return folder;
}

const open = (folder: string, env = {}) =>
	new MachineSecrets({ folders: () => [folder], env, clock: new ManualClock() });
const finds = (secrets: MachineSecrets, text: string) => (secrets.current()?.find(text) ?? []).length > 0;

describe('C5: what this machine keeps', () => {
	it.each(['.env', '.env.local', 'packages/tides/.env.production'])('reads %s', async name => {
		const secrets = open(await folderWith({ [name]: `THING=${VALUE}\n` }));
		await secrets.start();
		expect(finds(secrets, `a ${VALUE} b`)).toBe(true);
		secrets.dispose();
	});

	it.each(['.env.example', '.env.sample', 'node_modules/x/.env', 'notes.txt'])('leaves %s alone', async name => {
		const secrets = open(await folderWith({ [name]: `THING=${VALUE}\n` }));
		await secrets.start();
		expect(secrets.current()?.size).toBe(0);
		secrets.dispose();
	});

	it('variables count by their name', async () => {
		const secrets = open(await folderWith({}), {
			MY_TOKEN: VALUE,
			HOME: '/home/marvinson',
			OTHER: 'p4Jt8Lx1Bn6Wc3Vd9Fk2Rg7',
		});
		await secrets.start();
		expect([finds(secrets, VALUE), secrets.current()?.size]).toEqual([true, 1]);
		secrets.dispose();
	});

	it('the same object until a file changes; a rejection of another place is none', async () => {
		const folder = await folderWith({ '.env': `THING=${VALUE}\n` });
		const secrets = new MachineSecrets({
			...{ folders: () => [folder], env: {}, clock: new ManualClock() },
			more: () => Promise.reject(new Error('no storage')),
		});
		await secrets.start();
		const before = secrets.current();
		await writeFile(join(folder, '.env'), 'THING=p4Jt8Lx1Bn6Wc3Vd9Fk2Rg7\nMORE=1\n');
		await secrets.refresh();
		expect(secrets.current()).not.toBe(before);
		expect([finds(secrets, VALUE), finds(secrets, 'p4Jt8Lx1Bn6Wc3Vd9Fk2Rg7')]).toEqual([false, true]);
		secrets.dispose();
	});

	it('a folder in the place of a file, and a folder that is not there', async () => {
		const folder = await folderWith({ '.env/x': '' });
		const secrets = new MachineSecrets({ folders: () => [folder, '/no/such'], env: {}, clock: new ManualClock() });
		await secrets.start();
		expect(secrets.current()?.size).toBe(0);
		secrets.dispose();
	});
});
