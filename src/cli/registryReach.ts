import { homedir } from 'node:os';
import { join } from 'node:path';
import { samePath } from '../base/samePath';
import { inventoryOf } from '../domain/registry/inventory';
import { originPlaces, type PlacesHost } from '../domain/registry/originPlaces';
import { type ReachableServer } from '../domain/registry/registryAudit';
import { type ShimSigns } from '../domain/registry/shimSigns';
import { readHomes } from '../storage/discoveryFiles';
import { connectFile, discoveryFolder } from '../storage/discoveryPlace';
import { findDevcontainers, findServers } from '../storage/inventoryFiles';
import { userFoldersOf } from '../storage/settingsFolders';
import { type FindReachable } from './registryCommands';

/** The machine that is searched. */
export interface ReachHost extends Pick<PlacesHost, 'platform' | 'home' | 'env'> {
	/** The folder through which windows and shims find each other. */
	readonly discovery: string;
}

/** Looks for servers as a window of that data directory with those folders would: in every file that can define one. */
export function reachableIn(
	dataDirectory: string,
	folders: readonly string[],
	host: ReachHost = { platform: process.platform, home: homedir(), env: process.env, discovery: discoveryFolder() },
): FindReachable {
	return async entries => {
		const { platform, home, env } = host;
		const places = originPlaces({
			...{ platform, home, env, folders, remote: false },
			...{ userFolders: userFoldersOf(dataDirectory), devcontainers: findDevcontainers(folders) },
		});
		const signs = await signsOf(host.discovery, dataDirectory);
		const { items, problems } = inventoryOf(await findServers(places), entries, signs, {
			...{ registered: entries, home },
		});
		const servers = items.flatMap(({ coverage, name, id, places: files }): readonly ReachableServer[] =>
			coverage === 'inactive'
				? []
				: [{ name, ...(id !== undefined && { id }), places: files, guarded: coverage === 'guarded' }],
		);
		return { servers, problems };
	};
}

/** How the shims of that editor are known: by its own word, which lies where no guarded tool reaches. */
async function signsOf(discovery: string, dataDirectory: string): Promise<ShimSigns> {
	const homes = (await readHomes(discovery)).filter(home => samePath(home.dataDirectory, dataDirectory));
	return {
		files: [connectFile(discovery), ...homes.map(home => join(home.extensionPath, 'dist', 'connect.cjs'))],
		programs: homes.flatMap(({ program }) => program ?? []),
	};
}
