import { samePath } from '../base/samePath';
import { serverIdOf } from '../domain/registry/launch';
import { type Inventory } from '../domain/registry/inventory';
import { type Candidate } from './guardPorts';

/**
 * The candidates that are meant by ids of the inventory, which a button of ours has named; undefined where none are named. The
 * same launch in the file of another folder is another server, and not meant. INVARIANT: what the inventory does not have any
 * more is not meant either.
 */
export function onlyThese(
	ids: unknown,
	{ inventory }: { readonly inventory: Pick<Inventory, 'items'> },
): ((candidate: Candidate) => boolean) | undefined {
	if (!isTexts(ids)) {
		return undefined;
	}
	const meant = inventory.items.filter(({ id }) => id !== undefined && ids.includes(id));
	return ({ server, source }) =>
		meant.some(
			({ launchId, places }) =>
				launchId === serverIdOf(server.launch) && places.some(({ file }) => samePath(file, source.file)),
		);
}

function isTexts(value: unknown): value is readonly string[] {
	return Array.isArray(value) && value.every(each => typeof each === 'string');
}
