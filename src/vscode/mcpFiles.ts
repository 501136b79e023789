import { basename, dirname, join } from 'node:path';
import { readMcpJson } from '../domain/registry/mcpJson';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { readOriginFile } from '../storage/originFile';
import { type Blocked, type Candidate, type McpFile } from './guardPorts';

/**
 * The files in which VS Code looks for MCP servers: each folder's `.vscode/mcp.json` and the user's `mcp.json`.
 * `globalStorage` is the path of `ExtensionContext.globalStorageUri`: `<User>/globalStorage/<id>`, or
 * `<User>/profiles/<profile>/globalStorage/<id>` in a profile, which may share the servers of the default one.
 */
export function mcpFiles(folders: readonly string[], globalStorage: string): readonly McpFile[] {
	const [first] = folders;
	const profile = dirname(dirname(globalStorage));
	const inProfile = basename(dirname(profile)) === 'profiles';
	const homes = inProfile ? [profile, dirname(dirname(profile))] : [profile];
	return [
		...folders.map(folder => ({
			...{ kind: 'workspace' as const, file: join(folder, '.vscode', 'mcp.json') },
			...{ within: folder, folder },
		})),
		...homes.map(home => ({
			...{ kind: 'user' as const, file: join(home, 'mcp.json'), within: home },
			...(first !== undefined && { folder: first }),
		})),
	];
}

/**
 * The folder that the `${workspaceFolder}` of an entry stands for in this window. `elsewhere` when the entry came from a
 * folder that is not open here: then it must be neither offered nor started here.
 */
export function folderOf(entry: ServerEntry, folders: readonly string[]): { readonly folder?: string } | 'elsewhere' {
	if (entry.origin.kind !== 'workspace') {
		const [folder] = folders;
		return folder === undefined ? {} : { folder };
	}
	const folder = folders.find(candidate => join(candidate, '.vscode', 'mcp.json') === entry.origin.file);
	return folder === undefined ? 'elsewhere' : { folder };
}

/** What the files hold. */
export interface Discovery {
	readonly candidates: readonly Candidate[];
	readonly blocked: readonly Blocked[];
	/** Files that cannot be read: one sentence each. */
	readonly problems: readonly string[];
}

/** Reads all files. A missing one is no problem. */
export async function discoverServers(files: readonly McpFile[]): Promise<Discovery> {
	const candidates: Candidate[] = [];
	const blocked: Blocked[] = [];
	const problems: string[] = [];
	for (const source of files) {
		const read = await readOriginFile(source.file, source.within);
		if (read.kind === 'problem') {
			problems.push(`${source.file}: ${read.problem}.`);
		}
		const found = readMcpJson(read.kind === 'file' ? read.text : '', source.file);
		problems.push(...found.problems.map(({ file, line, message }) => `${file}, line ${line}: ${message}.`));
		for (const server of found.servers) {
			const { name, launch, unsupported } = server;
			if (launch === undefined) {
				blocked.push({ name, why: unsupported ?? '', source });
			} else {
				candidates.push({ server: { ...server, launch }, source });
			}
		}
	}
	return { candidates, blocked, problems };
}
