import { silentLogger } from '../../../src/base/logger';
import { RegistryFile } from '../../../src/storage/registryFile';
import { aServerEntry } from './serverEntries';

// A process that puts COUNT servers of its own, and changes one that all processes change, into the registry of DIRECTORY.
async function main([directory = '', name = '', count = '0']: readonly string[]): Promise<void> {
	const registry = await RegistryFile.open(directory, silentLogger);
	for (let at = 0; at < Number(count); at++) {
		const own = `${name}-${String(at)}`;
		const launch = { kind: 'stdio', command: own, args: [], env: [] } as const;
		const common = { kind: 'stdio', command: 'common', args: [], env: [] } as const;
		for (const change of [
			await registry.put(aServerEntry({ name: own, launch })),
			await registry.put(aServerEntry({ name: 'common', launch: common, owner: own })),
		]) {
			if (change.kind === 'problem') {
				process.stderr.write(`${change.problem}\n`);
				process.exitCode = 1;
			}
		}
	}
	registry.dispose();
}

void main(process.argv.slice(2));
