import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { canonicalHostPath } from '../domain/policy/canonicalForms';
import { isWithin } from '../domain/policy/pathSegments';
import { readUri } from '../domain/policy/pathText';
import { type HostFacts } from '../domain/policy/facts';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Held } from './narrowMessage';
import { type PathContext } from './pathContext';
import { isSameFolder } from './serverFolder';

const MAX_ROOT = 4_096;

/**
 * The open folders that a server may be told of where its review names none. That of the file which brought it, alone, as
 * VS Code does; none once that folder is closed. What came from a file of no folder gets to know all.
 */
export function toldFolders(own: string | undefined, host: HostFacts): readonly string[] {
	const { workspaceFolders } = host;
	return own === undefined ? workspaceFolders : workspaceFolders.filter(open => isSameFolder(open, own, host));
}

/**
 * Roots that a client tells a server of and that it may not know (MCP 2025-11-25 client/roots): outside of the folders that
 * the registry declares for it; where none are declared, of the folder whose file brought it (VS Code tells a server of a
 * folder's file of that folder alone), or of the workspace. What else the answer holds beside `uri` and
 * `name` is held back too.
 */
export function heldRoots(
	{ ports, server }: Pick<PathContext, 'ports' | 'server'>,
	entry: ServerEntry,
	answer: JsonObject,
	at: readonly string[],
): readonly Held[] {
	const { roots } = answer;
	if (!isJsonArray(roots)) {
		return [];
	}
	const host = ports.host();
	const own = toldFolders(server.folder, host);
	const folders = (entry.roots ?? own).flatMap(each => canonicalHostPath(each, host) ?? []);
	return roots.flatMap((root, index): readonly Held[] => {
		const path = [...at, 'roots', String(index)];
		return isTold(root, folders, host)
			? Object.keys(root).flatMap(key =>
					key === 'uri' || key === 'name' ? [] : [{ path: [...path, key], why: 'root' as const }],
				)
			: [{ path, why: 'root' }];
	});
}

function isTold(root: JsonValue, folders: readonly string[], host: HostFacts): root is JsonObject {
	if (!isJsonObject(root) || typeof root.uri !== 'string' || root.uri.length > MAX_ROOT) {
		return false;
	}
	const reading = readUri(decoded(root.uri));
	return (
		reading.kind === 'file' &&
		reading.paths.every(path => {
			const place = leadsUp(path) ? undefined : canonicalHostPath(path, host);
			return place !== undefined && folders.some(folder => isWithin(place, folder, host));
		})
	);
}

function decoded(uri: string): string {
	try {
		return decodeURI(uri).replaceAll(/%23|%3f|%3a/gi, escape => decodeURIComponent(escape));
	} catch {
		return uri;
	}
}

/** Behind a link `..` leads elsewhere than its text says. Windows takes `.. ` for it too. */
function leadsUp(path: string): boolean {
	return path.split(/[\\/]/).some(segment => segment.trim() === '..');
}
