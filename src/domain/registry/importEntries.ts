import { launchIdOf } from './placedServer';
import { clashOf } from './readServerEntry';
import { entryWithout, fingerprintOf, type RegistryBundle } from './registryBundle';
import { type ServerEntry } from './serverEntry';
import { unbound } from './unbound';

/** What becomes of the servers of a bundle here. */
export interface Import {
	/** To be put: new ones, and those that the publisher revoked. */
	readonly entries: readonly ServerEntry[];
	readonly added: readonly string[];
	/** Names of servers that run here and were revoked by the publisher: they are revoked here as well. */
	readonly revoked: readonly string[];
	/** Names of servers that are guarded here already: they stay as a person reviewed them here. */
	readonly kept: readonly string[];
	/** Names that another server here has. */
	readonly clashes: readonly string[];
}

/**
 * Decides what a verified bundle changes. INVARIANT: an import approves nothing. What is new waits for a review, with the
 * publisher's pins as what the review compares with, whatever the bundle says of it; a server that is here already changes
 * only for the worse, where its publisher revoked it: then in every folder for which the same launch is guarded here.
 * `file`: where the bundle was read from.
 */
export function importEntries(bundle: RegistryBundle, here: readonly ServerEntry[], file: string): Import {
	const signedBy = fingerprintOf(bundle.publisher.key);
	const from = `reviewed by somebody else, with the key ${signedBy.slice(0, 17)}`;
	const result = {
		entries: [] as ServerEntry[],
		...{ added: [] as string[], revoked: [] as string[], kept: [] as string[], clashes: [] as string[] },
	};
	for (const entry of unbound(bundle.entries)) {
		const mine = here.filter(each => launchIdOf(each) === entry.id);
		for (const each of mine) {
			const revoke = entry.status === 'revoked' && each.status !== 'revoked';
			(revoke ? result.revoked : result.kept).push(each.name);
			if (revoke) {
				result.entries.push({ ...each, status: 'revoked', statusReason: `revoked there: ${from}` });
			}
		}
		if (mine.length > 0) {
			continue;
		}
		if (clashOf([...here, ...result.entries], entry) !== undefined) {
			result.clashes.push(entry.name);
		} else {
			const status = entry.status === 'revoked' ? 'revoked' : 'pending-review';
			// What a review takes over as it is, and does not show, is nobody else's to say.
			const theirs = entryWithout(entry, ['roots', 'shared']);
			result.added.push(entry.name);
			result.entries.push({
				...{ ...theirs, revision: 1, status, statusReason: from, origin: { kind: 'command-line', file } },
				signedBy,
				credentials: entry.credentials.map(each => ({ ...each, revoked: true as const })),
			});
		}
	}
	return result;
}
