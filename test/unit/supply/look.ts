import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type ResolvedLaunch } from '../../../src/domain/registry/resolveLaunch';
import { programLookup } from '../../../src/proxy/upstream/programLookup';
import { SupplyPins } from '../../../src/storage/supplyPins';

/** A folder that goes with the test; real, because pins are. */
export async function folderForTest(): Promise<string> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'mf-supply-')));
	onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
	return folder;
}

/** Writes files below a folder, by relative path. */
export async function lay(folder: string, files: Readonly<Record<string, string>>, mode = 0o644): Promise<void> {
	for (const [name, text] of Object.entries(files)) {
		const file = join(folder, name);
		await mkdir(dirname(file), { recursive: true });
		await writeFile(file, text, { mode });
	}
}

/** The real thing, under this process's environment and a home folder of the test. */
export function suppliesAt(home: string): SupplyPins {
	return new SupplyPins({ lookup: programLookup, home, logger: silentLogger });
}

/** A launch as it is started. */
export function resolved(cwd: string, command: string, ...args: readonly string[]): ResolvedLaunch {
	return { command, args, cwd, env: {} };
}

/** What a check says: the reasons, or `same`. */
export async function outcome(
	supplies: SupplyPins,
	pin: Awaited<ReturnType<SupplyPins['pin']>>,
	launch: ResolvedLaunch,
) {
	const check = await supplies.check(pin, launch);
	return check.kind === 'same' ? 'same' : check.differences.map(({ reason }) => reason);
}
