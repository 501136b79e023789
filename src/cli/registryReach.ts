import { dirname, join } from 'node:path';
import { serverIdOf } from '../domain/registry/launch';
import { readMcpJson } from '../domain/registry/mcpJson';
import { type ReachableServer } from '../domain/registry/registryAudit';
import { readOriginFile } from '../storage/originFile';
import { type FindReachable } from './registryCommands';

/** Looks for servers in the files that VS Code reads: `.vscode/mcp.json` of each folder, and `mcp.json` of the person. */
export function reachableIn(dataDirectory: string, folders: readonly string[]): FindReachable {
	const profile = dirname(dirname(dataDirectory));
	const files = [
		...folders.map(folder => ({ file: join(folder, '.vscode', 'mcp.json'), within: folder })),
		{ file: join(profile, 'mcp.json'), within: profile },
	];
	return async () => {
		const servers: ReachableServer[] = [];
		const problems: string[] = [];
		for (const { file, within } of files) {
			const read = await readOriginFile(file, within);
			if (read.kind === 'problem') {
				problems.push(`${file}: ${read.problem}.`);
			}
			const found = readMcpJson(read.kind === 'file' ? read.text : '', file);
			problems.push(...found.problems.map(({ line, message }) => `${file}, line ${String(line)}: ${message}.`));
			for (const { name, launch, line } of found.servers) {
				const id = launch === undefined ? {} : { id: serverIdOf(launch) };
				servers.push({ name, ...id, places: [{ file, line }], guarded: false });
			}
		}
		return { servers, problems };
	};
}
