import * as vscode from 'vscode';
import { FirewallError } from '../base/errors';
import { type ServerAuth } from '../domain/audit/auditRecord';
import { launchName, launchRoots } from '../domain/registry/launchName';
import { folderOfOrigin } from '../domain/registry/originPlaces';
import { type ResolvedHttpLaunch, type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { unresolvedValues } from '../domain/registry/shownLaunch';
import { type Approver, type FirewallPorts, type GuardedServer } from '../firewall/ports';
import { hintFor } from '../firewall/refusal';
import { whyStopped } from '../firewall/standing';
import { serverFolderOf } from '../firewall/serverFolder';
import { toldFolders } from '../firewall/toldRoots';
import { type ServedServer } from '../proxy/face/endpoint';
import { type ServedIdentity } from '../proxy/identity/principalDesk';
import { type ManifestFile } from '../storage/manifestFile';
import { type LaunchGate } from '../storage/launchGate';
import { entryLaunch } from './entryLaunch';
import { type EnvSecrets } from './guardPorts';
import { noteRefusedStart } from './noteRefusedStart';
import { folderOf } from './mcpFiles';
import { type OAuthServers } from './oauthServers';
import { windowPlace } from './windowPlace';
import { systemHost } from '../storage/system';

/** Absolute paths of the open folders. */
export function workspaceFolders(): string[] {
	return (vscode.workspace.workspaceFolders ?? [])
		.filter(folder => folder.uri.scheme === 'file')
		.map(folder => folder.uri.fsPath);
}

/** As `serverFolder` in the facts of this window's calls of a server (facts.ts). */
export function serverFolderHere({ origin }: ServerEntry): string | undefined {
	return serverFolderOf(broughtBy(origin), systemHost(workspaceFolders()));
}

/** What brought it: a folder, or a `.code-workspace` file, or neither. */
function broughtBy(origin: ServerEntry['origin']): Pick<GuardedServer, 'folder' | 'workspaceFile'> {
	const folder = folderOfOrigin(origin, windowPlace().userHome);
	return {
		...(folder !== undefined && { folder }),
		...(origin.kind === 'code-workspace' && { workspaceFile: origin.file }),
	};
}

/** True for servers that belong in this window: those of the user, and those that an open folder's file brought. */
export function belongsHere(entry: ServerEntry): boolean {
	return folderOf(entry, workspaceFolders(), windowPlace()) !== 'elsewhere';
}

/** Resolves the launch of a server for this window. Throws `config-invalid` with what is missing. */
export function launchHere(
	entry: ServerEntry,
	values: Readonly<Record<string, string>>,
): ResolvedLaunch | ResolvedHttpLaunch {
	return entryLaunch(entry, values, workspaceFolders(), windowPlace());
}

/** The server as the path knows it. */
export function guardedServerOf(
	entry: ServerEntry,
	auth?: () => ServerAuth | undefined,
	token?: GuardedServer['token'],
	principal?: GuardedServer['principal'],
): GuardedServer {
	const { packageName } = launchName(entry.launch);
	const brought = broughtBy(entry.origin);
	let folders: string | undefined;
	let roots: readonly string[] = [];
	return {
		id: entry.id,
		name: entry.name,
		...(packageName !== undefined && { packageName }),
		// Folders come and go while a session lasts.
		get roots() {
			const now = workspaceFolders().join('\0');
			if (now !== folders) {
				folders = now;
				roots = rootsOf(entry, brought.folder);
			}
			return roots;
		},
		...brought,
		reviewRequired: true,
		...(auth !== undefined && { auth }),
		...(token !== undefined && { token }),
		...(principal !== undefined && { principal }),
	};
}

/** A guarded server of this window: a person is asked about its calls. */
export type EditorServer = ServedServer & { readonly approver: Approver };

/** Where the secrets of servers come from. */
export interface ServerSecrets {
	readonly secrets: Pick<EnvSecrets, 'load'>;
	readonly oauth: Pick<OAuthServers, 'signInFor' | 'tokenOf'>;
}

/** What the endpoint serves for a registered server. INVARIANT: only an approved one is started, and none while all are stopped. */
export function servedServerOf(
	entry: ServerEntry,
	approver: Approver,
	{ secrets, oauth }: ServerSecrets,
	ports: FirewallPorts,
	manifests: ManifestFile,
	gate: Pick<LaunchGate, 'admit' | 'authOf'>,
	identity: ServedIdentity,
): EditorServer {
	const server = guardedServerOf(
		entry,
		() => gate.authOf(entry.id),
		() => oauth.tokenOf(entry.id),
		identity.principal,
	);
	const refuseStopped = async () => {
		const reason = whyStopped(ports, server);
		if (reason !== undefined) {
			await noteRefusedStart(ports, entry, reason);
			const why = `AgentActionBlocked: capability=unknown decision=denied reason=${reason}`;
			throw new FirewallError('aborted', `${why}. ${hintFor(reason)}`);
		}
	};
	return {
		server,
		approver,
		identity,
		shared: entry.shared === true,
		revision: entry.revision,
		manifests: {
			// While it may not run, a session does not even begin.
			load: () => (whyStopped(ports, server) === undefined ? manifests.load(entry) : Promise.resolve(undefined)),
			save: manifest => void manifests.save(entry, manifest),
			drop: () => void manifests.drop(entry.id),
		},
		launch: async () => {
			await refuseStopped();
			// Once for each process, also for one that is started again within a session.
			const launch = await gate.admit(entry, async now => launchHere(now, await secrets.load(now.id)));
			return 'url' in launch
				? { ...launch, signIn: await oauth.signInFor({ id: entry.id, name: entry.name, url: launch.url }) }
				: launch;
		},
	};
}

/** Relative paths may count from where the upstream runs, from what it serves, and from the folders that it is told of. */
function rootsOf(entry: ServerEntry, folder: string | undefined): readonly string[] {
	const told = entry.roots ?? toldFolders(folder, systemHost(workspaceFolders()));
	if (entry.launch.kind === 'http') {
		return told;
	}
	try {
		// What a credential stands for is no folder of its own; roots are asked for at every call, and secrets are not.
		const launch = { ...entry.launch, env: [] };
		const resolved = launchHere({ ...entry, launch, credentials: [] }, unresolvedValues(launch).values);
		const own = 'command' in resolved ? launchRoots(resolved, resolved.cwd) : [];
		return [...new Set([...own, ...told])];
	} catch {
		return [];
	}
}
