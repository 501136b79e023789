import { join } from 'node:path';
import { Firewall } from './firewall/firewall';
import { type FirewallPorts } from './firewall/ports';
import { Journal } from './storage/journal';
import { realPathResolver } from './storage/realPath';
import { nodeSha256, systemClock, systemIds } from './storage/system';

/** What differs between the editor and the headless gateway. */
export type CoreParts = Omit<FirewallPorts, 'clock' | 'ids' | 'digest' | 'paths' | 'trail'> & {
	/** Absolute; holds `trail/`. No guarded tool may touch it, whatever the policy says (invariant 9). */
	readonly dataDirectory: string;
	/** Absolute files and folders that no guarded tool may change: the policy, and what chooses it. */
	readonly protectedFiles: () => readonly string[];
};

/** The part that decides, screens and proves, with the operating system plugged in. The same for every face. */
export interface Core {
	readonly ports: FirewallPorts;
	readonly firewall: Firewall;
	readonly journal: Journal;
	readonly trailDirectory: string;
	/** Syncs and closes the journal. */
	close(): Promise<void>;
}

/** Opens the journal and builds the firewall over it. Rejects when the trail cannot be written. */
export async function composeCore({ dataDirectory, protectedFiles, ...parts }: CoreParts): Promise<Core> {
	const trailDirectory = join(dataDirectory, 'trail');
	const journal = await Journal.open({
		dir: trailDirectory,
		clock: systemClock,
		ids: systemIds,
		logger: parts.logger,
	});
	const ports: FirewallPorts = {
		...parts,
		host: () => ({
			...parts.host(),
			protectedFolders: [dataDirectory],
			protectedFiles: protectedFiles(),
		}),
		clock: systemClock,
		ids: systemIds,
		digest: nodeSha256,
		paths: realPathResolver,
		trail: journal,
	};
	return { ports, firewall: new Firewall(ports), journal, trailDirectory, close: () => journal.close() };
}
