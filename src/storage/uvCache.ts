import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProgramLookup } from '../domain/registry/programLookup';
import { uvCacheOf } from '../domain/registry/uvCacheOf';

/**
 * The folders in uv's cache that hold a package of an exact version, unpacked (docs.astral.sh/uv, "Caching": `archive-v0`),
 * sorted; empty where it is not there.
 */
export async function archivesOfUv(
	{ env, platform }: Pick<ProgramLookup, 'env' | 'platform'>,
	home: string,
	name: string,
	version: string,
): Promise<readonly string[]> {
	const archive = join(uvCacheOf(env, platform, home), 'archive-v0');
	const wanted = `${name.toLowerCase().replace(/[-_.]+/g, '_')}-${version}.dist-info`;
	const found: string[] = [];
	for (const folder of await readdir(archive).catch(() => [])) {
		const inside = await readdir(join(archive, folder)).catch(() => []);
		if (inside.some(each => each.toLowerCase() === wanted.toLowerCase())) {
			found.push(await realpath(join(archive, folder)));
		}
	}
	return found.sort();
}
