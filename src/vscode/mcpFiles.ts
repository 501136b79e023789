import { samePath } from '../base/samePath';
import { type FoundInventory } from '../domain/registry/inventory';
import { folderOfOrigin, originPlaces, type PlacesHost, theOnly } from '../domain/registry/originPlaces';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ShimSigns, shimmedServer } from '../domain/registry/shimSigns';
import { findServers } from '../storage/inventoryFiles';
import { userFoldersOf } from '../storage/settingsFolders';
import { type Blocked, type Candidate, type McpFile } from './guardPorts';

/**
 * The files in which MCP servers are defined. `globalStorage` is the path of `ExtensionContext.globalStorageUri`:
 * `<User>/globalStorage/<id>`, or `<User>/profiles/<profile>/globalStorage/<id>` in a profile, which may share the servers of
 * the default one. Without a `host`, those that only VS Code reads: each folder's `.vscode/mcp.json` and the user's `mcp.json`.
 */
export function mcpFiles(
	folders: readonly string[],
	globalStorage: string,
	host?: Omit<PlacesHost, 'folders' | 'userFolders'>,
): readonly McpFile[] {
	const places = originPlaces({
		...(host ?? { platform: process.platform, home: '', env: {}, remote: false }),
		folders,
		userFolders: userFoldersOf(globalStorage),
	});
	return host === undefined ? places.filter(({ kind }) => kind === 'workspace' || kind === 'user') : places;
}

/** Where a window is, as far as it decides which servers belong to it. */
export interface WindowPlace {
	/** The `*.code-workspace` file that is open. */
	readonly workspaceFile?: string;
	readonly namedFolders?: Readonly<Record<string, string>>;
	readonly userHome?: string;
}

/**
 * What `${workspaceFolder:NAME}` stands for. VS Code takes the first folder of a name; which one that is may change under a
 * server that was reviewed, so that a name of two folders means none.
 */
export function foldersByName(
	folders: readonly { readonly name: string; readonly path: string }[],
): Readonly<Record<string, string>> {
	const single = folders.filter(({ name }) => folders.filter(each => each.name === name).length === 1);
	return Object.fromEntries(single.map(({ name, path }) => [name, path]));
}

/**
 * The folder that the `${workspaceFolder}` of an entry stands for in this window: that of its file; of a file of no folder
 * the only one that is open. Of several nobody can say which is meant, and VS Code gives the variable no value either.
 * `elsewhere` when the entry came from a folder or a workspace file that is not open here: then it must be neither offered
 * nor started here.
 */
export function folderOf(
	{ origin }: ServerEntry,
	folders: readonly string[],
	{ workspaceFile, userHome }: WindowPlace = {},
): { readonly folder?: string } | 'elsewhere' {
	const own = folderOfOrigin(origin, userHome);
	if (own !== undefined) {
		const open = folders.find(each => samePath(each, own));
		return open === undefined ? 'elsewhere' : { folder: open };
	}
	if (origin.kind === 'code-workspace' && !samePath(origin.file, workspaceFile ?? '')) {
		return 'elsewhere';
	}
	const folder = theOnly(folders);
	return folder === undefined ? {} : { folder };
}

/** What the files hold. */
export interface Discovery {
	readonly candidates: readonly Candidate[];
	readonly blocked: readonly Blocked[];
	/** Files that cannot be read: one sentence each. */
	readonly problems: readonly string[];
}

/** Reads all files. A missing one is no problem. What starts our shim, or is disabled, is not offered. */
export async function discoverServers(files: readonly McpFile[], signs?: ShimSigns): Promise<Discovery> {
	const { found, problems }: FoundInventory = await findServers(files);
	const candidates: Candidate[] = [];
	const blocked: Blocked[] = [];
	for (const { server, place: source } of found) {
		const { name, launch, unsupported, disabled } = server;
		if (launch === undefined) {
			blocked.push({ name, why: unsupported ?? '', source });
		} else if (disabled !== true && (signs === undefined || shimmedServer(launch, signs) === undefined)) {
			candidates.push({ server: { ...server, launch }, source });
		}
	}
	return { candidates, blocked, problems };
}
