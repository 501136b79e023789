import { access } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FileAnchor } from '../storage/headAnchor';
import { Journal } from '../storage/journal';
import { systemClock, systemIds } from '../storage/system';
import { fileSigner } from '../storage/trailKeyFile';

/**
 * Writes into a trail that it was given away (`trail-exported`), as a stream of its own. Resolves with why that cannot be
 * where the key that signs this trail is not at hand: then nothing is written. Rejects with `journal-unwritable`.
 */
export async function recordExport(dir: string, detail: string): Promise<string | undefined> {
	const place = resolve(dir);
	const data = basename(place) === 'trail' ? dirname(place) : place;
	const isThere = async (path: string) =>
		access(path).then(
			() => true,
			() => false,
		);
	if (!(await isThere(join(data, 'keys', 'trail.key'))) || !(await isThere(join(data, 'trail')))) {
		return `the key that signs it is not in ${join(data, 'keys')}`;
	}
	const logger = { trace() {}, info() {}, warn() {}, error() {} };
	const journal = await Journal.open({
		...{ dir: join(data, 'trail'), clock: systemClock, ids: systemIds, logger },
		signer: await fileSigner(data),
		anchor: new FileAnchor(join(data, 'anchors'), logger),
	});
	try {
		const at = new Date(systemClock.now()).toISOString();
		await journal.append(
			{
				...{ id: systemIds.uuid(), at, kind: 'lifecycle', outcome: 'noted' },
				...{ event: 'trail-exported', actor: 'command-line', detail },
			},
			'synced',
		);
		return undefined;
	} finally {
		await journal.close();
	}
}
