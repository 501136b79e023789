import { canonicalHostPath } from '../domain/policy/canonicalForms';
import { type HostFacts } from '../domain/policy/facts';
import { type Policy } from '../domain/policy/policy';
import { foldCase } from '../domain/policy/pathSegments';
import { policyFor } from '../domain/policy/folderPower';
import { type PathContext } from './pathContext';
import { type GuardedServer } from './ports';

/**
 * Whose trusted policy alone may open something to a server ({@link CallFacts.serverFolder}): that of the folder which brought it.
 * What a `.code-workspace` file brought is of none of its folders, so that no folder's policy opens anything to it. Undefined
 * where one folder is open and the server is of it, and for the person's own servers.
 */
export function serverFolderOf(
	{ folder, workspaceFile }: Pick<GuardedServer, 'folder' | 'workspaceFile'>,
	host: HostFacts,
): string | undefined {
	const isOne = host.workspaceFolders.length <= 1;
	if (folder === undefined) {
		return isOne ? undefined : workspaceFile;
	}
	return isOne && host.workspaceFolders.some(open => isSameFolder(open, folder, host)) ? undefined : folder;
}

/** The policy in force, as inspection goes by it for the server of a session. */
export function inspectingPolicy({ server, ports }: Pick<PathContext, 'server' | 'ports'>): Policy | undefined {
	return policyFor(ports.policy.current().policy, serverFolderOf(server, ports.host()));
}

/** True for two texts of one folder, of which the host may have brought one to the form that paths of calls have. */
export function isSameFolder(one: string, other: string, host: HostFacts): boolean {
	const [left, right] = [one, other].map(each => foldCase(canonicalHostPath(each, host) ?? each, host));
	return left === right;
}
