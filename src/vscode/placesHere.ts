import * as vscode from 'vscode';
import { type OriginPlace } from '../domain/registry/originPlaces';
import { findDevcontainers } from '../storage/inventoryFiles';
import { mcpFiles } from './mcpFiles';
import { workspaceFolders } from './servedServers';
import { windowPlace } from './windowPlace';

/** Every file in which a server for this window, or for another client of this person, can be defined. */
export function placesHere(globalStorage: string): readonly OriginPlace[] {
	const { workspaceFile, userHome } = windowPlace();
	const folders = workspaceFolders();
	return mcpFiles(folders, globalStorage, {
		...(workspaceFile !== undefined && { workspaceFile }),
		...{ platform: process.platform, home: userHome, env: process.env },
		remote: vscode.env.remoteName !== undefined,
		devcontainers: findDevcontainers(folders),
	});
}
