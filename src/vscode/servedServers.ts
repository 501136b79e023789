import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { FirewallError } from '../base/errors';
import { launchName, launchRoots } from '../domain/registry/launchName';
import {
	type ResolvedHttpLaunch,
	resolveHttpLaunch,
	resolveLaunch,
	type ResolvedLaunch,
} from '../domain/registry/resolveLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Approver, type FirewallPorts, type GuardedServer } from '../firewall/ports';
import { hintFor } from '../firewall/refusal';
import { whyStopped } from '../firewall/standing';
import { type ServedServer } from '../proxy/face/endpoint';
import { type ManifestFile } from '../storage/manifestFile';
import { type StartGate } from '../storage/startGate';
import { type EnvSecrets } from './guardPorts';
import { noteRefusedStart } from './lifecycle';
import { folderOf } from './mcpFiles';
import { windowPlace } from './windowPlace';

/** Absolute paths of the open folders. */
export function workspaceFolders(): string[] {
	return (vscode.workspace.workspaceFolders ?? [])
		.filter(folder => folder.uri.scheme === 'file')
		.map(folder => folder.uri.fsPath);
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
	const place = folderOf(entry, workspaceFolders(), windowPlace());
	if (place === 'elsewhere') {
		throw new FirewallError('config-invalid', `The folder of ${entry.origin.file} is not open in this window.`);
	}
	const context = {
		...(place.folder !== undefined && { workspaceFolder: place.folder }),
		userHome: homedir(),
		env: process.env,
	};
	const { launch } = entry;
	const resolved =
		launch.kind === 'http' ? resolveHttpLaunch(launch, values, context) : resolveLaunch(launch, values, context);
	if ('problem' in resolved) {
		throw new FirewallError('config-invalid', resolved.problem);
	}
	return resolved;
}

/** The server as the path knows it. */
export function guardedServerOf(entry: ServerEntry): GuardedServer {
	const { packageName } = launchName(entry.launch);
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
				roots = rootsOf(entry);
			}
			return roots;
		},
		reviewRequired: true,
	};
}

/** A guarded server of this window: a person is asked about its calls. */
export type EditorServer = ServedServer & { readonly approver: Approver };

/** What the endpoint serves for a registered server. INVARIANT: only an approved one is started, and none while all are stopped. */
export function servedServerOf(
	entry: ServerEntry,
	approver: Approver,
	secrets: Pick<EnvSecrets, 'load'>,
	ports: FirewallPorts,
	manifests: ManifestFile,
	gate: Pick<StartGate, 'admit'>,
): EditorServer {
	const server = guardedServerOf(entry);
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
			return await gate.admit(entry, async now => launchHere(now, await secrets.load(now.id)));
		},
	};
}

/** Relative paths may count from where the upstream runs, from what it serves, and from the folders that are open. */
function rootsOf(entry: ServerEntry): readonly string[] {
	if (entry.launch.kind === 'http') {
		return workspaceFolders();
	}
	try {
		const resolved = launchHere({ ...entry, launch: { ...entry.launch, env: [] } }, {});
		const own = 'command' in resolved ? launchRoots(resolved, resolved.cwd) : [];
		return [...new Set([...own, ...workspaceFolders()])];
	} catch {
		return [];
	}
}
