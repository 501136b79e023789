import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type LifecycleEvent } from '../domain/audit/lifecycleEvent';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type EventFacts } from '../firewall/noteEvent';
import { readHomes } from '../storage/discoveryFiles';
import { discoveryFolder } from '../storage/discoveryPlace';
import { FileAnchor } from '../storage/headAnchor';
import { Journal } from '../storage/journal';
import { describeRegistryProblem } from '../storage/registryContent';
import { RegistryFile } from '../storage/registryFile';
import { systemClock, systemIds } from '../storage/system';
import { fileSigner } from '../storage/trailKeyFile';
import { EXIT_UNUSABLE } from './command';
import { type CliOutput } from './output';
import { printable } from './printable';

/** An open registry, and the data directory that it lies in. */
export interface RegistryPlace {
	readonly data: string;
	readonly registry: RegistryFile;
	readonly logger: Logger;
}

/**
 * Runs a command over the registry of a data directory; without one, over that of the only editor that guards servers for this
 * person. Says on stderr why it cannot, and resolves with 2 then.
 */
export async function withRegistry(
	data: string | undefined,
	out: CliOutput,
	run: (place: RegistryPlace) => Promise<number>,
): Promise<number> {
	const directory = data ?? (await onlyHome(out));
	if (directory === undefined) {
		return EXIT_UNUSABLE;
	}
	const folder = join(directory, 'registry');
	if (!existsSync(folder)) {
		out.stderr(printable(`There is no registry in ${directory}.`));
		return EXIT_UNUSABLE;
	}
	const warn = (message: string) => out.stderr(printable(message));
	const logger = { trace: () => undefined, info: () => undefined, warn, error: warn };
	const registry = await RegistryFile.open(folder, logger);
	try {
		if (registry.problem !== undefined) {
			out.stderr(printable(describeRegistryProblem(registry.problem)));
			return EXIT_UNUSABLE;
		}
		return await run({ data: directory, registry, logger });
	} finally {
		registry.dispose();
	}
}

async function onlyHome(out: CliOutput): Promise<string | undefined> {
	const homes = await readHomes(discoveryFolder(), why => out.stderr(printable(`left aside: ${why}`)));
	const [first, ...others] = [...new Set(homes.map(({ dataDirectory }) => dataDirectory))];
	if (first === undefined) {
		out.stderr('No editor guards servers here. Name its data directory with --data DIR.');
		return undefined;
	}
	if (others.length > 0) {
		out.stderr('Several editors guard servers here. Name the data directory that is meant with --data DIR:');
		[first, ...others].forEach(directory => {
			out.stderr(printable(`  ${directory}`));
		});
		return undefined;
	}
	return first;
}

/** Finds an entry by its id, by the beginning of it, or by its name; a sentence where it cannot be told. */
export function findEntry(registry: RegistryFile, wanted: string): ServerEntry | string {
	const all = registry.all();
	const exact = all.filter(({ id, name }) => id === wanted || name === wanted);
	const found = exact.length > 0 || wanted.length < 8 ? exact : all.filter(({ id }) => id.startsWith(wanted));
	const [first, ...others] = found;
	if (first === undefined) {
		return 'No guarded server has this id or name.';
	}
	return others.length > 0 ? 'Several guarded servers are meant. Name one by its id.' : first;
}

/** Records what a person did by the command line, in a journal file of its own. Trouble is told, and undoes nothing. */
export async function noteInTrail(
	{ data, logger }: RegistryPlace,
	events: readonly ({ readonly event: LifecycleEvent } & EventFacts)[],
): Promise<void> {
	try {
		const journal = await Journal.open({
			...{ dir: join(data, 'trail'), clock: systemClock, ids: systemIds, logger },
			signer: await fileSigner(data),
			anchor: new FileAnchor(join(data, 'anchors'), logger),
		});
		const at = new Date(systemClock.now()).toISOString();
		for (const facts of events) {
			const fixed = { id: systemIds.uuid(), at, kind: 'lifecycle', outcome: 'noted', actor: 'person' } as const;
			await journal.append({ ...fixed, ...facts }, 'synced');
		}
		await journal.close();
	} catch (error) {
		logger.error(`This is not in the audit trail: ${errorText(error)}`);
	}
}
