import { canonicalHostPath } from '../domain/policy/canonicalForms';
import { type HostFacts, type OwnPlaces } from '../domain/policy/facts';
import { type PathResolver } from './ports';

/** The places of the host's `protectedFolders` and `protectedFiles`; ownPlaces.ts says what follows from them. */
export async function resolveOwnPlaces(host: HostFacts, resolver: PathResolver): Promise<OwnPlaces> {
	const { protectedFolders = [], protectedFiles = [] } = host;
	const [folders, files] = await Promise.all([
		formsOf(protectedFolders, host, resolver),
		formsOf(protectedFiles, host, resolver),
	]);
	return { folders, files };
}

/** By its text and with symlinks resolved. One whose real place cannot be told is still known by its text. */
async function formsOf(places: readonly string[], host: HostFacts, resolver: PathResolver): Promise<readonly string[]> {
	const forms = places.map(async place => {
		const real = await Promise.resolve(place)
			.then(asked => resolver.realPath(asked))
			.catch(() => undefined);
		return [place, real].map(form => (form === undefined ? undefined : canonicalHostPath(form, host)));
	});
	return [...new Set((await Promise.all(forms)).flat().filter(form => form !== undefined))];
}
