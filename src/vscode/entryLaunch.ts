import { homedir } from 'node:os';
import { FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { problemPhrase } from '../domain/registry/problemWords';
import {
	type ResolvedHttpLaunch,
	resolveHttpLaunch,
	resolveLaunch,
	type ResolvedLaunch,
} from '../domain/registry/resolveLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { revokedCredential } from '../domain/registry/shownLaunch';
import { folderOf, type WindowPlace } from './mcpFiles';

/**
 * Resolves the launch of a server for a window with these folders. Throws `config-invalid` with what is missing: a folder, a
 * value, or a credential that was revoked. `values` are secrets.
 */
export function entryLaunch(
	entry: ServerEntry,
	values: Readonly<Record<string, string>>,
	folders: readonly string[],
	window: WindowPlace = {},
): ResolvedLaunch | ResolvedHttpLaunch {
	const revoked = revokedCredential(entry.credentials);
	if (revoked !== undefined) {
		throw new FirewallError('config-invalid', problemPhrase(revoked));
	}
	const place = folderOf(entry, folders, window);
	if (place === 'elsewhere') {
		const { file, project } = entry.origin;
		throw new FirewallError(
			'config-invalid',
			project === undefined
				? phrase('The folder of {0} is not open in this window.', file)
				: phrase('The folder {0} is not open in this window.', project),
		);
	}
	const context = {
		...(place.folder !== undefined && { workspaceFolder: place.folder }),
		...(window.namedFolders !== undefined && { namedFolders: window.namedFolders }),
		userHome: homedir(),
		env: process.env,
	};
	const { launch } = entry;
	const resolved =
		launch.kind === 'http' ? resolveHttpLaunch(launch, values, context) : resolveLaunch(launch, values, context);
	if ('problem' in resolved) {
		throw new FirewallError('config-invalid', problemPhrase(resolved.problem));
	}
	return resolved;
}
